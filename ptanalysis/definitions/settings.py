"""A clinic's settings: the documented defaults, with what its clinic.toml changes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from math import inf
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo

from ptanalysis.definitions.assumptions import Assumptions, Texts, between, nearest
from ptanalysis.definitions.errors import UserError
from ptanalysis.definitions.stages import DIRECTIONS
from ptanalysis.definitions.taxonomy import load_taxonomy, normal


class ConfigError(UserError, ValueError):
    """A clinic.toml that cannot be used; the message names the key and the rule."""


def _rule(broken: Callable[..., Iterator[str]], change: Callable = lambda value: value):
    """Return a validator that names every rule a value breaks, a line each."""

    def checked(value):
        if found := list(broken(value)):
            raise ValueError("\n".join(found))
        return change(value)

    return AfterValidator(checked)


def _time_zone(name: str) -> Iterator[str]:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield "must be an IANA name, like America/Chicago"


def _currency(code: str) -> Iterator[str]:
    if not is_currency(code):
        yield "must be the three letters of ISO 4217, like USD, EUR or GBP"


def _phone_region(code: str) -> Iterator[str]:
    if code.upper() == "US":  # the default: phonenumbers is heavy
        return
    from phonenumbers import SUPPORTED_REGIONS

    if code.upper() not in SUPPORTED_REGIONS:
        yield "must be the two letters of a country, like US, CA or GB (for the United Kingdom)"


def _services(services: tuple) -> Iterator[str]:
    if not services:
        yield "must leave at least one service; services_removed takes all of them away"


def _channels(channels: dict) -> Iterator[str]:
    known = load_taxonomy().channels if channels else {}
    ours = {normal(text) for name, each in known.items() for text in (name, each["label"])}
    for key, channel in channels.items():
        name = str(channel.get("label", key)) if isinstance(channel, dict) else key
        if not normal(key):
            yield "holds a channel without a name"
        elif normal(name) in ours:
            yield f"has {name} already; name its labels under [channel_overrides]"
        elif not isinstance(channel, dict):
            yield f'must hold a table for {name}, like {name} = {{ direction = "inbound" }}'
        else:
            yield from (f"of {key}: {fault}" for fault in _channel(channel))
        ours.add(normal(name))


def _channel(channel: dict) -> Iterator[str]:
    if strangers := sorted(
        channel.keys() - {"direction", "default", "platform", "labels", "label"}
    ):
        yield f"unknown key {', '.join(strangers)}; known are direction, platform, labels, label"
    if not isinstance(label := channel.get("label", "-"), str) or not label.strip():
        yield "label must be a text, the name that reports show"
    sides = {key: channel.get(key) for key in ("direction", "platform") if key in channel}
    if not sides.keys() & {"direction"} and "default" not in channel:
        yield f"direction must be given: one of {', '.join(DIRECTIONS)}"
    for key, side in sides.items():
        if side not in DIRECTIONS:
            yield f"{key} must be one of {', '.join(DIRECTIONS)}{nearest(side, DIRECTIONS)}"
    labels = channel.get("labels", [])
    if not isinstance(labels, list) or not all(isinstance(each, str) for each in labels):
        yield "labels must be a list of texts"


def _channel_overrides(overrides: dict, info: ValidationInfo) -> dict:
    """Check the sources of a clinic, with the labels of its own channels."""
    own = info.data.get("channels", {})
    keys = {label: name for name, each in own.items() for label in each["labels"]}
    overrides = {source: keys.get(str(channel), channel) for source, channel in overrides.items()}
    listed = (label for each in own.values() for label in each["labels"])
    labels = [normal(label) for label in (*overrides, *listed)]
    found = []
    if "" in labels:
        found.append("holds a blank label; name the source it is for")
    if len(set(labels)) < len(labels):
        found.append("names a source twice (case, spaces and dashes do not matter); keep one")
    known = {**load_taxonomy().channels, **own} if overrides else {}
    if strangers := sorted({str(each) for each in overrides.values()} - set(known)):
        found.append(f"names {', '.join(strangers)}; known are {', '.join(known)}")
    if found:
        raise ValueError("\n".join(found))
    return overrides


def _margins(margins: dict) -> Iterator[str]:
    if not margins:
        return
    claims = tomllib.loads(files("ptanalysis").joinpath("claims", "claims.toml").read_text("utf-8"))
    if strangers := sorted(set(margins) - set(claims)):
        yield f"names {', '.join(strangers)}; known are {', '.join(claims)}"
    for claim in sorted(margins.keys() & claims.keys()):
        least, most = (1, inf) if claims[claim]["null"] == 1 else (0, _MOST[claims[claim]["unit"]])
        value = margins[claim]
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not least < value < most:
            upper = "" if most == inf else f" and below {most}"
            yield f"of {claim} must be a number above {least}{upper}"


def _claims(claims: dict) -> Iterator[str]:
    """Their keys are checked where claims are (`ptanalysis.claims.load_claims`)."""
    if not all(isinstance(entry, dict) for entry in claims.values()):
        yield "must hold a table for each claim, like [claims.my_claim]"


def _words(words: dict) -> Iterator[str]:
    """Spellings of the clinic's own: kind of file, column, word it may hold, what people write."""
    known = _allowed_words() if words else {}
    for kind, columns in words.items():
        for column, own in columns.items() if isinstance(columns, dict) else [("", {})]:
            name = f"{kind}.{column}".rstrip(".")
            if name not in known:
                yield f"names no column {name}{nearest(name, known)}; known are {', '.join(known)}"
            elif not isinstance(own, dict) or not all(map(_texts, own.values())):
                yield f'of {name} must be lists of texts, like {known[name][0]} = ["..."]'
            elif strangers := sorted(own.keys() - set(known[name])):
                listed = ", ".join(known[name])
                yield f"of {name} names {', '.join(strangers)}; it may hold {listed}"


