"""Inquiries of the same person joined by clear rules."""

from ptanalysis.intake.people.link import People, groups, persons

__all__ = ["People", "groups", "persons"]
