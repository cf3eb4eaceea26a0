"""Refused: the base of every error that is the user's to fix."""


class UserError(Exception):
    """Something given cannot be used; the message says what and how to fix it, never a value."""
