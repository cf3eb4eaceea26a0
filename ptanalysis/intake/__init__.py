"""Intake: raw exports to the tables of the seam, with the ledger, the problems and the manifest."""

from ptanalysis.intake.check import check
from ptanalysis.intake.forget import forget
from ptanalysis.intake.person import ForgetRefused
from ptanalysis.intake.run import IntakeRefused, run, running
from ptanalysis.intake.write import read_problems as problems
from ptanalysis.intake.write import read_processed

__all__ = [
    "ForgetRefused", "IntakeRefused", "check", "forget", "problems", "read_processed", "run",
    "running",
]  # fmt: skip
