"""Exports read by their header: one TOML a format, and a reader that is never silently wrong."""

from __future__ import annotations

from ptanalysis.intake import loaded

#: Each name and its module here, loaded when first asked for.
_ROOMS = {
    "KINDS": "ptanalysis.intake.read.format_model",
    "SHEET": "ptanalysis.intake.read.encoding",
    "Column": "ptanalysis.intake.read.format_model",
    "Format": "ptanalysis.intake.read.format_model",
    "FormatError": "ptanalysis.intake.read.format_files",
    "Header": "ptanalysis.intake.read.header",
    "RefusedFileError": "ptanalysis.intake.read.refused_file",
    "SourceFile": "ptanalysis.intake.read.reader",
    "discover": "ptanalysis.intake.read.find_files",
    "load_formats": "ptanalysis.intake.read.format_files",
    "read_file": "ptanalysis.intake.read.reader",
    "read_tables": "ptanalysis.intake.read.reader",
    "settle": "ptanalysis.intake.read.find_files",
}
__all__ = list(_ROOMS)


__getattr__ = loaded(_ROOMS)
