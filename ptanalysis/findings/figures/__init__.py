"""One function a figure; each takes tidy frames or estimates and returns a Drawing."""

from ptanalysis.findings.figures import claims, decay, money, quality, volume

__all__ = ["claims", "decay", "money", "quality", "volume"]
