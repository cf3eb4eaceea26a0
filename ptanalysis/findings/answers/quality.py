"""What the quality notebook says: how many leads qualify, of which side, channel and vendor."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from ptanalysis.dataset import ClinicData
from ptanalysis.display import numbers, phrases, words
from ptanalysis.display.escaping import name
from ptanalysis.metrics import quality
from ptanalysis.stats import Estimate

_SIDES = ("inbound", "outbound")
_WORDS = {"sql_at": "SQL", "patient_at": "patients"}
_RECORDS = {"sql_at": ("screenings", "stages"), "patient_at": ("payments",)}


def short(tables: ClinicData) -> str:
    """Return the short answer: how many leads qualify, by side, and how the sides differ."""
    event = outcome(tables)
    everyone = overall(tables, event)
    if not everyone.known:
        return f"**Cannot be said yet**: {phrases.remark(everyone)} ({words.as_of(tables.as_of)})."
    gap = difference(tables, event)
    likely = phrases.likely(everyone, of=f"{_of(event)} leads".strip())
    return " ".join(
        [
            f"**{phrases.value(everyone)} of{_of(event)} leads became {_WORDS[event]} within"
            f" {tables.assumptions.weeks_to_sql} weeks** ({likely}),"
            f" {words.as_of(tables.as_of)}.",
            _covered(tables) if event == "sql_at" else _no_sql(tables),
            _sides(tables, event),
            _compared(gap, event),
        ]
    )


def outcome(tables: ClinicData) -> str:
    """Return what can be followed here: ``sql_at``, or ``patient_at`` where no SQL is recorded."""
    return "sql_at" if overall(tables, "sql_at").known else "patient_at"


def overall(tables: ClinicData, event: str = "sql_at") -> Estimate:
    """Return the share with the event within 13 weeks of all leads; of the screened for SQLs."""
    label = (quality.RATES[event], "quality", "all")
    reason = _unknown(tables, event)
    if tables.leads[event].isna().all():
        lost = tables.none_of_a_lead(*_RECORDS[event])
        reason = lost or f"no lead has a date of becoming {_WORDS[event]}"
    if reason:
        return Estimate.not_identified(reason, unit="share", n=len(tables.leads)).labelled(*label)
    found = quality.rate(tables.leads, _end(tables), event, weeks=tables.assumptions.weeks_to_sql)
    return found.labelled(*label)


def difference(tables: ClinicData, event: str = "sql_at") -> Estimate:
    """Return inbound less outbound share of leads with the event within 13 weeks."""
    if event == "sql_at":
        return quality.sql_share_difference(tables)
    inbound, outbound = (tables.leads[tables.leads["direction"] == side] for side in _SIDES)
    ends = (_end(tables), _end(tables))
    gap = quality.rate_difference(
        inbound, outbound, ends, tables.assumptions.weeks_to_sql, event=event
    )
    return gap.labelled("patient_share_difference", "quality", "inbound - outbound")


def traps(tables: ClinicData) -> str:
    """Return what in the data would mislead, as a list."""
    found = quality.traps(tables)
    return "\n".join(f"- {each}" for each in found) or "Nothing found that would mislead."


def rates(
    tables: ClinicData, event: str = "sql_at", *, weeks: float | None = None
) -> dict[str, Estimate]:
    """Return the share with the event within `weeks` or its horizon, by side with leads."""
    reason = quality.unrecorded(tables, event)
    sides = {side: tables.leads[tables.leads["direction"] == side] for side in _SIDES}
    return {
        side: Estimate.not_identified(reason, unit="share", n=len(leads))
        if reason
        else quality.rate(
            leads, _end(tables), event, weeks=weeks or tables.assumptions.weeks_to(event)
        )
        for side, leads in sides.items()
        if len(leads)
    }


def waiting(tables: ClinicData) -> str:
    """Return why leads must have had equal time, with the numbers of this clinic."""
    sql, patient = tables.assumptions.weeks_to_sql, tables.assumptions.weeks_to_patient
    young = len(tables.leads) - len(quality.matured(tables, sql))
    return (
        f"Of {words.count(len(tables.leads), 'leads')} {young:,} are younger than"
        f" {sql} weeks. What has closed so far makes the last months look poorer than"
        f" they are, so a lead counts as followed for {sql} weeks to SQL and"
        f" {patient} to first payment; the curves use the young ones too, for as long"
        " as they have been seen."
    )


def over_quarters(tables: ClinicData) -> list[Estimate]:
    """Return the share with the event by quarter of the lead."""
    return quality.by_quarter(tables, outcome(tables))


def by_campaign(tables: ClinicData, *, most: int = 20) -> list[Estimate]:
    """Return the share with the event of each campaign and asset, those with most leads first.

    Within one campaign the range counts its leads alone, which the notebook says once for all.
    """
    event = outcome(tables)
    ask = quality.screening if event == "sql_at" else quality.funnel
    found = [each for each in ask(tables, "campaign") if each.id == quality.RATES[event]]
    return [replace(each, reason="") if each.known else each for each in found[:most]]


def changed(tables: ClinicData) -> list[Estimate]:
    """Return the change from the previous quarter at the same lead age, of all and by side."""
    return quality.change(tables, tables.quarter.previous(), event=outcome(tables))


def times(tables: ClinicData) -> str:
    """Return the median days to SQL and to payment, of those that got there."""
    if reason := tables.undated() or tables.undated("patient_at"):
        return f"How long it takes cannot be told: {reason}."
    sql, paid = (quality.median_days(tables, event) for event in ("sql_at", "patient_at"))
    if pd.isna(sql["all"]):
        return "No lead has a date of qualification, so the time to it cannot be told."
    first = f"Those that became SQL took {numbers.number(sql['all'], 'days')} (median)"
    if pd.isna(paid["all"]):
        return f"{first}; {tables.none_of_a_lead('payments') or 'no payment is recorded'}."
    return f"{first}; those that paid, {numbers.number(paid['all'], 'days')}."


def screened(tables: ClinicData) -> pd.DataFrame:
    """Return, by direction, the share screened, the rate among them and the bounds."""
    found = quality.screening(tables)
    names = {
        "share_screened": "Leads screened",
        "screened_to_sql_rate": "SQL among screened",
        "sql_rate_bounds": "SQL if none or all of the rest qualify",
    }
    if not found:
        return pd.DataFrame({"direction": [], **{name: [] for name in names.values()}})
    rows = pd.DataFrame(
        {
            "direction": [words.label(each.group) for each in found],
            "what": [names[each.id] for each in found],
            "shown": [_shown(each) for each in found],
            "leads": [each.n for each in found],
        }
    )
    counts = rows.groupby("direction", sort=False)["leads"].max().astype(int)
    wide = rows.pivot(index="direction", columns="what", values="shown")
    wide = wide.reindex(index=counts.index, columns=list(names.values()))
    return wide.assign(leads=counts).reset_index()


def vendors(tables: ClinicData) -> str:
    """Return whether each vendor delivers more or fewer qualified leads than its side's rest."""
    found = quality.vendors(tables)
    if not found:
        return "No vendor is recorded, so vendors cannot be compared."
    return "\n".join(f"- {_vendor(each)}." for each in found)


