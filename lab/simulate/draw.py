"""One draw of a world: the true rows, uncut."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lab.simulate.leads import leads, payments
from lab.simulate.response import noise, paused, weekly_leads
from lab.simulate.units import clinics, units
from lab.simulate.world import World


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Everything that happens in a drawn world, whenever it happens.

    Attributes
    ----------
    world : World
    weeks : int
        Weeks in which people inquired.
    units : DataFrame
        One row a campaign, asset, always-on channel or baseline channel of a clinic.
    leads : DataFrame
        One row a lead; see `lab.simulate.leads.leads`.
    payments : DataFrame
        One row a payment or refund.
    spend : DataFrame
        One row a unit and period: unit, first and last (days since the world's start, both
        included), kind, amount, hours.
    """

    world: World
    weeks: int
    units: pd.DataFrame
    leads: pd.DataFrame
    payments: pd.DataFrame
    spend: pd.DataFrame


def draw(world: World, seed: int, *, follow_up_weeks: int = 0) -> Drawn:
    """Draw a world once.

    Parameters
    ----------
    world : World
    seed : int
        The same seed gives the same draw.
    follow_up_weeks : int, default 0
        Weeks in which running units go on after the world's own, with no new ones started.

    Returns
    -------
    Drawn

    Examples
    --------
    >>> drawn = draw(World(leads_a_month=45), seed=1)
    >>> 25 < len(drawn.leads) / (drawn.weeks / 4.348) < 65
    True
    """
    rng = np.random.default_rng(seed)
    weeks = world.weeks + follow_up_weeks
    places, done = clinics(world, rng), units(world, rng)
    arm = places[["inbound", "outbound", "neither"]].to_numpy()
    column = done["direction"].map({"inbound": 0, "outbound": 1, "neither": 2}).to_numpy()
    done = done.assign(quality=done["quality"] + arm[done["clinic"], column])
    mean = weekly_leads(world, done, places, weeks=weeks)
    mean *= noise(world, rng, weeks=weeks)[done["clinic"]]
    counts = rng.poisson(mean * rng.gamma(world.dispersion, size=mean.shape) / world.dispersion)
    people = leads(world, counts, done, rng)
    return Drawn(
        world=world,
        weeks=weeks,
        units=done,
        leads=people,
        payments=payments(world, people, rng),
        spend=_spend(world, done, places, weeks),
    )


def _spend(world: World, done: pd.DataFrame, places: pd.DataFrame, weeks: int) -> pd.DataFrame:
    """Return weekly media, agency fees and labor of each unit that costs anything."""
    size = places["leads_a_week"].to_numpy()[done["clinic"]] / (45 / (365.25 / 12 / 7))
    unit, week = np.nonzero(_paid(world, done, weeks))
    cost = (done["cost_a_week"].to_numpy() * size)[unit]
    cost += (done["cost_at_start"].to_numpy() * size)[unit] * (
        done["start"].to_numpy()[unit] == week
    )
    rows = pd.DataFrame({"unit": unit, "first": 7 * week, "last": 7 * week + 6, "cost": cost})
    inbound = (done["direction"] == "inbound").to_numpy()[unit]
    agency = np.where(inbound, 1.0, world.agency_share)
    labor = world.labor_share / (1 - world.labor_share)
    parts = [
        rows.assign(kind="media", amount=rows["cost"] * (1 - agency), hours=np.nan),
        rows.assign(kind="agency", amount=rows["cost"] * agency, hours=np.nan),
        rows.assign(
            kind="labor",
            amount=rows["cost"] * labor,
            hours=rows["cost"] * labor / world.hourly_rate,
        ),
    ]
    table = pd.concat(parts, ignore_index=True).drop(columns="cost")
    return table[table["amount"] > 0].reset_index(drop=True)


def _paid(world: World, done: pd.DataFrame, weeks: int) -> np.ndarray:
    """Return whether each unit is paid for in each week, a (units, weeks) array."""
    week = np.arange(weeks)
    start, end = (done[name].to_numpy()[:, None] for name in ("start", "end"))
    costs = ((done["cost_a_week"] > 0) | (done["cost_at_start"] > 0)).to_numpy()[:, None]
    on = (week >= start) & (week < end) & costs
    always_on = (done["kind"] == "always_on").to_numpy()
    for channel, since in paused(world, week).items():
        on[always_on & (done["channel"] == channel).to_numpy()] &= since == 0
    return on
