"""The key that makes pseudonyms: one a clinic, outside the project, never in any output."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import platformdirs

from ptanalysis.definitions import UserError, clinic_name, spare_raw

_SIZE = 32


class KeyFileError(UserError, RuntimeError):
    """The key is missing or another than the one earlier runs used."""


@dataclass(frozen=True)
class ClinicKey:
    """A clinic's secret key.

    Examples
    --------
    >>> key = ClinicKey(bytes(32))
    >>> len(key.pseudonym("lead", "INQ-1"))
    32
    >>> key.pseudonym("lead", "INQ-1") == key.pseudonym("person", "INQ-1")
    False
    """

    secret: bytes

    @property
    def fingerprint(self) -> str:
        """Tells keys apart and gives nothing away."""
        return blake2b(b"fingerprint", key=self.secret, digest_size=8).hexdigest()

    def pseudonym(self, domain: str, value: str) -> str:
        """Return the pseudonym of `value`; the same value has another one in another `domain`."""
        person = domain.encode()[:16]
        return blake2b(value.encode(), key=self.secret, person=person, digest_size=16).hexdigest()

    def __repr__(self) -> str:
        return f"ClinicKey({self.fingerprint})"


def key_folder() -> Path:
    """Return PTANALYSIS_KEY_DIR where it is set, else the user's own configuration folder."""
    own = os.environ.get("PTANALYSIS_KEY_DIR")
    return Path(own) if own else Path(platformdirs.user_config_dir("ptanalysis")) / "keys"


def clinic_key(clinic: str, *, fingerprints: Iterable[str] = ()) -> ClinicKey:
    """Return the clinic's key, made new where no run has used one.

    Parameters
    ----------
    clinic : str
    fingerprints : iterable of str
        Of the keys that earlier runs of this clinic were made with.

    Raises
    ------
    KeyFileError
        Earlier runs used a key that is missing now, or another one.
    """
    clinic = clinic_name(clinic)
    path, used = key_folder() / f"{clinic}.key", set(fingerprints)
    if not path.exists() and used:
        raise KeyFileError(
            f"the key of {clinic} is missing: earlier runs used one. Put {path} back from your "
            f"backup, or {_anew(path)}"
        )
    key = _read(path) if path.exists() else _made(path)
    if used - {key.fingerprint}:
        raise KeyFileError(
            f"{path} is not the key earlier runs of {clinic} used: people would not be "
            f"recognised. Put the old key back, or {_anew(path)}"
        )
    return key


def _anew(path: Path) -> str:
    """Return how to start with a new key; who was forgotten with the old one is not known to it."""
    known = path.with_suffix(".forgotten")
    also = f" and {known} (then forget the same people again)" if known.exists() else ""
    return f"delete the clinic's folder in data/processed{also} to start with a new key"


def _read(path: Path) -> ClinicKey:
    secret = path.read_bytes()
    if len(secret) != _SIZE:
        raise KeyFileError(f"{path} is damaged: a key has {_SIZE} bytes")
    return ClinicKey(secret)


def _made(path: Path) -> ClinicKey:
    spare_raw(path)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    own = path.with_suffix(f".{os.getpid()}")
    try:
        with os.fdopen(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(secrets.token_bytes(_SIZE))
        # A link is made whole or not at all, and never over another run's key.
        with contextlib.suppress(FileExistsError):
            os.link(own, path)
    finally:
        own.unlink(missing_ok=True)
    return _read(path)
