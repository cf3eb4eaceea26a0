"""Forget a person: the suppression list, and what earlier runs made."""
