"""From estimates to one of five verdicts, and in how many choices it stands. No data here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import NamedTuple

import pandas as pd

from ptanalysis.claims.choices import in_words
from ptanalysis.claims.claim_list import Claim
from ptanalysis.stats import Estimate

ALPHA = 0.05

SUPPORTED = "supported"
CONTRADICTED = "contradicted"
NO_MATERIAL_DIFFERENCE = "no_material_difference"
CANNOT_TELL = "cannot_tell"
NOT_TESTABLE = "not_testable"


class Evidence(NamedTuple):
    """What the estimates say: the p of the claim's test, and the verdict it would carry."""

    p_value: float
    leans: str


def decidable(parts: Sequence[Estimate]) -> bool:
    """Return whether no gate stops the claim: closed intervals, a p, and no `Estimate.reason`.

    Examples
    --------
    >>> decidable([Estimate(value=2, ci_low=1.5, ci_high=3, unit="ratio", n=9, method="t",
    ...     p_value=0.01, reason="not judged, because it has only 2 campaigns")])
    False
    """
    return all(
        None not in (part.value, part.ci_low, part.ci_high, part.p_value) and not part.reason
        for part in parts
    )


def evidence(claim: Claim, parts: Sequence[Estimate]) -> Evidence:
    """Return the p of a decidable claim and where it leans.

    Parameters
    ----------
    claim : Claim
    parts : sequence of Estimate
        One, or two where both must hold; each with the two-sided p against its own null.

    Notes
    -----
    Both must hold (intersection-union): the larger p supports. Either one on the wrong side
    contradicts, and the smaller p is doubled because there were two chances: each direction then
    errs in at most 2.5%.

    References
    ----------
    Berger (1982), Technometrics 24:295 (intersection-union); Bonferroni for the union.
    """
    wrong = [
        part.p_value
        for part, null in zip(parts, claim.nulls, strict=True)
        if not _on_claimed_side(claim, part.value, null)
    ]
    if not wrong:
        return Evidence(max(part.p_value for part in parts), SUPPORTED)
    return Evidence(min(1.0, len(parts) * min(wrong)), CONTRADICTED)


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Return Holm's adjusted p of each claim.

    Notes
    -----
    statsmodels' `multipletests` gives the same and collects garbage at every call: 60 ms each, most
    of the time of a grid.

    References
    ----------
    Holm (1979), Scand. J. Stat. 6:65.

    Examples
    --------
    >>> adjusted = holm({"a": 0.01, "b": 0.04, "c": 0.03})
    >>> [round(p, 3) for p in adjusted.values()]
    [0.03, 0.06, 0.06]
    """
    adjusted, highest = {}, 0.0
    for rank, name in enumerate(sorted(p_values, key=p_values.get)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[name]))
        adjusted[name] = highest
    return {name: adjusted[name] for name in p_values}


def decide(
    claim: Claim,
    parts: Sequence[Estimate],
    p_adjusted: float | None,
    *,
    narrower: Callable[[], Estimate],
) -> str:
    """Return the verdict.

    Parameters
    ----------
    claim : Claim
    parts : sequence of Estimate
        At 95%; the first is the one shown.
    p_adjusted : float or None
        Holm's for a primary, the plain p for another; None where the claim is not decidable.
    narrower : callable
        Gives the first part's 90% interval; asked only when the value lies inside the margin.

    References
    ----------
    Schuirmann (1987), J. Pharmacokinet. Biopharm. 15:657: two one-sided tests at 5% are the
    90% interval inside the margin.
    """
    if p_adjusted is None or not decidable(parts):
        return NOT_TESTABLE
    _, leans = evidence(claim, parts)
    if p_adjusted <= ALPHA and _clear(claim, parts, leans):
        return leans
    if immaterial(claim, parts[0]) and _inside(claim, narrower()):
        return NO_MATERIAL_DIFFERENCE
    return CANNOT_TELL


def immaterial(claim: Claim, estimate: Estimate) -> bool:
    """Return whether the value lies inside the margin, where the claim has a band around none."""
    return not claim.is_threshold and claim.band[0] < estimate.value < claim.band[1]


def material(claim: Claim, estimate: Estimate) -> bool:
    """Return whether the 95% interval clears the margin, in whichever direction.

    Examples
    --------
    >>> from ptanalysis.claims.claim_list import load_claims
    >>> dear = Estimate(value=2, ci_low=1.3, ci_high=3, unit="ratio", n=80, method="t")
    >>> material(load_claims()["outbound_costs_more_per_sql"], dear)
    True
    """
    low, high = claim.nulls[:1] * 2 if claim.is_threshold else claim.band
    below = estimate.ci_high is not None and estimate.ci_high <= low
    return below or (estimate.ci_low is not None and estimate.ci_low >= high)


def _on_claimed_side(claim: Claim, value: float, null: float) -> bool:
    if claim.claims == "either":
        return True
    return value > null if claim.claims == "larger" else value < null


def _clear(claim: Claim, parts: Sequence[Estimate], leans: str) -> bool:
    """Return whether the 95% intervals exclude their nulls: all to support, one to contradict."""
    excluded = [
        (part.ci_low > null or part.ci_high < null)
        and (leans == SUPPORTED or not _on_claimed_side(claim, part.value, null))
        for part, null in zip(parts, claim.nulls, strict=True)
    ]
    return all(excluded) if leans == SUPPORTED else any(excluded)


def _inside(claim: Claim, narrower: Estimate) -> bool:
    low, high = claim.band
    if not narrower.closed:
        return False
    return low < narrower.ci_low and narrower.ci_high < high


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
