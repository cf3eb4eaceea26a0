"""What in the data would mislead: said in words, with figures, before any rate is read."""

from __future__ import annotations

import pandas as pd

from ptanalysis.quality.follow_up import HORIZONS, WEEK, end_of
from ptanalysis.tables import ClinicTables

#: An unknown source is worth a word from this share of all leads on.
UNKNOWN_SHARE = 0.10
#: A month is a jump at so many times the month before, and so many leads.
JUMP, JUMP_LEADS = 4, 20
#: No event where so many were to be expected: by chance in under 5 % of cases (Poisson).
EXPECTED_EVENTS = 3
_WORDS = {"sql_at": "SQL", "patient_at": "patient"}
_DATED = ("mql_at", "screened_at", "sql_at", "patient_at", "lost_at")


def traps(tables: ClinicTables) -> list[str]:
    """Return a sentence for each thing in the data that would mislead a reader of rates.

    Parameters
    ----------
    tables : ClinicTables

    Returns
    -------
    list of str
        Conversions that begin long after the leads; a large share of unknown sources; a month with
        4 times the leads of the one before, or more; outcomes dated before their inquiry. Empty
        where there is none of it.
    """
    if tables.leads.empty:
        return []
    found = [_process_start(tables, event) for event in HORIZONS]
    found += [_unknown(tables.leads), *_jumps(tables), _before_inquiry(tables.leads)]
    return [sentence for sentence in found if sentence]


def _process_start(tables: ClinicTables, event: str) -> str:
    """Return how many leads had their whole horizon before the first event of the record."""
    leads, horizon = tables.leads, HORIZONS[event]
    first = leads[event].min()
    within = leads["lead_at"] + horizon * WEEK
    early, old = within < first, within < end_of(tables)
    late = leads[old & ~early]
    share = (late[event] <= within[late.index]).mean() if len(late) else 0.0
    if early.sum() * share < EXPECTED_EVENTS:
        return ""
    weeks = (first - leads["lead_at"].min()) / WEEK
    return (
        f"No {_WORDS[event]} is dated before {first:%Y-%m-%d}, {weeks:.0f} weeks after the first"
        f" lead. {early.sum():,} leads had all their {horizon} weeks before that day and none"
        f" converted, where about {early.sum() * share:.0f} would have at the later rate: the"
        " record, or the process, begins there. It is not their quality."
    )


def _unknown(leads: pd.DataFrame) -> str:
    unknown = int((leads["direction"] == "unknown").sum())
    if unknown < UNKNOWN_SHARE * len(leads):
        return ""
    return (
        f"The source of {unknown:,} of {len(leads):,} leads ({unknown / len(leads):.1%}) is not"
        " known: attribution is lost there, it is no channel of its own."
    )


def _jumps(tables: ClinicTables) -> list[str]:
    """Return the months that multiply the month before; the first month may be a part of one."""
    months = tables.leads["lead_at"].dt.to_period("M")
    whole = pd.period_range(months.min() + 1, tables.as_of, freq="M")
    counts = months.value_counts().reindex(whole, fill_value=0)
    return [
        f"Leads jump from {before:,} in {month - 1:%B %Y} to {now:,} in {month:%B %Y}: more demand,"
        " or another way of recording it. A rate that pools both sides mixes two processes."
        for month, before, now in zip(whole[1:], counts, counts.iloc[1:], strict=False)
        if now >= max(JUMP * before, JUMP_LEADS)
    ]


def _before_inquiry(leads: pd.DataFrame) -> str:
    """Compare days: some exports have no time of day."""
    day = leads["inquiry_at"].dt.normalize()
    early = pd.DataFrame({name: leads[name].dt.normalize() < day for name in _DATED})
    count = int(early.any(axis=1).sum())
    if not count:
        return ""
    which = ", ".join(name.removesuffix("_at") for name in _DATED if early[name].any())
    noun = "lead has an outcome" if count == 1 else "leads have an outcome"
    return f"{count:,} {noun} ({which}) dated before the inquiry; counted at 0 weeks."
