"""Draw a clinic's tables from a world whose assumptions are not the methods' own.

Nothing here is shared with `lab.simulate`, whose worlds the methods were first calibrated in.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from ptanalysis.dataset import SCHEMA, ClinicData, conform
from ptanalysis.definitions import Quarter, load_config

SIDES = ("inbound", "outbound")
CHANNELS = {
    "inbound": ("seo", "directories", "email"),
    "outbound": ("paid_search", "direct_mail", "cold_calling"),
}
START = pd.Timestamp("2024-01-01")
_WEEK = pd.Timedelta(weeks=1)
_FREQUENCIES = {"weekly": "W-SUN", "monthly": "ME", "quarterly": "QE"}


@dataclass(frozen=True)
class Side:
    """One side of a clinic.

    Parameters
    ----------
    channels : int
        Always-on channels.
    leads_a_week, cost_a_week : float
        Of each channel.
    campaigns : int
        Campaigns of 4 to 10 weeks.
    campaign_leads, campaign_cost : float
        Means of a campaign's totals.
    sizes : {"alike", "gamma", "lognormal"}
        How campaigns differ in size; cost and leads go together.
    qualified : float
        Share of the screened that are SQL.
    alike : float
        Correlation of quality within a campaign.
    screened, screened_weeks : float
        Share of leads ever screened, and the mean wait for it.
    paid, paid_weeks : float
        Revenue a patient (mean), and the weeks from SQL to the payment.
    """

    channels: int = 3
    leads_a_week: float = 1.5
    cost_a_week: float = 100.0
    campaigns: int = 0
    campaign_leads: float = 40.0
    campaign_cost: float = 3000.0
    sizes: str = "alike"
    qualified: float = 0.25
    alike: float = 0.0
    screened: float = 0.85
    screened_weeks: float = 2.0
    paid: float = 1100.0
    paid_weeks: float = 4.0


@dataclass(frozen=True)
class Adverse:
    """A clinic.

    Parameters
    ----------
    inbound, outbound : Side
    weeks : int
        Of the record.
    volume, quality : (float, float)
        Correlation from one 4-week block to the next and spread (log; logit) of a channel's drift.
    season : float
        Amplitude of a year's wave, log.
    growth : float
        Log growth a year.
    named : bool
        Whether an always-on channel is one campaign that began before the record.
    booked : {"weekly", "monthly", "quarterly"}
    """

    inbound: Side = field(default_factory=Side)
    outbound: Side = field(default_factory=Side)
    weeks: int = 104
    volume: tuple[float, float] = (0.0, 0.0)
    quality: tuple[float, float] = (0.0, 0.0)
    season: float = 0.0
    growth: float = 0.0
    named: bool = False
    booked: str = "weekly"

    def sides(self, **changes) -> Adverse:
        """Return the world with both sides changed."""
        both = {name: replace(getattr(self, name), **changes) for name in SIDES}
        return replace(self, **both)

    @property
    def mean_quality(self) -> dict[str, float]:
        """The share of the screened that are SQL, over endless time."""
        wave = np.random.default_rng(0).normal(0, self.quality[1], 200_000)
        logits = {name: _logit(getattr(self, name).qualified) for name in SIDES}
        return {name: float(np.mean(_expit(at + wave))) for name, at in logits.items()}


def adverse_tables(world: Adverse, seed: int) -> ClinicData:
    """Draw a world's clinic at the end of its record.

    Examples
    --------
    >>> clinic = adverse_tables(Adverse(), seed=1)
    >>> 700 < len(clinic.leads) < 1200, set(clinic.spend["direction"]) == set(SIDES)
    (True, True)
    """
    rng = np.random.default_rng(seed)
    units = pd.concat([_units(world, name, rng) for name in SIDES], ignore_index=True)
    as_of = START + world.weeks * _WEEK - pd.Timedelta(days=1)
    leads, payments = _people(world, units, rng, as_of)
    return ClinicData(
        clinic="adverse",
        quarter=Quarter.containing(as_of.date()),
        as_of=as_of,
        leads=leads,
        touches=conform("touches", leads.assign(touched_at=leads["lead_at"])),
        payments=payments,
        spend=_spend(world, units),
        campaigns=_campaigns(units, as_of),
        config=load_config(None),
    )


def _units(world: Adverse, name: str, rng) -> pd.DataFrame:
    """Return a side's channels and campaigns: weeks from and to, leads and cost a week."""
    side = getattr(world, name)
    size, starts = _sizes(side, rng), rng.integers(0, world.weeks - 4, side.campaigns)
    weeks = np.minimum(rng.integers(4, 11, side.campaigns), world.weeks - starts)
    spent = size * rng.lognormal(-0.045, 0.3, side.campaigns)
    always = pd.DataFrame(
        {
            "kind": "channel",
            "channel": CHANNELS[name][: side.channels],
            "first": 0,
            "last": world.weeks,
            "leads": side.leads_a_week,
            "cost": side.cost_a_week,
            "quality": _logit(side.qualified),
        }
    )
    campaigns = pd.DataFrame(
        {
            "kind": "campaign",
            "channel": CHANNELS[name][-1],
            "first": starts,
            "last": starts + weeks,
            "leads": side.campaign_leads * size / weeks,
            "cost": side.campaign_cost * spent / weeks,
            "quality": _logit(_alike(side, rng)),
        }
    )
    return pd.concat([always, campaigns], ignore_index=True).assign(direction=name)


