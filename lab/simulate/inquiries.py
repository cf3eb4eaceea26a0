"""The sample clinic's inquiries: its leads, their second touches, and all that is no lead."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lab.simulate.dirt import Dirt
from lab.simulate.draw import Drawn
from lab.simulate.people import (
    CONTACT,
    WORDS,
    families,
    invent,
    left_contact,
    returning,
    seen_again,
)

#: Leads that asked for an appointment say "yes" to a service without naming it.
_UNSPECIFIC = ["pain", "not sure", ""]
_TOUCHES = ["form", "call", "chat", "walk_in", "booking"]
#: Column of an inquiry that is no lead, and its list in sample.toml.
_JUNK_COLUMNS = {
    "touch_type": "touch",
    "channel": "source",
    "service_interest": "interest",
    "notes": "notes",
}


def inquiries(
    drawn: Drawn, origin: pd.DataFrame, known: float, rng: np.random.Generator, *, dirt: Dirt
) -> pd.DataFrame:
    """Return every inquiry until `known` (days), clean, in order of time.

    Parameters
    ----------
    drawn : Drawn
    origin : DataFrame
        channel, campaign and vendor of each unit.
    known : float
        Days since the world's start.
    rng : numpy.random.Generator
    dirt : Dirt

    Returns
    -------
    DataFrame
        inquiry_id, day, label (lead, touch, or the kind of junk), lead (row of drawn.leads, -1
        for none), person, channel, campaign, vendor, touch_type, service_interest, notes, and
        CONTACT.
    """
    rows = drawn.leads[drawn.leads["inquiry"] < known].sort_values("inquiry", kind="stable")
    n = len(rows)
    people = invent(n + round(n * dirt.junk_share / (1 - dirt.junk_share)), rng)
    first = _leads(rows, origin, people[:n], rng, dirt=dirt, known=known)
    again = _touches(first, known, rng, dirt=dirt)
    junk = _own_patients(drawn, first, _junk(people[n:], known, rng), rng)
    table = pd.concat([first, again, junk], ignore_index=True).sort_values("day", kind="stable")
    table = table[table["day"] < known].reset_index(drop=True)
    ids = "INQ-" + (1001 + pd.Series(np.arange(len(table)))).astype(str).str.zfill(5)
    return table.assign(inquiry_id=ids)


def _leads(
    rows: pd.DataFrame,
    origin: pd.DataFrame,
    people: pd.DataFrame,
    rng: np.random.Generator,
    *,
    dirt: Dirt,
    known: float,
) -> pd.DataFrame:
    lead = rows.index.to_numpy()
    rows = rows.reset_index(drop=True)
    person = returning(rows, known, dirt, rng)
    own = families(people, dirt, rng).iloc[person].reset_index(drop=True)
    table = pd.DataFrame({"day": rows["inquiry"], "label": "lead", "lead": lead, "person": person})
    of = origin.take(rows["unit"])[["channel", "campaign", "vendor"]].reset_index(drop=True)
    stated = _stated(rows, known, rng, dirt=dirt).pipe(_in_person, of["channel"])
    contact = left_contact(own, dirt, rng)
    return pd.concat([table, of, stated, contact], axis=1).assign(notes=_notes(len(rows), rng))


def _notes(n: int, rng: np.random.Generator) -> np.ndarray:
    return np.where(rng.random(n) < 0.15, rng.choice(WORDS["notes"]["leads"], n), "")


def _stated(
    rows: pd.DataFrame, known: float, rng: np.random.Generator, *, dirt: Dirt
) -> pd.DataFrame:
    """Return what each lead asked for, and how, so that the definitions find what is true."""
    n, sql, found_out = len(rows), rows["sql"] < known, rows["lost"] < known
    chance = rng.random(n)
    unstated = sql & (chance < dirt.unstated_share)
    vague = sql & ~unstated & (chance < dirt.unstated_share + dirt.unspecific_share)
    vague |= ~rows["mql"] & ~found_out
    touch = pd.Series(rng.choice(_TOUCHES, n, p=[0.45, 0.34, 0.08, 0.05, 0.08]))
    touch = touch.mask(vague, "appointment_request").mask(unstated, "call")
    interest = pd.Series(interests(n, rng)).mask(vague, pd.Series(rng.choice(_UNSPECIFIC, n)))
    return pd.DataFrame({"touch_type": touch, "service_interest": interest.mask(unstated, "")})


def _in_person(stated: pd.DataFrame, channel: pd.Series) -> pd.DataFrame:
    """Return how leads inquired, where the channel allows one way only; appointments stay."""
    plain = stated["touch_type"].isin(_TOUCHES)
    way = channel.map({"walk_in": "walk_in", "cold_call": "call"})
    return stated.assign(touch_type=way.where(plain).fillna(stated["touch_type"]))


def interests(n: int, rng: np.random.Generator) -> np.ndarray:
    """Return `n` stated interests, each naming a service."""
    weights = np.array(list(WORDS["interests"].values()), float)
    return rng.choice(np.array(list(WORDS["interests"]), object), n, p=weights / weights.sum())


def _touches(
    first: pd.DataFrame, known: float, rng: np.random.Generator, *, dirt: Dirt
) -> pd.DataFrame:
    """Return second inquiries of the same lead, through a channel without a campaign's name."""
    single = ~first["person"].duplicated(keep=False)
    early = np.flatnonzero(single & (first["day"] < known - 10))
    chosen = rng.choice(early, round(dirt.second_touch_share * len(first)), replace=False)
    base = first.iloc[chosen].reset_index(drop=True)
    channels = rng.choice(["directories", "seo", "word_of_mouth", "paid_search"], len(base))
    other = pd.Series(channels, dtype=object)
    other = other.where(other != base["channel"], "physician_referral")
    contact = seen_again(base[CONTACT], dirt, rng)
    days = base["day"] + np.minimum(rng.lognormal(np.log(14), 1.0, len(base)), 150) + 0.05
    return base.assign(
        **{column: contact[column] for column in CONTACT},
        day=days,
        label="touch",
        channel=other,
        campaign=None,
        vendor=None,
        touch_type=rng.choice(["form", "call"], len(base)),
        service_interest=interests(len(base), rng),
    )


