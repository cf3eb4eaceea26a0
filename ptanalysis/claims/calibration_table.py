"""How the methods fare on simulated clinics whose truth is known: the stored results of the lab."""

from __future__ import annotations

from importlib.resources import as_file, files

import pandas as pd

#: The file that ``make calibrate`` writes anew.
FILE = files("ptanalysis").joinpath("claims", "calibration.csv")


def calibration() -> pd.DataFrame:
    """Return how often each method held the truth in simulated clinics.

    Returns
    -------
    DataFrame
        One row a world, size, claim and method: ``replicates`` (simulated clinics), ``truth``,
        ``identified`` (share of them with a closed interval), ``coverage`` (share of the 95%
        intervals that hold the truth) and ``coverage_se``, ``bias``, ``half_width``,
        ``false_verdicts`` (share with a wrong verdict) and ``false_verdicts_se``, ``power`` (share
        with the true verdict), ``methods`` (a name for the code that was measured). The method of
        this package is ``ptanalysis``; the others are the usual ways to ask the same.

    Examples
    --------
    >>> measured = calibration()
    >>> bool(measured["coverage"].dropna().between(0, 1).all())
    True
    """
    with as_file(FILE) as path:
        return pd.read_csv(path, keep_default_na=False, na_values=[""])  # NULL is a world
