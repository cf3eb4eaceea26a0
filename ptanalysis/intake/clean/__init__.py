"""One value made canonical: dates, money, phones, emails, zips, names. Ibis expressions only."""

from ptanalysis.intake.clean.amounts import with_money
from ptanalysis.intake.clean.cleaning_report import order_problems, row_problems
from ptanalysis.intake.clean.contact import name, usable_email, usable_phone, with_email, with_phone
from ptanalysis.intake.clean.dates import with_time
from ptanalysis.intake.clean.text_folding import folded, squeezed, step
from ptanalysis.intake.clean.typed_columns import (
    NOT_SCREENED,
    PLACE,
    TYPES,
    evidence,
    marks_of,
    typed,
    with_days,
)

__all__ = [
    "NOT_SCREENED",
    "PLACE",
    "TYPES",
    "evidence",
    "folded",
    "marks_of",
    "name",
    "order_problems",
    "row_problems",
    "squeezed",
    "step",
    "typed",
    "usable_email",
    "usable_phone",
    "with_days",
    "with_email",
    "with_money",
    "with_phone",
    "with_time",
]
