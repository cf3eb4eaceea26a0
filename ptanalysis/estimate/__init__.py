"""Estimate and the engine behind it: values, intervals and the gates below which nothing is claimed."""
