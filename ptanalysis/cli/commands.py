"""The command line: run a quarter, check files before, forget a person, build the sample again.

Exit codes: 0 done, 1 refused with a clear message (a full or read-only disk too), 2 done with
warnings that need eyes, 130 stopped by Ctrl-C. Commands import what they need themselves, so that
--help does not wait for it.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path
from typing import Annotated

import typer

from ptanalysis.cli.output import (
    REFUSED,
    STOPPED,
    console,
    exit_code,
    out,
    progress,
    reason,
    show_file,
    show_problems,
    show_tables,
)
from ptanalysis.definitions import ClinicConfig, Places, clinic_name, load_config

#: Typer brings its own click, and this is how its usage errors are caught.
UsageError = typer.BadParameter.__base__


class CanceledError(Exception):
    """Ctrl-C, and how things stand."""


app = typer.Typer(
    help="What a physical-therapy clinic's leads are worth, from its own raw exports.",
    epilog="Start with: ptanalysis check my-clinic, then: ptanalysis run my-clinic 2026Q2",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


@app.command()
def run(
    clinic: Annotated[
        str | None, typer.Argument(help="Folder under data/raw; left out, the sample.")
    ] = None,
    quarter: Annotated[
        str | None, typer.Argument(help="Like 2026Q2; left out, the clinic's latest.")
    ] = None,
    publish: Annotated[
        bool,
        typer.Option(
            "--publish",
            help="Also write reports/CLINIC/QUARTER.published/, for readers outside the clinic: no"
            " count of 1 to 10 people is in it or can be worked out. Once for each quarter.",
        ),
    ] = False,
    tables_only: Annotated[
        bool,
        typer.Option(
            "--tables-only", help="Stop at the tables in data/processed: no notebook, no report."
        ),
    ] = False,
    engine: Annotated[
        str,
        typer.Option(
            help="What reads the exports: duckdb, here; spark, on all cores; or a Spark's address,"
            " like spark://HOST:7077 or sc://HOST. The tables are the same. See docs/spark.md."
        ),
    ] = "duckdb",
    every: Annotated[
        bool,
        typer.Option("--all", help="Every clinic that has changed: run --all [QUARTER]."),
    ] = False,
) -> None:
    """Read a clinic's exports up to QUARTER and write its findings to reports/.

    Exports lie in data/raw/CLINIC/2026Q1/, data/raw/CLINIC/2026Q2/ and so on; every quarter up to
    QUARTER is read. Nothing dated after QUARTER's last day is used, so that running an old quarter
    again gives the old answer.

    Exit code 0: done. 1: refused, and why. 2: done, with warnings that need your eyes. 130: stopped
    by Ctrl-C. What is refused or stopped leaves the previous findings whole.
    """
    if every:
        from ptanalysis.cli.clinic_runs import run_all

        if publish or quarter or engine != "duckdb":
            raise typer.BadParameter("run --all takes a QUARTER and --tables-only, nothing else")
        raise typer.Exit(run_all(clinic, tables_only=tables_only))

    from ptanalysis import intake
    from ptanalysis.cli.clinic_runs import findings_of
    from ptanalysis.privacy.publish import published_report
    from ptanalysis.report.assemble import listed, name_of
    from ptanalysis.report.front_matter import brand_of

    places, clinic = Places.default(), clinic_name(clinic or "sample")

    @cache
    def asked_of(quarter) -> list:
        return intake.problems(clinic, quarter, root=places.root)

    def ready(tables) -> bool:
        show_problems(asked_of(tables.quarter), tables.quarter)
        if publish and not tables_only:
            published_report.place_of(places.report(clinic, tables.quarter))
        return not tables_only

    with progress() as tell:
        tell("reading exports")
        ways = {"engine": engine, "ready": ready, "tell": tell}
        with findings_of(places, clinic, quarter, **ways) as (tables, report):
            code = exit_code(asked_of(tables.quarter), tables.quarter)
            if report is None:
                show_tables(tables, places.processed(clinic, tables.quarter))
                raise typer.Exit(code)
            if publish:
                tell("publishing")
                brand = brand_of(tables.config, places.raw(clinic))
                handed_out = published_report.publish(report, name=name_of(tables), brand=brand)
    own = [
        each.name for each in listed(places.notebooks, clinic=clinic) if each.parent.name == clinic
    ]
    if own:
        out.print(f"Executed the clinic's own notebooks/{clinic}: {', '.join(own)}", markup=False)
    out.print(f"Findings of {clinic} {tables.quarter}: {report / 'findings.html'}")
    if publish:
        out.print(f"For readers outside the clinic: {handed_out / 'findings.html'}")
    raise typer.Exit(code)


@app.command()
def notebooks(
    clinic: Annotated[str, typer.Argument(help="Folder under data/raw.")],
) -> None:
    """Copy the notebooks into notebooks/CLINIC/, to be changed for that clinic alone.

    From then on `ptanalysis run CLINIC` executes the copies. A copy that is there stays as it is.
    """
    from ptanalysis.intake.read.find_files import quarters
    from ptanalysis.report.copy_notebooks import newest_quarter, own_copies

    places, clinic = Places.default(), clinic_name(clinic)
    folder = places.raw(clinic)
    quarter = newest_quarter(quarters(folder) if folder.is_dir() else [], clinic=clinic)
    for what, paths in zip(
        ("made", "there already, left as it is"),
        own_copies(places.notebooks, clinic=clinic, quarter=quarter),
        strict=True,
    ):
        for path in paths:
            out.print(f"{what}: {path}", markup=False, soft_wrap=True)


@app.command()
def check(
    what: Annotated[list[str], typer.Argument(help="Clinics (folders under data/raw) or files.")],
) -> None:
    """Say what each file is, which columns map, and which rows would not be used and why.

    Nothing is written and no cell's value is ever printed.
    """
    from ptanalysis import intake

    problems = []
    for name in what:
        _check_claims(load_config(intake.settings_file(name, root=Places.default().root)))
        with progress() as tell:
            tell(f"checking {Path(name).name}")
            files = intake.check(name, root=Places.default().root)
        for file in files:
            show_file(file)
            problems += file.problems
    raise typer.Exit(exit_code(problems))


def _check_claims(config: ClinicConfig) -> None:
    """Refuse wrong claims and margins; where there are none, what judges them is not imported."""
    if config.claims or config.margins:
        from ptanalysis.claims import load_claims

        load_claims(config)


@app.command()
def forget(
    clinic: Annotated[str, typer.Argument(help="Folder under data/raw.")],
    everyone: Annotated[
        bool, typer.Option("--everyone", help="All who left that phone or email, like a family.")
    ] = False,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Also where no one is found: now and in later exports.")
    ] = False,
) -> None:
    """Forget a person: leave them out of every later run, and remove what earlier runs made.

    Asks for the person's email and phone, one of which may be empty, on a line each; never put them
    on the command line, which keeps them. The raw files are yours and stay as they are; those that
    still hold the person are named. What was published (groups of 11 and more) stays.

    Exit code 0: done. 1: refused, and why; nothing was changed.
    """
    from ptanalysis import intake

    clinic = clinic_name(clinic)
    try:
        contacts = {kind: _asked(kind) for kind in ("email", "phone")}
    except KeyboardInterrupt:
        raise CanceledError from None
    with progress() as tell:
        tell("looking for the person")
        try:
            done = intake.forget(
                clinic, contacts, root=Places.default().root, everyone=everyone, anyway=anyway
            )
        except KeyboardInterrupt:
            raise CanceledError(
                "perhaps before it was in force, so forget the person again"
            ) from None
    for line in done.lines(clinic):
        out.print(line, markup=False, soft_wrap=True)


@app.command()
def template(
    folder: Annotated[Path, typer.Argument(help="Where to write them; made if need be.")],
) -> None:
    """Write the empty plain templates, and what each column means and which words it may hold.

    Never over a file that is there.
    """
    from ptanalysis.intake.read.format_files import write_templates

    for path in write_templates(folder):
        out.print(f"made: {path}", markup=False, soft_wrap=True)


@app.command("map")
def map_file(
    file: Annotated[Path, typer.Argument(help="An export the project does not know yet.")],
    kind: Annotated[
        str, typer.Option(help="What a row is: inquiries, visits, payments …; asked if not given.")
    ] = "",
    output: Annotated[
        bool, typer.Option("--output", help="Save the format in the clinic's folder formats/.")
    ] = False,
) -> None:
    """Draft a format for FILE: asks which column is which, and shows how many rows it would read.

    Prints no value of any row. Enter takes the answer in brackets; 0 is none of the columns.
    """
    from ptanalysis import intake
    from ptanalysis.cli.mapping import answers, saved
    from ptanalysis.intake.read.format_files import parse_format
    from ptanalysis.intake.read.new_format import draft, likely_header

    header = likely_header(file)
    kind, columns = answers(header, kind)
    text = draft(header, kind, columns, title=file.stem)
    with progress() as tell:
        tell(f"reading {file.name}")
        format = parse_format("draft", text)
        files = intake.check(str(file), root=Places.default().root, formats=[format])
    for each in files:
        show_file(each)
    place = saved(text, file) if output else None
    out.print(f"made: {place}" if place else text, markup=False, soft_wrap=True)
    raise typer.Exit(exit_code([problem for each in files for problem in each.problems]))


def _asked(what: str) -> str:
    """Ask for a line; the end of what is piped in is an empty one."""
    console.print(f"{what} (empty if not known): ", end="")
    return sys.stdin.readline().strip()


def main() -> None:
    """Run the command line; what goes wrong is said in words, never with a cell's value.

    What is written is for this user alone, in reports too.
    """
    before = os.umask(0o077)
    try:
        code = app(standalone_mode=False)
        if code == STOPPED:  # Typer makes a code of Ctrl-C and says nothing
            raise CanceledError("your previous report is unchanged; run again when ready")
    except UsageError as usage:
        code = _refuse(usage.format_message())
    except (CanceledError, KeyboardInterrupt, typer.Abort) as stop:
        console.print(f"canceled: {str(stop) or 'nothing was begun'}")
        code = STOPPED
    except Exception as error:
        show_problems(getattr(error, "problems", []))
        code = _refuse(reason(error))
    finally:
        os.umask(before)
    sys.exit(code)


def _refuse(why: str) -> int:
    console.print(f"error: {why}", markup=False, soft_wrap=True)
    return REFUSED


if __name__ == "__main__":
    main()
