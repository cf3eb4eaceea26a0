"""A trained model of which pairs are one person (Fellegi-Sunter, by Splink on DuckDB)."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
import splink.comparison_library as compare
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

#: Distinct identities below which the model is not trained; clear rules judge alone.
FEWEST_TO_TRAIN = 5_000
#: Pairs that must agree on a training rule; Splink asks for a few hundred at least.
FEWEST_PAIRS = 300
#: Least match probability at which a pair is one person.
SURE = 0.99
_SEED = 1
_PAIRS = 500_000

_COMPARISONS = {
    "email": lambda: compare.DamerauLevenshteinAtThresholds("email", [1, 2]),
    "phone": lambda: compare.DamerauLevenshteinAtThresholds("phone", [1]),
    "zip": lambda: compare.DamerauLevenshteinAtThresholds("zip", [1]),
    "birth": lambda: compare.DamerauLevenshteinAtThresholds("birth", [1, 2]),
    "street": lambda: compare.JaroWinklerAtThresholds("street", [0.9, 0.8]),
}


def trainable(records: pd.DataFrame) -> bool:
    """Return whether enough pairs agree on each training rule: callers without names train nothing.

    Parameters
    ----------
    records : DataFrame
        As in `sure_pairs`.

    Examples
    --------
    >>> alike = pd.DataFrame({"identity": range(30), "first": "Ann", "last": "Lee",
    ...     "email": "ann@example.org", "phone": None})
    >>> trainable(alike), trainable(alike.assign(last=None))
    (True, False)
    """
    fields = _fields(records)
    rules = [["first", "last"], fields[:1]]
    return bool(fields) and all(_agreeing(records, rule) >= FEWEST_PAIRS for rule in rules)


def _agreeing(records: pd.DataFrame, names: list[str]) -> int:
    """Return how many pairs of records are equal in all of `names`."""
    alike = records.groupby(names).size()
    return int((alike * (alike - 1) // 2).sum())


def _fields(records: pd.DataFrame) -> list[str]:
    return [name for name in _COMPARISONS if name in records and records[name].notna().any()]


def sure_pairs(records: pd.DataFrame) -> pd.DataFrame:
    """Train on `records` and return the pairs that are one person with probability SURE.

    Parameters
    ----------
    records : DataFrame
        ``identity`` (unique), ``first``, ``last`` and any of email, phone, zip, birth, street, as
        text, missing where not known. Columns that hold nothing are left out.

    Returns
    -------
    DataFrame
        identity_1, identity_2, probability.

    Notes
    -----
    u-probabilities from random pairs, m-probabilities by expectation maximisation, once blocked on
    each of two rules; agreement of rare names weighs more than of common ones. Given and family
    name are also compared in the wrong order.

    References
    ----------
    Fellegi and Sunter (1969), A theory for record linkage, JASA 64, eq. 12-16. Linacre et al.
    (2022), Splink, International Journal of Population Data Science 7(3).
    """
    fields = _fields(records)
    data = records[["identity", "first", "last", *fields]]
    linker = Linker(
        DuckDBAPI().register(data), _settings(fields), log_level="ERROR", validate_settings=False
    )
    _train(linker, fields)
    found = linker.inference.predict(threshold_match_probability=SURE).as_pandas_dataframe()
    return found.rename(
        columns={
            "identity_l": "identity_1",
            "identity_r": "identity_2",
            "match_probability": "probability",
        }
    )[["identity_1", "identity_2", "probability"]]


def _settings(fields: Iterable[str]) -> SettingsCreator:
    names = compare.ForenameSurnameComparison("first", "last", jaro_winkler_thresholds=[0.92, 0.85])
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="identity",
        comparisons=[names, *(_COMPARISONS[name]() for name in fields)],
        blocking_rules_to_generate_predictions=_blocks(fields),
    )


def _blocks(fields: Iterable[str]) -> list:
    pairs = [("first", "last"), *((name,) for name in fields if name not in ("zip", "street"))]
    if "zip" in fields:
        pairs += [("last", "zip"), ("first", "zip")]
    if "street" in fields:
        pairs += [("street",)]
    return [block_on(*names) for names in pairs]


def _train(linker: Linker, fields: list[str]) -> None:
    strict = [block_on("first", "last", name) for name in fields]
    linker.training.estimate_probability_two_random_records_match(strict, recall=0.6)
    linker.training.estimate_u_using_random_sampling(max_pairs=_PAIRS, seed=_SEED)
    for rule in (block_on("first", "last"), block_on(fields[0])):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
