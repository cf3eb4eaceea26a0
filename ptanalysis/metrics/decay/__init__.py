"""Decay: what is left after spend stops, and whether inbound starts slower, lasts and grows."""
