"""A clinic's settings: the documented defaults, with what its clinic.toml changes."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files
from math import inf
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ptanalysis.definitions.currency import is_currency
from ptanalysis.definitions.errors import UserError
from ptanalysis.definitions.taxonomy import normal


class ConfigError(UserError, ValueError):
    """A clinic.toml that cannot be used; the message names the key and the rule."""


@dataclass(frozen=True, kw_only=True)
class ClinicConfig:
    """The settings of one clinic; every key and default is explained in clinic.toml.

    Examples
    --------
    >>> load_config(None).staff_hourly_rate
    28.0
    """

    name: str
    time_zone: str
    currency: str
    quarter_start_month: int
    date_order: str
    decimal_mark: str
    phone_region: str
    services: tuple[str, ...]
    lead_definition: str
    relead_window_days: int
    staff_hourly_rate: float
    unknown_share_warning: float
    rejected_share_warning: float
    channel_overrides: dict[str, str]
    margins: dict[str, float]

    @property
    def money(self) -> str:
        """The unit of the clinic's amounts, as an Estimate names it."""
        return self.currency.lower()


_CHOICES = {
    "lead_definition": ("strict", "broad"),
    "date_order": ("month_first", "day_first"),
    "decimal_mark": (".", ","),
}
_BOUNDS = {
    "quarter_start_month": (1, 12),
    "relead_window_days": (1, 3650),
    "staff_hourly_rate": (0, 10_000_000),
    "unknown_share_warning": (0, 1),
    "rejected_share_warning": (0, 1),
}
_KINDS = {str: "text", int: "a whole number", float: "a number", list: "a list", dict: "a table"}
#: Settings whose case does not matter.
_CODES = ("currency", "phone_region")


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
    settings = _document("clinic.toml")
    if path is not None and path.is_file():
        own = _read(path)
        if faults := _faults(own, settings):
            raise ConfigError("\n".join(f"clinic.toml: {fault}" for fault in faults))
        settings |= own
    settings |= {key: settings[key].upper() for key in _CODES}
    settings["services"] = tuple(service.casefold() for service in settings["services"])
    return ClinicConfig(**settings)


def _read(path: Path) -> dict:
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path.name} is not valid TOML: {error}") from None


def _faults(own: dict, defaults: dict) -> list[str]:
    """Return what is wrong with each setting, with its key, the rule and how to fix it."""
    found = [_unknown(key, defaults) for key in own if key not in defaults]
    for key, value in own.items():
        if key in defaults:
            wrong_kind = _wrong_kind(value, defaults[key])
            found += [
                f"{key} {rule}" for rule in ([wrong_kind] if wrong_kind else _broken(key, value))
            ]
    return found


def _unknown(key: str, known: Iterable[str]) -> str:
    near = get_close_matches(key, known, n=1)
    return f"unknown key {key}" + (f"; did you mean {near[0]}?" if near else "; take it out")


def _wrong_kind(value: object, default: object) -> str:
    wanted = (int, float) if isinstance(default, float) else type(default)
    fits = isinstance(value, wanted) and not isinstance(value, bool)
    return "" if fits else f"must be {_KINDS[type(default)]}"


def _broken(key: str, value) -> list[str]:
    """Return the rules that a value of the right kind breaks."""
    if key in _CHOICES:
        return [] if value in _CHOICES[key] else [f"must be one of {', '.join(_CHOICES[key])}"]
    if key in _BOUNDS:
        low, high = _BOUNDS[key]
        return [] if low <= value <= high else [f"must be between {low} and {high}"]
    return list(filter(None, _RULES[key](value))) if key in _RULES else []


def _time_zone(name: str) -> Iterator[str]:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield "must be an IANA name, like America/Chicago"


def _currency(code: str) -> Iterator[str]:
    if not is_currency(code):
        yield "must be the three letters of ISO 4217, like USD, EUR or GBP"


def _phone_region(code: str) -> Iterator[str]:
    from phonenumbers import SUPPORTED_REGIONS  # heavy, and most clinics name no region

    if code.upper() not in SUPPORTED_REGIONS:
        yield "must be the two letters of a country, like US, CA or GB (for the United Kingdom)"


def _services(services: list) -> Iterator[str]:
    if not all(isinstance(service, str) and service.strip() for service in services):
        yield "must hold texts that are not blank"
    if not services:
        yield "must name what the clinic offers; take it out for the usual list"


def _channel_overrides(channels: dict) -> Iterator[str]:
    labels = [normal(label) for label in channels]
    if "" in labels:
        yield "holds a blank label; name the source it is for"
    if len(set(labels)) < len(labels):
        yield "names a source twice (case, spaces and dashes do not matter); keep one of them"
    known = _document("taxonomy.toml")["channels"]
    if strangers := sorted({str(each) for each in channels.values()} - set(known)):
        yield f"names {', '.join(strangers)}; known are {', '.join(known)}"


def _margins(margins: dict) -> Iterator[str]:
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


#: Margins that are no ratio above 1, by unit: shares are fractions, weeks have no end.
_MOST = {"points": 1, "ratio": 1, "weeks": inf}
_RULES = {
    "time_zone": _time_zone,
    "currency": _currency,
    "phone_region": _phone_region,
    "services": _services,
    "channel_overrides": _channel_overrides,
    "margins": _margins,
}


def _document(name: str) -> dict:
    return tomllib.loads(files(__package__).joinpath(name).read_text("utf-8"))
