"""Contacts: phone numbers, email addresses, zips and names in one spelling each."""

from __future__ import annotations

import ibis
import phonenumbers

from ptanalysis.intake.clean.text_folding import Stage, folded, part, squeezed, staged

_PREFIX = r"^(?:tel|p|phone) ?: ?"
_EXTENSION = r"(?:;ext=| ?(?:extension|ext\.?|x|#)) ?:? ?\d{1,7}$"
_NANP = r"^1?([2-9]\d{2}[2-9]\d{6})$"
_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_EMAIL = (
    r"^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    rf"@(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]*[a-z0-9])$"
)
_NOBODY = (
    r"^(?:no ?e?-?mail|no|none|na|n\.?a|test|testing|tester|unknown|noreply|no-reply|do-?not-?reply"
    r"|x+|a+|asdf\w*|example|email|fake|nobody|null|anonymous|declined|refused|notprovided"
    r"|not[._-]?given|no[._-]?email)\d*@"
)
_NO_NUMBER = (
    r"^\+1?(?:0+|1+|2+|3+|4+|5+|6+|7+|8+|9+|\d{3}5555555|\d{3}0000000|1234567890|2345678901"
    r"|9876543210)$"
)


def with_phone(table, column: str, *, region: str = "US"):
    """Return `table` with a text column as phone numbers in E.164, missing where they are none.

    Extensions are cut; a number with letters is none.

    Parameters
    ----------
    table : ibis Table
    column : str
        Text column, replaced.
    region : str
        ISO country of numbers without a country code.

    Examples
    --------
    >>> cells = ibis.memtable({"phone": ["(618) 555-0123 x2", "1-800-FLOWERS"]})
    >>> with_phone(cells, "phone").phone.execute().astype(str).tolist()
    ['+16185550123', nan]
    """
    return staged(table, [phone_stages(column, region=region)])


def phone_stages(column: str, *, region: str) -> list[Stage]:
    """Return the steps of `with_phone`, to run beside those of other columns."""
    text, digits = f"_{column}_text", f"_{column}_digits"
    return [
        lambda table: {text: folded(table[column]).re_replace(_PREFIX, "")},
        lambda table: {text: table[text].re_replace(_EXTENSION, "")},
        lambda table: {digits: _digits(table[text])},
        lambda table: {column: _number(table[text].contains("+"), table[digits], region)},
    ]


def usable_phone(number):
    """Return an E.164 number, missing where it stands for none, like (555) 555-5555."""
    return number.re_search(_NO_NUMBER).ifelse(None, number)


def with_email(table, column: str):
    """Return `table` with a text column as email addresses, missing where they are none.

    Dots and plus signs are kept: they can tell people apart.

    Examples
    --------
    >>> cells = ibis.memtable({"email": [" mailto:Ana.Roy@Example.org ", "ana@example"]})
    >>> with_email(cells, "email").email.execute().astype(str).tolist()
    ['ana.roy@example.org', nan]
    """
    return staged(table, [email_stages(column)])


def email_stages(column: str) -> list[Stage]:
    """Return the steps of `with_email`, to run beside those of other columns."""
    bare = f"_{column}_bare"

    def sound(table):
        fits = table[bare].re_search(_EMAIL) & (table[bare].length() <= 254)
        return {column: (fits & (table[bare].find("@") <= 64)).ifelse(table[bare], None)}

    shorn = (r"^mailto: ?", r"^<|>$")
    return [
        lambda table: {bare: folded(table[column]).re_replace(shorn[0], "")},
        lambda table: {bare: table[bare].re_replace(shorn[1], "")},
        sound,
    ]


def usable_email(address):
    """Return an address, missing where it stands for none, like noemail@example.org.

    Examples
    --------
    >>> usable_email(ibis.literal("none@example.org")).isnull().execute()
    True
    """
    return address.re_search(_NOBODY).ifelse(None, address)


def zip_code(text):
    """Return the five digits of a US zip; four digits have lost their leading zero.

    Examples
    --------
    >>> [zip_code(ibis.literal(z)).execute() for z in ("2139", "02139-1234")]
    ['02139', '02139']
    """
    return part(folded(text), r"^(\d{4,5})(?:[- ]?\d{4})?$", 1).lpad(5, "0")


def name(text):
    """Return a name for matching: lower case, letters only, no more than a hundred of them.

    Names are compared letter by letter, which takes the square of their length.

    Examples
    --------
    >>> name(ibis.literal(" O'Brien-Smith ")).execute()
    'obriensmith'
    """
    return squeezed(text).lower().re_replace(r"[^\p{L}]", "").substr(0, 100).nullif("")


def _digits(text):
    sound = text.re_search(r"^\(?\+?[(\d][\d\s().\-/]*$")
    return sound.ifelse(text.re_replace(r"[^0-9]", ""), None)


def _number(plus, digits, region: str):
    abroad = plus | digits.re_search("^(?:00|011)")
    bare = plus.ifelse(digits, digits.re_replace("^(?:00|011)", ""))
    return abroad.ifelse(_with_code(bare), _of_region(digits, region))


def _with_code(digits):
    """Return digits that start with a country code as E.164."""
    foreign = digits.re_search(r"^[2-9]\d{7,14}$").ifelse(ibis.literal("+") + digits, None)
    return digits.startswith("1").ifelse(ibis.literal("+1") + part(digits, _NANP, 1), foreign)


def _of_region(digits, region: str):
    code = phonenumbers.country_code_for_region(region)
    if code == 1:
        return ibis.literal("+1") + part(digits, _NANP, 1)
    national = digits.re_replace("^0", "")
    return _with_code(ibis.literal(str(code)) + national)
