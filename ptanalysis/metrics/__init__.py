"""The four questions' numbers: volume, quality, cost and return, decay."""
