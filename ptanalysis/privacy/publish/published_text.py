"""What a published page says, from the published document alone."""

from __future__ import annotations

import math
from collections.abc import Mapping

from ptanalysis.display import words
from ptanalysis.display.escaping import sentence
from ptanalysis.display.numbers import bare_number, number, unit_of
from ptanalysis.privacy.publish.published_figures import directions_of, rows_of

#: Said where even everything together counts too few people.
NOTHING = "Too few people for any count to be told."

RULE = """A count of 1 to 10 people can point to a person. None is shown here, and none can be
worked out from what is shown: groups with few people are counted together with others, and a stage
that would be too small even then is left out. The same holds for differences, such as SQLs that are
not yet patients, and for subtracting this page from those of other quarters.

Counts and amounts are those so far; amounts are rounded to three digits. Rates, ranges of single
directions and everything about single campaigns and vendors stay in the clinic's own report,
because counts can be worked out from them. A claim's figure is rounded to two digits and left out
where too few people stand behind either side. SQLs are leads that the clinic's team screened and
found qualified; MQLs are leads known to be potential clients."""


def answers(document: Mapping) -> list[dict]:
    """Return each of the questions with its short answer in Markdown."""
    groups, unit = rows_of(document), document["currency"].lower()
    told = (
        ("Volume: how many leads came?", [_volume(group) for group in groups]),
        ("Quality: how many were qualified?", [_quality(group) for group in groups]),
        ("Return: what did they cost and bring in?", [_money(group, unit) for group in groups]),
    )
    return [
        {"question": question, "answer": sentence(" ".join(filter(None, said)) or NOTHING)}
        for question, said in told
    ]


def claim_rows(document: Mapping) -> list[dict]:
    """Return the claims as `page.render_page` shows them."""
    return [
        {
            "statement": claim["statement"],
            "verdict": claim["verdict"],
            "word": words.VERDICTS[claim["verdict"]],
            "found": found(claim),
            "robust": claim["holds"] or "–",
        }
        for claim in document["claims"]
    ]


def found(claim: Mapping) -> str:
    """Return a claim's figure in words.

    Examples
    --------
    >>> found({"estimate": 2.5, "ci_low": 1.6, "ci_high": None, "unit": "ratio"})
    '2.5 times (at least 1.6)'
    >>> found({"estimate": 0.13, "ci_low": 0.07, "ci_high": 0.19, "unit": "points"})
    '13 points (7 to 19)'
    >>> found({"estimate": None, "ci_low": None, "ci_high": None, "unit": "ratio"})
    'not told'
    """
    unit = claim["unit"]
    value, low, high = (claim[name] for name in ("estimate", "ci_low", "ci_high"))
    if value is None:
        return _likely(low, high, unit) or "not told"
    likely = _likely(low, high, unit).removesuffix(unit_of(unit)[2])
    return _whole(value, unit) + (f" ({likely})" if likely else "")


def _likely(low: float | None, high: float | None, unit: str) -> str:
    if low is not None and high is not None:
        return f"{_bare(low, unit)} to {_whole(high, unit)}"
    if low is not None:
        return f"at least {_whole(low, unit)}"
    return "" if high is None else f"at most {_whole(high, unit)}"


def _whole(value: float, unit: str) -> str:
    return _bare(value, unit) + unit_of(unit)[2]


def _bare(value: float, unit: str) -> str:
    """Return a number with no more digits than the two it was rounded to."""
    if unit == "points" or value == 0:
        return bare_number(value, unit, decimals=0)
    return bare_number(value, unit, decimals=max(0, 1 - math.floor(math.log10(abs(value)))))


def _volume(group: Mapping) -> str:
    new = group["new_leads"]
    quarter = "" if new is None else f", {new:,} of them this quarter"
    return f"{directions_of(group)}: {words.count(group['leads'], 'leads')} so far{quarter}."


def _quality(group: Mapping) -> str:
    if group["sql"] is None:
        return ""
    return f"{directions_of(group)}: {group['sql']:,} of {group['leads']:,} leads are SQLs so far."


def _money(group: Mapping, unit: str) -> str:
    if group["cost"] is None and group["revenue"] is None:
        return ""
    spent, paid = (
        "not recorded or not told" if amount is None else number(amount, unit)
        for amount in (group["cost"], group["revenue"])
    )
    return f"{directions_of(group)}: cost {spent}, revenue {paid} so far."
