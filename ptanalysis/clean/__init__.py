"""One value made canonical: dates, money, phones, emails, zips, names. Ibis expressions only."""

from ptanalysis.clean.contact import name, usable_email, usable_phone, with_email, with_phone
from ptanalysis.clean.dates import with_time
from ptanalysis.clean.money import with_money
from ptanalysis.clean.plain import PLACE, TYPES, evidence, typed
from ptanalysis.clean.report import order_problems, row_problems
from ptanalysis.clean.text import folded, squeezed, step

__all__ = [
    "PLACE",
    "TYPES",
    "evidence",
    "folded",
    "name",
    "order_problems",
    "row_problems",
    "squeezed",
    "step",
    "typed",
    "usable_email",
    "usable_phone",
    "with_email",
    "with_money",
    "with_phone",
    "with_time",
]
