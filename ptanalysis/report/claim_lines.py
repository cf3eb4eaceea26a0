"""A claim as a line of the page: its verdict's word, what was found, how it holds."""

from __future__ import annotations

from collections.abc import Iterable

from ptanalysis.claims import Sensitivity
from ptanalysis.display import phrases, words
from ptanalysis.report.findings_json import estimate_of as _estimate_of
from ptanalysis.report.front_matter import texts
from ptanalysis.report.strips import strip
from ptanalysis.stats.estimate import Estimate

_MORE = "more of the same data"


def lines_of(claims: Iterable[dict]) -> list[dict]:
    """Return what a report says of each claim, a dict each.

    ``headline`` says statement, verdict and numbers in one sentence, ``robust`` under how many
    analysis choices it stands, ``settles`` what would settle an open one.

    Parameters
    ----------
    claims : iterable of dict
        Of `ptanalysis.claims.verdict_tables.claim_records`.
    """
    return [
        {
            "id": each["id"],
            "headline": headline(each["statement"], each["verdict"], found(each), few=_few(each)),
            "statement": each["statement"],
            "verdict": each["verdict"],
            "word": word(each),
            "found": found(each),
            "strip": _strip(each),
            "robust": robust(each),
            "p": _p(each),
            "sure": words.head(words.how_sure(each.get("claimed"))),
            "open": each["verdict"] not in words.DECIDED,
            "settles": words.head(each.get("needs") or phrases.remark(estimate_of(each)) or _MORE),
        }
        for each in claims
    ]


def _strip(claim: dict) -> dict | None:
    kind = "share" if _is_share(claim) else claim["unit"]
    return None if claim["verdict"] == "not_testable" else strip(estimate_of(claim), kind)


def headline(statement: str, verdict: str, found: str, *, few: bool = False) -> str:
    """Return a claim, what the data say of it, and the numbers, in one sentence.

    Examples
    --------
    >>> for verdict in ("supported", "contradicted", "cannot_tell"):
    ...     print(headline("Inbound lasts", verdict, "1.47 times (0.67 to 3.23)"))
    Inbound lasts: 1.47 times (0.67 to 3.23)
    The opposite of “Inbound lasts” holds: 1.47 times (0.67 to 3.23)
    Cannot tell yet whether inbound lasts: 1.47 times (0.67 to 3.23)
    >>> headline("Inbound lasts", "supported", "1.47 times (1.1 to 1.9)", few=True)
    'Inbound lasts, but not under most choices: 1.47 times (1.1 to 1.9)'
    """
    pattern = texts("sentences.toml")["verdicts"][verdict]
    said = pattern.format(statement=statement, inside=words.inside(statement))
    said += f", {words.MINORITY}" * few
    return f"{said}: {found.removeprefix('not known: ').removeprefix('not judged: ')}"


def word(claim: dict) -> str:
    """Return a verdict's word: with its amount, and whether most choices share it."""
    return words.verdict(claim["verdict"], material=claim["material"], **_share(claim))


def _share(claim: dict) -> dict:
    """Return how many choices agree, of how many."""
    counts = claim["sensitivity"] or {}
    return {name: counts.get(name) for name in ("agrees", "of")}


def _few(claim: dict) -> bool:
    return words.MINORITY in word(claim)


def _p(claim: dict) -> str:
    """Return the p that decides: a primary's adjusted one, another's own."""
    p_value = claim["p_adjusted"] if claim["primary"] else claim["p_value"]
    if p_value is None or claim["verdict"] == "not_testable":
        return "–"
    said = "under .001" if p_value < 0.001 else f"{p_value:.3f}".lstrip("0")
    return said if claim["primary"] else f"{said}, not adjusted"


def estimate_of(claim: dict) -> Estimate:
    """Return the estimate behind a verdict."""
    return _estimate_of(claim | {"id": claim["measure"], "method": ""})


def _is_share(claim: dict) -> bool:
    return claim["measure"] == "persistence"


def found(claim: dict) -> str:
    """Return the numbers behind a verdict."""
    estimate = estimate_of(claim)
    if estimate.ci_low is None and estimate.ci_high is None:
        return f"not known: {phrases.remark(estimate)}"
    if claim["verdict"] == "not_testable" and phrases.refused(estimate):
        return f"not judged: {phrases.remark(estimate)}"
    behind = words.count(estimate.n, claim["counts"])
    if _is_share(claim):
        return phrases.percent(estimate, behind=behind)
    return phrases.brief(estimate, behind=behind)


def robust(claim: dict) -> str:
    """Return under how many analysis choices the verdict stands, or a dash."""
    if claim["sensitivity"] is None:
        return "–"
    counts = {name: int(n) for name, n in claim["sensitivity"].items()}
    return under_choices(claim["verdict"], Sensitivity(**counts, examples=claim["examples"]))


def under_choices(verdict: str, found: Sensitivity) -> str:
    """Return in words under how many analysis choices a verdict stands, and what the rest say.

    Parameters
    ----------
    verdict : str
        As in findings.json.
    found : Sensitivity

    Examples
    --------
    >>> found = Sensitivity(agrees=27, undecided=26, reversed=0, not_judged=3, of=53,
    ...                     examples={"undecided": ("with last touch",)})
    >>> print(under_choices("supported", found))
    Supported under 27 of 53 reasonable analysis choices, inconclusive in 26 (for example with \
last touch), reversed in none; 3 more could not be judged
    """
    if verdict == "cannot_tell":
        head, n = "Inconclusive", found.undecided
        rest = {"agrees": "on the side of the estimate in", "reversed": "on the other side in"}
    else:
        head, n = words.VERDICTS[verdict], found.agrees
        rest = {"undecided": "inconclusive in", "reversed": "reversed in"}
    choices = "reasonable analysis choices"
    if found.of == 1:
        said = [f"{head} under the one analysis choice that can be judged"]
    elif n == found.of:
        said = [f"{head} under all {found.of} {choices}"]
    else:
        said = [f"{head} under {n} of {found.of} {choices}"]
        said += [f"{word} {_cases(found, name)}" for name, word in rest.items()]
    more = f"; {found.not_judged} more could not be judged" if found.not_judged else ""
    return ", ".join(said) + more


def _cases(found: Sensitivity, name: str) -> str:
    """Return how many choices, with an example of one."""
    if not (n := getattr(found, name)):
        return "none"
    if name not in found.examples:
        return f"{n}"
    examples = found.examples[name][:2]
    behind = f"for example {' or '.join(examples)}" if examples else "several choices at once"
    return f"{n} ({behind})"
