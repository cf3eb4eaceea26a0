"""Findings in words, figures, tables and files; nothing is computed here."""
