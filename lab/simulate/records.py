"""The sample clinic's other records: screenings, visits, payments, spend, campaigns; all clean."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lab.simulate.dirt import Dirt
from lab.simulate.draw import Drawn
from lab.simulate.people import WORDS
from lab.simulate.units import FOREVER
from lab.simulate.worlds import SAMPLE

#: Reasons a screening gives, with how often: of people who are no potential patients, of others.
_NOT_A_PATIENT = {"existing_patient": 0.4, "spam": 0.25, "vendor": 0.15, "job_seeker": 0.2}
_DISQUALIFIED = {
    "insurance": 0.40,
    "budget": 0.22,
    "distance": 0.18,
    "no_interest": 0.17,
    "service_not_offered": 0.03,
}
_SOFTWARE_A_MONTH = 49.0
#: What a channel's media money is really called.
_KIND = {"cold_call": "agency"}


def clock(days: pd.Series, start: str) -> pd.Series:
    """Return timestamps of `days` since `start`, to the minute, between 7:00 and 20:30.

    The order of the days stays; no time falls into the hour a zone skips in March.

    Examples
    --------
    >>> clock(pd.Series([0.0, 1.5]), "2024-01-01").astype(str).tolist()
    ['2024-01-01 07:00:00', '2024-01-02 13:45:00']
    """
    whole = np.floor(days)
    minutes = np.floor((days - whole) * 13.5 * 60) + 7 * 60
    return pd.Timestamp(start) + pd.to_timedelta(whole * 1440 + minutes, unit="m")


def screenings(leads: pd.DataFrame, rng: np.random.Generator, *, dirt: Dirt) -> pd.DataFrame:
    """Return each lead's decision, and earlier calls that nobody answered.

    Parameters
    ----------
    leads : DataFrame
        inquiry_id, inquiry, screened, sql, lost (days) and mql.

    Returns
    -------
    DataFrame
        inquiry_id, day, outcome, interest, budget_ok, likelihood, reason, screener.
    """
    decided = leads[np.isfinite(leads["screened"])]
    qualified, n = np.isfinite(decided["sql"]).to_numpy(), len(decided)
    reason = np.where(
        decided["mql"], _weighted(_DISQUALIFIED, n, rng), _weighted(_NOT_A_PATIENT, n, rng)
    )
    reason = np.where(qualified, "", reason)
    score = np.where(qualified, rng.integers(3, 6, (2, n)), rng.integers(1, 4, (2, n)))
    budget = np.where(qualified | ((reason != "budget") & (rng.random(n) < 0.7)), "yes", "no")
    rows = pd.DataFrame(
        {
            "inquiry_id": decided["inquiry_id"],
            "day": decided["screened"],
            "outcome": np.where(qualified, "qualified", "disqualified"),
            "interest": score[0],
            "budget_ok": budget,
            "likelihood": score[1],
            "reason": reason,
        }
    )
    table = pd.concat([rows, _unreachable(leads, rng, dirt)], ignore_index=True)
    return table.assign(screener=rng.choice(["staff-1", "staff-2", "staff-3"], len(table)))


def _unreachable(leads: pd.DataFrame, rng: np.random.Generator, dirt: Dirt) -> pd.DataFrame:
    called = leads[rng.random(len(leads)) < dirt.unreachable_share]
    delay = np.exp(rng.normal(0, SAMPLE.delay_sd, len(called)))
    day = called["inquiry"] + 7 * SAMPLE.first_call_weeks * delay
    rows = pd.DataFrame({"inquiry_id": called["inquiry_id"], "day": day, "outcome": "unreachable"})
    before = day < called["screened"] - 0.1
    return rows[before].assign(interest="", budget_ok="", likelihood="", reason="")


def _weighted(weights: dict[str, float], n: int, rng: np.random.Generator) -> np.ndarray:
    return rng.choice(np.array(list(weights), object), n, p=list(weights.values()))


def visits(leads: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return the evaluations and follow-ups: 8 to 9 a patient in the mean, a fifth drop out early.

    Returns
    -------
    DataFrame
        inquiry_id, day, status, kind.
    """
    patient = leads[np.isfinite(leads["patient"])]
    first = patient["patient"] - np.minimum(1.0, (patient["patient"] - patient["sql"]) / 2)
    count = np.where(
        rng.random(len(patient)) < 0.2,
        rng.integers(0, 3, len(patient)),
        2 + rng.negative_binomial(3, 3 / 10.5, len(patient)),
    )
    row = np.repeat(np.arange(len(patient)), count)
    order = pd.Series(row).groupby(row).cumcount().to_numpy()
    day = first.to_numpy()[row] + 3.5 * (order + 1) + rng.uniform(-1, 1, len(row))
    status = rng.choice(["attended", "no_show", "canceled"], len(row), p=[0.86, 0.06, 0.08])
    ids = patient["inquiry_id"].to_numpy()
    evaluation = pd.DataFrame({"inquiry_id": ids, "day": first.to_numpy(), "status": "attended"})
    follow_up = pd.DataFrame({"inquiry_id": ids[row], "day": day, "status": status})
    kept = [evaluation.assign(kind="evaluation"), follow_up.assign(kind="follow_up")]
    return pd.concat([*kept, _missed(leads, rng)], ignore_index=True)