def _allowed_words() -> dict[str, list[str]]:
    """Return the columns that hold one of a few words, like ``visits.status``, to their words."""
    place = files("ptanalysis").joinpath("intake", "clean", "allowed_words.toml")
    kinds = tomllib.loads(place.read_text("utf-8")).items()
    return {f"{kind}.{name}": list(each) for kind, every in kinds for name, each in every.items()}


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) and each.strip() for each in value)


#: Margins that are no ratio above 1, by unit: shares are fractions, weeks have no end.
_MOST = {"points": 1, "ratio": 1, "weeks": inf}


def _folded(services: tuple) -> tuple:
    return tuple(dict.fromkeys(service.casefold() for service in services))


def _both_sides(channels: dict) -> dict:
    """Return channels by the name reports show, with their direction under each taxonomy.

    A channel that has a label of its own goes by it, and its key names it as its labels do.
    """
    return {
        channel.get("label", name): {
            "default": (side := channel.get("direction", channel.get("default"))),
            "platform": channel.get("platform", side),
            "labels": [*channel.get("labels", []), *[name] * ("label" in channel)],
        }
        for name, channel in channels.items()
    }


def _document(name: str) -> dict:
    return tomllib.loads(files(__package__).joinpath(name).read_text("utf-8"))


def _colors(colors: tuple) -> Iterator[str]:
    if len(colors) != 2 or not all(re.fullmatch("#[0-9A-Fa-f]{6}", each) for each in colors):
        yield 'must be two colors, like ["#0072B2", "#D55E00"]'


class Look(BaseModel):
    """The table ``[report]`` of a clinic.toml; each key is explained there."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    colors: Annotated[Texts, _rule(_colors)] = ("#0072B2", "#D55E00")


class ClinicConfig(BaseModel):
    """The settings of one clinic; every key and default is explained in clinic.toml.

    Examples
    --------
    >>> load_config(None).staff_hourly_rate
    28.0
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str
    time_zone: Annotated[str, _rule(_time_zone)]
    currency: Annotated[str, _rule(_currency, str.upper)]
    quarter_start_month: Annotated[int, between(1, 12)]
    fiscal_year_named_by: Literal["start", "end"] = "start"
    date_order: Literal["month_first", "day_first"]
    two_digit_years: bool = False
    decimal_mark: Literal[".", ","]
    phone_region: Annotated[str, _rule(_phone_region, str.upper)]
    services: Annotated[Texts, _rule(_services, _folded)]
    services_removed: Texts = ()
    lead_definition: Literal["strict", "broad"]
    relead_window_days: Annotated[int, between(1, 3650)]
    staff_hourly_rate: Annotated[float, between(0, 10_000_000)]
    most_per_patient: Annotated[float, between(0, 10_000_000)] = 0.0
    unknown_share_warning: Annotated[float, between(0, 1)]
    rejected_share_warning: Annotated[float, between(0, 1)]
    channels: Annotated[dict, _rule(_channels, _both_sides)] = Field(default_factory=dict)
    channel_overrides: Annotated[dict, AfterValidator(_channel_overrides)]
    margins: Annotated[dict, _rule(_margins)]
    claims: Annotated[dict, _rule(_claims)] = Field(default_factory=dict)
    words: Annotated[dict, _rule(_words)] = Field(default_factory=dict)
    assumptions: Assumptions = Field(default_factory=Assumptions)
    report: Look = Field(default_factory=Look)

    @property
    def sources(self) -> dict[str, str]:
        """The clinic's own sources, in their normal form, with the channel of each."""
        own = {label: name for name, each in self.channels.items() for label in each["labels"]}
        named = dict(zip(self.channels, self.channels, strict=True)) | own | self.channel_overrides
        return {normal(label): channel for label, channel in named.items()}

    @property
    def first_month(self) -> int:
        """Month in which the first quarter starts, counted in the year that names it.

        -5 is July of the year before.
        """
        before = self.fiscal_year_named_by == "end" and self.quarter_start_month > 1
        return self.quarter_start_month - 12 * before

    @property
    def money(self) -> str:
        """The unit of the clinic's amounts, as an Estimate names it."""
        return self.currency.lower()


