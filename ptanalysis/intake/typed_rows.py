"""From files to one typed table of each kind, every row with its place and its fate so far."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import ibis

from ptanalysis.definitions import ClinicConfig, Problem, load_config
from ptanalysis.intake import changed_ids, clean, record_ids
from ptanalysis.intake import read as sources
from ptanalysis.intake.clean.cleaning_report import (
    day_problems,
    fraction_problem,
    loss_problem,
    order_problems,
    row_problems,
)
from ptanalysis.intake.engine import stored
from ptanalysis.intake.patient_lists import everybody
from ptanalysis.intake.read import SourceFile
from ptanalysis.intake.read.row_checks import amount
from ptanalysis.privacy.redact import fit_files, renamed

#: Share of rows, or of money, from which on a spend file without them would mislead.
_LOSS = 0.1
#: What an inquiry without an id is known by, in this export and the next.
_TELLING = ("received_at", "first_name", "last_name", "email", "phone")
#: What happened to a row, while nothing has: see `ptanalysis.intake.ledger`.
_LIVE = ibis.null("string")


@dataclass(kw_only=True)
class Rows:
    """Everything read for a run.

    Attributes
    ----------
    files : list of SourceFile
        By place; a file refused on the way has no tables left, and its rows are rejected.
    ages : list of int
        Quarter folder of each file, in order of time; 0 for files outside quarter folders.
    tables : dict of kind to ibis Table
        Typed rows, with ``file``, ``age``, ``row`` and ``fate`` (``fate:reason``, or missing); an
        inquiry's id is no other's.
    problems : list of Problem
    """

    files: list[SourceFile]
    ages: list[int]
    tables: dict[str, object] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read_rows(
    paths: Sequence[tuple[Path, int]],
    *,
    clinic_folder: Path,
    config: ClinicConfig,
    connection,
    formats: Sequence[sources.Format] = (),
) -> Rows:
    """Read and type the files of a run.

    Parameters
    ----------
    paths : sequence of (Path, int)
        Each file and its age: a later quarter's number is larger.
    clinic_folder : Path
    config : ClinicConfig
    connection : ibis backend
    formats : sequence of Format
        In place of those that ship and the clinic's own.

    Returns
    -------
    Rows
    """
    options = {"clinic_folder": clinic_folder, "config": config, "formats": formats}
    read = connection.each(sources.read_tables, [path for path, _ in paths], **options)
    found = [
        (source, path, age)
        for (path, age), each in zip(paths, read, strict=True)
        for source in each
    ]
    read = sources.settle([source for source, _, _ in found])
    rows = Rows(files=list(read), ages=[age for _, _, age in found])
    rows.problems += [problem for source in rows.files for problem in source.problems]
    typed = defaultdict(list)
    for (kind, _), places in _alike(rows.files).items():
        typed[kind].append(_typed(rows, kind, places, config=config, connection=connection))
    rows.tables = {kind: _together(parts, connection) for kind, parts in typed.items()}
    # The cells as text are read no more, and their tables may go.
    rows.files = [replace(source, tables=dict.fromkeys(source.tables)) for source in rows.files]
    _withhold_names(rows, [path for _, path, _ in found])
    rows.tables, changed = changed_ids.met(rows.tables, rows.files, connection)
    rows.tables, shared = record_ids.unique(rows.tables, rows.files, connection)
    rows.problems += [*changed, *shared]
    return rows


def _withhold_names(rows: Rows, paths: Sequence[Path]) -> None:
    """Name files anew whose names hold personal data, before anything is said of them."""
    files = {source.file: path for source, path in zip(rows.files, paths, strict=True)}
    names, rows.problems = fit_files(rows.problems, files, everybody(rows.tables))
    rows.files = [
        replace(
            source,
            file=names.get(source.file, source.file),
            problems=tuple(renamed(problem, names) for problem in source.problems),
        )
        for source in rows.files
    ]


def _alike(files: Sequence[SourceFile]) -> dict[tuple[str, str], list[int]]:
    """Return the places of files by kind of table and format."""
    found = defaultdict(list)
    for place, source in enumerate(files):
        for kind in source.tables:
            found[kind, source.format.name].append(place)
    return found


def _typed(rows: Rows, kind: str, places: list[int], *, config: ClinicConfig, connection):
    """Type the tables of one kind and format; refuse files that prove a reading wrong."""
    format = rows.files[places[0]].format
    text = stored(connection, _text(rows, kind, places))
    zoned, fractions = frozenset(), {}
    if clean.TYPES.get(kind):
        found = clean.evidence(text, kind, format=format, config=config).execute()
        refused = _refuse(rows, found, kind=kind, format=format, config=config)
        text = text.filter(text.file.notin(refused)) if refused else text
        found = found[~found.file.isin(refused)]
        days, fractions = _days(rows, found, format), _fractions(rows, found)
        text = clean.with_days(text, days) if days else text
        zoned = frozenset(
            name.removeprefix("zoned_")
            for name in found.columns
            if name.startswith("zoned_") and found[name].notna().any()
        )
    options = {"zoned": zoned, "fractions": fractions}
    table = stored(connection, clean.typed(text, kind, format=format, config=config, **options))
    names = [source.file for source in rows.files]
    main = rows.files[places[0]].kind == kind
    rows.problems += [
        problem if main or problem.severity != "rejected" else replace(problem, severity="warning")
        for problem in row_problems(table, kind, names)
    ]
    if lossy := _lossy(rows, text, table, format.decimal_mark or config.decimal_mark, kind):
        table = stored(connection, table.filter(table.file.notin(lossy)))
    return _without_marks(table).mutate(format=ibis.literal(format.name))


def _without_marks(table):
    return table.drop(*clean.marks_of(table))


def _text(rows: Rows, kind: str, places: list[int]):
    parts = []
    for place in places:
        source = rows.files[place]
        table = source.tables[kind]
        if kind == "inquiries" and not source.format.tables[kind].get("inquiry_id"):
            said = [table[name].strip().lower().fill_null("") for name in _TELLING]
            table = table.mutate(inquiry_id=ibis.literal(" ").join(["row", *said]))
        parts.append(
            table.mutate(
                file=ibis.literal(place, "int64"), age=ibis.literal(rows.ages[place], "int64")
            )
        )
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def _refuse(rows: Rows, found, **of) -> list[int]:
    """Refuse files whose cells prove that they would be read wrongly."""
    refused = []
    for evidence in found.to_dict("records"):
        place = int(evidence.pop("file"))
        source = rows.files[place]
        if problems := order_problems(evidence, source.file, **of):
            refused.append(place)
            rows.problems += problems
            rows.files[place] = replace(source, problems=(*source.problems, *problems))
    return refused


def _days(rows: Rows, found, format) -> dict[str, list[int]]:
    """Return the files of each column whose times are all midnight in another zone: days."""
    days = defaultdict(list)
    for key in (key for key in found.columns if key.startswith("midnight_")):
        column = key.removeprefix("midnight_")
        for file, share, row in found[["file", key, f"zoned_{column}"]].itertuples(index=False):
            if share > 0.5 and (row == row or format.time_zone):
                name = rows.files[file].file
                rows.problems.append(day_problems(column, row if row == row else 1, share, name))
                days[column] += [file] * (share == 1)
    return days


def _fractions(rows: Rows, found) -> dict[str, list[int]]:
    """Return the files of each column with fractions of a cent that cannot be thousands."""
    files = defaultdict(list)
    for key in (key for key in found.columns if key.startswith("fraction_")):
        column = key.removeprefix("fraction_")
        sure = found[found[key].notna() & found[f"mark_{column}"].notna()]
        for file, row in sure[["file", key]].itertuples(index=False):
            rows.problems.append(fraction_problem(column, row, rows.files[file].file))
            files[column].append(int(file))
    return files


def _lossy(rows: Rows, text, table, mark: str, kind: str) -> list[int]:
    """Refuse files of spend that lose more than a tenth of their rows or of their money."""
    if kind != "spend":
        return []
    bad = table.filter(table.fault.notnull()).select("file", "row", bad=True)
    size = amount(text.amount.fill_null(""), mark).abs().fill_null(0)
    sizes = text.select("file", "row", size=size).left_join(bad, ["file", "row"])
    sizes = sizes.mutate(bad=sizes.bad.fill_null(False))
    found = sizes.group_by("file").aggregate(
        rows=sizes.count(),
        lost=sizes.bad.sum(),
        money=sizes["size"].sum(),
        gone=sizes["size"].sum(where=sizes.bad),
        row=sizes.row.min(where=sizes.bad),
    )
    refused = []
    for each in found.order_by("file").execute().itertuples():
        source = rows.files[each.file]
        shares = [
            (each.lost + source.rejected) / (each.rows + source.rejected),
            float((each.gone or 0) / each.money) if each.money else 0.0,
        ]
        if max(shares) > _LOSS:
            refused.append(each.file)
            problem = loss_problem(source.file, each.row, shares)
            rows.problems.append(problem)
            rows.files[each.file] = replace(source, problems=(*source.problems, problem))
    return refused


def _together(parts: list, connection):
    table = ibis.union(*parts) if len(parts) > 1 else parts[0]
    code = table.fault.split(":")[0]
    kept_out = (table.fault == clean.NOT_SCREENED).ifelse("excluded:", "rejected:")
    fate = table.fault.notnull().ifelse(kept_out + code, _LIVE)
    return stored(connection, table.mutate(fate=fate).drop("fault"))


def empty(kind: str, *, connection):
    """Return a typed table of `kind` without rows, for a clinic that has no such export."""
    return stored(connection, ibis.memtable([], schema=_schema(kind)))


@cache
def _schema(kind: str):
    """Return the schema of a typed table; no row and no setting decides it."""
    format = next(format for format in sources.load_formats() if kind in format.tables)
    text = dict.fromkeys(sources.KINDS[kind], "string") | dict.fromkeys(clean.PLACE, "int64")
    table = ibis.memtable([], schema=ibis.schema(text))
    table = clean.typed(table, kind, format=format, config=load_config(None), zoned=frozenset())
    added = _without_marks(table).mutate(format=ibis.literal(""), fate=_LIVE)
    return added.drop("fault").schema()
