"""What autocorrelation costs: the variance inflation of a mean of consecutive blocks."""

from __future__ import annotations

import numpy as np

#: Beyond this correlation the data hold too few independent blocks to say anything.
LARGEST_R = 0.9


def lag1(residuals) -> float:
    """Return the lag-1 autocorrelation, corrected for its bias in short series.

    Parameters
    ----------
    residuals : array_like, shape (n,)
        In the order of time.

    Returns
    -------
    float
        r + (1 + 3 r) / n, kept within 0 and 0.9: a negative one is not used to narrow anything.

    References
    ----------
    Marriott & Pope (1954), Biometrika 41:390; Kendall (1954), Biometrika 41:403.

    Examples
    --------
    >>> lag1([1, -1, 1, -1, 1, -1])
    0.0
    """
    centred = np.asarray(residuals, dtype=float) - np.mean(residuals)
    total = np.sum(centred**2)
    if len(centred) < 3 or total == 0:
        return 0.0
    r = np.sum(centred[1:] * centred[:-1]) / total
    return float(np.clip(r + (1 + 3 * r) / len(centred), 0, LARGEST_R))


def ar1_inflation(residuals) -> tuple[float, float]:
    """Return the variance inflation (1 + r) / (1 - r) and the effective number of blocks.

    Parameters
    ----------
    residuals : array_like, shape (n,)
        In the order of time.

    Returns
    -------
    inflation : float
        1 or above.
    effective : float
        n / inflation, at least 2.

    Notes
    -----
    Assumes a stationary first-order autoregression.

    References
    ----------
    Bayley & Hammersley (1946), Suppl. J. R. Stat. Soc. 8:184, in the limit of
    many blocks.

    Examples
    --------
    >>> inflation, effective = ar1_inflation([1, 2, 3, 4, 3, 2, 1, 2, 3, 4])
    >>> round(inflation, 2), round(effective, 2)
    (3.59, 2.79)
    """
    r = lag1(residuals)
    inflation = (1 + r) / (1 - r)
    return inflation, max(len(residuals) / inflation, 2.0)
