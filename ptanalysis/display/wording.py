"""Stored words as a reader sees them: channels, sides, measures, columns. Names stay."""

from __future__ import annotations

from ptanalysis.definitions import DIRECTIONS, load_taxonomy

_CASED = {"seo": "SEO", "ppc": "PPC", "mql": "MQL", "sql": "SQL", "roi": "ROI", "ci": "CI"}
_COLUMNS = {
    "mql": "MQLs",
    "sql": "SQLs",
    "direction": "Side",
    "ci_low": "From",
    "ci_high": "To",
    "n": "Number",
    "p_value": "p",
    "p_adjusted": "p, adjusted",
    "roi": "ROI",
}
_MEASURES = {
    "leads": "Leads",
    "roi": "Return on cost (ROI)",
    "roi_ratio": "Revenue per dollar, compared",
    "persistence": "Part of the extra leads left after a stop",
    "trend": "Change a year",
    "growth": "Leads in months 7-12 against 1-6",
    "lasting": "Leads in months 7-12 against 3-6",
    "first_sql_difference": "Difference in weeks to the first SQL",
    "change_from_previous_quarter": "Change from the previous quarter",
    "change_from_year_before": "Change from a year before",
}
_ENDINGS = {"_ratio": ", compared", "_difference": ", difference", "_bounds": ""}
VERDICTS = {
    "supported": "Supported",
    "contradicted": "Contradicted",
    "no_material_difference": "No material difference",
    "cannot_tell": "Cannot tell yet",
    "not_testable": "Not judged",
}
#: What stands behind an estimate, by the end of its unit or measure.
_BEHIND = {"lead": "Leads", "mql": "MQLs", "sql": "SQLs", "patient": "Patients"}


def label(word: object) -> str:
    """Return a channel, side or verdict as a reader sees it; any other name unchanged.

    Examples
    --------
    >>> label("walk_in"), label("seo"), label("inbound"), label("service-page-direct-access")
    ('Walk-in', 'SEO', 'Inbound', 'service-page-direct-access')
    """
    text = str(word)
    channels = load_taxonomy().channels
    if text in channels:
        return channels[text]["label"]
    if text in VERDICTS:
        return VERDICTS[text]
    parts = text.replace(" - ", " / ").split(" / ")
    if len(parts) == 2 and all(part in DIRECTIONS for part in parts):
        joint = "less" if " - " in text else "to"
        return f"{parts[0].capitalize()} {joint} {parts[1]}"
    return text.capitalize() if text in (*DIRECTIONS, "all") else text


def measure_label(measure: str) -> str:
    """Return what was estimated, in words.

    Examples
    --------
    >>> measure_label("cost_per_sql"), measure_label("lead_to_sql_rate")
    ('Cost per SQL', 'Lead to SQL rate')
    """
    if measure in _MEASURES:
        return _MEASURES[measure]
    for ending, words in _ENDINGS.items():
        if measure.endswith(ending):
            return measure_label(measure.removesuffix(ending)) + words
    return _spelled(measure)


def column_label(column: object) -> str:
    """Return a column's head.

    Examples
    --------
    >>> column_label("sql"), column_label("cost_per_sql"), column_label("Spend, 2026")
    ('SQLs', 'Cost per SQL', 'Spend, 2026')
    """
    text = str(column)
    if text in _COLUMNS:
        return _COLUMNS[text]
    return _spelled(text) if text == text.lower() and " " not in text else text


def behind_label(unit: str, measure: str) -> str:
    """Return what an estimate's ``n`` counts.

    Examples
    --------
    >>> behind_label("usd_per_sql", "cost_per_sql"), behind_label("share", "sql_rate")
    ('SQLs', 'Leads')
    """
    event = unit.partition("_per_")[2]
    if event in _BEHIND:
        return _BEHIND[event]
    if unit == "roi" or measure == "roi_ratio":
        return "Patients"
    if measure.startswith(("persistence", "growth", "lasting", "first_sql")):
        return "Campaigns"
    if measure.startswith("cost_per_"):
        return _BEHIND.get(measure.removeprefix("cost_per_").removesuffix("_ratio"), "Number")
    return "Leads"


def _spelled(word: str) -> str:
    text = " ".join(_CASED.get(part, part) for part in word.split("_"))
    return text[:1].upper() + text[1:]
