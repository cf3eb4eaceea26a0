"""Runs the notebooks and assembles what they recorded."""
