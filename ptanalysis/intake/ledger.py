"""The ledger: where every raw row and every cent went. It balances, or the run stops."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

#: used: it is in the answer, or looked at and found to be no lead. duplicates: another row of the
#: same record or lead stands for it. rejected: it cannot be used. excluded: it is no data of this
#: run (totals, rows after the as-of date).
FATES = ("used", "duplicates", "rejected", "excluded")
_LEAD = "lead"


class LedgerError(RuntimeError):
    """Rows or money that went nowhere: an error of this program, not of the input."""


@dataclass(frozen=True, kw_only=True)
class FileCount:
    """Rows (and cents) of one file that met the same fate for the same reason.

    Examples
    --------
    >>> FileCount(file="a.csv", fate="rejected", reason="bad_date", rows=2).cents
    0
    """

    file: str
    fate: str
    reason: str
    rows: int
    cents: int = 0


@dataclass(frozen=True, kw_only=True)
class FileIn:
    """What came in with one file: rows, and the cents of its readable amounts."""

    file: str
    kind: str
    rows: int
    cents: int = 0


def build(files: Sequence[FileIn], counts: Iterable[FileCount]) -> dict:
    """Add up the ledger and check that it balances.

    Parameters
    ----------
    files : sequence of FileIn
    counts : iterable of FileCount

    Returns
    -------
    dict
        ``rows_in, leads, duplicates, rejected, not_leads`` over inquiry rows up to the as-of date,
        ``not_leads_by_reason``, and ``by_file``: a list of ``{file, kind, rows_in, used,
        duplicates, rejected, excluded, reasons}``, with ``money`` for spend and payments.

    Raises
    ------
    LedgerError
        Rows or cents in and out differ in a file or in total.

    Examples
    --------
    >>> files = [FileIn(file="q/inquiries.csv", kind="inquiries", rows=3)]
    >>> counts = [FileCount(file="q/inquiries.csv", fate="used", reason="lead", rows=1),
    ...           FileCount(file="q/inquiries.csv", fate="used", reason="spam", rows=2)]
    >>> ledger = build(files, counts)
    >>> ledger["rows_in"], ledger["leads"], ledger["not_leads_by_reason"]
    (3, 1, {'spam': 2})
    """
    counts = list(counts)
    by_file = [_entry(file, [c for c in counts if c.file == file.file]) for file in files]
    inquiry_files = {file.file for file in files if file.kind == "inquiries"}
    totals = _totals([c for c in counts if c.file in inquiry_files])
    rows_in = sum(e["rows_in"] - e["excluded"] for e in by_file if e["kind"] == "inquiries")
    if rows_in != totals["leads"] + totals["duplicates"] + totals["rejected"] + totals["not_leads"]:
        raise LedgerError("the ledger's totals do not add up to the inquiry rows read")
    return {"rows_in": rows_in, **totals, "by_file": by_file}


def _totals(counts: Sequence[FileCount]) -> dict:
    reasons: dict[str, int] = {}
    for count in counts:
        if count.fate == "used" and count.reason != _LEAD:
            reasons[count.reason] = reasons.get(count.reason, 0) + count.rows
    return {
        "leads": sum(c.rows for c in counts if c.fate == "used" and c.reason == _LEAD),
        "duplicates": sum(c.rows for c in counts if c.fate == "duplicates"),
        "rejected": sum(c.rows for c in counts if c.fate == "rejected"),
        "not_leads": sum(reasons.values()),
        "not_leads_by_reason": dict(sorted(reasons.items())),
    }


def _entry(file: FileIn, counts: Sequence[FileCount]) -> dict:
    rows = {fate: sum(c.rows for c in counts if c.fate == fate) for fate in FATES}
    if sum(rows.values()) != file.rows:
        raise LedgerError(f"{file.file}: {file.rows} rows in, {sum(rows.values())} accounted for")
    entry = {"file": file.file, "kind": file.kind, "rows_in": file.rows, **rows}
    entry["reasons"] = _by_reason(counts)
    if file.kind in ("spend", "payments"):
        entry["money"] = _money(file, counts)
    return entry


def _by_reason(counts: Sequence[FileCount]) -> dict[str, int]:
    reasons: dict[str, int] = {}
    for count in sorted(counts, key=lambda count: (count.fate, count.reason)):
        if count.reason:
            reasons[count.reason] = reasons.get(count.reason, 0) + count.rows
    return reasons


def _money(file: FileIn, counts: Sequence[FileCount]) -> dict[str, float]:
    cents = {fate: sum(c.cents for c in counts if c.fate == fate) for fate in FATES}
    if sum(cents.values()) != file.cents:
        raise LedgerError(f"{file.file}: money in and money accounted for differ")
    return {"money_in": file.cents / 100, **{fate: cents[fate] / 100 for fate in FATES}}
