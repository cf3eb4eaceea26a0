"""A clinic's settings: the documented defaults, with what its clinic.toml changes."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ptanalysis.definitions.refused import Refused


class ConfigError(Refused, ValueError):
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


_CHOICES = {
    "lead_definition": ("strict", "broad"),
    "date_order": ("month_first", "day_first"),
    "decimal_mark": (".", ","),
}
_BOUNDS = {
    "quarter_start_month": (1, 12),
    "relead_window_days": (1, 3650),
    "staff_hourly_rate": (0, 1000),
    "unknown_share_warning": (0, 1),
    "rejected_share_warning": (0, 1),
}


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
        Unreadable TOML, an unknown key, channel or claim, or a value outside its rule.
    """
    settings = _document("clinic.toml")
    if path is not None and path.is_file():
        own = _read(path)
        _check(own, settings)
        settings |= own
    settings["services"] = tuple(service.casefold() for service in settings["services"])
    return ClinicConfig(**settings)


def _read(path: Path) -> dict:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path.name} is not valid TOML: {error}") from None


def _check(own: dict, defaults: dict) -> None:
    unknown = sorted(set(own) - {field.name for field in fields(ClinicConfig)})
    if unknown:
        raise ConfigError(f"clinic.toml: unknown keys {', '.join(unknown)}")
    for key, value in own.items():
        _check_value(key, value, defaults[key])


def _check_value(key: str, value: object, default: object) -> None:
    wanted = (int, float) if isinstance(default, float) else type(default)
    if not isinstance(value, wanted) or isinstance(value, bool):
        raise ConfigError(f"clinic.toml: {key} must be a {type(default).__name__}")
    if key in _CHOICES and value not in _CHOICES[key]:
        raise ConfigError(f"clinic.toml: {key} must be one of {', '.join(_CHOICES[key])}")
    if key in _BOUNDS and not _BOUNDS[key][0] <= value <= _BOUNDS[key][1]:
        low, high = _BOUNDS[key]
        raise ConfigError(f"clinic.toml: {key} must be between {low} and {high}")
    if key == "time_zone":
        _check_zone(value)
    if key == "services" and not all(isinstance(service, str) for service in value):
        raise ConfigError("clinic.toml: services must hold text")
    if key == "channel_overrides":
        _check_known(key, value.values(), _document("taxonomy.toml")["channels"])
    if key == "margins":
        _check_known(key, value, _document("claims.toml"))


def _document(name: str) -> dict:
    return tomllib.loads(files(__package__).joinpath(name).read_text("utf-8"))


def _check_known(key: str, given: Iterable[str], known: Iterable[str]) -> None:
    strangers = sorted(set(given) - set(known))
    if strangers:
        raise ConfigError(
            f"clinic.toml: {key} names {', '.join(strangers)}; known are {', '.join(known)}"
        )


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ConfigError(
            "clinic.toml: time_zone must be an IANA name, like America/Chicago"
        ) from None
