"""Pseudonyms, redaction, the suppression list, and the report for readers outside."""
