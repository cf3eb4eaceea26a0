"""The six worlds in which the answers are known, and what may be said in each."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from importlib.resources import files

from lab.simulate.world import AlwaysOn, Arm, Channel, World
from ptanalysis import claims

_CLAIMS = tuple(tomllib.loads(files(claims).joinpath("claims.toml").read_text("utf-8")))
_TRUE, _FALSE, _SAME = "supported", "contradicted", "no_material_difference"
_OPEN, _GATED = "cannot_tell", "not_testable"

_ALWAYS_ON = (
    AlwaysOn("paid_search", leads_a_week=1.0, cost_a_week=220.0),
    AlwaysOn("directories", leads_a_week=1.0, cost_a_week=45.0),
)


def _tails(channels: tuple[Channel, ...], weeks: float) -> tuple[Channel, ...]:
    """Return the same channels with one median half-life."""
    return tuple(channel._replace(half_life_weeks=weeks) for channel in channels)


#: Every claim holds. Section k's values, with more MQLs among inbound leads so that the two
#: gaps differ.
_ARTICLE = World(mql_share=Arm(0.74, 0.52, 0.75))

#: Nothing differs: both sides bring leads from the first week, at the same rate, cost and quality;
#: inbound is flat in its first year; what remains after a stop is a quarter on both sides.
_NULL = replace(
    _ARTICLE,
    growth_a_year=(0.0, 0.0),
    campaign_every_weeks=(5, 7),
    campaign_weeks=(26, 34),
    campaign_leads_a_week=0.6,
    campaign_cost_a_week=120.0,
    spend_elasticity=0.0,
    outbound=_tails(World.outbound, 3.55),
    asset_every_weeks=(5, 7),
    asset_leads_a_week=0.6,
    asset_effect_sd=World.campaign_effect_sd,
    asset_publish_cost=(0.0, 0.0),
    asset_upkeep_a_week=116.4,
    asset_ramp_weeks=0.0,
    asset_slope_a_year=0.0,
    asset_slope_sd=0.0,
    asset_stale_share=0.0,
    asset_stop_share=0.6,
    inbound=_tails(World.inbound, 3.55),
    mql_share=Arm.same(0.62),
    sql_share=Arm.same(0.24),
    paid_of_sql=Arm.same(0.60),
    sql_weeks=Arm.same(5.0),
)

#: Every claim is the wrong way round: outbound is cheap and lasts, inbound is dear, quick, and
#: fades with age.
_REVERSED = replace(
    _ARTICLE,
    growth_a_year=(0.0, 0.0),
    campaign_every_weeks=(4, 6),
    campaign_weeks=(8, 12),
    campaign_leads_a_week=0.4,
    campaign_cost_a_week=45.0,
    outbound=_tails(World.outbound, 16.0),
    asset_every_weeks=(4, 6),
    asset_leads_a_week=2.2,
    asset_effect_sd=0.5,
    asset_publish_cost=(2500.0, 4500.0),
    asset_ramp_weeks=0.0,
    asset_slope_a_year=-1.6,
    asset_slope_sd=0.2,
    asset_stale_share=0.0,
    inbound=_tails(World.inbound, 0.5),
    mql_share=Arm(0.60, 0.70, 0.75),
    sql_share=Arm(0.16, 0.32, 0.35),
    paid_of_sql=Arm(0.55, 0.60, 0.65),
    sql_weeks=Arm(4.0, 6.0, 4.0),
)

#: Some claims hold, some do not: outbound costs more but lasts; inbound is slow and does not grow;
#: quality is the same.
_MIXED = replace(
    _ARTICLE,
    growth_a_year=(0.0, 0.0),
    campaign_cost_a_week=700.0,
    outbound=_tails(World.outbound, 10.0),
    asset_ramp_weeks=0.0,
    asset_slope_a_year=0.0,
    asset_slope_sd=0.15,
    asset_stale_share=0.0,
    asset_effect_sd=0.5,
    mql_share=Arm.same(0.62),
    sql_share=Arm(0.256, 0.24, 0.24),  # alike among those screened within 13 weeks
    paid_of_sql=Arm.same(0.60),
    sql_weeks=Arm(6.0, 4.0, 4.0),
    revenue_median=Arm(1134.0, 2280.0, 1100.0),
    revenue_bounds=(300.0, 6000.0),
)

#: Too little of everything: the gates must refuse.
_SPARSE = replace(
    _ARTICLE,
    weeks=52,
    leads_a_month=6.0,
    campaigns_at_most=2,
    campaign_every_weeks=(14, 18),
    assets_at_most=2,
    asset_every_weeks=(10, 14),
)

#: Plenty of data that cannot answer: spend never stops, and every asset has the same age, so that
#: its age is the calendar.
_UNIDENTIFIABLE = replace(
    _ARTICLE,
    growth_a_year=(0.3, 0.3),
    campaign_every_weeks=None,
    assets_until_week=12,
    asset_every_weeks=(1, 1),
    asset_leads_a_week=0.5,
    asset_stop_share=0.0,
    asset_ramp_weeks=0.0,
    asset_slope_a_year=0.0,
    asset_slope_sd=0.0,
    asset_stale_share=0.0,
    always_on=(_ALWAYS_ON[0]._replace(leads_a_week=3.0), _ALWAYS_ON[1]),
)

WORLDS: dict[str, World] = {
    "NULL": _NULL,
    "ARTICLE": _ARTICLE,
    "REVERSED": _REVERSED,
    "MIXED": _MIXED,
    "SPARSE": _SPARSE,
    "UNIDENTIFIABLE": _UNIDENTIFIABLE,
}

#: Verdict of each claim that endless data of the world's kind would give. A clinic's data may say
#: less (`agrees`), never something else.
EXPECTED: dict[str, dict[str, str]] = {
    name: dict(zip(_CLAIMS, verdicts, strict=True))
    for name, verdicts in {
        "NULL": (_SAME, _SAME, _SAME, _OPEN, _SAME, _SAME, _SAME, _SAME, _SAME, _SAME),
        "ARTICLE": (_TRUE,) * 10,
        "REVERSED": (_FALSE,) * 8 + (_TRUE, _FALSE),
        "MIXED": (_TRUE, _TRUE, _TRUE, _FALSE, _TRUE, _TRUE, _SAME, _SAME, _SAME, _SAME),
        "SPARSE": (_OPEN,) * 10,
        "UNIDENTIFIABLE": (_TRUE,) * 3 + (_GATED,) * 4 + (_TRUE,) * 3,
        "SAMPLE": (*(_TRUE,) * 8, _SAME, _TRUE),
    }.items()
}


def agrees(expected: str, verdict: str) -> bool:
    """Return whether `verdict` is what it should be, or says less.

    Examples
    --------
    >>> agrees("supported", "cannot_tell"), agrees("supported", "contradicted")
    (True, False)
    >>> agrees("not_testable", "supported")
    False
    """
    return verdict in (expected, _OPEN, _GATED)


#: The sample clinic: ten quarters, all kinds of spend, nothing as clear-cut as in ARTICLE.
SAMPLE = World(
    weeks=131,
    leads_a_month=44.0,
    growth_a_year=(0.0, 0.08),
    week_sd=0.22,
    campaign_effect_sd=0.4,
    campaign_every_weeks=(6, 8),
    campaign_weeks=(5, 9),
    campaign_cost_a_week=240.0,
    campaign_cost_sd=0.4,
    campaign_leads_a_week=1.9,
    asset_every_weeks=(4, 6),
    asset_leads_a_week=0.24,
    asset_effect_sd=0.7,
    asset_slope_a_year=0.15,
    asset_stop_share=0.3,
    baseline_leads_a_week=3.2,
    mql_share=Arm(0.72, 0.58, 0.80),
    sql_share=Arm(0.29, 0.18, 0.38),
    always_on=(
        AlwaysOn("paid_search", 1.1, 110.0, half_life_weeks=0.4, pauses=((40, 46), (88, 95))),
        AlwaysOn("seo", 0.8, 70.0, half_life_weeks=52.0),
        AlwaysOn("directories", 0.9, 25.0, half_life_weeks=26.0),
        AlwaysOn("email", 0.3, 20.0, half_life_weeks=0.5),
        AlwaysOn("social", 0.2, 25.0, half_life_weeks=0.3),
    ),
)
