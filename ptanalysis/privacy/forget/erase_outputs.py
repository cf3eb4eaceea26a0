"""What a clinic's runs made, and how it is removed to forget a person."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from ptanalysis.definitions import Places, Quarter, spare_raw
from ptanalysis.intake.storage.atomic import alone
from ptanalysis.intake.storage.processed_tables import manifests
from ptanalysis.privacy.forget import suppression_list
from ptanalysis.privacy.forget.suppression_list import Forgotten
from ptanalysis.privacy.pseudonyms import ClinicKey, clinic_key

#: Not removed: the lock of `atomic.alone`, and what was published. That counts groups of
#: eleven and more, and without it a later quarter's could be subtracted from it.
_KEPT = (".lock", ".holder")
_PUBLISHED = ".published"


def key_of(clinic: str, *, places: Places) -> ClinicKey:
    """Return the clinic's key, the one its runs and its list of forgotten people were made with.

    Raises
    ------
    ptanalysis.privacy.pseudonyms.KeyFileError
        It is missing or another one.
    ptanalysis.privacy.forget.suppression_list.SuppressionListError
    """
    known, runs = suppression_list.read(clinic), manifests(places.outputs(clinic)[0])
    used = {run["key_fingerprint"] for run in runs} | ({known.fingerprint} - {""})
    key = clinic_key(clinic, fingerprints=used)
    suppression_list.check_length(
        clinic, known, max((run.get("forgotten", 0) for run in runs), default=0)
    )
    return key


def in_force(clinic: str, *, places: Places, key: ClinicKey) -> Forgotten:
    """Return who is to be left out; end first what a killed `forget` began.

    The clinic's processed folder is held by the caller.
    """
    known = suppression_list.read(clinic)
    if known.unfinished:
        with held(clinic, places=places):
            clear(clinic, known, places=places, key=key)
    return known


def held(clinic: str, *, places: Places):
    """Hold a clinic's reports, so that none is being made; as `atomic.alone` does."""
    return alone(places.outputs(clinic)[1])


def made(clinic: str, *, places: Places) -> list[str]:
    """Return the quarters that have tables or findings, in order of time."""
    names = {path.name for folder in places.outputs(clinic) for path in _content(folder)}
    return sorted(name for name in names if _is_quarter(name))


def published(clinic: str, *, places: Places) -> list[str]:
    """Return the quarters that were published, in order of time; they stay."""
    folder = places.outputs(clinic)[1]
    return sorted(path.stem for path in folder.glob(f"*{_PUBLISHED}"))


def clear(clinic: str, known: Forgotten, *, places: Places, key: ClinicKey) -> None:
    """Remove what runs made of a clinic, both folders held, and note that it is done.

    A quarter is there whole or not at all, whenever this is stopped; ending it removes the rest.
    """
    (places.root / "reports" / "clinics.html").unlink(missing_ok=True)  # of all clinics; made anew
    for folder in places.outputs(clinic):
        if content := _content(folder):
            spare_raw(folder, *content)
            gone = Path(tempfile.mkdtemp(prefix=".new-gone-", dir=folder))
            for path in content:
                path.rename(gone / path.name)
            shutil.rmtree(gone)
    suppression_list.write(clinic, known.marks, key=key, unfinished=False)


def _content(folder: Path) -> list[Path]:
    found = folder.iterdir() if folder.is_dir() else ()
    return [path for path in found if path.name not in _KEPT and path.suffix != _PUBLISHED]


def _is_quarter(name: str) -> bool:
    try:
        return str(Quarter.parse(name)) == name
    except ValueError:
        return False
