"""Words as a client reads them: counts, lists, channels, verdicts, as of when."""

from __future__ import annotations

import textwrap
from datetime import date

from ptanalysis.definitions import load_taxonomy
from ptanalysis.findings.numbers import CASED

#: What a client reads for each verdict.
VERDICTS = {
    "supported": "Supported",
    "contradicted": "Contradicted",
    "no_material_difference": "No material difference",
    "cannot_tell": "Cannot tell yet",
    "not_testable": "Not testable",
}

_CHANNELS = load_taxonomy().channels


def as_of(day: date) -> str:
    """Return the as-of date in words.

    Examples
    --------
    >>> as_of(date(2026, 6, 30))
    'as of June 30, 2026'
    """
    return f"as of {day:%B} {day.day}, {day.year}"


def wrapped(text: str, width: int) -> str:
    """Return text on lines of at most `width` characters."""
    return textwrap.fill(text, width)


def unbroken(text: str) -> str:
    """Return text in which a number and its percent sign stay on one line."""
    return text.replace(" %", "\u00a0%")


def count(n: float, of: str) -> str:
    """Return how many, with thousands separated and the noun in its number.

    Examples
    --------
    >>> count(1204, "leads"), count(1, "leads"), count(1, "patients")
    ('1,204 leads', '1 lead', '1 patient')
    """
    noun = of[:-1] if round(n) == 1 and of.endswith("s") else of
    return f"{n:,.0f} {noun}"


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


def label(word: str) -> str:
    """Return a stored word (``walk_in``) as a reader sees it; a name given by people stays.

    Examples
    --------
    >>> label("walk_in"), label("seo"), label("lead_to_sql"), label("Spring_Mailer")
    ('Walk-in', 'SEO', 'Lead to SQL', 'Spring_Mailer')
    """
    if word in _CHANNELS:
        return _CHANNELS[word]["label"]
    if word != word.lower():
        return word
    parts = [CASED.get(part, part) for part in word.split("_")]
    text = " ".join(parts)
    return text[:1].upper() + text[1:]


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
