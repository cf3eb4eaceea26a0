"""What is true in a world: the value of every claim's estimand, from a very large draw."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd

from lab.simulate.draw import Drawn, draw
from lab.simulate.response import shape
from lab.simulate.units import FOREVER
from lab.simulate.world import World
from lab.simulate.worlds import SAMPLE, WORLDS
from ptanalysis.definitions import PATIENT_HORIZON_WEEKS, SQL_HORIZON_WEEKS
from ptanalysis.metrics.money.campaign_units import MOST_LATE, TAIL_WEEKS
from ptanalysis.metrics.money.mature import weeks_followed

#: Volumes (leads a month) at which one clinic of each world is calibrated; None is many clinics.
VOLUMES = (20.0, 45.0, 80.0, None)
_UNITS, _BATCH, _SEED = 400_000, 4_000, 7
_YEAR, _FIRST_WEEKS, _AFTER = 52, 26, (4, 12)
_CACHE = "truths.json"


def truth(world: World) -> dict[str, float | None]:
    """Return the true values of a world: stored for the six worlds, else computed (seconds).

    Parameters
    ----------
    world : World
        With one clinic, the values are those of a clinic without clinic effects; with more, of the
        population the clinics come from.

    Returns
    -------
    dict of str to float or None
        Every id of definitions/claims.toml, None where the world leaves it undefined;
        ``lasts`` (months 7-12 to 3-6), ``inbound_persistence``, and for each direction
        ``<direction>_sql_share``, ``_mql_share``, ``_cost_per_sql``, ``_roi``.

    Notes
    -----
    SQLs are a share of the leads screened within 13 weeks, and their cost that of an expected SQL:
    the leads times that share. A unit's cost, leads and what becomes of them are counted in the 52
    weeks from its start (an always-on channel's in the world's weeks); SQLs within 13 weeks of the
    inquiry, patients and payments within 26. Cost and return are those of the units old enough on
    the world's last day, as the claims say: the market that younger units will meet is not theirs;
    None where no unit is.
    Persistence and growth are ratios of mean response, without season, market growth and noise.

    Examples
    --------
    >>> abs(truth(WORLDS["NULL"])["inbound_leads_more_often_sql"]) < 0.005
    True
    """
    for entry in _stored():
        if entry["population"] == _population(world):
            return dict(entry["values"])
    return compute_truth(world)


@lru_cache(maxsize=64)
def compute_truth(world: World, *, units: int = _UNITS, seed: int = _SEED) -> dict:
    """Compute what `truth` returns from about `units` campaigns and assets."""
    sums, first, growth = pd.DataFrame(), [], []
    for drawn in _batches(world, units, seed):
        sums = sums.add(_sums(drawn), fill_value=0.0)
        first.append(_weeks_to_first_sql(drawn))
        growth.append(_growth(drawn))
    weeks = pd.concat(first).groupby("direction")["weeks"].mean()
    grown = pd.concat(growth)[["grows", "lasts"]].mean()
    return _values(sums, weeks, np.exp(grown))


def store_truths(path: Path) -> None:
    """Compute the truths of the six worlds at VOLUMES, and of the sample, and write them.

    Parameters
    ----------
    path : Path
        ``lab/simulate/truths.json`` of a checkout; takes minutes.
    """
    entries = [
        {"world": name, "population": _population(world), "values": compute_truth(world)}
        for name, world in populations()
    ]
    path.write_text(json.dumps(entries, indent=1) + "\n", "utf-8")


def populations() -> Iterator[tuple[str, World]]:
    """Yield the name and world of each stored truth."""
    yield "SAMPLE", SAMPLE
    for name, world in WORLDS.items():
        own = VOLUMES if world.leads_a_month == World.leads_a_month else (world.leads_a_month,)
        for volume in own:
            yield name, replace(world, leads_a_month=volume, clinics=1 if volume else 6)


def _stored() -> list[dict]:
    return _read_stored(files(__package__).joinpath(_CACHE).read_text("utf-8"))


@lru_cache(maxsize=1)
def _read_stored(text: str) -> list[dict]:
    return json.loads(text)


def _population(world: World) -> dict:
    """Return the parameters that the truth depends on, as JSON has them."""
    return json.loads(json.dumps(asdict(replace(world, clinics=min(world.clinics, 2)))))


def _batches(world: World, units: int, seed: int) -> Iterator[Drawn]:
    """Yield draws of many clinics, each unit followed for as long as the estimands need."""
    alone = {"clinic_quality_sd": 0.0, "clinic_arm_sd": 0.0} if not world.many else {}
    follow_up = _YEAR + PATIENT_HORIZON_WEEKS
    each = len(draw(replace(world, clinics=50, **alone), seed).units.query("kind in @_NAMED")) / 50
    clinics = int(np.ceil(_BATCH / each))
    for batch in range(int(np.ceil(units / (clinics * each)))):
        many = replace(world, clinics=clinics, **alone)
        yield draw(many, seed * 1000 + batch, follow_up_weeks=follow_up)


_NAMED = ("campaign", "asset")


def _counted(drawn: Drawn, unit: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Return whether something of `unit` on `day` lies in the time counted for it."""
    start = 7 * drawn.units["start"].to_numpy()[unit]
    named = drawn.units["kind"].isin(_NAMED).to_numpy()[unit]
    length = np.where(named, 7 * _YEAR, 7 * drawn.world.weeks)
    return day < start + length


