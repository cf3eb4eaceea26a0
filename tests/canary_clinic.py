"""A clinic whose every file, of every format there is, holds planted values in every column."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import openpyxl
from openpyxl.comments import Comment

from ptanalysis.intake.read import load_formats
from ptanalysis.intake.read.format_model import Format, source_columns

FIRST, LAST = "Zzyzxandra", "Qwvanefield"
NAME = f"{FIRST} {LAST}"
EMAIL, PHONE, ZIP = "zzq.mailbox@canary.example", "(617) 555-0199", "02139"
SSN, BORN, RECORD = "078-05-1120", "03/09/1961", "MRNZQ7731X"
STREET, CLICK, ADDRESS = "1427 Zygwort Terrace", "EAIaIQzq9x7731canary", "203.0.113.77"
RECORDING, SYMPTOM = "https://rec.canary.example/zq7731", "throbbing zygapophyseal ache"
#: What must be nowhere. A zip has too few digits to be told from a number in a picture.
CANARIES = (
    FIRST,
    LAST,
    EMAIL,
    PHONE,
    SSN,
    BORN,
    RECORD,
    STREET,
    CLICK,
    ADDRESS,
    RECORDING,
    SYMPTOM,
)
ALL = " ".join((NAME, *CANARIES[2:]))

#: A label that must pass, so that the others are not just all left out.
LABEL = "Spring knees"

_PERSONAL = {"email": EMAIL, "phone": PHONE, "place": ZIP, "text": ALL, "name": NAME}
_PLAIN = {
    "amount": "120.00",
    "hours": "2",
    "count": "10",
    "interest": "4",
    "likelihood": "4",
    "budget_ok": "yes",
    "touch_type": "form",
    "outcome": "qualified",
    "first_name": FIRST,
    "last_name": LAST,
    "status": "attended",
    "service_interest": f"knee {SYMPTOM}",
    "totals.leads": "9",
    "totals.mql": "8",
    "totals.screened": "7",
    "totals.sql": "6",
    "totals.patients": "5",
    "totals.revenue": "100.00",
    "conversions": "1",
    "spend.kind": "media",
    "payments.kind": "payment",
    "visits.kind": "evaluation",
    "campaigns.kind": "campaign",
    "spend.vendor": EMAIL,
    "campaigns.vendor": f"Print {PHONE}",
}
#: Lines above the header, for formats that take facts of the whole file from there.
_ABOVE = "# Start date: 20260401\n# End date: 20260630\n"
#: The line above the header of those that are known by it.
MARKS = {
    "microsoft_ads": "Report Name: Campaigns",
    "quickbooks_accounts": "General Ledger",
    "quickbooks_vendors": "Transaction List by Vendor",
}
#: Headers that no mapping names; the first three are data themselves.
EXTRA = {
    NAME: ALL,
    EMAIL: ALL,
    f"{LAST} 078051120": ALL,
    "Internal comment": f"{ALL}\n{ALL}",
    "Gclid of visit": CLICK,
}


def build(raw: Path) -> dict[str, str]:
    """Write the clinic; return the folder of each format's file, which names the file's format."""
    quarter = raw / "2026Q2"
    for number, format in enumerate(load_formats()):
        folder = quarter / format.name
        folder.mkdir(parents=True)
        name = (f"{NAME} {number}", f"{LAST}_{FIRST}", f"export {EMAIL}", f"{FIRST}{LAST} list")
        path = folder / f"{name[number % 4]}.csv"
        path.write_bytes(text(format).encode(("utf-8", "utf-16")[number % 2]))
    _workbook(
        quarter / "book" / f"{NAME}.xlsx", next(f for f in load_formats() if f.name == "visits")
    )
    (quarter / f"scan of {EMAIL}.pdf").write_text(ALL, "utf-8")
    (quarter / f"{NAME} no header.csv").write_text(f"{FIRST},{LAST},{EMAIL}\n" * 3, "utf-8")
    (quarter / "plain.csv").write_text(_plain(), "utf-8")
    (quarter / "costs.csv").write_text(
        "period_start,period_end,source,campaign,amount\n"
        f"2026-04-01,2026-04-30,google ads,{LABEL},900\n",
        "utf-8",
    )
    (raw / "clinic.toml").write_text(
        f'name = "Zed clinic"\n[channel_overrides]\n"friend of {NAME}" = "word_of_mouth"\n', "utf-8"
    )
    return {f"2026Q2/{format.name}/": format.name for format in load_formats()}


def _plain() -> str:
    """Return inquiries of forty others, so that there is something to report."""
    lines = (
        f"P{number},2026-0{4 + number % 3}-{number % 27 + 1:02} 13:37:{number + 11},"
        f"google ads,{LABEL},p{number}@example.org,knee"
        for number in range(40)
    )
    header = "inquiry_id,received_at,source,campaign,email,service_interest"
    return "\n".join((header, *lines)) + "\n"


def text(format: Format) -> str:
    """Return an export of a format: good rows, a bad row a column, and rows that do not fit."""
    out = io.StringIO()
    out.write(_ABOVE if format.needs and not format.needs.get("unless") else "")
    out.write(f"{MARKS[format.name]}\n" if format.mark else "")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*_columns(format), *EXTRA])
    writer.writerows([*row, *EXTRA.values()] for row in rows(format))
    writer.writerow([ALL] * (len(_columns(format)) + len(EXTRA) + 2))
    writer.writerow([ALL])
    return out.getvalue()


def rows(format: Format) -> Iterator[list[str]]:
    """Yield good rows, and for each column one in which it holds what it cannot.

    Of spend so many that the others are less than a tenth, as else the file is refused.
    """
    for number in range(160 if format.kind == "spend" else 3):
        yield [value(format, name, number) for name in _columns(format)]
    for place, _ in enumerate(_columns(format)):
        row = [value(format, name, place + 3) for name in _columns(format)]
        row[place] = f"13/13/2026 {ALL}"
        yield row


def value(format: Format, name: str, number: int) -> str:
    """Return a good value of a column, with a canary in it where it can hold one."""
    column, targets = format.columns[name], format.targets().get(name, [])
    words = _words(format, name)
    if format.parts and name in (format.parts["total"], *format.parts["parts"]):
        return f"{30 * (len(format.parts['parts']) if name == format.parts['total'] else 1)}.00"
    if name == format.currency:
        return "USD"
    if column.dates or any(_dated(target) for target in targets):
        day = f"2026-0{4 + number % 3}-{number % 27 + 1:02}"
        return _spelled(day, column.dates)
    if words:
        return words[0]
    if name in ("campaign", "campaign_name"):
        return f"Knee {NAME} {format.name}"
    for target in targets:
        for key in (target, target.split(".")[1]):
            if key in _PLAIN:
                return _PLAIN[key]
    if column.id or column.personal == "code" or any("inquiry_id" in t for t in targets):
        own = format.name if "inquiries.inquiry_id" in targets else "inquiries"
        return f"{RECORD}-{own}-{number}"
    return _PERSONAL.get(column.personal, ALL)


def _columns(format: Format) -> list[str]:
    """Return the columns of an export of a format, those of other kinds left out."""
    refused = {entry["column"] for entry in format.refuse}
    refused |= {name for each in format.never_with for part in each for name in part.split("|")}
    return [name for name in format.columns if name not in refused]


def _dated(target: str) -> bool:
    name = target.split(".")[1]
    return name.endswith(("_at", "_on")) or name.startswith("period_")


def _spelled(day: str, patterns: tuple[str, ...]) -> str:
    import datetime

    moment = datetime.datetime.fromisoformat(f"{day}T13:37:41").astimezone(datetime.UTC)
    return moment.strftime(patterns[0]) if patterns else day


def _words(format: Format, name: str) -> list[str]:
    """Return the words that the rules of a format know in a column."""
    found: list[str] = []
    for rules in format.tables.values():
        for rule in rules.values():
            found += _of_rule(rule, name)
    return [word for word in found if word]


def _of_rule(rule: object, name: str) -> list[str]:
    if not isinstance(rule, dict):
        return []
    when = rule.get("when", {})
    found = list(when.get("in", ())) if when.get("column") == name else []
    if name in source_columns({key: rule[key] for key in ("column",) if key in rule}):
        found += list(rule.get("values", {}))
    for part in (*rule.get("first_of", ()), *rule.get("join", ())):
        found += _of_rule(part, name)
    return found


def _workbook(path: Path, format: Format) -> None:
    """Write a workbook with canaries in sheets' names, comments, properties and hidden places."""
    book = openpyxl.Workbook()
    book.properties.creator = book.properties.title = NAME
    sheet = book.active
    sheet.title = NAME
    sheet.append([*_columns(format), *EXTRA])
    for row in rows(format):
        sheet.append([*row, *EXTRA.values()])
    sheet["A1"].comment = Comment(ALL, NAME)
    hidden = book.create_sheet(f"hidden {LAST}")
    hidden.append([ALL])
    hidden.sheet_state = "hidden"
    book.create_sheet(f"notes {FIRST}").append([ALL])
    path.parent.mkdir(parents=True)
    book.save(path)
