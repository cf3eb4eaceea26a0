"""Leads: a person's inquiries of one episode, and when each stage was first reached."""

from __future__ import annotations

from collections.abc import Callable

import ibis

from ptanalysis.definitions import TAXONOMIES, UNKNOWN
from ptanalysis.intake.classify.lexicon import OPEN_REASONS, OVERRULED, words
from ptanalysis.intake.clean import folded, step

ORIGIN = ("channel", *TAXONOMIES.values(), "campaign", "vendor")
#: Moments that show interest in a service, and those that show a potential client of one.
_OUTCOMES = (
    "qualified",
    "visit",
    "attended",
    "payment",
    "stage_lead",
    "stage_mql",
    "stage_sql",
    "stage_patient",
)
_POTENTIAL = tuple(what for what in _OUTCOMES if what != "stage_lead")
_SCREENED = ("qualified", "disqualified", "stage_screened")


def with_episodes(inquiries, moments, *, relead_days: int):
    """Give each inquiry its episode and say whether it makes the episode a lead.

    Parameters
    ----------
    inquiries : ibis Table
        ``inquiry, person, at, inquiry_id, reason, service``.
    moments : ibis Table
        ``inquiry, at, what, why``.
    relead_days : int
        Days after a person's last inquiry from which the next is a new lead.

    Returns
    -------
    ibis Table
        With ``lead_at`` (this inquiry, by itself or by its outcome, is a lead from then on),
        ``open_at`` (contact, and nothing against interest), ``before`` (a visit or payment dates
        before it), ``episode`` (least inquiry of the person's episode, missing for inquiries that
        belong to none) and ``nth`` in it.
    """
    what = moments.what
    outcomes = moments.group_by("inquiry").aggregate(
        outcome_at=moments.at.min(where=what.isin(_OUTCOMES)),
        before=(what == "before").any(),
    )
    # Only what decides is sorted by person; all else joins its result.
    table = inquiries.select("inquiry", "inquiry_id", "person", "at", "reason")
    table = step(table.left_join(outcomes, "inquiry").drop("inquiry_right"))
    overruled = table.reason.isin(OVERRULED) & table.outcome_at.notnull()
    late = ibis.greatest(table.outcome_at, table.at)
    is_lead = table.reason.isnull()
    table = step(
        table,
        lead_at=ibis.cases((is_lead, table.at), (overruled, late), else_=None),
        open_at=(is_lead | table.reason.isin(OPEN_REASONS)).ifelse(table.at, None),
        before=table.before.fill_null(False),
    )
    joins = table.lead_at.notnull() | table.reason.isin((*OPEN_REASONS, "service_not_offered"))
    found = _numbered(step(table, joins=joins.fill_null(False)), relead_days)
    return inquiries.inner_join(found, "inquiry")


def lead_rows(inquiries, moments):
    """Return one row a lead: an episode with a lead among its inquiries, strict or broad.

    Parameters
    ----------
    inquiries : ibis Table
        From `with_episodes`, with ORIGIN and ``one_day`` (`ptanalysis.intake.one_day`).
    moments : ibis Table

    Returns
    -------
    ibis Table
        ``episode, person``, the stage times, broad_lead_at, first and last touch, touches,
        source_channels, service, not_mql_reason, lost_reason.
    """
    member = inquiries.filter(inquiries.episode.notnull())
    table = _first_touch(member)
    table = _joined(table, _of_members(member))
    table = _joined(table, _of_moments(member, moments))
    table = _with_stages(step(table))
    return _joined(table, _last_touch(member, table))


def with_patient_at(leads, payments):
    """Add ``patient_at``: when the net of a lead's payments was first above zero.

    Where there is none, when a system declared it; ``undated_patient`` where it did not say when.

    Parameters
    ----------
    leads : ibis Table
        With ``declared_patient_at`` and ``existing``.
    payments : ibis Table
        ``episode, paid_at, amount``.
    """
    window = ibis.cumulative_window(
        group_by="episode", order_by=[payments.paid_at, payments.amount.desc()]
    )
    net = step(payments, net=payments.amount.sum().over(window))
    first = net.filter(net.net > 0).group_by("episode").aggregate(paid=net.paid_at.min())
    table = step(_joined(leads, first))
    at = table.existing.ifelse(None, table.paid.coalesce(table.declared_patient_at))
    undated = table.undated_patient & table.paid.isnull()
    return step(table, patient_at=at, undated_patient=undated).drop("paid")


def _numbered(table, relead_days: int):
    """Part each person's inquiries where more than `relead_days` lie between two."""
    order = ["at", "inquiry_id"]
    mine = {"group_by": ["person", "joins"], "order_by": order}
    gap = table.at - ibis.interval(days=relead_days)
    new = (table.at.lag().over(ibis.window(**mine)) < gap).fill_null(True)
    table = step(table, starts=new.cast("int64"))
    table = step(table, number=table.starts.sum().over(ibis.cumulative_window(**mine)))
    alike = ["person", "joins", "number"]
    inside = ibis.window(group_by=alike, order_by=order)
    reached = table.open_at.coalesce(table.lead_at).notnull().any()
    table = step(
        table,
        nth=ibis.row_number().over(inside),
        first=table.inquiry.first().over(inside),
        kept=table.joins & reached.over(ibis.window(group_by=alike)),
    )
    episode = table.kept.ifelse(table["first"], None)
    return table.select("inquiry", "lead_at", "open_at", "before", "nth", episode=episode)