def load_config(path: Path | None) -> ClinicConfig:
    """Read a clinic.toml over the defaults.

    Parameters
    ----------
    path : Path or None
        The clinic's file; None or a file that does not exist gives the defaults.

    Returns
    -------
    ClinicConfig

    Raises
    ------
    ConfigError
        Unreadable TOML, or every unknown key, channel and claim and every value outside its rule,
        one a line.
    """
    defaults = _document("clinic.toml")
    own = _read(path) if path is not None and path.is_file() else {}
    try:
        return ClinicConfig.model_validate(_merged(defaults, own))
    except ValidationError as error:
        lines = dict.fromkeys(_lines(error.errors(), defaults))
        raise ConfigError("\n".join(f"clinic.toml: {line}" for line in lines)) from None


def assuming(before: Assumptions, changes: dict) -> Assumptions:
    """Return assumptions with some changed, as a notebook may.

    Raises
    ------
    ConfigError
        Everything that does not fit, with what is allowed.
    """
    try:
        return Assumptions.model_validate(before.model_dump() | changes)
    except ValidationError as error:
        lines = _lines(error.errors(), _document("clinic.toml")["assumptions"])
        raise ConfigError("; ".join(dict.fromkeys(lines))) from None


def _merged(defaults: dict, own: dict) -> dict:
    """Return the settings; of assumptions and services a clinic names only what differs."""
    assumed = own.get("assumptions", {})
    if isinstance(assumed, dict):
        assumed = defaults["assumptions"] | assumed
    services, removed = (own.get(name, []) for name in ("services", "services_removed"))
    if isinstance(services, list) and isinstance(removed, list):
        gone = {str(each).casefold() for each in removed}
        every = [*defaults["services"], *services]
        _known(removed, [str(each).casefold() for each in every])
        services = [each for each in every if str(each).casefold() not in gone]
    return {**defaults, **own, "assumptions": assumed, "services": services}


def _known(removed: list, services: list[str]) -> None:
    """Refuse a service to take away that is not there."""
    strangers = [each for each in map(str, removed) if each.casefold() not in services]
    if strangers:
        near = nearest(strangers[0].casefold(), services)
        raise ConfigError(f"clinic.toml: services_removed names {', '.join(strangers)}{near}")


def _read(path: Path) -> dict:
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path.name} is not valid TOML: {error}") from None


def _lines(errors: list, defaults: dict) -> Iterator[str]:
    """Yield what is wrong with each setting, unknown keys first: its key, the rule, the fix."""
    for error in sorted(errors, key=lambda error: error["type"] != "extra_forbidden"):
        *tables, key = (part for part in error["loc"] if isinstance(part, str))
        known = defaults[tables[0]] if tables else defaults
        name = ".".join((*tables, key))
        if error["type"] == "extra_forbidden":
            there = f"; known are {', '.join(known)}" if len(known) < 10 else "; take it out"
            yield f"unknown key {name}{nearest(key, known) or there}"
        else:
            yield from (f"{name} {rule}" for rule in _rules(error, known[key]))


def _rules(error: dict, default: object) -> list[str]:
    """Return the rules a value breaks, in plain words."""
    if error["type"] == "value_error":
        return str(error["ctx"]["error"]).splitlines()
    if error["type"] == "literal_error":
        words = [word.strip("'") for word in _WORDS.findall(error["ctx"]["expected"])]
        return [f"must be one of {', '.join(words)}{nearest(error['input'], words)}"]
    if isinstance(error["loc"][-1], int):
        return ["must hold texts that are not blank"]
    return [f"must be {_KINDS[type(default)]}"]


#: The quoted words in pydantic's list of what is allowed.
_WORDS = re.compile(r"'[^']*'")
_KINDS = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "a table",
}


_LOCALE = "en_US"


def is_currency(code: str) -> bool:
    """Return whether `code` is (or was) a currency's.

    Examples
    --------
    >>> is_currency("EUR"), is_currency("dollar"), is_currency("£")
    (True, False, False)
    """
    from babel import numbers

    return numbers.is_currency(code.upper())


@cache
def currency_sign(code: str) -> str:
    """Return what stands before an amount: a sign no other currency has, else the code.

    Examples
    --------
    >>> [currency_sign(code) + "5" for code in ("USD", "eur", "GBP", "CAD", "CHF")]
    ['$5', '€5', '£5', 'CA$5', 'CHF 5']
    """
    from babel import numbers

    sign = numbers.get_currency_symbol(code.upper(), locale=_LOCALE)
    return f"{sign} " if sign[-1].isalpha() else sign