def _sums(drawn: Drawn) -> pd.DataFrame:
    """Return, by direction, sums of everything the ratios are made of."""
    people = drawn.leads
    counted = _counted(drawn, people["unit"].to_numpy(), people["inquiry"].to_numpy())
    inquiry = people["inquiry"]
    screened = counted & (people["screened"] - inquiry <= 7 * SQL_HORIZON_WEEKS)
    leads = pd.DataFrame(
        {
            "leads": counted,
            "mql": counted & people["mql"],
            "screened": screened,
            "screened_mql": screened & people["mql"],
            "sql": counted & (people["sql"] - inquiry <= 7 * SQL_HORIZON_WEEKS),
            "patients": counted & (people["patient"] - inquiry <= 7 * PATIENT_HORIZON_WEEKS),
        }
    )
    table = leads.groupby(people["direction"]).sum().astype(float)
    for event in ("leads", "sql", "patients", "revenue"):
        table = table.join(_matured(drawn, leads, event), how="outer")
    return table.join(_persistence(drawn), how="outer")


def _matured(drawn: Drawn, leads: pd.DataFrame, event: str) -> pd.DataFrame:
    """Return, by direction, an event and its cost, both of the units that are old enough."""
    people, spend, side = drawn.leads, drawn.spend, drawn.units["direction"].to_numpy()
    of_lead = _old_enough(drawn, people["unit"].to_numpy(), people["inquiry"].to_numpy(), event)
    of_cost = _old_enough(drawn, spend["unit"].to_numpy(), spend["first"].to_numpy(), event)
    counted = _counted(drawn, spend["unit"].to_numpy(), spend["first"].to_numpy()) & of_cost
    brought = _income(drawn, leads["leads"]) if event == "revenue" else leads[event].astype(float)
    by_side = brought.where(of_lead, 0).groupby(people["direction"]).sum()
    if event == "sql":
        by_side = by_side * _leads_a_screened(leads[of_lead], people["direction"][of_lead])
    return pd.DataFrame(
        {
            f"matured_{event}": by_side,
            f"cost_{event}": spend["amount"].where(counted).groupby(side[spend["unit"]]).sum(),
        },
        dtype=float,
    )


def _leads_a_screened(leads: pd.DataFrame, side: pd.Series) -> pd.Series:
    """Return leads over screened leads by direction: an SQL on record stands for so many expected.

    In a simulated clinic nothing but a screening excludes a lead.
    """
    sums = leads.groupby(side)[["leads", "screened"]].sum()
    return sums["leads"] / sums["screened"]


def _income(drawn: Drawn, counted: pd.Series) -> pd.Series:
    """Return each counted lead's payments within the horizon."""
    paid, inquiry = drawn.payments, drawn.leads["inquiry"].to_numpy()
    in_time = paid["day"] - inquiry[paid["lead"]] <= 7 * PATIENT_HORIZON_WEEKS
    income = paid["amount"].where(in_time).groupby(paid["lead"]).sum()
    return income.reindex(counted.index).fillna(0.0) * counted


def _old_enough(drawn: Drawn, unit: np.ndarray, day: np.ndarray, event: str) -> np.ndarray:
    """Return whether something of `unit` on `day` is compared at the end of the world's weeks."""
    last = 7 * (drawn.world.weeks - weeks_followed(event))
    closes = 7 * _closes(drawn)[unit]
    return np.where(np.isnan(closes), day < last, closes <= last)


