"""What of a claim may leave the clinic: the verdict, and a coarse figure of whole directions.

A figure compares two sides, so that it gives the count of neither; nothing is said of the number
behind it, its p-value or single campaigns.
"""

from __future__ import annotations

from collections.abc import Mapping

from ptanalysis.claims import load_claims
from ptanalysis.privacy.publish.small_cells import CHAIN, LEAST, clear

_SIDES = ("inbound", "outbound")
_SHARES = ("screened_to_sql_rate",)
_KEPT = ("id", "statement", "primary", "verdict", "margin", "unit")
_FIGURE = ("estimate", "ci_low", "ci_high")

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
#: claim with any other measure cannot be known to stand on enough people.
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


def claims_shown(document: Mapping, *, apart: bool) -> list[dict]:
    """Return the verdicts, each with its figure where that stands on enough people.

    A clinic's own claim, which can be about any few people, is there only with its figure.

    Parameters
    ----------
    document : mapping
        findings.json.
    apart : bool
        Whether inbound and outbound are shown apart; no figure otherwise.

    Returns
    -------
    list of dict
        ``estimate``, ``ci_low`` and ``ci_high`` in two digits, None where not shown; ``holds`` is
        in how many of the analysis choices the verdict stands, in words.
    """
    ours = load_claims()
    return [
        {
            **{name: found[name] for name in _KEPT},
            **{name: _coarse(found[name], found["unit"]) if shown else None for name in _FIGURE},
            "holds": _holds(found["verdict"], found["sensitivity"]),
        }
        for found in document["claims"]
        if (shown := apart and _stands(found.get("measure"), document)) or found["id"] in ours
    ]


def _holds(verdict: str, found: Mapping | None) -> str | None:
    """Return under how many of the analysis choices a verdict stands, in words."""
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
    """Return whether a measure compares whole directions with enough people on either side.

    An interval that is computed from counts alone, not from campaigns, would give them away.
    """
    sides = _COMPARED.get(compared, ())
    own = [each for each in document["estimates"] if each["id"] == compared]
    by_campaign = bool(own) and all(each["clusters"] is not None for each in own)
    arms = [
        each for each in document["estimates"] if each["id"] in sides and each["group"] in _SIDES
    ]
    enough = (_enough(arm, _so_far(document, arm["group"])) for arm in arms)
    return by_campaign and 0 < len(arms) == 2 * len(sides) and all(enough)


def _so_far(document: Mapping, direction: str) -> dict[str, int]:
    """Return the people of a direction, by each stage that was recorded."""
    rows = [row for row in document["stages"] if row["direction"] == direction]
    kept = (name for name in CHAIN if all(row[name] is not None for row in rows))
    return {stage: sum(row[stage] for row in rows) for stage in kept}


def _enough(arm: Mapping, so_far: Mapping[str, int]) -> bool:
    """Return whether the people behind an arm, and those not or no longer in it, are enough."""
    if arm["n"] < LEAST or arm["estimate"] is None or _EVENTS[arm["id"]] not in so_far:
        return False
    if arm["unit"] != "share":
        return clear(so_far[_EVENTS[arm["id"]]] - arm["n"])
    reached = round(arm["n"] * arm["estimate"])
    rest = so_far[_EVENTS[arm["id"]]] - reached
    return all(map(clear, (reached, arm["n"] - reached, rest, so_far["leads"] - arm["n"])))
