"""What is left after a stop: persistence and half-life, ours and PyMC-Marketing's, truth known.

Run: pip install -e ".[bench]" && python -m lab.benchmarks.adstock [draws]     (default 20)

Both see the same leads and weeks. Ours asks what came after each stop; the other fits spend against
leads with geometric adstock (`GeometricAdstock`, 26 weeks, `NoSaturation`, its default priors, 4
chains of 500 after 500). It is given what helps it: the leads that name a campaign, without the
others, where there are campaigns; yearly Fourier terms where, and only where, there is a season.
Error is the median distance from the truth, time the median of the draws after one that is not
counted (it compiles). Half-life is compared where there is one: all campaigns decay alike.
"""

from __future__ import annotations

import logging
import sys
import time
import warnings
from typing import NamedTuple

import numpy as np
import pandas as pd

import ptanalysis as pt
from ptanalysis.dataset import SCHEMA, ClinicData, conform
from ptanalysis.definitions import Quarter

START, WEEKS, ON = pd.Timestamp("2023-01-02"), 180, 10
#: Weeks from one start to the next, not in step with the year, which both may have to take out.
GAPS = (22, 32)
BASE, LEVEL, DISPERSION, SLOW = 1.5, 6.0, 7.0, 52.0
MOST_WEEKS = 26


class World(NamedTuple):
    """How the response fades, and whether spend ever stops.

    `unlike` is the log-sd of the campaigns' half-lives and sizes; `kept` the share of the response
    that fades with a half-life of a year.
    """

    name: str
    half_life: float
    unlike: float = 0.0
    kept: float = 0.0
    stops: bool = True


WORLDS = (
    World("geometric, half-life 1.5", 1.5),
    World("geometric, half-life 4", 4.0),
    World("campaigns unlike, median 2", 2.0, unlike=0.8),
    World("half of it stays", 1.0, kept=0.5),
    World("always on, half-life 4", 4.0, stops=False),
)


class Answer(NamedTuple):
    """Low, middle and high of both numbers; NaN where there is none. Seconds it took."""

    persistence: tuple[float, float, float]
    half_life: tuple[float, float, float]
    seconds: float


def kernel(half_life: float, kept: float) -> np.ndarray:
    """Return the response to a dollar by weeks since, adding to 1 in the end."""
    week = np.arange(WEEKS)
    fast, slow = (2.0 ** (-1 / half) for half in (half_life, SLOW))
    return (1 - kept) * (1 - fast) * fast**week + kept * (1 - slow) * slow**week


def spend(world: World, rng: np.random.Generator) -> np.ndarray:
    """Return dollars of each campaign and week; always-on spend follows demand, one row."""
    if not world.stops:
        return (demand() * rng.lognormal(0, 0.1, WEEKS))[None]
    starts = 12 + np.cumsum(rng.integers(*GAPS, 6)) - GAPS[0]
    starts = starts[starts <= WEEKS - ON - 12]
    on = (np.arange(WEEKS) >= starts[:, None]) & (np.arange(WEEKS) < starts[:, None] + ON)
    return on * rng.lognormal(0, world.unlike, len(starts))[:, None]


def demand() -> np.ndarray:
    """Return the season: a quarter above and below."""
    return 1 + 0.25 * np.sin(2 * np.pi * np.arange(WEEKS) / 52)


def left(response: np.ndarray, paid: np.ndarray) -> float:
    """Return the persistence of campaigns' mean responses: weeks 5-12 after, over during."""
    after, during = 0.0, 0.0
    for mean, on in zip(response, paid > 0, strict=True):
        stop = np.flatnonzero(on)[-1] + 1
        after += mean[stop + 4 : stop + 12].mean()
        during += mean[on].mean()
    return after / during


def spread(paid: np.ndarray, kernels) -> np.ndarray:
    """Return each campaign's spend convolved with its kernel."""
    pairs = zip(paid, kernels, strict=True)
    return np.array([np.convolve(row, each)[:WEEKS] for row, each in pairs])


def draw(world: World, rng: np.random.Generator):
    """Return dollars, counts of each campaign and of the rest (last row), and true persistence."""
    paid = spend(world, rng)
    lives = world.half_life * rng.lognormal(0, world.unlike, len(paid))
    kernels = [kernel(each, world.kept) for each in lives]
    mean = LEVEL * spread(paid, kernels)
    rates = np.vstack([mean, np.full(WEEKS, BASE)]) * (1 if world.stops else demand())
    counts = rng.poisson(rates * rng.gamma(DISPERSION, 1 / DISPERSION, rates.shape))
    steady = np.where(np.arange(WEEKS) < WEEKS - 20, 1.0, 0.0)[None]
    true = left(mean, paid) if world.stops else left(spread(steady, kernels), steady)
    return paid, counts, true