def reasons(tables: ClinicData) -> pd.DataFrame:
    """Return how often each reason was given when a lead was disqualified, by direction."""
    found = quality.reasons(tables, "lost_reason").rename_axis(columns=None)
    return found.rename(index=words.label).rename_axis("reason").reset_index()


def conclude(tables: ClinicData) -> str:
    """Return what the notebook concludes, as a list."""
    event, fall = outcome(tables), quality.mql_sql_gap_difference(tables)
    lines = [f"- {_compared(difference(tables, event), event)}"]
    lines.append(
        "- "
        + phrases.compared(
            fall,
            0,
            above="Between MQL and SQL more is lost on the inbound side",
            below="Between MQL and SQL more is lost on the outbound side",
            unclear="Between MQL and SQL no clear difference in what is lost",
            unknown="What is lost between MQL and SQL cannot be compared",
        )
        + "."
    )
    clear = [name(each.group) for each in quality.vendors(tables) if phrases.clear_side(each, 0)]
    if quality.vendors(tables):
        lines.append(
            f"- Vendors that clearly differ from the rest of their side: {words.listed(clear)}."
        )
    return "\n".join(lines)


def flips(tables: ClinicData) -> str:
    """Return what would turn the comparison: the gap's own ends, and the unscreened."""
    gap = difference(tables, outcome(tables))
    if not gap.known:
        return f"- The comparison waits for data: {phrases.remark(gap)}."
    lines = [
        "- The answer turns where the difference, inbound less outbound, is 0; the data leave"
        f" {phrases.interval(gap)}."
    ]
    bounds = {
        each.group: each
        for each in quality.screening(tables)
        if each.id == "sql_rate_bounds" and None not in (each.ci_low, each.ci_high)
    }
    if set(_SIDES) <= set(bounds):
        inbound, outbound = bounds["inbound"], bounds["outbound"]
        turns = inbound.ci_low <= outbound.ci_high and outbound.ci_low <= inbound.ci_high
        lines.append(
            f"- Unscreened leads: at worst {phrases.interval(inbound)} of inbound leads qualify"
            f" and of outbound {phrases.interval(outbound)}; "
            + (
                "these ranges overlap, so screening the rest could turn the order."
                if turns
                else "these ranges do not meet, so screening the rest cannot turn it."
            )
        )
    return "\n".join(lines)


