"""Intake: raw exports to the tables of the seam, with the ledger, the problems and the manifest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module

#: Each name and its module, loaded when first asked for: tables are read without what makes them.
_ROOMS = {
    "ForgetError": "ptanalysis.privacy.forget.forget_person",
    "IntakeError": "ptanalysis.intake.run_intake",
    "check": "ptanalysis.intake.check_files",
    "forget": "ptanalysis.privacy.forget.forget_person",
    "problems": "ptanalysis.intake.storage.processed_tables:read_problems",
    "read_processed": "ptanalysis.intake.storage.processed_tables",
    "run": "ptanalysis.intake.run_intake",
    "running": "ptanalysis.intake.run_intake",
    "settings_file": "ptanalysis.intake.check_files",
}
__all__ = list(_ROOMS)


def loaded(rooms: Mapping[str, str]) -> Callable[[str], object]:
    """Return what finds a name in its room, ``module`` or ``module:name``, when first asked for."""

    def find(name: str) -> object:
        if name not in rooms:
            raise AttributeError(name)
        module, _, own = rooms[name].partition(":")
        return getattr(import_module(module), own or name)

    return find


__getattr__ = loaded(_ROOMS)
