"""The sample's true records spelled as a clinic exports them, each row in its quarter."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lab.simulate import records
from lab.simulate.clinic import AS_OF, QUARTERS, Sample
from lab.simulate.dirt import Dirt, cases, dates, money, phones
from lab.simulate.people import WORDS

#: Columns of each file: design.md's plain templates.
COLUMNS = {
    "inquiries": (
        "inquiry_id",
        "received_at",
        "source",
        "medium",
        "campaign",
        "vendor",
        "touch_type",
        "first_name",
        "last_name",
        "email",
        "phone",
        "zip",
        "service_interest",
        "notes",
    ),
    "screenings": (
        "inquiry_id",
        "screened_at",
        "outcome",
        "interest",
        "budget_ok",
        "likelihood",
        "reason",
        "screener",
    ),
    "visits": ("inquiry_id", "visit_at", "status", "kind"),
    "payments": ("inquiry_id", "paid_at", "amount", "kind", "payer"),
    "spend": (
        "period_start",
        "period_end",
        "source",
        "medium",
        "campaign",
        "vendor",
        "kind",
        "hours",
        "amount",
    ),
    "campaigns": ("campaign", "source", "medium", "vendor", "kind", "starts_on", "ends_on"),
}

#: Labels of spend that belongs to no channel.
_SHARED = {"labor": "Front desk", "software": "CRM subscription"}
#: Always-on months whose invoice was never exported.
_LOST_INVOICES = 4


def exports(found: Sample, rng: np.random.Generator, *, dirt: Dirt) -> dict[str, pd.DataFrame]:
    """Spell every record.

    Returns
    -------
    dict of str to DataFrame
        For each kind of file its text columns (COLUMNS), and ``quarter``, the number of the
        sample's quarter whose folder the row lies in.
    """
    return {kind: spell(found, rng, dirt) for kind, spell in _SPELL.items()}


def _inquiries(found: Sample, rng: np.random.Generator, dirt: Dirt) -> pd.DataFrame:
    table, odd = found.inquiries, dirt.odd_spelling_share
    time = records.clock(table["day"], found.drawn.world.start)
    table = table.assign(time=time, quarter=_quarter(time), **_sources(table, rng, dirt))
    return (
        _again(table, rng, dirt)
        .pipe(_shuffled, rng)
        .pipe(
            lambda rows: rows.assign(
                received_at=dates(rows["time"], rng, odd=odd, day_only=False),
                phone=phones(rows["phone"], rng, odd=3 * odd),
                email=cases(rows["email"], rng, odd=odd),
                first_name=cases(rows["first_name"], rng, odd=odd),
                last_name=cases(rows["last_name"], rng, odd=odd),
                service_interest=cases(rows["service_interest"], rng, odd=odd),
            )
        )
    )


def _sources(table: pd.DataFrame, rng: np.random.Generator, dirt: Dirt) -> pd.DataFrame:
    """Return source, medium, campaign and vendor as recorded: some missing, some wrong."""
    call = table["touch_type"] == "call"
    chance = rng.random(len(table))
    missing = chance < dirt.source_missing * np.where(call, 2, 0.5)
    wrong = ~missing & (chance > 1 - dirt.source_wrong) & (table["lead"] >= 0)
    channels = [name for name in WORDS["labels"] if name != "unknown"]
    channel = table["channel"].mask(wrong, pd.Series(rng.choice(channels, len(table))))
    label = labels(channel, rng).mask(missing, "")
    # A phone lead of a campaign is often noted with the channel alone.
    dropped = missing | wrong | (call & (rng.random(len(table)) < 0.08))
    unsaid = dropped | (rng.random(len(table)) < 0.4)
    return _split(label).assign(
        campaign=table["campaign"].mask(dropped).fillna(""),
        vendor=table["vendor"].mask(unsaid).fillna(""),
    )


def labels(channel: pd.Series, rng: np.random.Generator) -> pd.Series:
    """Return a label for each channel, the first of its list in two cases of three.

    Examples
    --------
    >>> labels(pd.Series(["walk_in"]), np.random.default_rng(1)).str.lower().str[:4].tolist()
    ['walk']
    """
    spelled = WORDS["labels"]
    rank = np.where(rng.random(len(channel)) < 0.67, 0, rng.integers(0, 5, len(channel)))
    pairs = zip(channel, rank, strict=True)
    return pd.Series(
        [spelled[name][row % len(spelled[name])] for name, row in pairs], channel.index, object
    )


def _first_label(channel: pd.Series) -> pd.Series:
    return channel.map({name: words[0] for name, words in WORDS["labels"].items()} | _SHARED)


def _split(label: pd.Series) -> pd.DataFrame:
    """Return source and medium of labels written "source | medium"."""
    parts = label.str.split(" | ", n=1, expand=True, regex=False).reindex(columns=[0, 1])
    return parts.fillna("").set_axis(["source", "medium"], axis=1)


def _screenings(found: Sample, rng: np.random.Generator, dirt: Dirt) -> pd.DataFrame:
    table = _timed(found, records.screenings(found.leads, rng, dirt=dirt), rng, dirt)
    early = table["outcome"].eq("unreachable") & (table["time"].dt.day > 20)
    early &= rng.random(len(table)) < 3 * dirt.misdated_share  # a third of days is after the 20th
    time = table["time"].mask(early, table["time"] - pd.Timedelta(days=14))
    at = dates(time, rng, odd=dirt.odd_spelling_share, day_only=False)
    outcome = cases(table["outcome"], rng, odd=dirt.odd_spelling_share)
    return table.assign(screened_at=at, outcome=outcome)


def _visits(found: Sample, rng: np.random.Generator, dirt: Dirt) -> pd.DataFrame:
    table = _timed(found, records.visits(found.leads, rng), rng, dirt)
    booked = _booked(table, rng)
    table = pd.concat([table, booked], ignore_index=True)
    return table.assign(visit_at=table["time"].dt.strftime("%Y-%m-%d %H:%M"))


def _booked(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return visits that were on the books when the quarter before them was exported."""
    soon = table["time"].dt.day.le(9) & table["time"].dt.month.isin([1, 4, 7, 10])
    soon &= (rng.random(len(table)) < 0.5) & (table["quarter"] > 0)
    soon &= table["quarter"] == _quarter(table["time"])
    return table[soon].assign(quarter=table["quarter"] - 1, status="booked")