def next_data(tables: ClinicData) -> str:
    """Return what to record next so that this notebook can say more."""
    shares = [each for each in quality.screening(tables) if each.id == "share_screened"]
    missing = [f"{each.group} {phrases.value(each)}" for each in shares]
    wanted = [
        "- Screen every lead and write the outcome down"
        + (f": screened so far {words.listed(missing)}." if missing else ".")
    ]
    if tables.payments.empty:
        none = tables.none_of_a_lead("payments")
        first = f"Join payments to leads ({none})" if none else "Export payments"
        wanted.append(f"- {first}: without them it is not known what a patient is worth.")
    if tables.leads["vendor"].isna().all():
        wanted.append("- Record which vendor brought a lead, to compare vendors.")
    unsure = [
        each for each in quality.vendors(tables) if each.known and not phrases.clear_side(each, 0)
    ]
    if unsure:
        names = words.listed([name(each.group) for each in unsure])
        wanted.append(f"- More leads of {names}: their ranges still hold both better and worse.")
    return "\n".join(wanted)


def _covered(tables: ClinicData) -> str:
    """Return how much of each side's leads was screened: nothing is said of the rest."""
    said = [
        f"{phrases.value(each)} of {each.group}"
        for each in quality.screening(tables)
        if each.id == "share_screened" and each.group in _SIDES and each.known
    ]
    return (
        f"Screened were {words.listed(said)} leads; of the rest nothing is known." if said else ""
    )


def _no_sql(tables: ClinicData) -> str:
    why = quality.unrecorded(tables, "sql_at") or "no lead has a date of becoming SQL"
    return f"How many were SQL cannot be said: {why}."


def _of(event: str) -> str:
    """Return of which leads a share with `event` is told: SQLs are a share of the screened."""
    return " screened" if event == "sql_at" else ""


def _unknown(tables: ClinicData, event: str) -> str:
    return quality.unrecorded(tables, event) if event == "sql_at" else tables.undated(event)


def _sides(tables: ClinicData, event: str) -> str:
    said = [
        f"{phrases.value(rate)} of {side}{_of(event)} leads ({phrases.interval(rate)})"
        for side, rate in rates(tables, event, weeks=tables.assumptions.weeks_to_sql).items()
        if rate.known
    ]
    return f"By side: {words.listed(said)}." if said else "No side can be told apart."


def _compared(gap: Estimate, event: str = "sql_at") -> str:
    become = f"{_of(event)} leads become {_WORDS[event]} more often than"
    return (
        phrases.compared(
            gap,
            0,
            above=f"Inbound{become} outbound ones",
            below=f"Outbound{become} inbound ones",
            unclear="No clear difference between inbound and outbound leads",
            unknown="Inbound and outbound cannot be compared",
        )
        + "."
    )


def _vendor(gap: Estimate) -> str:
    vendor = name(gap.group)
    return phrases.compared(
        gap,
        0,
        above=f"{vendor}: its screened leads qualify more often than the rest of its side",
        below=f"{vendor}: its screened leads qualify less often than the rest of its side",
        unclear=f"{vendor}: no clear difference from the rest of its side",
        unknown=f"{vendor}: cannot be compared",
    )


def _shown(estimate: Estimate) -> str:
    if estimate.id == "sql_rate_bounds":
        return phrases.interval(estimate)
    return phrases.brief(estimate)


def _end(tables: ClinicData) -> pd.Timestamp:
    return tables.as_of + pd.Timedelta(days=1)
