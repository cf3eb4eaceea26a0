"""One page that compares the clinics of a folder, made of their findings.json."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from scipy import stats

from ptanalysis.definitions import Places, load_config
from ptanalysis.display import phrases, words
from ptanalysis.report.front_matter import texts
from ptanalysis.report.money_lines import total_back
from ptanalysis.report.page import render_page
from ptanalysis.report.report_text import Lookup, price
from ptanalysis.report.strips import strip
from ptanalysis.stats import Estimate


def write_clinics(places: Places, clinics: Sequence[str], *, quarter: str | None = None) -> Path:
    """Write reports/clinics.html of the clinics' newest findings, or of one quarter's.

    Returns
    -------
    Path
        The page, replaced as a whole.
    """
    found = {
        clinic: document for clinic in clinics if (document := _newest(places, clinic, quarter))
    }
    names = {each: load_config(places.raw(each) / "clinic.toml").name or each for each in found}
    shown = [(names[clinic], document) for clinic, document in found.items()]
    page = places.root / "reports" / "clinics.html"
    page.parent.mkdir(exist_ok=True)
    making = page.with_suffix(".making")
    making.write_text(clinics_html(shown), "utf-8")
    os.replace(making, page)
    return page


def clinics_html(found: Sequence[tuple[str, Mapping]]) -> str:
    """Return the page of clinics' names and findings.json."""
    said = texts("sentences.toml")["clinics"]
    table = {"caption": said["caption"], "head": said["head"], "rows": list(_rows(found))}
    part = {"id": "clinics", "title": said["title"], "note": "", "tables": [table]}
    title = f"{words.count(len(found), 'clinics')} compared"
    return render_page(title=title, lead=said["lead"], chapters=[], sections=[part])


def _rows(found: Sequence[tuple[str, Mapping]]) -> Iterator[list]:
    backs = {name: total_back(each, each["currency"].lower()) for name, each in found}
    order = sorted(found, key=lambda each: _order(backs[each[0]]))
    for name, document in order:
        back, look = backs[name], Lookup(document)
        leads = look["leads_compared", "this quarter"]
        yield [
            name,
            document["quarter"],
            place_of(back, list(backs.values())),
            {"text": phrases.brief(back), "strip": strip(back, "back")},
            phrases.brief(look["cost_per_patient", "all"]),
            phrases.brief(look["screened_to_sql_rate", "all"]),
            price(leads),
        ]


def place_of(own: Estimate, every: Sequence[Estimate]) -> str:
    """Return a clinic's place by value, and the places that the ranges leave open.

    Two clinics are apart where no two of so many alike would be, 19 times in 20.

    References
    ----------
    Kramer (1956), Biometrics 12:307; it is conservative: Hayter (1984), Ann. Stat. 12:61.

    Examples
    --------
    >>> a, b, c = (
    ...     Estimate(value=value, ci_low=low, ci_high=high, unit="usd", n=9, method="t")
    ...     for value, low, high in ((3, 2, 5), (1.5, 1, 2.5), (.5, .2, .9))
    ... )
    >>> [place_of(each, [a, b, c]) for each in (a, b, c)]
    ['1 (1 to 2)', '2 (1 to 2)', '3']
    """
    known = [each for each in every if each.closed and each.ci_low > 0]
    if own not in known:
        return "–"
    most = stats.studentized_range.ppf(0.95, max(len(known), 2), np.inf) / np.sqrt(2)
    logs = np.log([[each.value, each.ci_low, each.ci_high] for each in (own, *known)])
    errors = (logs[:, 2] - logs[:, 1]) / (2 * stats.norm.isf(0.025))
    apart = (logs[1:, 0] - logs[0, 0]) / np.maximum(np.hypot(errors[0], errors[1:]), 1e-9)
    first, last = 1 + np.sum(apart > most), len(known) - np.sum(apart < -most)
    place = 1 + np.sum(apart > 0)
    return f"{place} ({first} to {last})" if first < last else f"{place}"


def _order(back: Estimate) -> tuple:
    """Return what sorts clinics: those with a range first, each by value."""
    return not back.closed, -(back.value if back.known else -1.0)


def _newest(places: Places, clinic: str, quarter: str | None) -> dict | None:
    folder = places.outputs(clinic)[1]
    files = sorted(folder.glob(f"{quarter or '[0-9]*Q[1-4]'}/findings.json"))
    return json.loads(files[-1].read_text("utf-8")) if files else None
