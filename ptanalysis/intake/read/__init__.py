"""Exports read by their header: one TOML a format, and a reader that is never silently wrong."""

from ptanalysis.intake.read.find_files import discover, settle
from ptanalysis.intake.read.format_files import FormatError, load_formats
from ptanalysis.intake.read.format_model import KINDS, Column, Format
from ptanalysis.intake.read.header import Header
from ptanalysis.intake.read.reader import SHEET, SourceFile, read_file, read_tables
from ptanalysis.intake.read.refused_file import RefusedFileError

__all__ = [
    "KINDS",
    "SHEET",
    "Column",
    "Format",
    "FormatError",
    "Header",
    "RefusedFileError",
    "SourceFile",
    "discover",
    "load_formats",
    "read_file",
    "read_tables",
    "settle",
]
