"""Words as a client reads them: counts, lists, channels, verdicts, as of when."""

from __future__ import annotations

import re
from datetime import date

from ptanalysis.definitions import DIRECTIONS, load_taxonomy
from ptanalysis.display.numbers import CASED

#: What a client reads for each verdict.
VERDICTS = {
    "supported": "Supported",
    "contradicted": "Contradicted",
    "no_material_difference": "No material difference",
    "cannot_tell": "Cannot tell yet",
    "not_testable": "Not judged",
}
#: Verdicts that say something, and what is added where most other choices say something else.
DECIDED = ("supported", "contradicted", "no_material_difference")
MINORITY = "but not under most choices"

_CHANNELS = load_taxonomy().channels


def verdict(
    word: str, *, material: bool = False, agrees: float | None = None, of: float | None = None
) -> str:
    """Return a verdict as a client reads it: with its amount, and whether most choices share it.

    Parameters
    ----------
    word : str
        As in findings.json.
    material : bool
        Whether the margin is cleared.
    agrees, of : float, optional
        Analysis choices with this verdict, and those that can be judged.

    Examples
    --------
    >>> verdict("supported", material=True), verdict("cannot_tell", agrees=0, of=48)
    ('Supported, by a material amount', 'Cannot tell yet')
    >>> verdict("contradicted", agrees=20, of=48)
    'Contradicted, but not under most choices'
    """
    parts = [VERDICTS[word]]
    if material:
        parts.append("by a material amount")
    if of and word in DECIDED and 2 * agrees <= of:
        parts.append(MINORITY)
    return ", ".join(parts)


def how_sure(claimed: float | None) -> str:
    """Return how sure a record is of a claim, as odds; empty where that is not known.

    Examples
    --------
    >>> how_sure(0.91), how_sure(None)
    ('in this record it holds, about 9 in 10', '')
    >>> how_sure(0.97), how_sure(0.0004)[-30:]
    ('in this record it holds, about 97 in 100', 'opposite holds, over 99 in 100')
    """
    if claimed is None or claimed != claimed:
        return ""
    side, odds = ("it", claimed) if claimed >= 0.5 else ("the opposite", 1 - claimed)
    of = 100 if odds >= 0.95 else 10
    said = "over 99 in 100" if odds > 0.99 else f"about {of * odds:.0f} in {of}"
    return f"in this record {side} holds, {said}"


def as_of(day: date) -> str:
    """Return the as-of date in words.

    Examples
    --------
    >>> as_of(date(2026, 6, 30))
    'as of June 30, 2026'
    """
    return f"as of {long_day(day)}"


def long_day(day: date) -> str:
    """Return a day in words.

    Examples
    --------
    >>> long_day(date(2026, 6, 30))
    'June 30, 2026'
    """
    return f"{day:%B} {day.day}, {day.year}"


def quarter(last: date) -> str:
    """Return the quarter that ends on a day, in words.

    Examples
    --------
    >>> quarter(date(2026, 6, 30)), quarter(date(2027, 1, 31))
    ('April–June 2026', 'November 2026–January 2027')
    """
    first = date(last.year - (last.month < 3), (last.month - 3) % 12 + 1, 1)
    year = f" {first.year}" if first.year < last.year else ""
    return f"{first:%B}{year}–{last:%B} {last.year}"


def count(n: float, of: str) -> str:
    """Return how many, with thousands separated and the noun in its number.

    Examples
    --------
    >>> count(1204, "leads"), count(1, "inquiries"), count(1, "leads in both quarters")
    ('1,204 leads', '1 inquiry', '1 lead in both quarters')
    """
    noun = re.sub(r"(ie)?s\b", lambda end: "y" if end[1] else "", of, count=1)
    return f"{n:,.0f} {noun if round(n) == 1 else of}"


def listed(parts: list[str]) -> str:
    """Return words in a row as a sentence has them.

    Examples
    --------
    >>> listed(["spam", "job seekers", "vendors"]), listed([])
    ('spam, job seekers and vendors', 'none')
    """
    if len(parts) < 2:
        return parts[0] if parts else "none"
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def group(word: str, *, given: bool = False) -> str:
    """Return the name of a group: our own words as `label`, a name that people gave as it is.

    Parameters
    ----------
    word : str
        Channel, direction, campaign, vendor or ``all``.
    given : bool
        Whether it is a name that people gave although it may be one of our words: a campaign can
        be called ``seo``.

    Examples
    --------
    >>> group("walk_in"), group("service-page-direct-access"), group("seo", given=True)
    ('Walk-in', 'service-page-direct-access', 'seo')
    """
    ours = word in _CHANNELS or word in DIRECTIONS or word == "all"
    return label(word) if ours and not given else word


def head(text: str) -> str:
    """Return text with its first letter a capital and the rest as it is.

    Examples
    --------
    >>> head("MQLs"), head("leads in both quarters")
    ('MQLs', 'Leads in both quarters')
    """
    return text[:1].upper() + text[1:]


def label(word: str) -> str:
    """Return one of our stored words (``walk_in``) as a reader sees it.

    Examples
    --------
    >>> label("walk_in"), label("seo"), label("lead_to_sql"), label("MQLs screened")
    ('Walk-in', 'SEO', 'Lead to SQL', 'MQLs screened')
    """
    if word in _CHANNELS:
        return _CHANNELS[word]["label"]
    if word != word.lower():
        return word
    parts = [CASED.get(part, part) for part in word.split("_")]
    return head(" ".join(parts))


def channel(word: str) -> str:
    """Return a channel inside a sentence.

    Examples
    --------
    >>> channel("physician_referral"), channel("seo"), channel("unknown")
    ('physician referral', 'SEO', 'unknown sources')
    """
    if word == "unknown":
        return "unknown sources"
    return inside(label(word))


def inside(text: str) -> str:
    """Return text as it goes on inside a sentence: a capital first letter becomes small.

    Examples
    --------
    >>> inside("Supported under all"), inside("SEO")
    ('supported under all', 'SEO')
    """
    return text if text[:2].isupper() else text[:1].lower() + text[1:]
