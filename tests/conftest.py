"""Hypothesis without a deadline: a busy machine is no failure, and speed is measured elsewhere."""

from hypothesis import settings

settings.register_profile("project", deadline=None)
settings.load_profile("project")
