"""Amounts of money: the declared decimal mark, cents and no more, nothing guessed."""

from __future__ import annotations

from collections.abc import Sequence

import ibis

from ptanalysis.definitions import currency_sign
from ptanalysis.intake.clean.text_folding import Stage, folded, parsed

#: Signs and codes an amount may carry, by currency; a clinic's own are taken off.
SIGNS = {
    "USD": ("us$", "usd", "$"),
    "CAD": ("ca$", "c$", "cad", "$"),
    "AUD": ("au$", "a$", "aud", "$"),
    "NZD": ("nz$", "nzd", "$"),
    "EUR": ("eur", "€"),
    "GBP": ("gbp", "£"),
    "BRL": ("r$", "brl"),
    "INR": ("inr", "₹", "rs."),
    "MXN": ("mx$", "mxn", "$"),
    "JPY": ("jpy", "¥"),
}
_CENTS = "decimal(18, 2)"
_SEPARATORS = {".": "[, ']", ",": "[. ']"}


def with_money(table, column: str, *, decimal_mark: str = ".", currency: str = "USD"):
    """Return `table` with a text column parsed as amounts; missing where it is none.

    Read: ``1,234.50``, ``$1234.5``, ``(12.00)`` and ``-$5`` as negative. Not read: ``5k``, ``NaN``,
    three decimals, which may be thousands, fractions of a cent (but see `money_stages`), another
    currency.

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
    stages = money_stages(column, decimal_mark=decimal_mark, currency=currency)
    return parsed(table, column, stages)


def money_stages(
    column: str, *, decimal_mark: str, currency: str, fractions: Sequence[int] = ()
) -> list[Stage]:
    """Return the steps of `with_money`, to run beside those of other columns.

    In the files of `fractions`, whose cells show which mark is the decimal one, more decimals are
    read too, and rounded such that the file's sum stays what it is to the cent.
    """
    bare, value, exact, total = (f"_{column}_{each}" for each in ("bare", "value", "exact", "sum"))

    def rounded(table):
        # As much as the sum so far, rounded, has grown by the row: whole cents stay as they are.
        amount = table[total].cast(_CENTS) - (table[total] - table[exact]).cast(_CENTS)
        return {column: amount.cast(_CENTS)}

    def summed(table):
        so_far = ibis.cumulative_window(group_by=table.file, order_by=table.row)
        return {total: table[exact].sum().over(so_far)}

    odd = (lambda table: table.file.isin(fractions)) if fractions else lambda table: None
    stages = [
        lambda table: {bare: _bare(table[f"folded_{column}"], currency)},
        lambda table: {value: _size(table[bare], decimal_mark, odd(table))},
        lambda table: {exact: _negative(table[bare]).ifelse(-table[value], table[value])},
    ]
    if fractions:
        return [*stages, summed, rounded]
    return [*stages, lambda table: {column: table[exact].cast(_CENTS)}]


def fraction(text, decimal_mark: str):
    """Return whether the text has more than two decimals, as floats of a warehouse have.

    Examples
    --------
    >>> [fraction(ibis.literal(text), ".").execute() for text in ("1.2349", "12.345", "12.50")]
    [True, True, False]
    """
    return text.re_search(rf"\d\{decimal_mark}\d{{3,}}")


def proves_mark(text, decimal_mark: str):
    """Return whether the mark can part no thousands in the text: not three digits follow it."""
    return text.re_search(rf"\{decimal_mark}(?:\d{{1,2}}|\d{{4,}})\D*$")


def other_currency(text, *, currency: str = "USD"):
    """Return whether the amount carries the sign or code of another currency.

    Examples
    --------
    >>> [other_currency(ibis.literal(text)).execute() for text in ("€ 12", "R$ 12", "12 CHF", "$1")]
    [True, True, True, False]
    """
    from babel import numbers

    own = set(_own(currency))
    signs = {sign.replace(".", "") for each in SIGNS.values() for sign in each}
    codes = {code.lower() for code in numbers.list_currencies()}
    others = sorted((signs | codes) - {sign.replace(".", "") for sign in own})
    marks = folded(text).re_replace(r"[^\p{L}\p{Sc}]", "")
    code = marks.replace("$", "").isin(sorted(codes - own))  # "$5 CAD" has both
    return marks.isin(others) | code


def _negative(bare):
    return bare.re_search(r"^[-(]")


def _size(bare, decimal_mark: str, fractions=None):
    """Return the amount without its sign, missing where the text is none."""
    mark = rf"\{decimal_mark}"
    whole = rf"(?:\d{{1,3}}(?:{_SEPARATORS[decimal_mark]}\d{{3}})+|\d+)"

    def fits(cents: str):
        number = rf"{whole}(?:{mark}{cents})?"
        return bare.re_search(rf"^(?:-?{number}|\({number}\)|-?{mark}{cents})$")

    sound = fits(r"(?:\d{1,2}|\d\d00+)")  # three digits may be thousands
    if fractions is not None:
        sound = sound | (fractions & fits(r"\d+"))
    digits = bare.re_replace(rf"[^0-9{mark}]", "").replace(decimal_mark, ".")
    return sound.ifelse(digits, None).try_cast("decimal(28, 9)")


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