def _missed(leads: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return evaluations of SQLs that never came."""
    lost = leads[np.isfinite(leads["sql"]) & ~np.isfinite(leads["patient"])]
    lost = lost[rng.random(len(lost)) < 0.4]
    day, n = lost["sql"] + rng.uniform(2, 14, len(lost)), len(lost)
    status = rng.choice(["no_show", "canceled"], n)
    return pd.DataFrame(
        {"inquiry_id": lost["inquiry_id"], "day": day, "status": status, "kind": "evaluation"}
    )


def payments(drawn: Drawn, leads: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return the payments and refunds: inquiry_id, day, amount, kind, payer."""
    paid = drawn.payments[drawn.payments["lead"].isin(leads["lead"])]
    ids = leads.set_index("lead")["inquiry_id"]
    payer = pd.Series(rng.choice(["insurance", "self"], len(drawn.leads), p=[0.7, 0.3]))
    return pd.DataFrame(
        {
            "inquiry_id": paid["lead"].map(ids),
            "day": paid["day"],
            "amount": paid["amount"],
            "kind": np.where(paid["amount"] < 0, "refund", "payment"),
            "payer": paid["lead"].map(payer),
        }
    )


def spend(drawn: Drawn, origin: pd.DataFrame) -> pd.DataFrame:
    """Return the spend as invoices: one row a unit, kind and month.

    Returns
    -------
    DataFrame
        unit (-1: shared), first, last (timestamps), channel, campaign, vendor, kind, amount, hours.
        Hours too few to be booked on their own are in the month's row of the front desk.
    """
    weekly = drawn.spend.loc[drawn.spend.index.repeat(7)].reset_index(drop=True)
    day = weekly["first"] + weekly.groupby(["unit", "kind", "first"]).cumcount()
    date = pd.Timestamp(drawn.world.start) + pd.to_timedelta(day, unit="D")
    weekly = weekly.assign(
        day=date,
        month=date.dt.to_period("M"),
        amount=weekly["amount"] / 7,
        hours=weekly["hours"] / 7,
    )
    rows = weekly.groupby(["unit", "kind", "month"], as_index=False).agg(
        first=("day", "min"), last=("day", "max"), amount=("amount", "sum"), hours=("hours", "sum")
    )
    small = (rows["kind"] == "labor") & (rows["hours"] < 1)
    of = origin.take(rows["unit"])[["channel", "campaign", "vendor"]].set_axis(rows.index)
    own = pd.concat([rows, of], axis=1)[~small]
    kind = own["channel"].map(_KIND).where(own["kind"] == "media").fillna(own["kind"])
    own = _mailed(own.assign(kind=kind))
    return pd.concat([own, _shared(rows[small], "labor"), _software(rows)], ignore_index=True)


def _mailed(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with the media of direct mail as print and postage."""
    mail = (rows["kind"] == "media") & (rows["channel"] == "direct_mail")
    parts = [
        rows[mail].assign(kind=kind, amount=rows["amount"] * share)
        for kind, share in {"print": 0.55, "postage": 0.45}.items()
    ]
    return pd.concat([rows[~mail], *parts], ignore_index=True)


def _software(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a subscription for each month: no channel's, and not part of any true value."""
    month = rows.groupby("month", as_index=False)[["amount", "hours"]].sum()
    return _shared(month.assign(amount=_SOFTWARE_A_MONTH, hours=0.0), "software")


def _shared(rows: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Return one row a month of what is recorded without a channel."""
    month = rows.groupby("month", as_index=False)[["amount", "hours"]].sum()
    return month.assign(
        unit=-1,
        kind=kind,
        channel=kind,
        campaign=None,
        vendor=None,
        first=month["month"].dt.start_time,
        last=month["month"].dt.end_time.dt.normalize(),
    )


def campaign_names(drawn: Drawn) -> pd.Series:
    """Return the name of each campaign and asset, missing for other units."""
    unit, words, topics = drawn.units, WORDS["campaign_words"], WORDS["topics"]["words"]
    start = pd.Timestamp(drawn.world.start) + pd.to_timedelta(7 * unit["start"], unit="D")
    topic = pd.Series([topics[(7 * row + 3) % len(topics)] for row in range(len(unit))])
    asset = unit["channel"].map(words) + "-" + topic
    push = unit["channel"].map(words) + "-" + start.dt.strftime("%Y-%m")
    name = push.where(unit["kind"] == "campaign", asset)
    return name.where(unit["kind"].isin(["campaign", "asset"])).astype(object)


def campaigns(drawn: Drawn, origin: pd.DataFrame) -> pd.DataFrame:
    """Return campaigns and assets: campaign, channel, vendor, kind, starts_on, ends_on."""
    unit = drawn.units
    start = pd.Timestamp(drawn.world.start)
    last = (7 * unit["end"] - 1).where(unit["end"] < FOREVER)
    table = origin[["campaign", "channel", "vendor"]].assign(
        kind=unit["kind"],
        starts_on=start + pd.to_timedelta(7 * unit["start"], unit="D"),
        ends_on=start + pd.to_timedelta(last, unit="D"),
    )
    return table[table["campaign"].notna()].sort_values("starts_on", kind="stable")
