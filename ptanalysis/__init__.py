"""What a clinic's leads are worth: ``import ptanalysis as pt``.

Open a quarter, look at the tables, count in pandas, ask for an interval, show and record it::

    clinic = pt.load("sample", "2026Q2")        # leads, payments, spend, campaigns, ledger
    leads = pt.within(clinic, weeks=13)         # old enough, with what had happened by then
    quality = pt.proportion(leads[leads["screened"]], "sql", by="direction")
    pt.plot.intervals(quality, "Inbound leads qualify more often")
    pt.record(quality, "quality")               # to the page, the deck and findings.json

Volume: ``count, weekly, change, trend, season, unknown_share, counted, with_counted, claimed``; at
equal age ``leads_compared, quality_compared, money_compared``. Quality: ``within, proportion,
funnel, screening, screened_soon, conversion, quality_gap, quality_change, quality_of_all,
vendor_gaps, requalify``. Return: ``units, cost_per, roi, revenue``. Decay: ``stops, persistence,
half_life, pauses, running_weeks, halo, pause_test, waits, first_sql, assets, growth``. Trust:
``warnings, verdicts, choices, calibration``. To show: ``plot, figure, table, say, short_answer``;
for the report: ``record``.

Every result for groups is a `pt.Estimates`: a DataFrame with ``measure, group, estimate, ci_low,
ci_high, unit, n, method, note``. Each name below has its own help: ``pt.within?``.
"""

from __future__ import annotations

from importlib import import_module

#: Each public name and the module that holds it, loaded when first asked for.
_ROOMS = {
    "load": "ptanalysis.intake.load_quarter",
    "Estimates": "ptanalysis.stats.estimate",
    "requalify": "ptanalysis.dataset.assumed_tables",
    "within": "ptanalysis.metrics.quality.followed_leads",
    "proportion": "ptanalysis.metrics.quality.screening_coverage",
    "funnel": "ptanalysis.metrics.quality.stage_funnel",
    "screening": "ptanalysis.metrics.quality.screening_coverage",
    "screened_soon": "ptanalysis.metrics.quality.screening_coverage",
    "conversion": "ptanalysis.metrics.quality.stage_funnel",
    "quality_gap": "ptanalysis.metrics.quality.quality_difference",
    "quality_of_all": "ptanalysis.metrics.quality.screening_coverage",
    "vendor_gaps": "ptanalysis.metrics.quality.quality_difference",
    "quality_change": "ptanalysis.metrics.quality.quality_by_quarter",
    "unrecorded": "ptanalysis.metrics.quality.followed_leads",
    "warnings": "ptanalysis.metrics.quality.data_warnings",
    "verdicts": "ptanalysis.claims.verdict_tables",
    "choices": "ptanalysis.claims.verdict_tables",
    "calibration": "ptanalysis.claims.verdict_tables",
    "units": "ptanalysis.metrics.money.mature",
    "cost_per": "ptanalysis.metrics.money.cost_per_outcome",
    "roi": "ptanalysis.metrics.money.roi_by_side",
    "revenue": "ptanalysis.metrics.money.roi_by_side",
    "stops": "ptanalysis.metrics.decay.campaign_stops",
    "persistence": "ptanalysis.metrics.decay.campaign_stops",
    "half_life": "ptanalysis.metrics.decay.half_lives",
    "pauses": "ptanalysis.metrics.decay.spend_pauses",
    "running_weeks": "ptanalysis.metrics.decay.spend_pauses",
    "halo": "ptanalysis.metrics.decay.spend_pauses",
    "pause_test": "ptanalysis.metrics.decay.spend_pauses",
    "waits": "ptanalysis.metrics.decay.first_sql_waits",
    "first_sql": "ptanalysis.metrics.decay.first_sql_waits",
    "assets": "ptanalysis.metrics.decay.asset_growth",
    "growth": "ptanalysis.metrics.decay.asset_growth",
    "count": "ptanalysis.metrics.volume",
    "weekly": "ptanalysis.metrics.volume",
    "change": "ptanalysis.metrics.volume",
    "trend": "ptanalysis.metrics.volume",
    "season": "ptanalysis.metrics.volume",
    "unknown_share": "ptanalysis.metrics.volume",
    "leads_compared": "ptanalysis.metrics.quarters_compared",
    "quality_compared": "ptanalysis.metrics.quarters_compared",
    "money_compared": "ptanalysis.metrics.quarters_compared",
    "counted": "ptanalysis.metrics.counts_only",
    "with_counted": "ptanalysis.metrics.counts_only",
    "claimed": "ptanalysis.metrics.counts_only",
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
    import_module("ptanalysis.display.notebook_output")  # how estimates show themselves
    module = import_module(_ROOMS[name])
    return module if name == "plot" else getattr(module, name)


def __dir__() -> list[str]:
    return sorted(_ROOMS)
