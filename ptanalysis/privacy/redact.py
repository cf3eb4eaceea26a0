"""Names of campaigns, vendors and files that hold personal data, by the clinic's own people."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import ibis

from ptanalysis.definitions import Problem

#: An address (also spelled out), a social security number, or digits as telephone numbers are
#: written; a date, a year and a postal code in a name are none of these.
_CONTACT = re.compile(
    r"\w@\w|@ ?[\w-]+\.\w|\w ?[(\[]at[)\]] ?\w"
    r"|\w at (?!the |an? |our )[\w.-]+ [(\[]?dot[)\]]? \w"
    r"|(?<!\d)\d{3}[\s.\-]?\d{2}[\s.\-]?\d{4}(?!\d)"
    r"|(?<!\d)(?:1[\s.\-]*)?\(?\d{3}\)?[\s.\-]*\d{3}[\s.\-]*\d{4}(?!\d)"
    r"|(?<!\w)\+\d(?:[\s.\-()]*\d){7,14}(?!\d)"
    r"|(?<![\d\-])[2-9]\d{2}-(?!19|20)\d{4}(?![\d\-])"
    r"|\b(?:call|text|tel|phone|ph|cell|mobile|fax)\W{0,3}\d{3}[\s.\-]?\d{4}(?!\d)",
    re.IGNORECASE,
)
#: A letter that stands for a first name, with the last name after it: "F. Last", "f-last". Without
#: its dot an "a" or "i" is a word.
_INITIAL = re.compile(r"(?<![^\W_])(?:([^\W\d_])\.[\s_]?|([^\W\d_ai])[\s_\-]+)([^\W\d_]{2,})")
_WORD = re.compile(r"[^\W\d_]+")
_NO_LETTER = r"[^\p{L}]+"
#: Small letters with accents and the plain ones, for engines that cannot take accents away.
_ACCENTED = {
    chr(code): base
    for code in (*range(0xDF, 0x250), *range(0x1E00, 0x1F00))
    if (base := unicodedata.normalize("NFKD", chr(code))[0]) != chr(code) and "a" <= base <= "z"
} | {"ø": "o", "đ": "d", "ł": "l", "ı": "i"}
_PLAIN = str.maketrans(_ACCENTED)
#: Words of a label that may together be one person's name.
_LONGEST = 5
#: From a first name to its last name in so many words: "First M. Last", "First and Bob Last".
_APART = 3
_SUFFIXES = (".csv", ".tsv", ".tab", ".txt", ".xlsx", ".xlsm", ".xls", ".xlsb")


def personal(texts: Iterable[str], inquiries=None) -> set[str]:
    """Return the texts that hold an address, a number of a person, or the name of one who inquired.

    Parameters
    ----------
    texts : iterable of str
    inquiries : ibis Table, optional
        With first_name and last_name; rows that are not used count too.

    Returns
    -------
    set of str

    Notes
    -----
    A name is the first and the last name as neighbors, in either order, in any case, with or
    without accents and with any sign or none between them; the first and the last name with one or
    two words between them; or the initial and the last name. One name by itself is none: clinics,
    streets and seasons are called so.

    Examples
    --------
    >>> people = ibis.memtable({"first_name": ["Zoë Ann"], "last_name": ["de la Cruz"]})
    >>> labels = ["Cruz Clinic", "cruz, zoë", "Knee ZoëCruz", "zoe@example.org", "Knee 2026-04-01"]
    >>> sorted(personal(labels, people))
    ['Knee ZoëCruz', 'cruz, zoë', 'zoe@example.org']
    """
    texts = set(texts)
    found = {text for text in texts if _CONTACT.search(unquote(text).replace("_", " "))}
    windows = [(text, window) for text in texts - found for window in _windows(text)]
    if inquiries is None or not windows:
        return found
    asked = ibis.memtable(sorted({window for _, window in windows}), columns=["name"])
    named = set(full_names(inquiries).semi_join(asked, "name").distinct().name.execute())
    return found | {text for text, window in windows if window in named}


def full_names(inquiries):
    """Return ``name``: full names in lower case, plain letters only, in both orders, some twice.

    With all their words, and with the first of the first name and the last of the last: these also
    with a space between them, and the initial with a dot, as `_windows` writes names that are
    apart.
    """
    people = inquiries.select(first="first_name", last="last_name").distinct().view()
    lower = people.select(**{name: people[name].lower() for name in people.columns}).view()
    plain = lower.select(**{name: _plain(lower[name]).strip() for name in lower.columns}).view()
    words = plain.mutate(
        short_first=plain["first"].split(" ")[0],
        short_last=plain["last"].re_extract(r"(\S+)$", 1),
    ).view()
    letters = {name: words[name].re_replace(_NO_LETTER, "") for name in words.columns}
    letters = words.select(**letters).view()
    letters = letters.filter(letters["first"] != "", letters["last"] != "")
    pairs = (
        ("first", "last"),
        ("last", "first"),
        ("short_first", "short_last"),
        ("short_last", "short_first"),
    )
    names = [
        *(letters[one] + letters[other] for one, other in pairs),
        letters.short_first + " " + letters.short_last,
        letters.short_first[0] + "." + letters.short_last,
    ]
    return letters.select(name=ibis.array(names).unnest())


def _plain(lower):
    """Return a text in lower case without accents; most texts have none, and cost nothing."""
    translated = lower.translate("".join(_ACCENTED), "".join(_ACCENTED.values()))
    return lower.re_search(r"[^\x00-\x7F]").ifelse(translated, lower)


def fit_files(
    problems: Sequence[Problem], files: dict[str, Path], inquiries=None
) -> tuple[dict[str, str], list[Problem]]:
    """Return how files with personal names are to be named, and the problems so named.

    Parameters
    ----------
    problems : sequence of Problem
    files : dict of str to Path
        Files as they are named so far, and where they lie.
    inquiries : ibis Table, optional
        As `personal` takes them.

    Returns
    -------
    names : dict of str to str
        Of the files whose name changes.
    problems : list of Problem
        A note for each of them, and those given.
    """
    parts = {part for file in files for part in Path(file).parts}
    unfit = personal(parts, inquiries)
    names = {file: _masked(file, path, unfit) for file, path in files.items()}
    names = {file: name for file, name in names.items() if file != name}
    notes = [
        Problem(
            code="name_withheld",
            severity="note",
            file=name,
            what="the name holds what looks like personal data and is left out",
            fix="rename it",
        )
        for name in names.values()
    ]
    return names, [*notes, *(renamed(problem, names) for problem in problems)]


def renamed(problem: Problem, names: dict[str, str]) -> Problem:
    """Return the problem with files named as they may be."""
    texts = {"file": problem.file, "what": problem.what, "fix": problem.fix}
    for old, new in names.items():
        texts = {key: text.replace(old, new) for key, text in texts.items()}
    return replace(problem, **texts)


def _windows(text: str) -> Iterator[str]:
    """Yield what may be a name: runs of words put together, words apart, an initial and a word.

    Words joined by a change of case are two.
    """
    plain = unicodedata.normalize("NFC", unquote(text))
    spaced = re.sub(r"(?<=[^\W\d_A-Z])(?=[A-Z])", " ", plain).lower().translate(_PLAIN)
    words = _WORD.findall(spaced)
    for start, word in enumerate(words):
        for stop in range(start + 1, min(start + _LONGEST, len(words)) + 1):
            yield "".join(words[start:stop])
        yield from (f"{word} {other}" for other in words[start + 2 : start + _APART + 1])
    yield from (f"{dotted or bare}.{last}" for dotted, bare, last in _INITIAL.findall(spaced))


def _masked(file: str, path: Path, unfit: set[str]) -> str:
    """Name the unfit parts of a path by their place in their folder, in the order of names."""
    parts = Path(file).parts
    places = [*reversed(path.parents[: len(parts) - 1]), path]
    shown = [
        _place(where) if part in unfit else part for part, where in zip(parts, places, strict=True)
    ]
    return "/".join(shown)


def _place(path: Path) -> str:
    number = sorted(entry.name for entry in path.parent.iterdir()).index(path.name) + 1
    suffix = path.suffix.lower()
    return f"(item {number}, name hidden){suffix if suffix in _SUFFIXES else ''}"
