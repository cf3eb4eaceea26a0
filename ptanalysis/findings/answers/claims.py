"""What is said of the claims: verdicts, what would turn them, what to collect."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ptanalysis.claims import Verdict, load_claims
from ptanalysis.findings import phrases, words
from ptanalysis.tables import ClinicTables


def short(verdicts: Sequence[Verdict], tables: ClinicTables) -> str:
    """Return the verdicts grouped, with the number behind each that is decided."""
    lines = [f"**Of {len(verdicts)} claims, {words.as_of(tables.as_of)}:**", ""]
    for verdict, word in words.VERDICTS.items():
        of = [each for each in verdicts if each.verdict == verdict]
        if of:
            lines.append(f"- *{word}* ({len(of)}): {'; '.join(_said(each) for each in of)}")
    return "\n".join(lines)


def table(verdicts: Sequence[Verdict]) -> pd.DataFrame:
    """Return statement, verdict, what was found and how robust it is, one a claim."""
    return pd.DataFrame({
        "claim": [each.statement for each in verdicts],
        "verdict": [word(each) for each in verdicts],
        "found": [found(each) for each in verdicts],
        "holds": [robust(each) for each in verdicts],
    })  # fmt: skip


def rules(verdicts: Sequence[Verdict]) -> pd.DataFrame:
    """Return, for each claim, the number that measures it and the rule of its verdict."""
    return pd.DataFrame({
        "claim": [each.statement for each in verdicts],
        "measured by": [each.estimand for each in verdicts],
        "rule": [each.rule for each in verdicts],
    })  # fmt: skip


def word(verdict: Verdict) -> str:
    """Return a verdict's word, with its amount where it is material."""
    said = words.VERDICTS[verdict.verdict]
    return f"{said}, by a material amount" if verdict.material else said


def found(verdict: Verdict) -> str:
    """Return the numbers behind a verdict."""
    estimate = verdict.estimate
    if estimate.ci_low is None and estimate.ci_high is None:
        return f"not known: {phrases.remark(estimate)}"
    if verdict.id == "outbound_ends_with_campaign":
        return phrases.percent(estimate, behind=words.count(estimate.n, "stopped campaigns"))
    of = load_claims()[verdict.id].counts
    return phrases.brief(estimate, behind=words.count(estimate.n, of))


def robust(verdict: Verdict) -> str:
    """Return in how many of the analyst's choices the verdict holds, and what flips it."""
    grid = verdict.robustness
    if not grid:
        return "–"
    said = f"{grid['holds']} of {grid['of']} choices"
    return f"{said}, flips on {words.listed(grid['flips_on'])}" if grid["flips_on"] else said


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
        f"- {each.statement}: holds in {robust(each)}." for each in verdicts
        if each.primary and each.robustness
    ]  # fmt: skip
    stated = {each.id: each for each in verdicts}
    for row in bounds.itertuples():
        verdict = stated[row.claim]
        if row.verdict != verdict.verdict and verdict.verdict in ("supported", "contradicted"):
            lines.append(
                f"- {verdict.statement}: {words.VERDICTS[row.verdict].lower()} at worst, with"
                f" {row.of} counted as: {row.case}."
            )
    return "\n".join(lines) or "- No verdict is decided, so none can flip."


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
    """Return in how many choices a decided verdict holds, to follow its number."""
    decided = verdict.verdict not in ("cannot_tell", "not_testable")
    return f", holds in {robust(verdict)}" if decided and verdict.robustness else ""
