"""What is said of the claims: verdicts, how they fare under other choices, what to collect."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ptanalysis.claims import Sensitivity, Verdict, load_claims
from ptanalysis.dataset import ClinicData
from ptanalysis.display import phrases, words


def short(verdicts: Sequence[Verdict], tables: ClinicData) -> str:
    """Return the verdicts grouped, with the number behind each that is decided."""
    lines = [f"**Of {len(verdicts)} claims, {words.as_of(tables.as_of)}:**", ""]
    for verdict, word in words.VERDICTS.items():
        of = [each for each in verdicts if each.verdict == verdict]
        if of:
            lines.append(f"- *{word}* ({len(of)}): {'; '.join(_said(each) for each in of)}")
    return "\n".join(lines)


def table(verdicts: Sequence[Verdict]) -> pd.DataFrame:
    """Return statement, verdict, what was found and how it fares under other choices."""
    return pd.DataFrame(
        {
            "claim": [each.statement for each in verdicts],
            "verdict": [word(each) for each in verdicts],
            "found": [found(each) for each in verdicts],
            "under other analysis choices": [robust(each) for each in verdicts],
        }
    )


def rules(verdicts: Sequence[Verdict]) -> pd.DataFrame:
    """Return, for each claim, the number that measures it and the rule of its verdict."""
    return pd.DataFrame(
        {
            "claim": [each.statement for each in verdicts],
            "measured by": [each.estimand for each in verdicts],
            "rule": [each.rule for each in verdicts],
        }
    )


def word(verdict: Verdict) -> str:
    """Return a verdict's word, with its amount where it is material."""
    said = words.VERDICTS[verdict.verdict]
    return f"{said}, by a material amount" if verdict.material else said


def found(verdict: Verdict) -> str:
    """Return the numbers behind a verdict."""
    estimate = verdict.estimate
    if estimate.ci_low is None and estimate.ci_high is None:
        return f"not known: {phrases.remark(estimate)}"
    behind = words.count(estimate.n, load_claims()[verdict.id].counts)
    if verdict.id == "outbound_ends_with_campaign":
        return phrases.percent(estimate, behind=behind)
    return phrases.brief(estimate, behind=behind)


def robust(verdict: Verdict) -> str:
    """Return under how many analysis choices the verdict stands, or a dash."""
    if verdict.sensitivity is None:
        return "–"
    return under_choices(verdict.verdict, verdict.sensitivity)


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
    ...                     examples={"undecided": ("without agency fees",)})
    >>> print(under_choices("supported", found))
    Supported under 27 of 53 reasonable analysis choices, inconclusive in 26 (for example without \
agency fees), reversed in none; 3 more could not be judged
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


def conclude(verdicts: Sequence[Verdict]) -> str:
    """Return the primary claims with their verdicts, as a list."""
    return "\n".join(
        f"- {each.statement}: **{word(each).lower()}**: {found(each)}{_held(each)}."
        for each in verdicts
        if each.primary
    )


def flips(verdicts: Sequence[Verdict], bounds: pd.DataFrame) -> str:
    """Return what turns each primary verdict: an analyst's choice, or what was not recorded."""
    lines = [
        f"- {each.statement}: {words.inside(robust(each))}."
        for each in verdicts
        if each.primary and each.sensitivity
    ]
    stated = {each.id: each for each in verdicts}
    for row in bounds.itertuples():
        verdict = stated[row.claim]
        if row.verdict != verdict.verdict and verdict.verdict in ("supported", "contradicted"):
            lines.append(
                f"- {verdict.statement}: {_at_worst(row)} at worst, with"
                f" {row.of} counted as: {row.case}."
            )
    return "\n".join(lines) or "- No verdict is decided, so none can flip."


def _at_worst(row) -> str:
    return words.VERDICTS[row.verdict].lower() if row.leans else "not judged"


def next_data(verdicts: Sequence[Verdict]) -> str:
    """Return what each open claim still needs."""
    open_ = [each for each in verdicts if each.verdict in ("cannot_tell", "not_testable")]
    if not open_:
        return "- Every claim is decided; keep recording as now."
    return "\n".join(
        f"- {each.statement}: {each.needs or phrases.remark(each.estimate)}." for each in open_
    )


def _said(verdict: Verdict) -> str:
    return f"{verdict.statement}, {found(verdict)}{_held(verdict)}"


def _held(verdict: Verdict) -> str:
    """Return under how many choices a decided verdict stands, to follow its number."""
    decided = verdict.verdict not in ("cannot_tell", "not_testable")
    return f" ({words.inside(robust(verdict))})" if decided and verdict.sensitivity else ""
