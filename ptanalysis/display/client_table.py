"""Tables in a reader's words: great_tables' HTML with styles inline, the same bytes each time."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from ptanalysis.definitions.report_folder import report_folder
from ptanalysis.display import formatting, wording
from ptanalysis.estimate.tidy import COLUMNS, Estimates, estimate_of

#: More rows than this are not shown; the saved table has them all.
MOST_ROWS = 60
_STYLE = """
table { border-collapse: collapse; font-size: 14px; line-height: 1.35; color: inherit; }
.gt_title { text-align: left; font-weight: 600; padding: 4px 0 6px 0; border: none; }
.gt_col_heading { padding: 4px 14px 4px 0; border-bottom: 1px solid #5f6670; font-weight: 600;
  vertical-align: bottom; }
.gt_row { padding: 3px 14px 3px 0; border-bottom: 1px solid #e3e6ea; vertical-align: top; }
.gt_left { text-align: left; }
.gt_right { text-align: right; font-variant-numeric: tabular-nums; }
.gt_sourcenote { text-align: left; padding: 4px 0; font-size: 12px; color: #5f6670; border: none; }
"""
_MONEY = ("cost", "revenue", "amount", "spend")


@dataclass(frozen=True)
class HtmlTable:
    """A table that a notebook shows; as text it is the same rows without style."""

    html: str
    text: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return self.text


def table(
    frame: pd.DataFrame,
    caption: str = "",
    *,
    name: str | None = None,
    units: dict[str, str] | None = None,
    note: str = "",
) -> HtmlTable:
    """Return a table in a reader's words, and save its numbers where a report is being made.

    Parameters
    ----------
    frame : DataFrame or Estimates
        A named index becomes the first columns.
    caption : str
        What it holds, and of when.
    name : str, optional
        Of its CSV file in the report; made from the caption where not given.
    units : dict, optional
        Column to unit (``share``, ``usd``, ``usd_per_sql``, ``weeks``, ``ratio``); columns named
        like money or shares need none.
    note : str
        A line below the table.

    Returns
    -------
    HtmlTable
        Shows itself as the last line of a cell.

    Examples
    --------
    >>> sides = pd.DataFrame({"direction": ["inbound"], "cost": [45450.0], "sql": [122]})
    >>> table(sides, "Cost and SQLs")
    Cost and SQLs
       Side    Cost SQLs
    Inbound $45,450  122
    """
    caption = caption or str(frame.attrs.get("caption", ""))
    if set(COLUMNS[:9]) <= set(frame.columns):
        shown, right = _estimates_shown(Estimates(frame))
        caption = caption or _default_caption(frame)
    else:
        flat = frame.reset_index() if any(frame.index.names) else frame
        money = frame.attrs.get("currency", "usd")
        shown = pd.DataFrame(
            {
                wording.column_label(column): [_cell(cell, unit) for cell in flat[column]]
                for column in flat
                for unit in [(units or {}).get(column) or _unit_of(column, money)]
            }
        )
        right = [
            wording.column_label(column)
            for column in flat
            if pd.api.types.is_numeric_dtype(flat[column])
            and not pd.api.types.is_bool_dtype(flat[column])
        ]
    _save(frame, name or slug(caption))
    return _drawn(shown, caption, right, note)


def estimates_html(frame: pd.DataFrame) -> str:
    """Return a table of estimates as HTML: group, estimate with interval, number, note."""
    shown, right = _estimates_shown(frame)
    caption = str(frame.attrs.get("caption", "")) or _default_caption(frame)
    return _drawn(shown, caption, right, "").html


def slug(text: str) -> str:
    """Return a file's name, or an id, made from a caption.

    Examples
    --------
    >>> slug("Cost per SQL, by side (13 weeks)")
    'cost-per-sql-by-side-13-weeks'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60] or "table"


def _drawn(shown: pd.DataFrame, caption: str, right: list[str], note: str) -> HtmlTable:
    """Return the table of texts, the columns `right` flush right."""
    rest = len(shown) - MOST_ROWS
    if rest > 0:
        note = f"{note} {rest:,} more rows are in the saved table.".strip()
        shown = shown.head(MOST_ROWS)
    text = "\n".join(filter(None, [caption, shown.to_string(index=False), note]))
    return HtmlTable(_html(shown, caption, right, note), text)


def _html(shown: pd.DataFrame, caption: str, right: list[str], note: str) -> str:
    import css_inline
    from great_tables import GT

    plain = shown.set_axis([f"c{place}" for place in range(shown.shape[1])], axis="columns")
    drawn = GT(plain, id=slug(caption)).cols_label(
        **{f"c{place}": str(head) for place, head in enumerate(shown.columns)}
    )
    sides = {"right": [], "left": []}
    for place, head in enumerate(shown.columns):
        sides["right" if head in right else "left"].append(f"c{place}")
    for side, columns in sides.items():
        drawn = drawn.cols_align(side, columns=columns) if columns else drawn
    drawn = drawn.tab_header(title=caption) if caption else drawn
    drawn = drawn.tab_source_note(note) if note else drawn
    body = re.sub(r"<style>.*?</style>", "", drawn.as_raw_html(), flags=re.DOTALL)
    html = css_inline.inline_fragment(body, _STYLE)
    html = re.sub(r' (class|headers|data-quarto-[a-z-]+)="[^"]*"', "", html)
    html = re.sub(r"\n\s*", "\n", html).replace('rowspan="1" colspan="1" ', "").strip()
    return f'<div class="tex2jax_ignore mathjax_ignore">\n{html}\n</div>'


def _estimates_shown(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return estimates in words: what, of whom, value with interval, number behind it, note."""
    found = [estimate_of(row) for _, row in frame.iterrows()]
    several = frame["measure"].nunique() > 1
    bound = frame["method"].astype(str).str.startswith("bounds").any()
    head = "Estimate" if several or not found else wording.measure_label(found[0].id)
    head += " (lowest and highest possible)" if bound else " (95% interval)"
    columns: dict[str, list[str]] = {}
    if several:
        columns["Measure"] = [wording.measure_label(each.id) for each in found]
    further = [name for name in frame if name not in COLUMNS and name != "group"]
    if frame["group"].nunique() > 1 or not several:
        columns["Group"] = [wording.label(each.group) for each in found]
    shown_before = set(frame["group"])
    for name in further:
        if not set(frame[name].astype(str)) <= shown_before:
            columns[wording.column_label(name)] = [_cell(cell, None) for cell in frame[name]]
    columns[head] = [_estimate_cell(each) for each in found]
    behind = {wording.behind_label(each.unit, each.id) for each in found}
    number = behind.pop() if len(behind) == 1 else "Number"
    if number != "Leads" or any(each.unit != "leads" for each in found):
        columns[number] = [f"{each.n:,.0f}" for each in found]
    notes = [formatting.note_words(each) for each in found]
    if any(notes):
        columns["Note"] = notes
    return pd.DataFrame(columns), [number]


def _estimate_cell(estimate) -> str:
    value, inside = formatting.value_words(estimate), formatting.inside_words(estimate)
    if value and inside:
        return f"{value} ({inside})"
    return value or formatting.interval_words(estimate) or "not known"


def _default_caption(frame: pd.DataFrame) -> str:
    measures = list(dict.fromkeys(frame["measure"]))
    return ", ".join(wording.measure_label(each) for each in measures[:3])


def _unit_of(column: object, money: str) -> str | None:
    """Return the unit of a column by its name: money, shares."""
    text = str(column)
    if text in _MONEY or text.startswith("cost_"):
        return money
    return "share" if re.search(r"(^|_)(share|rate)($|_)", text) else None


def _cell(cell: object, unit: str | None) -> str:
    if pd.isna(cell):
        return formatting.MISSING
    if isinstance(cell, bool) or type(cell).__name__ == "bool_":
        return "yes" if cell else "no"
    if isinstance(cell, pd.Timestamp):
        return formatting.date_words(cell)
    if pd.api.types.is_number(cell):
        return formatting.number(float(cell), unit or "number")
    return wording.label(cell)


def _save(frame: pd.DataFrame, name: str) -> None:
    if folder := report_folder("tables"):
        from ptanalysis.findings.csvfile import write_csv

        write_csv(frame.reset_index() if any(frame.index.names) else frame, folder / f"{name}.csv")
