"""What is checked on a file as a whole, once its records are in a table."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import ibis

from ptanalysis.definitions import ClinicConfig
from ptanalysis.intake.clean.amounts import proves_mark
from ptanalysis.intake.read.column_mapping import cell, matches
from ptanalysis.intake.read.format_model import Format, source_columns
from ptanalysis.intake.read.header import Header
from ptanalysis.intake.read.header_search import two_tables
from ptanalysis.intake.read.refused_file import Note, RefusedFileError
from ptanalysis.intake.read.rejects import NAMED_ROWS, rejected
from ptanalysis.intake.read.text_table import ROW

#: Classes of personal data that are one word.
_ONE_WORD = ("email", "phone")
#: Kinds whose rows may be followed by their own sum.
_SUMMED = ("spend", "totals")
#: What a row of totals says in one of its cells; a campaign may be called Total Knee.
_TOTAL = r"(?i)^((grand|overall) |sub[- ]?)?totals?(:.*)?$"
#: The same below a list of people, where it may say of what.
_COUNT = (
    r"(?i)^((grand|overall) |sub[- ]?)?(totals?|count)( (new|leads?|calls?|inquiries))*"
    r" *([:=].*|\d+)?$"
)
#: The totals that all rows of a report must add to.
_WHOLE = (
    r"(?i)^((grand|overall) )?totals?"
    r"(: ?(account|campaigns|ad groups|(search )?keywords|ads|all .*)?)?$"
)
#: How a spreadsheet shortens a long number, losing its digits. An id that it takes for a number,
#: as 1E5, becomes 1E+05; below 12 digits that may still tell which record it is.
_SHORTENED = {
    False: r"^[0-9]([.,][0-9]+)?E\+[0-9]+$",
    True: r"^[0-9]([.,][0-9]+)?E\+(1[1-9]|[2-9][0-9]|[0-9]{3,})$",
}


def refuse_shortened_ids(raw, format: Format) -> None:
    """Refuse a file whose identifiers or phones a spreadsheet has turned into 2.4E+16.

    Raises
    ------
    RefusedFileError
    """
    shortened = {
        name: raw[name].contains("E+") & cell(raw, name).re_search(_SHORTENED[column.id])
        for name, column in format.columns.items()
        if name in raw.columns and (column.id or column.personal == "phone")
    }
    for name, row in _first_rows(raw, shortened).items():
        raise RefusedFileError(
            "shortened_id",
            "a spreadsheet has shortened the number; its digits are lost",
            "download the export again and do not open and save it in Excel",
            row=row,
            column=name,
        )


def delimiters_in_values(raw, header: Header) -> list[Note]:
    """Warn of identifiers, addresses and numbers that hold a delimiter or a quote.

    A fault inside a quoted value leaves the record whole; in these columns it still shows.
    """
    marks = (header.delimiter, '"', "\n")
    columns = {
        name: ibis.or_(*(raw[name].contains(mark) for mark in marks))
        for name in header.positions
        if header.format.columns[name].id or header.format.columns[name].personal in _ONE_WORD
    }
    words = (
        "a delimiter, a quote or a line break in a value that cannot have one",
        "fix the value",
    )
    rows = _first_rows(raw, columns)
    return [Note("broken_value", *words, row=row, column=name) for name, row in rows.items()]


def refuse_second_header(raw, header: Header, formats: Sequence[Format]) -> None:
    """Refuse a file that has another header among its records.

    Raises
    ------
    RefusedFileError
    """
    if not header.telling:
        return
    known = {alias for format in formats for c in format.columns.values() for alias in c.headers}
    words = "|".join(re.escape(alias).replace("\\ ", "[ _]") for alias in sorted(known))
    lettered = raw.filter(*(~raw[name].left(1).between("0", "9") for name in header.telling))
    # One filter after the other: hardly a row passes the first.
    for name in header.telling:
        lettered = lettered.filter(cell(lettered, name).lower().re_search(f"^({words})$"))
    row = lettered[ROW].min().execute()
    if row is not None and row == row:
        raise two_tables(header.row, int(row))


def refuse_other_currency(raw, header: Header, config: ClinicConfig) -> None:
    """Refuse amounts in a currency that is not the clinic's.

    Raises
    ------
    RefusedFileError
    """
    column, wanted = header.format.currency, config.currency.upper()
    rows = {"header": header.row} if header.currencies - {wanted} else {}
    if column in raw.columns:
        code = cell(raw, column).upper()
        rows |= _first_rows(raw, {column: code.re_search("^[A-Z]{3}$") & (code != wanted)})
    for row in rows.values():
        raise RefusedFileError(
            "other_currency",
            f"amounts are not in the clinic's currency, {wanted}",
            "export in that currency, or set currency in clinic.toml",
            row=row,
        )


def with_own_decimals(raw, format: Format) -> tuple[object, list[Note]]:
    """Return the rows of a platform's export with decimal points, and a note where it had commas.

    A platform writes amounts as its user's language does. They are read so only where some amount
    can have no other meaning, and none can only have a point.
    """
    rule = format.tables.get(format.kind, {}).get("amount")
    totals_too = format.total["columns"] if format.total else ()
    names = {*source_columns(rule), *totals_too} & set(raw.columns)
    if not names or format.decimal_mark != ".":
        return raw, []
    marks = {mark: ibis.or_(*(_proves(raw, each, mark) for each in names)) for mark in ",."}
    found = raw.aggregate(comma=marks[","].any(), point=marks["."].any()).execute().iloc[0]
    if not found["comma"] or found["point"]:
        return raw, []
    written = {name: raw[name].replace(".", "").replace(",", ".") for name in names}
    what = "amounts are written with a decimal comma, and read so"
    return raw.mutate(**written), [Note("decimal_comma", what, "nothing to do", "note")]


def _proves(raw, name: str, mark: str):
    return proves_mark(cell(raw, name).fill_null(""), mark)


def filled_down(raw, format: Format):
    """Return the rows with blank cells of a grouped column filled from the group's heading."""
    for name, column in format.columns.items():
        if column.fill_down and name in raw.columns:
            own = cell(raw, name)
            group = own.notnull().cast("int64").sum().over(ibis.cumulative_window(order_by=ROW))
            raw = raw.mutate(**{name: own}, _group=group).view()
            above = raw[name].max().over(ibis.window(group_by="_group"))
            ended = above.re_search(column.fill_down).fill_null(True)
            filled = raw[name].coalesce(ended.ifelse(None, above)).fill_null("")
            raw = raw.mutate(**{name: filled}).drop("_group").view()
    return raw


