"""Simulated clinics with known truth, calibration, benchmarks: not in the wheel."""
