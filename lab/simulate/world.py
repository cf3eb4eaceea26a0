"""World: every parameter of a simulated clinic in one place, each with its source.

"k" is section k of the project's statistics reference (how the data arise), "b" its table of
published benchmarks; both are summarised in docs/simulator.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Channel(NamedTuple):
    """A channel of a simulated clinic.

    Parameters
    ----------
    name : str
        A channel of definitions/taxonomy.toml.
    weight : float
        Share of the units (campaigns, assets, baseline leads) that are of this channel.
    half_life_weeks : float
        Median weeks until the response has halved once spend stopped.
    """

    name: str
    weight: float
    half_life_weeks: float = 0.0


class AlwaysOn(NamedTuple):
    """A channel that is paid for every week, without a campaign's name.

    Parameters
    ----------
    channel : str
    leads_a_week, cost_a_week : float
        At a clinic of 45 leads a month.
    half_life_weeks : float
        Of the response when spend is paused.
    pauses : tuple of (int, int)
        Weeks (first, one past the last) without spend.
    """

    channel: str
    leads_a_week: float
    cost_a_week: float
    half_life_weeks: float = 0.4
    pauses: tuple[tuple[int, int], ...] = ()


class Arm(NamedTuple):
    """A parameter that differs by direction; `neither` is referral, word of mouth and walk-in."""

    inbound: float
    outbound: float
    neither: float

    @classmethod
    def same(cls, value: float) -> Arm:
        """Return one value for every direction."""
        return cls(value, value, value)


@dataclass(frozen=True, kw_only=True)
class World:
    """The parameters of a simulated population of clinics. Times are weeks unless said.

    Attributes
    ----------
    clinics : int
        Clinics drawn (k: 1, 6, 20 or 200). A single clinic has no clinic effects: it is its own
        population, and the true values are its own.
    weeks : int
        Weeks in which people inquire (k: 104).
    start : str
        First day, a Monday.
    leads_a_month : float or None
        Mean over the weeks; None draws lognormal(log 45, .45) cut to 20-80 for each clinic (k).

    Notes
    -----
    The other fields are explained, with their source, beside their default. Letters are sections
    of the statistics reference; where none is named the block's heading gives it.
    """

    clinics: int = 1
    weeks: int = 104
    start: str = "2024-01-01"
    leads_a_month: float | None = 45.0

    # Differences between clinics, noise and season (k: clinics; season, noise)
    clinic_volume_sd: float = 0.45  # of the log of a clinic's leads
    clinic_quality_sd: float = 0.35  # logit sd of the SQL share: an intraclass correlation of .03
    clinic_arm_sd: float = 0.25  # the same for each direction within a clinic
    unit_quality_sd: float = 0.30  # the same for campaigns and assets: inside a's .02-.10
    season_amplitude: float = 0.12  # January above, December below the mean
    holiday_factor: float = 0.6  # weeks of July 4th, Thanksgiving, Christmas
    dispersion: float = 7.0  # negative binomial size of a unit's weekly count (k: 6-8)
    week_sd: float = 0.35  # of the log of the weekly factor a clinic's units share
    week_autocorrelation: float = 0.3
    growth_a_year: tuple[float, float] = (0.0, 0.15)  # of a clinic's market, uniform

    # Neither inbound nor outbound (k: baseline 2-5 leads a week)
    baseline_leads_a_week: float = 3.5
    baseline: tuple[Channel, ...] = (  # shares are an assumption
        Channel("physician_referral", 0.5),
        Channel("word_of_mouth", 0.35),
        Channel("walk_in", 0.15),
    )

    # Outbound campaigns (k: outbound campaigns)
    campaign_every_weeks: tuple[int, int] | None = (6, 8)  # gap between starts; None: none at all
    campaigns_at_most: int = 1000  # for the sparse world
    campaign_weeks: tuple[int, int] = (4, 10)  # first and last length
    campaign_leads_a_week: float = 2.2  # level beside the other units', before scaling to the size
    campaign_effect_sd: float = 0.5  # of the log of a campaign's response
    campaign_cost_a_week: float = 350.0  # median, without labor
    campaign_cost_sd: float = 0.5  # of its log
    spend_elasticity: float = 0.6  # leads ~ spend to this power
    half_life_sd: float = 0.5  # of the log of a unit's half-life
    outbound: tuple[Channel, ...] = (  # half-lives k, b; shares are an assumption
        Channel("cold_call", 0.10, 0.3),
        Channel("paid_search", 0.30, 0.4),
        Channel("paid_social", 0.20, 0.6),
        Channel("direct_mail", 0.25, 1.5),
        Channel("radio", 0.08, 2.0),
        Channel("paid_advertising", 0.07, 3.0),
    )

    # Inbound assets (k: inbound assets)
    asset_every_weeks: tuple[int, int] | None = (3, 5)  # k: 1-4 a month
    assets_until_week: int = 1000  # for the unidentifiable world
    assets_at_most: int = 1000  # for the sparse world
    asset_leads_a_week: float = 0.25  # level after the ramp, beside the other units'
    asset_effect_sd: float = 0.9  # of the log: few assets make most of the leads
    asset_publish_cost: tuple[float, float] = (250.0, 900.0)  # uniform, without labor
    asset_upkeep_a_week: float = 4.6  # k: 20 dollars a month
    asset_ramp_weeks: float = 10.0  # 1 - exp(-age / ramp); b: 3-6 months to half the plateau
    asset_slope_a_year: float = 0.25  # mean growth of the log response with age
    asset_slope_sd: float = 0.35
    asset_stale_share: float = 0.10  # k; b would say 90% of posts decay
    asset_stale_after_weeks: float = 20.0  # assumption
    asset_stale_half_life_weeks: float = 6.0  # b: posts that decay, 4-8 weeks
    asset_stop_share: float = 0.35  # assumption: share whose upkeep is given up
    asset_stop_weeks: tuple[int, int] = (54, 80)  # age at that time: after the first year
    inbound: tuple[Channel, ...] = (  # half-lives b (SEO 26-104); shares are an assumption
        Channel("content", 0.45, 26.0),
        Channel("seo", 0.35, 52.0),
        Channel("email", 0.10, 26.0),
        Channel("local_press", 0.10, 26.0),
    )

    # Always-on channels: paid every week, without a campaign's name
    always_on: tuple[AlwaysOn, ...] = ()

    # Funnel, as shares of leads (k: funnel)
    mql_share: Arm = field(default=Arm(0.62, 0.55, 0.70))
    screened_of_mql: Arm = field(default=Arm.same(0.85))
    sql_share: Arm = field(default=Arm(0.27, 0.16, 0.35))  # by any time
    not_mql_screened: float = 0.5  # assumption: leads no MQL that a screening finds out
    paid_of_sql: Arm = field(default=Arm(0.60, 0.55, 0.65))

    # Delays: medians in weeks, lognormal with sd `delay_sd` (k: delays)
    delay_sd: float = 0.7
    first_call_weeks: float = 4 / 7  # first attempt to screen; matters to raw files only
    sql_weeks: Arm = field(default=Arm(6.0, 4.0, 4.0))  # inquiry to decision
    lost_weeks: float = 3.0  # inquiry to disqualified
    paid_weeks: float = 3.0  # SQL to first payment
    payment_spread_weeks: float = 10.0  # first payment to the last possible one

    # Money (k: money; b: 7-10 visits of 85-125 dollars)
    revenue_median: Arm = field(default=Arm.same(1100.0))
    revenue_sd: float = 0.7  # of the log of a patient's revenue
    revenue_bounds: tuple[float, float] = (300.0, 4000.0)
    payments_mean: float = 5.0  # payments a patient; assumption
    refund_share: float = 0.01  # of payments after the first
    labor_share: float = 0.2  # of full cost
    agency_share: float = 0.3  # of campaigns' cost without labor; assets' is all agency
    hourly_rate: float = 28.0  # definitions/clinic.toml

    # Labels (k: dirt, 8% where it is switched on): leads whose source was not kept
    source_missing: Arm = field(default=Arm.same(0.0))

    @property
    def many(self) -> bool:
        """Whether clinics differ from each other."""
        return self.clinics > 1
