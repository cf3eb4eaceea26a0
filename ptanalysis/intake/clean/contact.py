"""Contacts: phone numbers, email addresses, zips and names in one spelling each."""

from __future__ import annotations

import ibis
import phonenumbers

from ptanalysis.intake.clean.text_folding import Stage, parsed, part, squeezed

#: What stands before the first number of a cell, and what ends it.
_BEFORE_NUMBER, _FIRST_NUMBER = r"^[^0-9+(]+", r"^([0-9+][0-9 ().\-]*|\([0-9][0-9 ().\-]*)"
#: A day or a time of day, whose digits are no number's.
_TIME = r"\d:\d|\d{4}-\d{2}-\d{2}"
#: Two American numbers with nothing but spaces between them.
_TWO_NUMBERS = r"^(1?[2-9]\d{2}[2-9]\d{6})1?[2-9]\d{2}[2-9]\d{6}$"
_PREFIX = r"^(?:tel|p|phone) ?: ?"
_EXTENSION = r"(?:;ext=| ?(?:extension|ext\.?|x|#)) ?:? ?\d{1,7}$"
_NANP = r"^1?([2-9]\d{2}[2-9]\d{6})$"
_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_ADDRESS = (
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    rf"@(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]*[a-z0-9])"
)
_EMAIL = f"^{_ADDRESS}$"
#: An address among others, or with a label or a name: apart by signs, never by a space alone.
_AMONG = (
    rf"(?:^|[<(\[:;,|/] ?|\s(?:or|and|&) )({_ADDRESS})"
    rf"(?:$| ?[>)\]:;,|/]| (?:\(|or |and |& |{_ADDRESS}))"
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

    Extensions are cut; a number with letters is none. Of several in a cell, or one with a label,
    it is the first that can be used.

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
    >>> cells = ibis.memtable({"phone": ["none / C: 618-555-0123 (cell) or 618-555-0199"]})
    >>> with_phone(cells, "phone").phone.execute().tolist()
    ['+16185550123']
    """
    return parsed(table, column, phone_stages(column, region=region))


def phone_stages(column: str, *, region: str) -> list[Stage]:
    """Return the steps of `with_phone`, to run beside those of other columns.

    Cells that are one number are done in the third step; the others cost what they cost.
    """
    text, digits, first, rest = (f"_{column}_{part}" for part in ("text", "digits", "1", "2"))

    def pieces(table):
        number = _number(table[text].contains("+"), table[digits], region)
        bare = table[text].re_replace(_BEFORE_NUMBER, "")
        odd = number.isnull() & ~table[text].re_search(_TIME)
        return {
            digits: number,
            first: odd.ifelse(bare.re_extract(_FIRST_NUMBER, 1), None),
            rest: odd.ifelse(bare.re_replace(_FIRST_NUMBER, ""), None),
        }

    def second(table):
        bare = table[rest].re_replace(_BEFORE_NUMBER, "").re_extract(_FIRST_NUMBER, 1)
        return {rest: table[rest].notnull().ifelse(bare, None)}

    def numbers(table):
        return {
            name: table[name].notnull().ifelse(_first_number(table[name], region), None)
            for name in (first, rest)
        }

    def chosen(table):
        usable = usable_phone(table[first])
        return {column: table[digits].coalesce(usable, table[rest], table[first])}

    return [
        lambda table: {text: table[f"folded_{column}"].re_replace(_PREFIX, "")},
        lambda table: {text: table[text].re_replace(_EXTENSION, "")},
        lambda table: {digits: _digits(table[text])},
        pieces,
        second,
        numbers,
        chosen,
    ]


def usable_phone(number):
    """Return an E.164 number, missing where it stands for none, like (555) 555-5555."""
    return number.re_search(_NO_NUMBER).ifelse(None, number)


def with_email(table, column: str):
    """Return `table` with a text column as email addresses, missing where they are none.

    Of several in a cell, or one with a name or a label, it is the first that can be used. Dots
    and plus signs are kept: they can tell people apart.

    Examples
    --------
    >>> cells = ibis.memtable({"email": [" mailto:Ana.Roy@Example.org ", "ana@example"]})
    >>> with_email(cells, "email").email.execute().astype(str).tolist()
    ['ana.roy@example.org', nan]
    >>> cells = ibis.memtable({"email": ["Ana Roy <ana@example.org>; roy@example.org"]})
    >>> with_email(cells, "email").email.execute().tolist()
    ['ana@example.org']
    """
    return parsed(table, column, email_stages(column))


def email_stages(column: str) -> list[Stage]:
    """Return the steps of `with_email`, to run beside those of other columns.

    Cells that are one address are done in the first step; the others cost what they cost.
    """
    lower, bare, first = f"folded_{column}", f"_{column}_bare", f"_{column}_first"

    def odd(table):
        fits = table[lower].re_search(_EMAIL)
        rest = table[lower].re_replace(r"^mailto: ?", "")
        return {first: fits.ifelse(table[lower], None), bare: fits.ifelse(None, rest)}

    def sound(table):
        fits = table[bare].re_search(_EMAIL)
        among = table[bare].re_extract(_AMONG, 1).nullif("")
        return {first: table[bare].notnull().ifelse(fits.ifelse(table[bare], among), table[first])}

    def usable(table):
        after = table[bare].find(table[first]) + table[first].length()
        other = table[bare].substr(after).re_extract(_AMONG, 1).nullif("")
        chosen = usable_email(table[first]).coalesce(other, table[first])
        several = (table[first] != table[bare]).fill_null(False)
        return {first: several.ifelse(chosen, table[first])}

    def short(table):
        fits = (table[first].length() <= 254) & (table[first].find("@") <= 64)
        return {column: fits.ifelse(table[first], None)}

    return [
        odd,
        lambda table: {bare: table[bare].re_replace(r"^<|>$", "")},
        sound,
        usable,
        short,
    ]


def usable_email(address):
    """Return an address, missing where it stands for none, like noemail@example.org.

    Examples
    --------
    >>> usable_email(ibis.literal("none@example.org")).isnull().execute()
    True
    """
    return address.re_search(_NOBODY).ifelse(None, address)


def zip_code(lower):
    """Return the five digits of a folded US zip; four digits have lost their leading zero.

    Examples
    --------
    >>> [zip_code(ibis.literal(z)).execute() for z in ("2139", "02139-1234")]
    ['02139', '02139']
    """
    return part(lower, r"^(\d{4,5})(?:[- ]?\d{4})?$", 1).lpad(5, "0")


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


def _first_number(text, region: str):
    """Return the number a piece of a cell is; the first of two that only a space parts."""
    digits = text.re_replace(r"[^0-9]", "")
    if phonenumbers.country_code_for_region(region) == 1:
        digits = part(digits, _TWO_NUMBERS, 1).coalesce(digits)
    return _number(text.contains("+"), digits.nullif(""), region)


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
