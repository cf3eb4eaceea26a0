"""Leads known only as counts: how many, how much their months vary, and what became of them."""

from __future__ import annotations

import pandas as pd

from ptanalysis.dataset import COUNTS, ClinicData
from ptanalysis.definitions import Quarter
from ptanalysis.metrics.clinic_facts import given
from ptanalysis.stats.yearly_trend import FEWEST_BLOCKS, overdispersion_of

#: Why nothing that takes a lead's own days is known.
NO_DAYS = "{counted} are known only as counts, without their days"
_BY_MONTH = "counts by month are needed for an interval"


def counted(
    clinic: ClinicData, *, by: str | list[str] = "direction", quarter: Quarter | None = None
) -> pd.DataFrame:
    """Return what is known of the leads of which only counts are kept.

    Parameters
    ----------
    clinic : ClinicData
    by : str or list of str
        direction, channel, campaign, vendor, clinic; of anything else there are no counts.
    quarter : Quarter, optional
        Those whose period lies in it; since the first day where left out.

    Returns
    -------
    DataFrame
        Leads, MQLs, screened, SQLs, patients and revenue so far, one row a group; missing where it
        was not counted for every period of the group.

    Examples
    --------
    >>> import ptanalysis as pt
    >>> pt.counted(pt.load("sample", "2026Q2")).empty
    True
    """
    rows, by = clinic.counted, [by] if isinstance(by, str) else by
    rows = rows if quarter is None else of_quarter(rows, quarter)
    rows = rows if set(by) <= set(rows) else rows.head(0).reindex(columns=[*rows, *by])
    return rows.groupby([given(rows, each) for each in by])[list(COUNTS)].sum(skipna=False)


def with_counted(clinic: ClinicData, table: pd.DataFrame) -> pd.DataFrame:
    """Return leads and stages by group with those known only as counts added.

    Parameters
    ----------
    clinic : ClinicData
    table : DataFrame
        Columns of `counted` and others, by the group's columns.

    Returns
    -------
    DataFrame
        What was not counted of a group is missing, whatever is known of its other leads.
    """
    more, names = counted(clinic, by=list(table.index.names)), list(COUNTS)
    if more.empty:
        return table
    table = table.reindex(table.index.union(more.index))
    table[names] = table[names].astype(float)
    own = table.loc[more.index, names]
    table.loc[more.index, names] = own.mask(own["leads"].fillna(0) == 0, 0.0) + more
    return table


def of_quarter(rows: pd.DataFrame, quarter: Quarter) -> pd.DataFrame:
    """Return the counts whose whole period lies in `quarter`; none is ever split."""
    start, after = pd.Timestamp(quarter.start), pd.Timestamp(quarter.next().start)
    return rows[(rows["period_start"] >= start) & (rows["period_end"] < after)]


def where(tables: ClinicData, group: dict[str, str]) -> pd.DataFrame:
    """Return the counts of a group; none where they do not say, as of a service."""
    rows = tables.counted
    for column, value in group.items():
        rows = rows[given(rows, column) == value] if column in rows else rows.head(0)
    return rows


def spread(rows: pd.DataFrame) -> tuple[float, float]:
    """Return the overdispersion of counts by month, with its degrees of freedom.

    Raises
    ------
    ValueError
        There are too few months, or other periods; the message says what is needed.

    Examples
    --------
    >>> days = pd.date_range("2026-01-01", periods=6, freq="MS")
    >>> rows = pd.DataFrame({"period_start": days, "period_end": days, "leads": 10})
    >>> round(spread(rows)[0], 2)
    1.0
    """
    month = rows["period_start"].dt.to_period("M")
    if (month != rows["period_end"].dt.to_period("M")).any():
        raise ValueError(_BY_MONTH)
    months = rows.groupby(month)["leads"].sum()
    if len(months) < FEWEST_BLOCKS:
        raise ValueError(f"{_BY_MONTH}, {FEWEST_BLOCKS} at least; there are {len(months)}")
    return overdispersion_of(months.to_numpy(), months.index.days_in_month.to_numpy() / 7)


def claimed(clinic: ClinicData, *, by: str = "channel") -> pd.DataFrame:
    """Return the quarter's leads that others count, beside those that arrived on the same days.

    Parameters
    ----------
    clinic : ClinicData
    by : {"channel", "direction", "campaign", "vendor"}

    Returns
    -------
    DataFrame
        One row a group and kind: ``claimed`` by an ad platform, or ``checked``: totals of leads
        that are on record. Columns from, to, counted (never added to the leads) and arrived.
    """
    rows = of_quarter(clinic.totals[clinic.totals["kind"] != "counted"], clinic.quarter)
    found = rows.groupby([by, "kind"]).agg(
        **{"from": ("period_start", "min"), "to": ("period_end", "max")}, counted=("leads", "sum")
    )
    return found.assign(arrived=[_arrived(clinic, by, row) for row in found.itertuples()])


def _arrived(clinic: ClinicData, by: str, row) -> int:
    leads = clinic.leads[clinic.leads[by] == row.Index[0]]
    after = row.to + pd.Timedelta(days=1)
    return int(((leads["lead_at"] >= row._1) & (leads["lead_at"] < after)).sum())
