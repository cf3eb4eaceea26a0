"""What a grid of verdicts amounts to: under how many analysis choices a verdict stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

import pandas as pd

from ptanalysis.claims.choices import in_words
from ptanalysis.claims.verdict_rules import CONTRADICTED, NO_MATERIAL_DIFFERENCE, SUPPORTED

AXES = ("taxonomy", "lead", "attribution", "horizon", "unknown")


@dataclass(frozen=True, kw_only=True)
class Sensitivity:
    """How a claim fares over the analysis choices that can be judged.

    Attributes
    ----------
    agrees : int
        Choices with the default's verdict; where that is cannot_tell, those that decide the claim
        on the side its estimate lies on.
    undecided : int
        Choices that are judged and neither agree nor reverse.
    reversed : int
        Choices that decide the claim on the other side: supported to contradicted, or back.
    not_judged : int
        Choices that a gate refuses; they count neither for the verdict nor against it.
    of : int
        Choices judged: ``agrees + undecided + reversed``.
    examples : mapping of str to tuple of str
        The choices, in words, behind the counts that differ from the default: those without which
        there is no such case, else those that make one alone; empty where it takes several.
    """

    agrees: int
    undecided: int
    reversed: int
    not_judged: int
    of: int
    examples: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        """Return the counts alone, as findings.json has them."""
        return {name: n for name, n in asdict(self).items() if name != "examples"}


def summarize(rows: pd.DataFrame) -> Sensitivity | None:
    """Return how one claim fares over its cells; None where its default cell is not judged.

    Parameters
    ----------
    rows : DataFrame
        A claim's rows of `robustness`, the default cell first.

    Examples
    --------
    >>> cells = pd.DataFrame({"taxonomy": ["default", "platform"], "lead": "strict",
    ...     "attribution": "first", "horizon": "13", "unknown": "left out",
    ...     "verdict": ["supported", "cannot_tell"], "leans": "supported"})
    >>> summarize(cells).counts()
    {'agrees': 1, 'undecided': 1, 'reversed': 0, 'not_judged': 0, 'of': 2}
    >>> summarize(cells).examples["undecided"]
    ('with paid search and paid social as inbound',)
    """
    default, judged = rows.iloc[0], rows[rows["leans"] != ""]
    if not default["leans"]:
        return None
    decided = judged["verdict"].isin([SUPPORTED, CONTRADICTED])
    turned = decided & (judged["leans"] != default["leans"])
    none = NO_MATERIAL_DIFFERENCE
    same = judged["verdict"] == none if default["verdict"] == none else decided & ~turned
    groups = {"agrees": same, "undecided": ~same & ~turned, "reversed": turned}
    return Sensitivity(
        **{name: int(of.sum()) for name, of in groups.items()},
        not_judged=len(rows) - len(judged),
        of=len(judged),
        examples={
            name: _behind(judged[of], default) for name, of in groups.items() if not of.iloc[0]
        },
    )


def has_sign_change(rows: pd.DataFrame) -> bool:
    """Return whether cells of one claim are decided on both sides of no effect."""
    decided = rows[rows["verdict"].isin([SUPPORTED, CONTRADICTED])]
    return decided["leans"].nunique() > 1


def _behind(cells: pd.DataFrame, default: pd.Series) -> tuple[str, ...]:
    """Return the choices that all these cells share, else those that make one alone."""
    changed = [
        [in_words(axis, row[axis]) for axis in AXES if row[axis] != default[axis]]
        for _, row in cells.iterrows()
    ]
    always = [each for each in changed[0] if all(each in of for of in changed)] if changed else []
    alone = dict.fromkeys(each[0] for each in changed if len(each) == 1)
    return tuple(always or alone)
