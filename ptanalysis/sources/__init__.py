"""Exports read by their header: one TOML a format, and a reader that is never silently wrong."""

from ptanalysis.sources.describe import Description, describe, described
from ptanalysis.sources.draft import draft
from ptanalysis.sources.folder import discover, settle
from ptanalysis.sources.format_files import FormatError, load_formats
from ptanalysis.sources.formats import KINDS, Column, Format
from ptanalysis.sources.header import Header
from ptanalysis.sources.reader import SourceFile, read, recognise
from ptanalysis.sources.refusal import Refusal

__all__ = [
    "KINDS",
    "Column",
    "Description",
    "Format",
    "FormatError",
    "Header",
    "Refusal",
    "SourceFile",
    "describe",
    "described",
    "discover",
    "draft",
    "load_formats",
    "read",
    "recognise",
    "settle",
]