def _closes(drawn: Drawn) -> np.ndarray:
    """Return the week in which each unit is complete, NaN for one that always runs."""
    units = drawn.units
    start, end = units["start"].to_numpy(), units["end"].to_numpy()
    campaign = (units["kind"] == "campaign").to_numpy()
    tail = np.where(campaign, np.minimum(end + TAIL_WEEKS, start + _YEAR), start + _YEAR)
    week = np.arange(start.max() + _YEAR)
    mean = shape(drawn.world, units[campaign], week)
    year = (week >= start[campaign, None]) & (week < start[campaign, None] + _YEAR)
    late = (mean * (year & (week >= tail[campaign, None]))).sum() > MOST_LATE * (mean * year).sum()
    named = units["kind"].isin(_NAMED).to_numpy()
    return np.where(named, start + _YEAR if late else tail, np.nan)


def _persistence(drawn: Drawn) -> pd.DataFrame:
    """Return, by direction, the mean weekly response during and 5-12 weeks after, summed."""
    unit = drawn.units[drawn.units["kind"].isin(_NAMED) & (drawn.units["end"] < FOREVER)]
    week = np.arange(unit["end"].max() + _AFTER[1] if len(unit) else 0)
    mean = shape(drawn.world, unit, week)
    start, end = (unit[name].to_numpy()[:, None] for name in ("start", "end"))
    on, after = (week >= start) & (week < end), (week >= end + _AFTER[0]) & (week < end + _AFTER[1])
    rows = pd.DataFrame(
        {"during": (mean * on).sum(1) / on.sum(1), "after": (mean * after).sum(1) / after.sum(1)}
    )
    return rows.groupby(unit["direction"].to_numpy()).sum()


def _weeks_to_first_sql(drawn: Drawn) -> pd.DataFrame:
    """Return each unit's weeks from its start to its first SQL, restricted to 26."""
    unit = drawn.units[drawn.units["kind"].isin(_NAMED)]
    first = drawn.leads.groupby("unit")["sql"].min().reindex(unit.index).fillna(np.inf)
    weeks = np.minimum(first / 7 - unit["start"], _FIRST_WEEKS)
    return pd.DataFrame({"direction": unit["direction"], "weeks": weeks})


def _growth(drawn: Drawn) -> pd.DataFrame:
    """Return each asset's log ratios of response with age."""
    unit = drawn.units[drawn.units["kind"] == "asset"].assign(start=0, end=_YEAR)
    middle = np.arange(_YEAR) + 0.5
    mean = shape(drawn.world, unit, np.arange(_YEAR))
    first, third = middle < _YEAR / 2, (middle > _YEAR / 6) & (middle < _YEAR / 2)
    late, early, third = (mean[:, weeks].mean(1) for weeks in (~first, first, third))
    return pd.DataFrame({"grows": np.log(late / early), "lasts": np.log(late / third)})


def _values(sums: pd.DataFrame, weeks: pd.Series, grown: pd.Series) -> dict:
    side = sums.reindex(["inbound", "outbound"])
    sql, mql = side["sql"] / side["screened"], side["mql"] / side["leads"]
    persistence = side["after"] / side["during"]
    events = ("sql", "leads", "patients", "revenue")
    cost = {name: side[f"cost_{name}"] / side[f"matured_{name}"] for name in events}
    roi = 1 / cost["revenue"]
    gap = side["screened_mql"] / side["screened"] - sql
    values = {
        "outbound_costs_more_per_sql": _ratio(cost["sql"]),
        "outbound_costs_more_per_lead": _ratio(cost["leads"]),
        "outbound_costs_more_per_patient": _ratio(cost["patients"]),
        "outbound_ends_with_campaign": persistence["outbound"],
        "inbound_outlasts_outbound": -_difference(persistence),
        "inbound_slower_to_start": -_difference(weeks.reindex(side.index)),
        "inbound_lasts_and_grows": grown["grows"],
        "inbound_leads_more_often_sql": -_difference(sql),
        "mql_sql_gap_differs": -_difference(gap),
        "inbound_higher_roi": 1 / _ratio(roi),
        "lasts": grown["lasts"],
        "inbound_persistence": persistence["inbound"],
    }
    for name, column in {
        "sql_share": sql,
        "mql_share": mql,
        "cost_per_sql": cost["sql"],
        "roi": roi - 1,
    }.items():
        values |= {f"{direction}_{name}": column[direction] for direction in side.index}
    return {
        key: round(float(value), 5) if np.isfinite(value) else None for key, value in values.items()
    }


def _ratio(by_direction: pd.Series) -> float:
    return by_direction["outbound"] / by_direction["inbound"]


def _difference(by_direction: pd.Series) -> float:
    return by_direction["outbound"] - by_direction["inbound"]
