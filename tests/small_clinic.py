"""A clinic small enough to count on the fingers: ClinicData written by hand."""

from __future__ import annotations

import pandas as pd

from ptanalysis.dataset import SCHEMA, ClinicData, conform
from ptanalysis.definitions import Quarter

AS_OF = "2026-06-30"


def table(name: str, rows: list[dict]) -> pd.DataFrame:
    """Return rows as the seam's table; what a row does not say is missing."""
    frame = pd.DataFrame(rows).reindex(columns=list(SCHEMA[name]))
    frame["clinic"] = "small"
    if name == "leads":
        frame["touches"] = 1
        frame["lead_id"] = [f"lead{number}" for number in range(len(frame))]
        frame["inquiry_at"] = frame["broad_lead_at"] = frame["lead_at"]
        for column in ("channel", "direction", "campaign"):
            frame[f"last_{column}"] = frame[column]
    if "direction_platform" in frame:
        frame["direction_platform"] = frame["direction"]
    return conform(name, frame)


def clinic(
    leads: list[dict], *, payments=(), spend=(), campaigns=(), totals=(), as_of: str = AS_OF
) -> ClinicData:
    """Return a clinic of these rows as known on `as_of`."""
    day = pd.Timestamp(as_of)
    return ClinicData(
        clinic="small",
        quarter=Quarter.containing(day.date()),
        as_of=day,
        leads=table("leads", leads),
        touches=table("touches", []),
        payments=table("payments", list(payments)),
        spend=table("spend", list(spend)),
        campaigns=table("campaigns", list(campaigns)),
        totals=table("totals", list(totals)),
    )


def lead(at: str, direction: str = "inbound", **rest) -> dict:
    """Return one lead; its channel follows its direction where it is not given."""
    channel = {"inbound": "seo", "outbound": "direct_mail", "neither": "walk_in"}
    return {
        "lead_at": at,
        "direction": direction,
        "channel": channel.get(direction, "unknown"),
    } | rest


def counts(start: str, end: str, leads: int, direction: str = "inbound", **rest) -> dict:
    """Return counts of leads of a period; what is not given was not counted."""
    of = {"period_start": start, "period_end": end, "leads": leads, "kind": "counted"}
    return {**lead("", direction), **of, **rest}


def weeks_after(day: str, weeks: float) -> str:
    """Return the moment `weeks` after `day`."""
    return str(pd.Timestamp(day) + pd.Timedelta(weeks=weeks))
