"""Life tables of one arm, whole and with each cluster left out, in one array."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Clusters times times that are held in memory at once.
_CELLS = 4_000_000


@dataclass(frozen=True)
class LifeTable:
    """Counts at each distinct time; row 0 is everyone, row 1 + k leaves cluster k out.

    Attributes
    ----------
    times : ndarray, shape (J,)
        Distinct times, ascending.
    at_risk, events, competing : ndarray, shape (1 + K, J)
        Followed up to just before the time; ended there by the event, or by the competing one.
    """

    times: np.ndarray
    at_risk: np.ndarray
    events: np.ndarray
    competing: np.ndarray

    def survival(self) -> np.ndarray:
        """Return the share with neither end, just after each time (Kaplan & Meier 1958)."""
        ended = self.events + self.competing
        return np.cumprod(1 - ended / np.maximum(self.at_risk, 1), axis=1)

    def cumulative_incidence(self) -> np.ndarray:
        """Return the Aalen-Johansen share with the event by each time, shape (1 + K, J)."""
        before = np.roll(self.survival(), 1, axis=1)
        before[:, :1] = 1
        return np.cumsum(before * self.events / np.maximum(self.at_risk, 1), axis=1)


def life_table(weeks, status, clusters=None, *, times=None) -> LifeTable:
    """Return the life table of rows with follow-up `weeks` and `status`.

    Parameters
    ----------
    weeks : array_like, shape (n,)
        Time to the end of follow-up, 0 or above.
    status : array_like of int, shape (n,)
        0 censored, 1 the event, 2 the competing event. At one time events come before censoring.
    clusters : array_like, shape (n,), optional
        Cluster of each row; without it the table has row 0 alone.
    times : ndarray, optional
        The times of the table, ascending; all there are where left out. Those at which nothing ends
        change no share.

    Raises
    ------
    ValueError
        A time is missing or negative, or a status is none of 0, 1, 2.

    Examples
    --------
    >>> table = life_table([1, 2, 2, 5], [1, 0, 2, 1])
    >>> table.at_risk.astype(int).tolist(), table.survival().tolist()
    ([[4, 3, 1]], [[0.75, 0.5, 0.0]])
    """
    weeks, status = np.asarray(weeks, dtype=float), np.asarray(status, dtype=int)
    if not (weeks >= 0).all() or not np.isin(status, (0, 1, 2)).all():
        raise ValueError("times must be 0 or above and statuses one of 0, 1, 2")
    times = np.unique(weeks) if times is None else times
    j = np.searchsorted(times, weeks, side="right") - 1
    codes = np.zeros(len(weeks), int)
    if clusters is not None:
        codes = np.unique(np.asarray(clusters), return_inverse=True)[1]
    k = codes.max(initial=0) + 1

    def counts(rows) -> np.ndarray:
        cell = codes[rows] * len(times) + j[rows]
        own = np.bincount(cell, minlength=k * len(times)).reshape(k, len(times))
        whole = own.sum(axis=0, keepdims=True)
        return whole if clusters is None else np.vstack([whole, whole - own])

    ends = counts(j >= 0)
    at_risk = np.cumsum(ends[:, ::-1], axis=1)[:, ::-1]
    now = (j >= 0) & np.isin(weeks, times)
    return LifeTable(times, at_risk, counts(now & (status == 1)), counts(now & (status == 2)))


def incidence_by(weeks, status, horizon: float, clusters=None) -> tuple[np.ndarray, LifeTable]:
    """Return the share with the event by the horizon, whole and without each cluster in turn.

    And the life table of all rows at the times something ended. What many clusters need at once is
    bounded: they are left out some at a time.

    Examples
    --------
    >>> shares, _ = incidence_by([1, 2, 2, 5], [1, 0, 2, 1], 4, ["a", "a", "b", "c"])
    >>> shares.round(3).tolist()
    [0.25, 0.0, 0.333, 0.333]
    """
    weeks, status = np.asarray(weeks, dtype=float), np.asarray(status, dtype=int)
    times = np.unique(weeks[(status != 0) & (weeks <= horizon)])
    table = life_table(weeks, status, times=times)
    parts = [at(times, table.cumulative_incidence(), horizon)]
    if clusters is None:
        return parts[0], table
    codes = np.unique(np.asarray(clusters), return_inverse=True)[1]
    most, k = max(1, _CELLS // max(len(times), 1)), codes.max() + 1
    for first in range(0, k, most):
        inside = (codes >= first) & (codes < first + most)
        some = life_table(weeks, status, np.where(inside, codes - first, most), times=times)
        shares = at(times, some.cumulative_incidence(), horizon)
        parts.append(shares[1 : 1 + min(most, k - first)].copy())  # a view would keep the whole
    return np.concatenate(parts), table


def at(times, values, horizon: float, *, start: float = 0.0) -> np.ndarray:
    """Return the step function `values` (last axis over `times`) at `horizon`.

    Examples
    --------
    >>> at(np.array([1.0, 3.0]), np.array([[0.2, 0.5]]), 2.0)
    array([0.2])
    """
    j = np.searchsorted(times, horizon, side="right")
    return values[..., j - 1] if j else np.full(values.shape[:-1], start)
