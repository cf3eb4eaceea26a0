"""Exports read by their header: one TOML a format, and a reader that is never silently wrong."""

from ptanalysis.sources.formats import KINDS, Column, Format, FormatError, load_formats
from ptanalysis.sources.reader import SourceFile, read, recognise
from ptanalysis.sources.refusal import Refusal

__all__ = [
    "KINDS",
    "Column",
    "Format",
    "FormatError",
    "Refusal",
    "SourceFile",
    "load_formats",
    "read",
    "recognise",
]
