"""What of a claim may leave the clinic: the verdict, and a coarse figure of whole directions.

A figure compares two sides, so that it tells the count of neither; nothing is told of the number
behind it, its p-value or single campaigns.
"""

from __future__ import annotations

from collections.abc import Mapping

from ptanalysis.privacy.publish.small_cells import CHAIN, LEAST, clear

_SIDES = ("inbound", "outbound")
_SHARES = ("screened_to_sql_rate",)

#: What the number behind an estimate counts, or the part of it that its share is.
_EVENTS = {
    "cost_per_lead": "leads",
    "cost_per_sql": "sql",
    "cost_per_patient": "patients",
    "roi": "patients",
    "screened_to_sql_rate": "sql",
    "screened_mql_to_sql_rate": "sql",
}

#: Measures that compare whole directions, and the estimates of their two sides. The figure of a
#: claim with any other measure, a clinic's own too, cannot be told to stand on people enough.
_COMPARED = {
    "cost_per_lead_ratio": ("cost_per_lead",),
    "cost_per_sql_ratio": ("cost_per_sql",),
    "cost_per_patient_ratio": ("cost_per_patient",),
    "sql_share_difference": _SHARES,
    "mql_sql_gap_difference": (*_SHARES, "screened_mql_to_sql_rate"),
    "roi_ratio": ("roi",),
}


def rounded(value: float | None, *, digits: int = 2) -> float | None:
    """Return a number with so many significant digits.

    Examples
    --------
    >>> rounded(2.513621506), rounded(58210.77, digits=3), rounded(None)
    (2.5, 58200.0, None)
    """
    return None if value is None else float(f"{value:.{digits}g}")


def claim(found: Mapping, document: Mapping, *, apart: bool) -> dict:
    """Return a claim's verdict, and its figure where that stands on people enough.

    Parameters
    ----------
    found : mapping
        The claim as findings.json has it.
    document : mapping
        findings.json.
    apart : bool
        Whether inbound and outbound are told apart; no figure otherwise.

    Returns
    -------
    dict
        ``estimate``, ``ci_low`` and ``ci_high`` in two digits, None where not told; ``holds`` is
        in how many of the analyst's choices the verdict stands, in words.
    """
    keep = ("id", "statement", "primary", "verdict", "margin", "unit")
    figure = ("estimate", "ci_low", "ci_high")
    shown = apart and _stands(found.get("measure"), document)
    return {
        **{name: found[name] for name in keep},
        **{name: _coarse(found[name], found["unit"]) if shown else None for name in figure},
        "holds": _holds(found["verdict"], found["sensitivity"]),
    }


def _holds(verdict: str, found: Mapping | None) -> str | None:
    """Return under how many of the analyst's choices a verdict stands, in words."""
    if not found:
        return None
    same = found["undecided" if verdict == "cannot_tell" else "agrees"]
    if same == found["of"]:
        return "in all"
    return "in most" if 2 * same > found["of"] else "in half or fewer"


def _coarse(value: float | None, unit: str) -> float | None:
    """Return two digits of a ratio, whole points of a difference of shares."""
    return round(value, 2) if unit == "points" and value is not None else rounded(value)


def _stands(compared: str | None, document: Mapping) -> bool:
    """Tell whether a claim's measure compares whole directions with people enough on either side.

    An interval that is computed from counts alone, not from campaigns, would give them away.
    """
    if compared not in _COMPARED:
        return False
    sides = _COMPARED[compared]
    own = [each for each in document["estimates"] if each["id"] == compared]
    by_campaign = bool(own) and all(each["clusters"] is not None for each in own)
    arms = [
        each for each in document["estimates"] if each["id"] in sides and each["group"] in _SIDES
    ]
    enough = (_enough(arm, _so_far(document, arm["group"])) for arm in arms)
    return by_campaign and len(arms) == 2 * len(sides) and all(enough)


def _so_far(document: Mapping, direction: str) -> dict[str, int]:
    rows = [row for row in document["stages"] if row["direction"] == direction]
    return {stage: sum(row[stage] or 0 for row in rows) for stage in CHAIN}


def _enough(arm: Mapping, so_far: Mapping[str, int]) -> bool:
    """Tell whether the people behind an arm, and those not yet or no longer in it, are enough."""
    if arm["n"] < LEAST or arm["estimate"] is None:
        return False
    if arm["unit"] != "share":
        return clear(so_far[_EVENTS[arm["id"]]] - arm["n"])
    reached = round(arm["n"] * arm["estimate"])
    rest = so_far[_EVENTS[arm["id"]]] - reached
    return all(map(clear, (reached, arm["n"] - reached, rest, so_far["leads"] - arm["n"])))
