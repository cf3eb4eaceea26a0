"""Currencies by their ISO 4217 code: whether there is one, and how English readers see it.

Babel is read when it is first needed: most of the command line shows no money.
"""

from __future__ import annotations

from functools import cache

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
