"""The word lists of words.toml for a clinic's services, and what an inquiry asks for by them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import ibis

from ptanalysis.definitions import ClinicConfig
from ptanalysis.intake.clean import folded, step, usable_email, usable_phone
from ptanalysis.intake.clean.text_folding import token


@cache
def words() -> dict:
    """Return words.toml."""
    return tomllib.loads(files(__package__).joinpath("lexicon.toml").read_text("utf-8"))


def service_patterns(services: Sequence[str]) -> dict[str, str]:
    """Return a regular expression for each service a clinic offers, in the clinic's order.

    Broad ones ("physical therapy", "evaluation") come last, so that the more telling one is found.

    Examples
    --------
    >>> list(service_patterns(("physical therapy", "knee")))
    ['knee', 'physical therapy']
    """
    own = words()["service_words"]
    last = ("evaluation", "physical therapy")
    ordered = sorted(services, key=lambda service: (service in last, service == last[-1]))
    return {
        service: "|".join(filter(None, (rf"\b{_escaped(service)}\b", own.get(service))))
        for service in ordered
    }


def other_service_pattern(services: Sequence[str]) -> str:
    """Return a regular expression for the health services this clinic does not offer."""
    offered = " ".join(services)
    known = words()["other_services"].items()
    return "|".join(pattern for name, pattern in known if name not in offered)


def _escaped(text: str) -> str:
    """Escape what is special in every engine's regular expressions, spaces left as they are."""
    return re.sub(r"([^\w\s-])", r"\\\1", text)


#: Reasons that a later visit, payment or screening may overrule: nothing speaks against interest.
OPEN_REASONS = ("no_interest_stated", "interest_not_recognized")
#: Reasons an outcome overrules too: the clinic reached the person, or found a service for them.
OVERRULED = (*OPEN_REASONS, "no_contact", "service_not_offered")


def with_interest(inquiries, config: ClinicConfig):
    """Add what each inquiry asks for.

    Parameters
    ----------
    inquiries : ibis Table
        Typed inquiries.
    config : ClinicConfig
        Its services.

    Returns
    -------
    ibis Table
        With ``service`` (an offered service the stated interest names, else missing), ``contact``
        (whether email or phone is usable) and ``reason`` (why this is no lead; missing: it is one).

    Notes
    -----
    Strict definition: interest in a service stated (an offered service, or plainly a wish for
    care), or asked for by the way of inquiring, and a usable contact. Words in the stated interest
    decide before notes, and notes only where no offered service is named.
    """
    stated = folded(inquiries.service_interest)
    notes = folded(inquiries.notes)
    table = step(
        inquiries,
        _stated=stated.fill_null(""),
        _notes=notes.fill_null(""),
        email=usable_email(inquiries.email),
        phone=usable_phone(inquiries.phone),
        _tester=_tester(inquiries),
    )
    table = step(table, _service=_service(table._stated, config))
    table = step(table, _not_lead=_not_lead(table))
    table = step(
        table,
        contact=table.email.notnull() | table.phone.notnull(),
        service=table._not_lead.isnull().ifelse(table._service, None),
        _asks=token(table.touch_type).isin(words()["requests"]["touch_types"]).fill_null(False),
    )
    return step(table, reason=_reason(table, config)).drop(
        "_stated", "_notes", "_service", "_not_lead", "_asks", "_tester"
    )


def _tester(table):
    first, last = (folded(table[name]) for name in ("first_name", "last_name"))
    return ((first == "test") | (last == "test")).fill_null(False)


def _service(stated, config: ClinicConfig):
    patterns = service_patterns(config.services)
    if not patterns:
        return ibis.null("string")
    cases = [(stated.re_search(pattern), service) for service, pattern in patterns.items()]
    return ibis.cases(*cases, else_=ibis.null("string"))


def _not_lead(table):
    """Return the reason the words themselves give: spam, a job, a sales call, a bill."""
    unless = words()["except"]
    patterns = words()["not_leads"].items()
    noted = table._service.isnull().ifelse(table._notes, "")
    cases = [(table._tester, "test")]
    for text in (table._stated, noted):
        for reason, pattern in patterns:
            found = text.re_search(pattern)
            if reason in unless:
                found &= ~text.re_search(unless[reason])
            cases.append((found, reason))
    return ibis.cases(*cases, else_=ibis.null("string"))


def _reason(table, config: ClinicConfig):
    other = table._stated.re_search(other_service_pattern(config.services) or r"^\b$")
    care = table._stated.re_search(words()["care"]["pattern"])
    return ibis.cases(
        (table._not_lead.notnull(), table._not_lead),
        (~table.contact, "no_contact"),
        (table._service.notnull(), ibis.null("string")),
        (other, "service_not_offered"),
        (care | table._asks, ibis.null("string")),
        (table._stated != "", "interest_not_recognized"),
        else_="no_interest_stated",
    )
