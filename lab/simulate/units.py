"""What a simulated clinic does: campaigns, assets, always-on channels, and the unpaid baseline.

Each is a unit: a row with a start, an end, a level of weekly leads and a weekly cost.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from lab.simulate.world import Channel, World
from ptanalysis.definitions import load_taxonomy

#: Weeks a unit can go on: beyond any simulated horizon.
FOREVER = 10_000
_WEEKS_A_MONTH = 365.25 / 12 / 7


def clinics(world: World, rng: np.random.Generator) -> pd.DataFrame:
    """Draw the clinics: size, growth and logit effects on quality.

    Returns
    -------
    DataFrame
        One row a clinic: leads_a_week, growth (log a year), inbound, outbound, neither (logit).
    """
    n = world.clinics
    size = np.full(n, world.leads_a_month or 45.0)
    if world.leads_a_month is None:
        size = np.clip(45 * np.exp(rng.normal(0, world.clinic_volume_sd, n)), 20, 80)
    own = rng.normal(0, world.clinic_quality_sd * world.many, n)
    arms = rng.normal(0, world.clinic_arm_sd * world.many, (n, 3)) + own[:, None]
    table = pd.DataFrame(arms, columns=["inbound", "outbound", "neither"])
    growth = np.log1p(rng.uniform(*world.growth_a_year, n))
    return table.assign(leads_a_week=size / _WEEKS_A_MONTH, growth=growth)


def units(world: World, rng: np.random.Generator) -> pd.DataFrame:
    """Draw what every clinic does.

    Returns
    -------
    DataFrame
        One row a unit: clinic (number), direction, channel, kind (campaign, asset, always_on,
        baseline), start, end (weeks; leads at full level in start <= week < end), level (leads a
        week at a clinic of 45 a month, before scaling), cost_a_week, cost_at_start (dollars),
        half_life, ramp (weeks), slope (log a year), stale (weeks of half-life, inf if not),
        quality (logit).
    """
    parts = [_campaigns(world, rng), _assets(world, rng), _always_on(world), _baseline(world)]
    table = pd.concat([part for part in parts if len(part)], ignore_index=True)
    # One clinic's always-on channels have no other campaigns to differ from.
    named = table["kind"].isin(["campaign", "asset"])
    quality = rng.normal(0, world.unit_quality_sd, len(table)) * named
    return table.assign(quality=quality)


def _starts(
    world: World, every: tuple[int, int] | None, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return (clinic, week) of regular starts, the first within one gap."""
    if every is None:
        return np.empty(0, int), np.empty(0, int)
    gaps = rng.integers(every[0], every[1] + 1, (world.clinics, world.weeks // every[0] + 1))
    weeks = gaps.cumsum(axis=1) - gaps[:, :1] + rng.integers(0, every[1], (world.clinics, 1))
    clinic, column = np.nonzero(weeks < world.weeks)
    return clinic, weeks[clinic, column]


def _at_most(clinic: np.ndarray, most: int) -> np.ndarray:
    """Return a mask of the first `most` entries of each clinic (entries sorted by clinic)."""
    first = np.searchsorted(clinic, clinic)
    return np.arange(len(clinic)) - first < most


def _pick(channels: tuple[Channel, ...], n: int, rng: np.random.Generator):
    """Return (names, median half-lives) of `n` draws."""
    weights = np.array([channel.weight for channel in channels])
    chosen = rng.choice(len(channels), size=n, p=weights / weights.sum())
    names = np.array([channel.name for channel in channels], object)
    return names[chosen], np.array([channel.half_life_weeks for channel in channels])[chosen]


def _lognormal(median, sd: float, n: int, rng: np.random.Generator) -> np.ndarray:
    return median * np.exp(rng.normal(0, sd, n))


def _effect(sd: float, n: int, rng: np.random.Generator) -> np.ndarray:
    """Return lognormal effects of mean 1."""
    return np.exp(rng.normal(0, sd, n) - sd**2 / 2)


def _campaigns(world: World, rng: np.random.Generator) -> pd.DataFrame:
    clinic, start = _starts(world, world.campaign_every_weeks, rng)
    keep = _at_most(clinic, world.campaigns_at_most)
    clinic, start = clinic[keep], start[keep]
    n = len(start)
    channel, median = _pick(world.outbound, n, rng)
    cost = _lognormal(world.campaign_cost_a_week, world.campaign_cost_sd, n, rng)
    response = (cost / world.campaign_cost_a_week) ** world.spend_elasticity
    level = world.campaign_leads_a_week * response * _effect(world.campaign_effect_sd, n, rng)
    first, last = world.campaign_weeks
    return pd.DataFrame(
        {
            "clinic": clinic,
            "direction": "outbound",
            "channel": channel,
            "kind": "campaign",
            "start": start,
            "end": start + rng.integers(first, last + 1, n),
            "level": level,
            "cost_a_week": cost,
            "cost_at_start": 0.0,
            "half_life": _lognormal(median, world.half_life_sd, n, rng),
            "ramp": 0.0,
            "slope": 0.0,
            "stale": np.inf,
        }
    )


def _assets(world: World, rng: np.random.Generator) -> pd.DataFrame:
    clinic, start = _starts(world, world.asset_every_weeks, rng)
    keep = _at_most(clinic, world.assets_at_most) & (start < world.assets_until_week)
    clinic, start = clinic[keep], start[keep]
    n = len(start)
    channel, median = _pick(world.inbound, n, rng)
    age = rng.integers(world.asset_stop_weeks[0], world.asset_stop_weeks[1] + 1, n)
    stops = rng.random(n) < world.asset_stop_share
    stale = rng.random(n) < world.asset_stale_share
    level = world.asset_leads_a_week * _effect(world.asset_effect_sd, n, rng)
    return pd.DataFrame(
        {
            "clinic": clinic,
            "direction": "inbound",
            "channel": channel,
            "kind": "asset",
            "start": start,
            "end": np.where(stops, start + age, FOREVER),
            "level": level,
            "cost_a_week": world.asset_upkeep_a_week,
            "cost_at_start": rng.uniform(*world.asset_publish_cost, n),
            "half_life": _lognormal(median, world.half_life_sd, n, rng),
            "ramp": world.asset_ramp_weeks,
            "slope": rng.normal(world.asset_slope_a_year, world.asset_slope_sd, n),
            "stale": np.where(stale, world.asset_stale_half_life_weeks, np.inf),
        }
    )


def _steady(world: World, direction: str, channel: str, kind: str, **values) -> pd.DataFrame:
    """Return one unit that goes on for ever at every clinic."""
    common = {"half_life": 0.4, "ramp": 0.0, "slope": 0.0, "stale": np.inf, "cost_at_start": 0.0}
    row = common | {"direction": direction, "channel": channel, "kind": kind} | values
    return pd.DataFrame({"clinic": np.arange(world.clinics), "start": 0, "end": FOREVER, **row})


def _always_on(world: World) -> pd.DataFrame:
    taxonomy = load_taxonomy()
    rows = [
        _steady(
            world,
            taxonomy.direction(item.channel),
            item.channel,
            "always_on",
            level=item.leads_a_week,
            cost_a_week=item.cost_a_week,
            half_life=item.half_life_weeks,
        )
        for item in world.always_on
    ]
    return pd.concat(rows) if rows else pd.DataFrame()


def _baseline(world: World) -> pd.DataFrame:
    total = sum(channel.weight for channel in world.baseline)
    return pd.concat(
        [
            _steady(
                world,
                "neither",
                channel.name,
                "baseline",
                cost_a_week=0.0,
                level=world.baseline_leads_a_week * channel.weight / total,
            )
            for channel in world.baseline
        ]
    )
