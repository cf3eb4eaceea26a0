"""Cost that belongs to no side: what a share of it on inbound would do to the comparison."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ptanalysis.dataset import ClinicData
from ptanalysis.metrics.money.mature import SIDES
from ptanalysis.metrics.money.roi_by_side import roi_ratio
from ptanalysis.stats import Estimate

SHARES = (0.0, 0.5, 1.0)


def with_shared_cost(tables: ClinicData, inbound: float) -> ClinicData:
    """Return the tables with spend of no side moved to the sides.

    Each side's own spend rises by one factor, so that its campaigns and dates stay what they are.

    Parameters
    ----------
    tables : ClinicData
    inbound : float
        Share of the shared cost that inbound bears, 0 to 1; outbound bears the rest.

    Raises
    ------
    ValueError
        A share outside 0 to 1.
    """
    if not 0 <= inbound <= 1:
        raise ValueError("inbound's share of the shared cost must be 0 to 1")
    spend = tables.spend
    own = spend["direction"].isin(SIDES)
    borne = dict(zip(SIDES, (inbound, 1 - inbound), strict=True))
    total = spend[own].groupby("direction")["amount"].sum()
    shared = spend.loc[~own, "amount"].sum()
    factor = {side: 1 + shared * borne[side] / total[side] for side in total.index if total[side]}
    amount = spend["amount"] * spend["direction"].map(factor).astype(float).fillna(1.0)
    return replace(tables, spend=spend.assign(amount=amount)[own].reset_index(drop=True))


def shared_cost_sensitivity(
    tables: ClinicData, question: Callable[..., Estimate] = roi_ratio, **options
) -> dict[float, Estimate]:
    """Return a comparison with 0, 50 and 100% of the shared cost on inbound.

    Parameters
    ----------
    tables : ClinicData
    question : callable
        Takes the tables: `roi_ratio`, `cost_per_ratio`.
    **options
        Passed on to `question`.

    Returns
    -------
    dict of float to Estimate
        By inbound's share of the shared cost. Bounds on a choice, not an interval.
    """
    return {share: question(with_shared_cost(tables, share), **options) for share in SHARES}
