"""findings.json of a made-up clinic, typed by hand, with a name that a spreadsheet would run."""

from __future__ import annotations

from ptanalysis.claims import load_claims

FORMULA = "=HYPERLINK(A1)"


def stage(channel: str, direction: str, *counts: float | None) -> dict:
    names = ("leads", "mql", "screened", "sql", "patients", "cost", "revenue")
    return {"direction": direction, "channel": channel} | dict(zip(names, counts, strict=True))


def estimate(measure: str, question: str, group: str, unit: str, *numbers: float | None) -> dict:
    value, low, high, n = numbers
    reason = "" if None not in numbers else "too few to say"
    return {
        "id": measure,
        "question": question,
        "group": group,
        "estimate": value,
        "ci_low": low,
        "ci_high": high,
        "unit": unit,
        "n": n,
        "method": "Wilson",
        "clusters": None,
        "p_value": None,
        "confidence_level": 0.95,
        "reason": reason,
    }


def claim(name: str, verdict: str, unit: str, *numbers: float | None) -> dict:
    value, low, high, n = numbers
    said = load_claims()[name]
    return {
        "id": name,
        "statement": said.statement,
        "measure": "measure",
        "primary": True,
        "verdict": verdict,
        "estimate": value,
        "ci_low": low,
        "ci_high": high,
        "margin": 0.05,
        "p_value": 0.01,
        "p_adjusted": 0.02,
        "unit": unit,
        "n": n,
        "reason": "" if low is not None else "only 2 campaigns stopped, 4 are needed",
        "sensitivity": {"agrees": 3, "undecided": 1, "reversed": 0, "not_judged": 2, "of": 4},
        "needs": None,
    }


def money(line: str, direction: str, channel: str, *numbers: float | None) -> dict:
    spend, collected, low, high = numbers
    back = None if collected is None else collected / spend
    row = {"line": line, "direction": direction, "channel": channel, "spend": spend}
    row |= {"leads": 9, "sql": 4, "patients": 3, "collected": collected, "back": back}
    return row | {"ci_low": low, "ci_high": high, "reason": "" if low else "fewer than 5 patients"}


def document(**changes) -> dict:
    """Return findings of two channels and a vendor, 60 leads, 100 rows read."""
    file = {"file": "2026Q2/spend.csv", "kind": "spend", "rows_in": 9, "used": 7, "duplicates": 1}
    return {
        "clinic": "made",
        "quarter": "2026Q2",
        "as_of": "2026-06-30",
        "currency": "EUR",
        "assumptions": ["SQLs within 8 weeks instead of 13"],
        "ledger": {
            "rows_in": 100,
            "leads": 60,
            "duplicates": 10,
            "rejected": 5,
            "not_leads": 25,
            "by_file": [file | {"rejected": 1, "excluded": 0, "reasons": {"no_date": 1}}],
        },
        "stages": [
            stage("seo", "inbound", 40, 30, 20, 10, 5, 1234.5, 5000.25),
            stage("direct_mail", "outbound", 20, 9, 8, 2, 1, 900.0, 0.0),
        ],
        "money": [
            money("channel", "inbound", "seo", 1234.5, 5000.25, 1.4, 9.0),
            money("channel", "outbound", "direct_mail", 900.0, 0.0, None, None),
            money("total", "all", "all", 2134.5, 5000.25, 1.1, 4.9),
            money("too_early", "all", "all", 50.0, None, None, None),
        ],
        "estimates": [
            estimate("leads", "volume", "seo", "leads", 40, 28.6, 54.5, 40),
            estimate("leads", "volume", "direct_mail", "leads", 20, 12.2, 30.9, 20),
            estimate("leads", "volume", "inbound", "leads", 40, 28.6, 54.5, 40),
            estimate("screened_to_sql_rate", "quality", "inbound", "share", 0.5, 0.299, 0.701, 20),
            estimate("screened_to_sql_rate", "quality", "outbound", "share", 0.25, 0.07, 0.59, 8),
            estimate("screened_to_sql_rate", "quality", FORMULA, "share", 0.5, None, None, 2),
            estimate("cost_per_patient", "roi", "inbound", "eur_per_patient", 246.9, 120, 610, 5),
            estimate("cost_per_patient", "roi", "outbound", "eur_per_patient", 900, 190, None, 1),
            estimate("roi", "roi", "seo", "roi", 3.05, 0.4, 9.0, 5),
            estimate("roi", "roi", "direct_mail", "roi", -1.0, None, None, 0),
            estimate("persistence", "decay", "outbound", "ratio", None, None, None, 0),
            estimate(
                "vendor_sql_share_difference", "quality", FORMULA, "points", 0.1, -0.1, 0.3, 9
            ),
        ],
        "claims": [
            claim("inbound_leads_more_often_sql", "supported", "points", 0.25, 0.05, 0.45, 28),
            claim("outbound_ends_with_campaign", "not_testable", "ratio", None, None, None, 0),
        ],
        "warnings": [
            {
                "code": "no_date",
                "severity": "rejected",
                "file": "2026Q2/spend.csv",
                "rows": 1,
                "message": "+no date",
                "what_to_do": "fix the date",
            }
        ],
        "schema_version": 1,
    } | changes