def _junk(people: pd.DataFrame, known: float, rng: np.random.Generator) -> pd.DataFrame:
    """Return inquiries that are no leads, of the kinds and shares of sample.toml."""
    kinds, n = WORDS["junk"], len(people)
    kind = rng.choice(list(kinds), n, p=[kinds[name]["share"] for name in kinds])
    table = pd.DataFrame(
        {
            "day": rng.uniform(0, known, n),
            "label": kind,
            "lead": -1,
            "person": people.index.to_numpy(),
            "campaign": None,
            "vendor": None,
        }
    )
    for column, key in _JUNK_COLUMNS.items():
        table[column] = [str(rng.choice(kinds[name][key])) for name in kind]
    return _junk_contact(table, people.reset_index(drop=True), rng)


def _junk_contact(
    table: pd.DataFrame, people: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Return the junk with contacts; those without one left a name at most."""
    nobody, test = table["label"] == "no_contact", table["label"] == "test"
    phone = people["phone"].mask(rng.random(len(table)) < 0.5, "").mask(nobody | test, "")
    email = people["email"].mask((phone != "") & (rng.random(len(table)) < 0.4), "")
    email = email.mask(nobody, pd.Series(rng.choice(["", "n/a"], len(table))))
    last = people["last_name"].mask(nobody & (rng.random(len(table)) < 0.5), "")
    return table.assign(
        first_name=people["first_name"].mask(test, "Test"),
        last_name=last.mask(test, "Test"),
        email=email.mask(test, "test@example.org"),
        phone=phone,
        zip="",
    )


def _own_patients(
    drawn: Drawn, first: pd.DataFrame, junk: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Return the junk with half of the existing patients' calls coming from the sample's own."""
    patient = first.assign(since=drawn.leads["patient"].to_numpy()[first["lead"]])
    callers = np.flatnonzero((junk["label"] == "existing_patient") & (rng.random(len(junk)) < 0.5))
    junk = junk.copy()
    for row in callers:
        known = patient[patient["since"] < junk["day"].iloc[row]]
        if len(known):
            own = known.iloc[rng.integers(len(known))]
            junk.loc[row, [*CONTACT, "person"]] = own[[*CONTACT, "person"]].to_numpy()
    return junk