def _payments(found: Sample, rng: np.random.Generator, dirt: Dirt) -> pd.DataFrame:
    table = _timed(found, records.payments(found.drawn, found.leads, rng), rng, dirt)
    at = dates(table["time"], rng, odd=dirt.odd_spelling_share, day_only=False)
    amount = money(table["amount"], rng, odd=dirt.odd_spelling_share)
    return table.assign(paid_at=at, amount=amount)


def _spend(found: Sample, rng: np.random.Generator, dirt: Dirt) -> pd.DataFrame:
    table = records.spend(found.drawn, found.origin)
    table = table[table["last"] <= AS_OF].reset_index(drop=True)
    always_on = table.index[table["campaign"].isna() & (table["unit"] >= 0)]
    table = table.drop(index=rng.choice(always_on, _LOST_INVOICES, replace=False))
    labor = table["kind"] == "labor"
    return (
        table.join(_split(_first_label(table["channel"])))
        .assign(
            quarter=_quarter(table["last"]),
            period_start=table["first"].dt.strftime("%Y-%m-%d"),
            period_end=table["last"].dt.strftime("%Y-%m-%d"),
            campaign=table["campaign"].fillna(""),
            vendor=table["vendor"].fillna("").mask(labor, ""),
            hours=table["hours"].map("{:.1f}".format).where(labor, ""),
            amount=money(table["amount"], rng, odd=dirt.odd_spelling_share).mask(labor, ""),
        )
        .sort_values(["quarter", "first", "channel", "campaign"], kind="stable")
    )


def _campaigns(found: Sample, rng: np.random.Generator, dirt: Dirt) -> pd.DataFrame:
    """Return the list as it stood at each quarter's end: what ran, and when it had ended."""
    table = records.campaigns(found.drawn, found.origin).reset_index(drop=True)
    table = table.join(_split(_first_label(table["channel"]))).assign(
        vendor=table["vendor"].fillna("")
    )
    return pd.concat([_listed(table, number) for number in range(len(QUARTERS))])


def _listed(table: pd.DataFrame, number: int) -> pd.DataFrame:
    starts, ends = (_quarter(table[name]) for name in ("starts_on", "ends_on"))
    rows = table[(starts <= number) & ~(ends < number)]
    ended = rows["ends_on"].where(_quarter(rows["ends_on"]) <= number)
    return rows.assign(
        quarter=number,
        starts_on=rows["starts_on"].dt.strftime("%Y-%m-%d"),
        ends_on=ended.dt.strftime("%Y-%m-%d").fillna(""),
    )


def _timed(
    found: Sample, table: pd.DataFrame, rng: np.random.Generator, dirt: Dirt
) -> pd.DataFrame:
    """Return the rows known by AS_OF, in order of time, some of them exported twice."""
    time = records.clock(table["day"], found.drawn.world.start)
    table = table.assign(time=time, quarter=_quarter(time))
    table = table[time < AS_OF + pd.Timedelta(days=1)].sort_values("time", kind="stable")
    return _again(table, rng, dirt)


def _again(table: pd.DataFrame, rng: np.random.Generator, dirt: Dirt) -> pd.DataFrame:
    """Return the rows with some of each quarter's last ones exported once more in the next."""
    copies = table[rng.random(len(table)) < dirt.again_share]
    copies = copies[copies["time"].dt.month.isin([3, 6, 9, 12])]
    table = pd.concat([table, copies.assign(quarter=copies["quarter"] + 1)], ignore_index=True)
    return table[table["quarter"] < len(QUARTERS)].reset_index(drop=True)


def _shuffled(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return the rows with two quarters out of order: sorted by surname, as a list was kept."""
    key = table["time"].astype("int64").astype(float)
    odd = table["quarter"].isin([2, 7])
    key = key.mask(odd, pd.Series(rng.random(len(table)), table.index))
    return table.iloc[np.argsort(key.to_numpy(), kind="stable")].reset_index(drop=True)


def _quarter(times: pd.Series) -> pd.Series:
    """Return the number of the sample's quarter each time lies in."""
    return (times.dt.year - 2024) * 4 + times.dt.quarter - 1


_SPELL = {
    "inquiries": _inquiries,
    "screenings": _screenings,
    "visits": _visits,
    "payments": _payments,
    "spend": _spend,
    "campaigns": _campaigns,
}
