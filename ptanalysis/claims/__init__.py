"""The claims about inbound and outbound, judged on the clinic's own data."""

from ptanalysis.claims.choices import Cell, design
from ptanalysis.claims.claim_list import Claim, ClaimError, load_claims
from ptanalysis.claims.sensitivity import bounds, robustness
from ptanalysis.claims.verdict_rules import AXES, Sensitivity, holm, summarize
from ptanalysis.claims.verdict_tables import Answers, answered
from ptanalysis.claims.verdicts import Verdict, judge, with_sensitivity

__all__ = [
    "AXES",
    "Answers",
    "Cell",
    "Claim",
    "ClaimError",
    "Sensitivity",
    "Verdict",
    "answered",
    "bounds",
    "design",
    "holm",
    "judge",
    "load_claims",
    "robustness",
    "summarize",
    "with_sensitivity",
]