def _sizes(side: Side, rng) -> np.ndarray:
    if side.sizes == "alike":
        return np.ones(side.campaigns)
    if side.sizes == "gamma":
        return rng.gamma(1.2, 1 / 1.2, side.campaigns)
    return rng.lognormal(-0.5 * 1.5**2, 1.5, side.campaigns)


def _alike(side: Side, rng) -> np.ndarray:
    """Return each campaign's share qualified: beta, of this correlation within a campaign."""
    if not side.alike:
        return np.full(side.campaigns, side.qualified)
    strength = 1 / side.alike - 1
    drawn = rng.beta(side.qualified * strength, (1 - side.qualified) * strength, side.campaigns)
    return drawn.clip(1e-6, 1 - 1e-6)


def _drift(rng, rows: int, weeks: int, r: float, sd: float) -> np.ndarray:
    """Return a first-order drift by 4-week block, one value a week, shape (rows, weeks)."""
    steps = rng.normal(0, sd, (rows, -(-weeks // 4)))
    for block in range(1, steps.shape[1]):
        steps[:, block] = r * steps[:, block - 1] + np.sqrt(1 - r**2) * steps[:, block]
    return np.repeat(steps, 4, axis=1)[:, :weeks]


def _people(world: Adverse, units: pd.DataFrame, rng, as_of) -> tuple[pd.DataFrame, pd.DataFrame]:
    week = np.arange(world.weeks)
    running = (units[["first"]].to_numpy() <= week) & (week < units[["last"]].to_numpy())
    always = (units["kind"] == "channel").to_numpy()[:, None]
    r, sd = world.volume
    drift = np.where(always, _drift(rng, len(units), world.weeks, r, sd) - sd**2 / 2, 0.0)
    wave = world.season * np.sin(2 * np.pi * week / 52) + world.growth * week / 52
    mean = running * units[["leads"]].to_numpy() * np.exp(drift + wave)
    counts = rng.poisson(mean * rng.gamma(8, 1 / 8, mean.shape))
    unit, at = (np.repeat(index.ravel(), counts.ravel()) for index in np.indices(counts.shape))
    moved = np.where(always, _drift(rng, len(units), world.weeks, *world.quality), 0.0)
    chance = _expit(units["quality"].to_numpy()[unit] + moved[unit, at])
    return _records(world, units.iloc[unit], at, chance, rng, as_of)


def _records(world: Adverse, of: pd.DataFrame, week, chance, rng, as_of):
    n, side = len(of), {name: getattr(world, name) for name in SIDES}
    known = as_of + pd.Timedelta(days=1)

    def param(name: str) -> np.ndarray:
        return np.where(
            of["direction"] == "inbound",
            getattr(side["inbound"], name),
            getattr(side["outbound"], name),
        )

    def later(start, weeks):
        when = start + pd.to_timedelta(weeks * 7 * 86_400, unit="s")
        return when.where(when < known)

    lead_at = pd.Series(START + pd.to_timedelta((week + rng.random(n)) * 7 * 86_400, unit="s"))
    decided = later(lead_at, param("screened_weeks") * rng.gamma(2, 0.5, n))
    decided = decided.where(rng.random(n) < param("screened"))
    sql = decided.where(rng.random(n) < chance)
    paid_at = later(sql, param("paid_weeks") * rng.gamma(4, 0.25, n)).where(rng.random(n) < 0.55)
    ids = "L" + pd.Series(np.arange(n).astype(str)).str.zfill(6)
    named = of.reset_index(drop=True)
    origin = _origin(named, world)
    leads = pd.DataFrame(index=range(n), columns=list(SCHEMA["leads"])).assign(
        clinic="adverse",
        lead_id=ids,
        person_id=ids,
        inquiry_at=lead_at,
        lead_at=lead_at,
        broad_lead_at=lead_at,
        mql_at=lead_at,
        screened_at=decided,
        sql_at=sql,
        lost_at=decided.where(sql.isna()),
        patient_at=paid_at,
        touches=1,
        service="evaluation",
        screening_outcome=np.select(
            [sql.notna(), decided.notna()], ["qualified", "disqualified"], None
        ),
        **origin,
        **{f"last_{name}": column for name, column in origin.items()},
    )
    got = paid_at.notna()
    payments = pd.DataFrame(
        {
            "clinic": "adverse",
            "lead_id": ids[got],
            "paid_at": paid_at[got],
            "amount": (param("paid") * rng.lognormal(-0.245, 0.7, n))[got],
        }
    )
    return conform("leads", leads), conform("payments", payments)


def _origin(units: pd.DataFrame, world: Adverse) -> dict[str, pd.Series]:
    named = (units["kind"] == "campaign") | world.named
    label = (
        units["channel"]
        + "-"
        + units["first"].astype(str)
        + "-"
        + units["cost"].map("{:.6g}".format)
    )
    direction = units["direction"]
    return {
        "channel": units["channel"],
        "direction": direction,
        "direction_platform": direction,
        "campaign": label.where(named),
        "vendor": pd.Series(None, index=units.index, dtype=object),
    }


def _spend(world: Adverse, units: pd.DataFrame) -> pd.DataFrame:
    """Return spend booked by period; campaigns by week, whatever is booked for channels."""
    rows = [
        (place, *period)
        for place, unit in enumerate(units.itertuples())
        for period in _periods(unit, world.booked if unit.kind == "channel" else "weekly")
    ]
    table = pd.DataFrame(rows, columns=["place", "period_start", "period_end", "amount"])
    origin = pd.DataFrame(_origin(units, world)).iloc[table.pop("place")].reset_index(drop=True)
    return conform("spend", table.join(origin).assign(clinic="adverse", kind="media", hours=np.nan))


def _periods(unit, booked: str):
    first, last = START + unit.first * _WEEK, START + unit.last * _WEEK - pd.Timedelta(days=1)
    ends = pd.date_range(first, last, freq=_FREQUENCIES[booked]).union([last])
    begins = [first, *(ends[:-1] + pd.Timedelta(days=1))]
    for begin, end in zip(begins, ends, strict=True):
        yield begin, end, unit.cost * ((end - begin).days + 1) / 7


def _campaigns(units: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    always = units["kind"] == "channel"
    starts = START + pd.to_timedelta(units["first"] * 7, unit="D")
    ends = START + pd.to_timedelta(units["last"] * 7 - 1, unit="D")
    origin = pd.DataFrame(_origin(units, Adverse(named=True)))
    listed = origin.assign(
        clinic="adverse",
        kind="campaign",
        starts_on=starts.where(~always, pd.Timestamp("2023-03-06")),
        ends_on=ends.where(~always & (ends <= as_of)),
    )
    return conform("campaigns", listed)


def _logit(p):
    return np.log(p) - np.log1p(-np.asarray(p))


def _expit(x):
    return 1 / (1 + np.exp(-x))
