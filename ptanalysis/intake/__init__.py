"""Intake: raw exports to the tables of the seam, with the ledger, the problems and the manifest."""

from ptanalysis.intake.check_files import check, settings_file
from ptanalysis.intake.run_intake import IntakeError, run, running
from ptanalysis.intake.storage.processed_tables import read_problems as problems
from ptanalysis.intake.storage.processed_tables import read_processed
from ptanalysis.privacy.forget.forget_person import ForgetError, forget

__all__ = [
    "ForgetError",
    "IntakeError",
    "check",
    "forget",
    "problems",
    "read_processed",
    "run",
    "running",
    "settings_file",
]
