"""Clinics on other assumptions than the methods': always-on, drifting, unequal, late."""
