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
    """

    clinics: int = 1
    weeks: int = 104
    start: str = "2024-01-01"
    leads_a_month: float | None = 45.0

    # Differences between clinics, noise and season (k: clinics; season, noise)
    clinic_volume_sd: float = 0.45
    clinic_quality_sd: float = 0.35
    clinic_arm_sd: float = 0.25
    unit_quality_sd: float = 0.30  # logit sd between campaigns: ICC about .02, middle of a's range
    season_amplitude: float = 0.12
    holiday_factor: float = 0.6
    dispersion: float = 7.0  # negative binomial size of a unit's weekly count
    week_sd: float = 0.35
    week_autocorrelation: float = 0.3
    growth_a_year: tuple[float, float] = (0.0, 0.15)

    # Neither inbound nor outbound (k: baseline 2-5 leads a week)
    baseline_leads_a_week: float = 3.5
    baseline: tuple[Channel, ...] = (
        Channel("physician_referral", 0.5),
        Channel("word_of_mouth", 0.35),
        Channel("walk_in", 0.15),
    )

    # Outbound campaigns (k: outbound campaigns; half-lives b)
    campaign_every_weeks: tuple[int, int] | None = (6, 8)
    campaigns_at_most: int = 1000
    campaign_weeks: tuple[int, int] = (4, 10)
    campaign_leads_a_week: float = 2.2
    campaign_effect_sd: float = 0.5
    campaign_cost_a_week: float = 350.0
    campaign_cost_sd: float = 0.5
    spend_elasticity: float = 0.6
    half_life_sd: float = 0.5
    outbound: tuple[Channel, ...] = (
        Channel("cold_call", 0.10, 0.3),
        Channel("paid_search", 0.30, 0.4),
        Channel("paid_social", 0.20, 0.6),
        Channel("direct_mail", 0.25, 1.5),
        Channel("radio", 0.08, 2.0),
        Channel("paid_advertising", 0.07, 3.0),
    )

    # Inbound assets (k: inbound assets; half-lives b: SEO 26-104 weeks)
    asset_every_weeks: tuple[int, int] | None = (3, 5)
    assets_until_week: int = 1000
    assets_at_most: int = 1000
    asset_leads_a_week: float = 0.25
    asset_effect_sd: float = 0.9
    asset_publish_cost: tuple[float, float] = (250.0, 900.0)
    asset_upkeep_a_week: float = 4.6  # k: 20 dollars a month
    asset_ramp_weeks: float = 10.0
    asset_slope_a_year: float = 0.25
    asset_slope_sd: float = 0.35
    asset_stale_share: float = 0.10
    asset_stale_after_weeks: float = 20.0
    asset_stale_half_life_weeks: float = 6.0  # b: blogs that decay, 4-8 weeks
    asset_stop_share: float = 0.35  # share whose upkeep is given up
    asset_stop_weeks: tuple[int, int] = (54, 80)  # age at that time: after the first year
    inbound: tuple[Channel, ...] = (
        Channel("content", 0.45, 26.0),
        Channel("seo", 0.35, 52.0),
        Channel("email", 0.10, 26.0),
        Channel("local_press", 0.10, 26.0),
    )

    # Always-on channels (paid without a campaign's name)
    always_on: tuple[AlwaysOn, ...] = ()

    # Funnel, as shares of leads (k: funnel)
    mql_share: Arm = field(default=Arm(0.62, 0.55, 0.70))
    screened_of_mql: Arm = field(default=Arm.same(0.85))
    sql_share: Arm = field(default=Arm(0.27, 0.16, 0.35))
    not_mql_screened: float = 0.5  # of leads that are not MQL, those a screening finds out
    paid_of_sql: Arm = field(default=Arm(0.60, 0.55, 0.65))

    # Delays: medians in weeks, lognormal with sd `delay_sd` (k: delays)
    delay_sd: float = 0.7
    first_call_weeks: float = 4 / 7
    sql_weeks: Arm = field(default=Arm(6.0, 4.0, 4.0))
    lost_weeks: float = 3.0
    paid_weeks: float = 3.0
    payment_spread_weeks: float = 10.0

    # Money (k: money)
    revenue_median: Arm = field(default=Arm.same(1100.0))
    revenue_sd: float = 0.7
    revenue_bounds: tuple[float, float] = (300.0, 4000.0)
    payments_mean: float = 5.0
    refund_share: float = 0.01  # of payments
    labour_share: float = 0.2  # of full cost
    agency_share: float = 0.3  # of cost without labour, outbound; assets are all agency
    hourly_rate: float = 28.0

    # Labels (k: dirt; phone leads lose their source)
    source_missing_share: float = 0.0

    @property
    def many(self) -> bool:
        """Whether clinics differ from each other."""
        return self.clinics > 1
