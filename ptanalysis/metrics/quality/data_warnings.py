"""What in the data would mislead: said in words, with figures, before any rate is read."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ptanalysis.dataset import ClinicData
from ptanalysis.metrics import volume
from ptanalysis.metrics.quality.followed_leads import HORIZONS, WEEK, end_of, follow_up
from ptanalysis.stats import incidence_curve

#: An unknown source is worth a word from this share of all leads on.
UNKNOWN_SHARE = 0.10
#: A month is a jump at so many times the month before, and so many leads.
JUMP, JUMP_LEADS = 4, 20
#: Chance, at most, that no event came so early had the pace been the same.
CHANCE = 0.01
#: Google Analytics has a channel "AI Assistant" since then; before, Referral (its changelog, 2026).
AI_SINCE = pd.Timestamp("2026-05-13")
#: Those to look at first come first.
_FIRST = ("refused", "rejected", "warning", "excluded", "note")
_WORDS = {"sql_at": "SQL", "patient_at": "patient"}
_DATED = ("screened_at", "sql_at", "patient_at", "lost_at")


def warnings(clinic: ClinicData) -> pd.DataFrame:
    """Return what intake found wrong with the files, and what in the data would mislead.

    Parameters
    ----------
    clinic : ClinicData

    Returns
    -------
    DataFrame
        ``code, severity, file, rows, message, what_to_do``, one row a fault and file, the gravest
        first: *refused* files, *rejected* rows, *warnings* (used, but to be looked at), rows
        *excluded* as no data, *notes*. ``rows`` is missing where the fault is no matter of rows.
    """
    found = [
        (each.code, each.severity, str(each.file), each.count, each.what, each.fix)
        for each in clinic.problems
    ]
    found += [("misleading", "warning", "leads", None, text, "") for text in traps(clinic)]
    columns = ["code", "severity", "file", "rows", "message", "what_to_do"]
    frame = pd.DataFrame(found, columns=columns).astype({"rows": float})
    frame["severity"] = pd.Categorical(frame["severity"], categories=_FIRST, ordered=True)
    by = [name for name in columns if name != "rows"]
    counted = frame.groupby(by, observed=True)["rows"].sum(min_count=1).reset_index()[columns]
    return counted.sort_values(["severity", "rows"], ascending=[True, False], ignore_index=True)


def traps(tables: ClinicData) -> list[str]:
    """Return a sentence for each thing in the data that would mislead a reader of rates.

    Parameters
    ----------
    tables : ClinicData

    Returns
    -------
    list of str
        Conversions that begin long after the leads; an export of inquiries that stops early; a
        month with 4 times the leads of the one before, or more; a large share of unknown sources;
        leads of AI assistants on both sides of the day they became a channel of their own;
        outcomes dated at or before their inquiry; stages without dates; leads known only as
        counts. Empty where there is none
        of it.
    """
    if tables.leads.empty:
        return _counts_alone(tables)
    found = _counts_alone(tables) + [_process_start(tables, event) for event in HORIZONS]
    found += [*_silence(tables), *_jumps(tables)]
    found += [
        _unknown(tables),
        _ai_assistants(tables),
        *(_undated(tables) or [_before_inquiry(tables.leads)]),
    ]
    return [sentence for sentence in found if sentence]


def _counts_alone(tables: ClinicData) -> list[str]:
    """Return how many leads are known only as counts, and what is not known of them."""
    count = int(tables.counted["leads"].sum())
    every = count + len(tables.leads)
    return [
        f"Of {every:,} leads {count:,} are known only as counts: they are in volume, shares and"
        " cost. When each came, how long each took and whether some are the same people as others"
        " is not known: trends, rates within weeks and decay are of the other leads alone."
    ] * bool(count)


def _undated(tables: ClinicData) -> list[str]:
    """Return what is said of a stage without dates: old leads had longer to reach it."""
    said = filter(None, dict.fromkeys(map(tables.undated, HORIZONS)))
    return [f"Neither times nor shares within a time are known: {reason}." for reason in said]


def _process_start(tables: ClinicData, event: str) -> str:
    """Return how many events the leads before the first one would have had at the later pace."""
    leads, first = tables.leads, tables.leads[event].min()
    early, late = leads[leads["lead_at"] < first], leads[leads["lead_at"] >= first]
    if early.empty or late.empty:
        return ""
    followed = follow_up(late, end_of(tables), event)
    pace = incidence_curve(followed.weeks, followed.status)
    ages = ((first - early["lead_at"]) / WEEK).to_numpy()
    missed = pace["share"].to_numpy()[np.searchsorted(pace["weeks"], ages, side="right") - 1].sum()
    events = np.sum(followed.status == 1)
    if not events or (events / (events + missed)) ** events > CHANCE:
        return ""
    return (
        f"No {_WORDS[event]} is dated before {first:%Y-%m-%d}, {ages.max():.0f} weeks after the"
        f" first lead. Of the {len(early):,} leads before that day about {missed:,.0f} would have"
        " converted by then at the pace of the later ones: the process, or its record, begins"
        " there. The low rates of the earliest quarters are no matter of quality."
    )


def _silence(tables: ClinicData) -> list[str]:
    said = volume.silence(tables)
    return [f"{said[0].upper()}{said[1:]}. Later counts are not the market's."] if said else []


def _unknown(tables: ClinicData) -> str:
    unknown, all_leads = int((tables.leads["direction"] == "unknown").sum()), len(tables.leads)
    if unknown < UNKNOWN_SHARE * all_leads:
        return ""
    return (
        f"The direction of {unknown:,} of {all_leads:,} leads ({unknown / all_leads:.1%}) is not"
        f" known{_why_unknown(tables.ledger)}: attribution is lost there, it is no channel of its"
        " own."
    )


def _ai_assistants(tables: ClinicData) -> str:
    leads = tables.leads
    new = leads["lead_at"] >= AI_SINCE
    here = int((leads["channel"] == "ai_referral").sum())
    if not here or new.all() or not new.any():
        return ""
    since = int((leads["channel"][new] == "ai_referral").sum())
    return (
        f"Of {here:,} leads of AI assistants {since:,} came since {AI_SINCE:%Y-%m-%d}, when Google"
        " Analytics made them a channel; before, it called such visits referrals. A change of"
        " either channel across that day can be a change of counting."
    )


def _why_unknown(ledger: dict) -> str:
    """Return how the unknown sources were written, where intake counted it."""
    found = ledger.get("unknown_channel", {})
    words = {"said_unknown": "say so", "blank": "are blank", "not_recognized": "fit no rule"}
    said = [f"{found[key]:,} {word}" for key, word in words.items() if found.get(key)]
    return f" (of the sources {', '.join(said)})" if said else ""


def _jumps(tables: ClinicData) -> list[str]:
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
    """Count outcomes at or before the inquiry; intake moves those of an earlier day up to it."""
    early = pd.DataFrame({name: leads[name] <= leads["inquiry_at"] for name in _DATED})
    count = int(early.any(axis=1).sum())
    if not count:
        return ""
    which = ", ".join(name.removesuffix("_at") for name in _DATED if early[name].any())
    noun = "lead has an outcome" if count == 1 else "leads have an outcome"
    return (
        f"{count:,} {noun} ({which}) dated at or before the inquiry: the export dates it earlier,"
        " or keeps no time of day. It counts at 0 weeks."
    )
