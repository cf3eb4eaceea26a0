"""Findings in words, figures, tables and files; nothing is computed here."""

from ptanalysis.display.notebook_output import estimates, say, show, table
from ptanalysis.findings.opening import open_quarter

__all__ = ["estimates", "open_quarter", "say", "show", "table"]
