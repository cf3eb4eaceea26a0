"""Intake: raw exports to the tables of the seam, with the ledger, the problems and the manifest."""

from __future__ import annotations

from importlib import import_module

#: Each name and its module, loaded when first asked for: tables are read without what makes them.
_ROOMS = {
    "ForgetError": "ptanalysis.privacy.forget.forget_person",
    "IntakeError": "ptanalysis.intake.run_intake",
    "check": "ptanalysis.intake.check_files",
    "forget": "ptanalysis.privacy.forget.forget_person",
    "problems": "ptanalysis.intake.storage.processed_tables",
    "read_processed": "ptanalysis.intake.storage.processed_tables",
    "run": "ptanalysis.intake.run_intake",
    "running": "ptanalysis.intake.run_intake",
    "settings_file": "ptanalysis.intake.check_files",
}
__all__ = list(_ROOMS)


def __getattr__(name: str):
    if name not in _ROOMS:
        raise AttributeError(name)
    return getattr(import_module(_ROOMS[name]), {"problems": "read_problems"}.get(name, name))
