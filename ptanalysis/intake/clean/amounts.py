"""Amounts of money: the declared decimal mark, cents and no more, nothing guessed."""

from __future__ import annotations

import ibis

from ptanalysis.definitions import currency_sign
from ptanalysis.intake.clean.text_folding import Stage, folded, staged

#: Signs and codes an amount may carry, by currency; a clinic's own are taken off.
SIGNS = {
    "USD": ("us$", "usd", "$"),
    "CAD": ("ca$", "c$", "cad", "$"),
    "AUD": ("au$", "a$", "aud", "$"),
    "EUR": ("eur", "€"),
    "GBP": ("gbp", "£"),
    "BRL": ("r$", "brl"),
    "INR": ("inr", "₹", "rs."),
    "MXN": ("mx$", "mxn", "$"),
}
_SEPARATORS = {".": "[, ']", ",": "[. ']"}


def with_money(table, column: str, *, decimal_mark: str = ".", currency: str = "USD"):
    """Return `table` with a text column parsed as amounts; missing where it is none.

    Read: ``1,234.50``, ``$1234.5``, ``(12.00)`` and ``-$5`` as negative. Not read: ``5k``, ``NaN``,
    fractions of a cent, another currency.

    Parameters
    ----------
    table : ibis Table
    column : str
        Text column, replaced by decimal(18, 2).
    decimal_mark : str
        ``.`` or ``,``, as declared; the other one may only part thousands.
    currency : str
        ISO code of the clinic's currency.

    Examples
    --------
    >>> cells = ibis.memtable({"amount": ["($1,234.50)", "5k", "7"]})
    >>> with_money(cells, "amount").amount.execute().astype(str).tolist()
    ['-1234.50', nan, '7.00']
    """
    return staged(table, [money_stages(column, decimal_mark=decimal_mark, currency=currency)])


def money_stages(column: str, *, decimal_mark: str, currency: str) -> list[Stage]:
    """Return the steps of `with_money`, to run beside those of other columns."""
    bare, value = f"_{column}_bare", f"_{column}_value"

    def signed(table):
        negative = table[bare].re_search(r"^[-(]")
        amount = negative.ifelse(-table[value], table[value])
        return {column: amount.cast("decimal(18, 2)")}

    return [
        lambda table: {bare: _bare(folded(table[column]), currency)},
        lambda table: {value: _size(table[bare], decimal_mark)},
        signed,
    ]


def other_currency(text, *, currency: str = "USD"):
    """Return whether the amount carries the sign or code of another currency.

    Examples
    --------
    >>> other_currency(ibis.literal("€ 12")).execute()
    True
    """
    own = _own(currency)
    others = {sign for signs in SIGNS.values() for sign in signs} - set(own)
    lower = folded(text)
    stripped = _bare(lower, currency)
    return ibis.or_(*(stripped.contains(sign) for sign in sorted(others)))


def _size(bare, decimal_mark: str):
    """Return the amount without its sign, missing where the text is none."""
    mark = rf"\{decimal_mark}"
    number = rf"(?:\d{{1,3}}(?:{_SEPARATORS[decimal_mark]}\d{{3}})+|\d+)(?:{mark}\d{{1,2}}0*)?"
    sound = bare.re_search(rf"^(?:-?{number}|\({number}\)|-?{mark}\d{{1,2}})$")
    digits = bare.re_replace(rf"[^0-9{mark}]", "").replace(decimal_mark, ".")
    return sound.ifelse(digits, None).try_cast("decimal(18, 2)")


def _own(currency: str) -> tuple[str, ...]:
    """Return the signs and codes of the clinic's currency, the longest first."""
    if currency in SIGNS:
        return SIGNS[currency]
    sign = currency_sign(currency).strip().lower()
    bare = ("$",) if sign.endswith("$") else ()
    return tuple(dict.fromkeys((sign, currency.lower(), *bare)))


def _bare(lower, currency: str):
    """Return the amount without the clinic's own sign and code."""
    for sign in _own(currency):
        lower = lower.replace(sign, "")
    lower = lower.replace("\N{MINUS SIGN}", "-").strip()
    return lower.re_replace(r"^- ", "-")
