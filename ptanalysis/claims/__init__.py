"""The claims about inbound and outbound, judged on the clinic's own data."""

from ptanalysis.claims.claim import Claim, load_claims
from ptanalysis.claims.grid import Cell, design
from ptanalysis.claims.robust import bounds, robustness
from ptanalysis.claims.rules import holm
from ptanalysis.claims.summary import AXES, Sensitivity, summarize
from ptanalysis.claims.verdicts import Verdict, judge, with_sensitivity

__all__ = [
    "AXES",
    "Cell",
    "Claim",
    "Sensitivity",
    "Verdict",
    "bounds",
    "design",
    "holm",
    "judge",
    "load_claims",
    "robustness",
    "summarize",
    "with_sensitivity",
]
