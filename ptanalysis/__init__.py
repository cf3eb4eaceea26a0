"""What a clinic's leads are worth: ``import ptanalysis as pt``.

Open a quarter, look at the tables, count in pandas, ask for an interval, show and record it::

    clinic = pt.load("sample", "2026Q2")        # leads, payments, spend, campaigns, ledger
    leads = pt.within(clinic, weeks=13)         # old enough, with what had happened by then
    quality = pt.proportion(leads[leads["screened"]], "sql", by="direction")
    pt.plot.intervals(quality, "Inbound leads qualify more often")
    pt.record(quality, "quality")               # to the page, the deck and findings.json

Volume: ``count, weekly, change, trend, season, unknown_share``. Quality: ``within, proportion,
funnel, screening, screened_soon, conversion, quality_gap, quality_change, quality_of_all,
vendor_gaps, requalify``. Return: ``units, cost_per, roi, revenue``. Decay: ``stops, persistence,
half_life, pauses, waits, first_sql, assets, growth``. Trust: ``warnings, verdicts, choices,
calibration``. To show: ``plot, figure, table, say, short_answer``; for the report: ``record``.

Every result for groups is a `pt.Estimates`: a DataFrame with ``measure, group, estimate, ci_low,
ci_high, unit, n, method, note``. Each name below has its own help: ``pt.within?``.
"""

from __future__ import annotations

from importlib import import_module

#: Each public name and the module that holds it, loaded when first asked for.
_ROOMS = {
    "load": "ptanalysis.intake.load_quarter",
    "Quarter": "ptanalysis.definitions",
    "Estimates": "ptanalysis.stats.estimates_frame",
    "requalify": "ptanalysis.dataset",
    "within": "ptanalysis.metrics.quality.lead_estimates",
    "proportion": "ptanalysis.metrics.quality.lead_estimates",
    "funnel": "ptanalysis.metrics.quality.lead_estimates",
    "screening": "ptanalysis.metrics.quality.lead_estimates",
    "screened_soon": "ptanalysis.metrics.quality.lead_estimates",
    "conversion": "ptanalysis.metrics.quality.lead_estimates",
    "quality_gap": "ptanalysis.metrics.quality.lead_estimates",
    "quality_of_all": "ptanalysis.metrics.quality.lead_estimates",
    "vendor_gaps": "ptanalysis.metrics.quality.lead_estimates",
    "quality_change": "ptanalysis.metrics.quality.lead_estimates",
    "warnings": "ptanalysis.metrics.quality",
    "verdicts": "ptanalysis.claims.verdict_tables",
    "choices": "ptanalysis.claims.verdict_tables",
    "calibration": "ptanalysis.claims.calibration_table",
    "units": "ptanalysis.metrics.money.unit_returns",
    "cost_per": "ptanalysis.metrics.money.unit_returns",
    "roi": "ptanalysis.metrics.money.unit_returns",
    "revenue": "ptanalysis.metrics.money.unit_returns",
    "stops": "ptanalysis.metrics.decay.unit_tables",
    "persistence": "ptanalysis.metrics.decay.unit_estimates",
    "half_life": "ptanalysis.metrics.decay.unit_estimates",
    "pauses": "ptanalysis.metrics.decay.spend_pauses",
    "waits": "ptanalysis.metrics.decay.unit_tables",
    "first_sql": "ptanalysis.metrics.decay.unit_estimates",
    "assets": "ptanalysis.metrics.decay.unit_tables",
    "growth": "ptanalysis.metrics.decay.unit_estimates",
    "count": "ptanalysis.metrics.lead_counts",
    "weekly": "ptanalysis.metrics.lead_counts",
    "change": "ptanalysis.metrics.lead_counts",
    "trend": "ptanalysis.metrics.lead_counts",
    "season": "ptanalysis.metrics.lead_counts",
    "unknown_share": "ptanalysis.metrics.lead_counts",
    "plot": "ptanalysis.display.plots",
    "figure": "ptanalysis.display.drawing",
    "table": "ptanalysis.display.notebook_output",
    "say": "ptanalysis.display.notebook_output",
    "short_answer": "ptanalysis.display.notebook_output",
    "record": "ptanalysis.display.report_files",
}
__all__ = list(_ROOMS)


def __getattr__(name: str):
    if name not in _ROOMS:
        raise AttributeError(f"ptanalysis has no {name!r}; it has {', '.join(sorted(_ROOMS))}")
    import_module("ptanalysis.display.estimates_table")  # how estimates show themselves
    module = import_module(_ROOMS[name])
    return module if name == "plot" else getattr(module, name)


def __dir__() -> list[str]:
    return sorted(_ROOMS)