def _joined(table, other):
    return table.left_join(other, "episode").drop("episode_right")


def _first_touch(member):
    """Return the first touch; where it says no origin, with that of the first in another export.

    A list of contacts may hold somebody before the opportunity that says where they came from.
    """
    said = (member.channel != UNKNOWN) | _says(member.source) | _says(member.medium)
    inside = ibis.window(group_by=member.episode, order_by=member.nth)
    table = step(member, said=said, export=member.format.first().over(inside))
    first, another = table.nth == 0, table.format != table.export
    rank = ibis.cases((table.said & first, 0), (table.said & another, 1), (first, 2), else_=3)
    window = ibis.window(group_by=table.episode, order_by=[rank, table.nth])
    ranked = step(table, place=ibis.row_number().over(window))
    origin = ranked.filter(ranked.place == 0).select("episode", "source", *ORIGIN)
    first = member.filter(member.nth == 0)
    return _joined(
        first.select("episode", "person", "inquiry_id", "one_day", inquiry_at="at"), origin
    )


def _says(label):
    return folded(label).notnull()


def _of_members(member):
    channels = member.select("episode", "channel").distinct()
    listed = channels.group_by("episode").aggregate(
        source_channels=channels.channel.collect().sort().join("; ")
    )
    named = member.service.notnull() & member.lead_at.notnull()
    counts = member.group_by("episode").aggregate(
        lead_at=member.lead_at.min(),
        broad_lead_at=ibis.least(member.lead_at, member.open_at).min(),
        service=member.service.argmin(member.at, where=named),
        service_at=member.at.min(where=named),
        touches=member.count(),
        before=member.before.any(),
    )
    return _joined(counts, listed)


def _of_moments(member, moments):
    table = moments.inner_join(member.select("inquiry", "episode"), "inquiry")
    what = table.what
    screened = words()["screened"]
    lost = what.isin(("disqualified", "stage_lost"))
    not_potential = lost & table.why.isin(screened["not_potential"])
    potential = what.isin(_POTENTIAL) | (lost & table.why.isin(screened["potential"]))
    sql, patient = what.isin(("qualified", "stage_sql")), what == "stage_patient"
    dated_sql, dated_patient = (table.at.min(where=one & ~table.undated) for one in (sql, patient))
    return table.group_by("episode").aggregate(
        screened_at=table.at.min(where=what.isin(_SCREENED)),
        qualified_at=dated_sql.coalesce(table.at.min(where=sql)),
        undated_sql=dated_sql.isnull() & sql.any(),
        disqualified_at=table.at.min(where=lost),
        lost_reason=table.why.argmin(table.at, where=lost & table.why.notnull()),
        not_potential=table.why.argmin(table.at, where=not_potential),
        potential_at=table.at.min(where=potential),
        came_at=table.at.min(where=what.isin(("attended", "payment", "stage_patient"))),
        declared_patient_at=dated_patient.coalesce(table.at.min(where=patient)),
        undated_patient=dated_patient.isnull() & patient.any(),
    )


def _with_stages(table):
    """Derive MQL, SQL and loss; every stage is at the lead's time or later."""
    table = step(table, existing=table.before.fill_null(False) | _came_before(table))
    reason = ibis.cases(
        (table.lead_at.isnull(), ibis.null("string")),
        (table.existing, "existing_patient"),
        (table.qualified_at.isnull() & table.not_potential.notnull(), table.not_potential),
        (table.service_at.isnull() & table.potential_at.isnull(), "service_not_named"),
        else_=ibis.null("string"),
    )
    table = step(table, not_mql_reason=reason)
    strict = table.lead_at.notnull()
    mql = strict & table.not_mql_reason.isnull()
    known = ibis.least(table.service_at, table.potential_at)
    # Leads of the broad definition alone are screened, too.
    later = _later(table.lead_at.coalesce(table.broad_lead_at))
    lost = table.qualified_at.isnull() & table.declared_patient_at.isnull()
    return step(
        table,
        mql_at=mql.ifelse(later(known), None),
        sql_at=mql.ifelse(later(table.qualified_at), None),
        screened_at=later(table.screened_at.coalesce(table.qualified_at)),
        lost_at=lost.ifelse(later(table.disqualified_at), None),
        lost_reason=(lost & table.disqualified_at.notnull()).ifelse(table.lost_reason, None),
        declared_patient_at=strict.ifelse(later(table.declared_patient_at), None),
    )


def _later(lead_at) -> Callable:
    """Return a function that moves times before `lead_at` to it, and keeps missing ones."""
    return lambda time: time.notnull().ifelse(ibis.greatest(time, lead_at), None)


def _came_before(table):
    """Return whether the person attended or paid on an earlier lead."""
    past = ibis.window(group_by=table.person, order_by=table.inquiry_at, preceding=(None, 1))
    return (table.came_at.min().over(past) < table.inquiry_at).fill_null(False)


def _last_touch(member, leads):
    """Return the last touch not after the screening (or what else came first of the outcome)."""
    ends = leads.select("episode", decided=ibis.least(leads.screened_at, leads.came_at))
    table = step(_joined(member, ends))
    counted = table.filter((table.nth == 0) | table.decided.isnull() | (table.at <= table.decided))
    window = ibis.window(group_by=counted.episode, order_by=counted.nth.desc())
    ranked = step(counted, place=ibis.row_number().over(window))
    last = ranked.filter(ranked.place == 0)
    return last.select("episode", **{f"last_{name}": last[name] for name in ORIGIN})