def sift(raw, format: Format):
    """Return the rows that are data, and how many are not, by reason."""
    found = [(matches(raw, entry["when"]), entry["reason"]) for entry in format.exclude]
    if format.kind in (*_SUMMED, "payments"):
        found.append((_labelled(raw, _TOTAL), "total_row"))
    if format.kind == "inquiries":
        found.append((_counted(raw, format), "total_row"))
    if not found:
        return raw, {}
    reason = ibis.cases(*found, else_="")
    counts = raw.group_by(reason=reason).agg(count=raw.count()).execute()
    excluded = dict(zip(counts["reason"], counts["count"].astype(int), strict=True))
    excluded.pop("", None)
    return raw.filter(reason == ""), excluded


def _counted(raw, format: Format):
    """Return whether a row of a list counts the rows above: a total's label, and no contact."""
    kinds = {name: format.columns[name].personal for name in raw.columns if name != ROW}
    contact = [name for name, kind in kinds.items() if kind in ("email", "phone")]
    blank = [cell(raw, name).isnull() for name in contact]
    labels = [name for name, kind in kinds.items() if kind in ("none", "name", "code")]
    return ibis.and_(_labelled(raw, _COUNT, labels), *blank) if labels else ibis.literal(False)


def _labelled(raw, pattern: str, names: Sequence[str] = ()):
    """Return whether any cell of a row says that it is a total."""
    names = names or [name for name in raw.columns if name != ROW]
    return ibis.or_(*(cell(raw, name).fill_null("").re_search(pattern) for name in names))


def totals(raw, kept, header: Header, config: ClinicConfig) -> list[Note]:
    """Compare the rows of a report with its own total rows; say what a finer report cannot hold."""
    format = header.format
    if not format.total:
        return []
    mark = format.decimal_mark or config.decimal_mark
    columns = [name for name in format.total["columns"] if name in raw.columns]
    sums = {name: amount(cell(kept, name), mark).sum() for name in columns}
    have = kept.aggregate(**sums, rows=kept.count()).execute().iloc[0]
    whole = matches(raw, format.total["when"])
    if format.kind in _SUMMED:
        whole = whole | _labelled(raw, _WHOLE)
    lines = raw.filter(whole)
    stated = lines.select(
        ROW, **{name: amount(cell(lines, name), mark) for name in columns}
    ).execute()
    off = [
        (name, int(line[ROW]), line[name] - (have[name] or 0))
        for _, line in stated.sort_values(ROW).iterrows()
        for name in columns
        if line[name] is not None and line[name] != (have[name] or 0)
    ]
    if lacks := header.lacks:
        more = [(row, gap) for name, row, gap in off if name == columns[0] and gap > 0]
        if more or not len(stated):
            return [_below(header.level, lacks, more, config.currency)]
    return [_total_note(name, row, abs(gap), int(have["rows"])) for name, row, gap in off]


