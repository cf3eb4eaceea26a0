"""Refused: the base of every error that is the user's to mend."""


class UserError(Exception):
    """Something given cannot be used; the message says what and how to mend it, never a value."""
