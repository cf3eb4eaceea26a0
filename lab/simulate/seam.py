"""A draw as the analysis sees it at an as-of date: ClinicData, with clean labels."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lab.simulate.draw import Drawn, draw
from lab.simulate.world import World
from ptanalysis.dataset import ClinicData, conform
from ptanalysis.definitions import TAXONOMIES, UNKNOWN, Quarter, load_config, load_taxonomy

_TAXONOMY = load_taxonomy()
_ORIGIN = ("channel", "direction", "direction_platform", "campaign", "vendor")


def clinic_tables(
    world: World, seed: int, *, as_of: pd.Timestamp | str | None = None
) -> ClinicData:
    """Draw a world and cut it at an as-of date, straight to the seam.

    Parameters
    ----------
    world : World
    seed : int
    as_of : Timestamp or str, optional
        Last day that is known; the last day of the world's last week where not given.

    Returns
    -------
    ClinicData
        Leads with clean labels and one touch each; column ``clinic`` tells clinics apart.

    Examples
    --------
    >>> tables = clinic_tables(World(), seed=1, as_of="2025-06-30")
    >>> str(tables.quarter), bool(tables.leads["inquiry_at"].max() < pd.Timestamp("2025-07-01"))
    ('2025Q2', True)
    """
    drawn = draw(world, seed)
    day = pd.Timestamp(as_of) if as_of is not None else _day(world, 7 * world.weeks - 1)
    return tables_of(drawn, day.normalize())


def tables_of(drawn: Drawn, as_of: pd.Timestamp) -> ClinicData:
    """Return what is known of a draw at the end of `as_of`."""
    origin = _origin(drawn)
    known = (as_of - pd.Timestamp(drawn.world.start)).days + 1.0
    leads = _leads(drawn, origin, known)
    return ClinicData(
        clinic="simulated",
        quarter=Quarter.containing(as_of.date()),
        as_of=as_of,
        leads=leads,
        touches=_touches(leads),
        payments=_payments(drawn, leads, known),
        spend=_spend(drawn, origin, known),
        campaigns=_campaigns(drawn, origin, known),
        config=load_config(None),
    )


def _origin(drawn: Drawn) -> pd.DataFrame:
    """Return clinic, channel, sides, campaign and vendor of each unit."""
    unit = drawn.units
    named = unit["kind"].isin(["campaign", "asset"]).to_numpy()
    number = pd.Series(np.arange(len(unit)).astype(str)).str.zfill(5)
    label = unit["kind"] + "-" + number
    sides = {
        column: unit["channel"].map(lambda name, t=taxonomy: _TAXONOMY.direction(name, t))
        for taxonomy, column in TAXONOMIES.items()
    }
    agency = (unit["direction"] == "outbound").to_numpy() & named
    return pd.DataFrame(
        {
            "clinic": "c" + (unit["clinic"] + 1).astype(str).str.zfill(3),
            "channel": unit["channel"],
            **sides,
            "campaign": label.where(named),
            "vendor": np.where(agency, "agency", None),
        }
    )


def _day(world: World, days) -> pd.Timestamp:
    return pd.Timestamp(world.start) + pd.Timedelta(days=days)


def _times(drawn: Drawn, days: pd.Series, known: float) -> pd.Series:
    """Return timestamps of `days` since the start, missing where not yet known."""
    seconds = np.floor(days.where(days < known) * 86_400)
    return pd.Timestamp(drawn.world.start) + pd.to_timedelta(seconds, unit="s")


def _leads(drawn: Drawn, origin: pd.DataFrame, known: float) -> pd.DataFrame:
    people = drawn.leads[drawn.leads["inquiry"] < known]
    at = {
        name: _times(drawn, people[name], known)
        for name in ("inquiry", "screened", "sql", "lost", "patient")
    }
    of = _recorded(origin.take(people["unit"]).set_axis(people.index), people["source_kept"])
    ids = "L" + pd.Series(people.index.astype(str), index=people.index).str.zfill(7)
    lost_known = at["lost"].notna()
    return conform(
        "leads",
        pd.DataFrame(
            {
                "clinic": of["clinic"],
                "lead_id": ids,
                "person_id": ids,
                "inquiry_at": at["inquiry"],
                "lead_at": at["inquiry"],
                "broad_lead_at": at["inquiry"],
                "mql_at": at["inquiry"].where(people["mql"]),
                "screened_at": at["screened"],
                "sql_at": at["sql"],
                "patient_at": at["patient"],
                "lost_at": at["lost"],
                **{name: of[name] for name in _ORIGIN},
                **{f"last_{name}": of[name] for name in _ORIGIN},
                "touches": 1,
                "source_channels": of["channel"],
                "service": "evaluation",
                "not_mql_reason": _not_mql(people["mql"], at["screened"]),
                "lost_reason": np.where(lost_known, "no_interest", None),
                "screening_outcome": np.select(
                    [at["sql"].notna(), lost_known], ["qualified", "disqualified"], None
                ),
                "interest": np.nan,
                "budget_ok": None,
                "likelihood": np.nan,
                "visit_booked_at": pd.NaT,
                "visit_attended_at": pd.NaT,
            }
        ),
    )


def _not_mql(mql: pd.Series, screened: pd.Series) -> np.ndarray:
    """Return why each lead is no MQL: a screening found it out, or nobody knows yet."""
    return np.where(mql, None, np.where(screened.notna(), "spam", "service_not_named"))


def _recorded(origin: pd.DataFrame, kept: pd.Series) -> pd.DataFrame:
    """Return the origin of each lead, unknown where its source was not kept."""
    if kept.all():
        return origin
    sides = ["channel", *TAXONOMIES.values()]
    named = origin[["campaign", "vendor"]].where(kept)
    return origin.assign(**{name: origin[name].where(kept, UNKNOWN) for name in sides}, **named)


def _touches(leads: pd.DataFrame) -> pd.DataFrame:
    return conform("touches", leads.assign(touched_at=leads["inquiry_at"]))


def _payments(drawn: Drawn, leads: pd.DataFrame, known: float) -> pd.DataFrame:
    paid = drawn.payments[drawn.payments["day"] < known]
    return conform(
        "payments",
        pd.DataFrame(
            {
                "clinic": _of_lead(drawn, paid["lead"]),
                "lead_id": "L" + paid["lead"].astype(str).str.zfill(7),
                "paid_at": _times(drawn, paid["day"], known),
                "amount": paid["amount"],
            }
        ),
    )


def _of_lead(drawn: Drawn, lead: pd.Series) -> pd.Series:
    clinic = drawn.units["clinic"].to_numpy()[drawn.leads["unit"].to_numpy()[lead]]
    return "c" + pd.Series(clinic + 1, index=lead.index).astype(str).str.zfill(3)


def _spend(drawn: Drawn, origin: pd.DataFrame, known: float) -> pd.DataFrame:
    rows = drawn.spend[drawn.spend["last"] < known]
    of = origin.take(rows["unit"]).set_axis(rows.index)
    period = {
        name: pd.Timestamp(drawn.world.start) + pd.to_timedelta(rows[day], unit="D")
        for name, day in (("period_start", "first"), ("period_end", "last"))
    }
    return conform("spend", pd.concat([of, rows], axis=1).assign(**period))


def _campaigns(drawn: Drawn, origin: pd.DataFrame, known: float) -> pd.DataFrame:
    unit = drawn.units
    named = origin["campaign"].notna() & (7 * unit["start"] < known)
    start = pd.Timestamp(drawn.world.start)
    last = (7 * unit["end"] - 1).where(7 * unit["end"] - 1 < known)
    rows = origin.assign(
        kind=unit["kind"],
        starts_on=start + pd.to_timedelta(7 * unit["start"], unit="D"),
        ends_on=start + pd.to_timedelta(last, unit="D"),
    )
    return conform("campaigns", rows[named])