def _below(level: str, lacks: str, more: Sequence[tuple], currency: str) -> Note:
    row, gap = max(more, key=lambda each: each[1], default=(None, None))
    missing = f"{gap:,.2f} {currency} of the account" if more else "some spend, maybe,"
    return Note(
        "below_campaign",
        f"a report by {level} has no rows of {lacks}: {missing} is not in it",
        "export the campaign report of the same days in its place",
        row=row,
    )


def fitting_parts(raw, format: Format, config: ClinicConfig) -> tuple[object, list[Note]]:
    """Return the rows whose parts add to their total (to a cent), and notes on the others."""
    if not format.parts:
        return raw, []
    mark = format.decimal_mark or config.decimal_mark
    added = sum(amount(cell(raw, name), mark).fill_null(0) for name in format.parts["parts"])
    gap = (amount(cell(raw, format.parts["total"]), mark) - added).abs().fill_null(0)
    wrong = raw.filter(gap > 0.01)
    rows = wrong.order_by(ROW).limit(NAMED_ROWS + 1)[ROW].execute().tolist()
    notes = rejected("parts_differ", rows, int(wrong.count().execute())) if rows else []
    return raw.filter(gap <= 0.01), notes


def warnings(kept, header: Header) -> list[Note]:
    """Return the format's own warnings: columns left out, values that it does not know."""
    notes = []
    for entry in header.format.warn:
        if any(name in header.positions for name in entry.get("unless", ())):
            continue
        words = (entry["code"], entry["what"], entry["fix"], entry.get("severity", "warning"))
        if "when" not in entry:
            notes.append(Note(*words))
        elif entry["when"]["column"] in header.positions:
            met = kept.filter(matches(kept, entry["when"]))
            found = met.aggregate(n=met.count(), row=met[ROW].min()).execute().iloc[0]
            if found["n"]:
                notes.append(Note(*words, row=int(found["row"]), count=int(found["n"])))
    return notes


def amount(text, decimal_mark: str):
    """Return money text as a number; brackets or a minus sign make it negative.

    Only for totals and parts, where a text that is no number adds nothing; amounts that go on into
    the analysis are read by `ptanalysis.intake.clean`.
    """
    other = "." if decimal_mark == "," else ","
    digits = text.replace(other, "").replace(decimal_mark, ".").re_replace(r"[^0-9.]", "")
    number = digits.nullif("").try_cast("decimal(18, 4)")
    return ibis.cases((text.re_search(r"^\s*[(-]|-"), -number), else_=number)


def needed_facts(header: Header, facts: Mapping[str, str]) -> None:
    """Refuse a report that does not say which period it covers.

    Raises
    ------
    RefusedFileError
    """
    needs = header.format.needs
    if not needs or any(name in header.positions for name in needs.get("unless", ())):
        return
    if missing := [name for name in needs["facts"] if name not in facts]:
        raise RefusedFileError(
            "no_period",
            f"the lines above the header do not give {' and '.join(missing)}",
            needs["fix"],
            row=header.row,
        )


def _first_rows(raw, conditions: Mapping[str, object]) -> dict[str, int]:
    """Return the first row that meets each condition, of those that any row meets."""
    if not conditions:
        return {}
    rows = {name: raw[ROW].min(where=condition) for name, condition in conditions.items()}
    found = raw.aggregate(**rows).execute().iloc[0].dropna()
    return {name: int(row) for name, row in found.items()}


def _total_note(column: str, row: int, gap, rows: int) -> Note:
    if gap <= rows * 0.01:
        return Note(
            "total_rounded",
            "the rows add to the report's total but for rounding (a cent a row)",
            "nothing to do; the rows are used",
            "note",
            row=row,
            column=column,
        )
    return Note(
        "total_differs",
        "the rows do not add to the report's own total",
        "export with all rows (removed and paused ones too); rejected rows may be the reason",
        row=row,
        column=column,
    )
