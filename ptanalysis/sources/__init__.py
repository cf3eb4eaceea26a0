"""Exports read by their header: one TOML a format, and a reader that is never silently wrong."""

from ptanalysis.sources.formats import KINDS, Column, Format, FormatError, load_formats
from ptanalysis.sources.reader import SourceFile, read

__all__ = ["KINDS", "Column", "Format", "FormatError", "SourceFile", "load_formats", "read"]
