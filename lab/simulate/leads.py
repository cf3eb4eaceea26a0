"""The people: who inquires, what becomes of them and when, and what they pay."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lab.simulate.world import Arm, World

_NEVER = np.inf


def leads(
    world: World, counts: np.ndarray, done: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Draw the leads of each unit and week.

    Parameters
    ----------
    counts : ndarray of int, shape (units, weeks)
    done : DataFrame
        The units, with the logit effect of clinic, arm and unit in ``quality``.

    Returns
    -------
    DataFrame
        One row a lead: unit (row of `done`), direction, and days since the world's start of
        inquiry, screened, sql, lost, patient (inf: never); mql and source_kept, bools.
    """
    unit, week = np.divmod(np.repeat(np.arange(counts.size), counts.ravel()), counts.shape[1])
    people = pd.DataFrame(
        {
            "unit": unit,
            "direction": done["direction"].to_numpy()[unit],
            "inquiry": 7 * (week + rng.random(len(week))),
        }
    )
    people = _stages(world, people, done["quality"].to_numpy()[unit], rng)
    missing = _of(world.source_missing, people["direction"])
    if not missing.any():
        return people.assign(source_kept=True)
    return people.assign(source_kept=rng.random(len(people)) >= missing)


def _stages(
    world: World, people: pd.DataFrame, effect: np.ndarray, rng: np.random.Generator
) -> pd.DataFrame:
    direction, n = people["direction"], len(people)
    mql = rng.random(n) < _of(world.mql_share, direction)
    screened = rng.random(n) < np.where(
        mql, _of(world.screened_of_mql, direction), world.not_mql_screened
    )
    qualified = rng.random(n) < _shifted(_of(sql_of_screened(world), direction), effect)
    is_sql, is_lost = mql & screened & qualified, screened & ~(mql & qualified)
    pays = is_sql & (rng.random(n) < _of(world.paid_of_sql, direction))
    inquiry = people["inquiry"].to_numpy()
    sql = inquiry + _delay(world, _of(world.sql_weeks, direction), rng)
    lost = inquiry + _delay(world, np.full(n, world.lost_weeks), rng)
    patient = sql + _delay(world, np.full(n, world.paid_weeks), rng)
    return people.assign(
        mql=mql,
        screened=np.where(is_sql, sql, np.where(is_lost, lost, _NEVER)),
        sql=np.where(is_sql, sql, _NEVER),
        lost=np.where(is_lost, lost, _NEVER),
        patient=np.where(pays, patient, _NEVER),
    )


def sql_of_screened(world: World) -> Arm:
    """Return the share of screened MQLs that are SQL, from the shares of leads."""
    pairs = zip(world.sql_share, world.mql_share, world.screened_of_mql, strict=True)
    return Arm(*(sql / (mql * screened) for sql, mql, screened in pairs))


def payments(world: World, people: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Draw what each patient pays: a heavy-tailed total in several payments, a few refunded.

    Returns
    -------
    DataFrame
        One row a payment: lead (row of `people`), day (since the world's start), amount (dollars,
        refunds negative).
    """
    payer = np.flatnonzero(np.isfinite(people["patient"]))
    direction = people["direction"].iloc[payer]
    log_total = rng.normal(np.log(_of(world.revenue_median, direction)), world.revenue_sd)
    total = np.clip(np.exp(log_total), *world.revenue_bounds)
    times = 1 + rng.poisson(world.payments_mean - 1, len(payer))
    row = np.repeat(np.arange(len(payer)), times)
    first = np.r_[True, row[1:] != row[:-1]] if len(row) else np.empty(0, bool)
    part = rng.gamma(4.0, size=len(row))
    share = part / np.bincount(row, part, minlength=len(payer))[row]
    later = np.where(first, 0, rng.random(len(row)) * world.payment_spread_weeks * 7)
    paid = pd.DataFrame(
        {
            "lead": payer[row],
            "day": people["patient"].to_numpy()[payer[row]] + later,
            "amount": np.round(total[row] * share, 2),
        }
    )
    return pd.concat([paid, _refunds(world, paid[~first], rng)], ignore_index=True)


def _refunds(world: World, paid: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    back = paid[rng.random(len(paid)) < world.refund_share]
    return back.assign(amount=-back["amount"], day=back["day"] + rng.uniform(3, 30, len(back)))


def _of(arm: Arm, direction: pd.Series) -> np.ndarray:
    """Return the arm's value for each direction."""
    side = direction.to_numpy()
    return np.where(
        side == "inbound", arm.inbound, np.where(side == "outbound", arm.outbound, arm.neither)
    )


def _shifted(share: np.ndarray, effect: np.ndarray) -> np.ndarray:
    """Return `share` moved by `effect` on the logit scale."""
    return 1 / (1 + (1 / share - 1) * np.exp(-effect))


def _delay(world: World, median_weeks: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return days, lognormal around `median_weeks`."""
    return 7 * median_weeks * np.exp(rng.normal(0, world.delay_sd, len(median_weeks)))