def tables(paid: np.ndarray, counts: np.ndarray, *, stops: bool) -> ClinicData:
    """Return the counts as leads of campaigns, as intake would have written them."""
    unit, week = np.divmod(np.repeat(np.arange(counts.size), counts.ravel()), WEEKS)
    named = (unit < len(paid)) & stops
    at = START + pd.to_timedelta(7 * week + 3, unit="D")
    rows = {"lead_at": at, "campaign": np.where(named, "c" + unit.astype(str).astype(object), None)}
    first, last = (paid > 0).argmax(1), WEEKS - (paid[:, ::-1] > 0).argmax(1)
    dates = {
        "campaign": [f"c{number}" for number in range(len(paid))],
        "starts_on": START + pd.to_timedelta(7 * first, unit="D"),
        "ends_on": START + pd.to_timedelta(7 * last - 1, unit="D"),
    }
    day = START + pd.Timedelta(days=7 * WEEKS - 1)
    empty = {name: _table(name, {}) for name in ("touches", "payments", "spend")}
    return ClinicData(
        clinic="one",
        quarter=Quarter.containing(day.date()),
        as_of=day,
        leads=_table("leads", rows),
        campaigns=_table("campaigns", dates if stops else {}),
        **empty,
    )


def _table(name: str, rows: dict) -> pd.DataFrame:
    columns = {"clinic": "one", "direction": "outbound", "channel": "direct_mail", "touches": 1}
    frame = pd.DataFrame(rows).assign(
        **{key: value for key, value in columns.items() if key in SCHEMA[name]}
    )
    return conform(name, frame.reindex(columns=list(SCHEMA[name])))


def ours(paid: np.ndarray, counts: np.ndarray, world: World) -> Answer:
    """Ask this project."""
    known = tables(paid, counts, stops=world.stops)
    began = time.perf_counter()
    found = pd.concat([pt.persistence(pt.stops(known)), pt.half_life(pt.stops(known, weekly=True))])
    share, life = found[found["group"] == "outbound"].each()
    took = time.perf_counter() - began
    ends = [
        tuple(np.nan if end is None else end for end in (each.ci_low, each.value, each.ci_high))
        for each in (share, life)
    ]
    return Answer(*ends, took)


def theirs(paid: np.ndarray, counts: np.ndarray, world: World) -> Answer:
    """Fit a geometric adstock with PyMC-Marketing."""
    from pymc_marketing.mmm import GeometricAdstock, NoSaturation
    from pymc_marketing.mmm.multidimensional import MMM

    dates = pd.date_range(START, periods=WEEKS, freq="7D")
    began = time.perf_counter()
    model = MMM(
        date_column="date",
        channel_columns=["spend"],
        target_column="leads",
        adstock=GeometricAdstock(l_max=MOST_WEEKS),
        saturation=NoSaturation(),
        yearly_seasonality=None if world.stops else 2,
    )
    model.fit(
        pd.DataFrame({"date": dates, "spend": paid.sum(0)}),
        pd.Series(counts[: len(paid) if world.stops else None].sum(0) * 1.0, name="leads"),
        chains=4,
        cores=1,
        draws=500,
        tune=500,
        progressbar=False,
        random_seed=1,
    )
    alphas = model.fit_result["adstock_alpha"].to_numpy().ravel()
    took = time.perf_counter() - began
    shares = [_left_of(alpha, paid, world) for alpha in alphas[:: len(alphas) // 500]]
    return Answer(_ends(shares), _ends(np.log(0.5) / np.log(alphas)), took)


def _left_of(alpha: float, paid: np.ndarray, world: World) -> float:
    """Return the persistence that an adstock means for these campaigns, or after steady spend."""
    steady = np.where(np.arange(WEEKS) < WEEKS - 20, 1.0, 0.0)[None]
    rows = paid if world.stops else steady
    weights = np.where(np.arange(WEEKS) < MOST_WEEKS, alpha ** np.arange(WEEKS), 0)
    return left(spread(rows, [weights / weights.sum()] * len(rows)), rows)


def _ends(draws) -> tuple[float, float, float]:
    return tuple(np.quantile(draws, [0.025, 0.5, 0.975]))


def figures(answers: list[Answer], true: list[float], half_life: float | None) -> dict:
    """Return the share answered, error and coverage of persistence, error of half-life, seconds."""
    low, middle, high = np.array([each.persistence for each in answers]).T
    life = np.array([each.half_life[1] for each in answers])
    told, known = np.isfinite(low), half_life is not None and np.isfinite(life).any()
    return {
        "told": told.mean(),
        "error": np.median(np.abs(middle - true)[told]) if told.any() else np.nan,
        "covers": ((low <= true) & (true <= high))[told].mean() if told.any() else np.nan,
        "half-life off by": np.exp(np.nanmedian(np.abs(np.log(life / half_life))))
        if known
        else np.nan,
        "seconds": np.median([each.seconds for each in answers]),
    }


def compare(world: World, draws: int) -> pd.DataFrame:
    """Return the figures of both in a world, and the ratio of the other's to ours."""
    rng = np.random.default_rng(sum(map(ord, world.name)))
    drawn = [draw(world, rng) for _ in range(draws)]
    true = [each for *_, each in drawn]
    alike = world.half_life if not (world.unlike or world.kept) else None
    rows = {
        name: figures([ask(paid, counts, world) for paid, counts, _ in drawn], true, alike)
        for name, ask in (("ptanalysis", ours), ("PyMC-Marketing", theirs))
    }
    table = pd.DataFrame(rows).T
    table.loc["ratio"] = table.iloc[1] / table.iloc[0]
    return pd.concat({f"{world.name}: {np.median(true):.2f} left": table})


def main(draws: int = 20) -> None:
    """Print one table a world."""
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    for ask in (ours, theirs):
        paid, counts, _ = draw(WORLDS[0], np.random.default_rng(0))
        ask(paid, counts, WORLDS[0])
    for world in WORLDS:
        print(compare(world, draws).round(3).to_string(), flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
