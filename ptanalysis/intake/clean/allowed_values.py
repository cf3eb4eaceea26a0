"""Columns that hold one of a few words, and what people write for them."""

from __future__ import annotations

from ptanalysis.definitions import COST_KINDS

_YES = dict.fromkeys(("y", "true", "1", "ok"), "yes")
_NO = dict.fromkeys(("n", "false", "0"), "no")
_VISITS = {
    "arrived": "attended",
    "completed": "attended",
    "complete": "attended",
    "kept": "attended",
    "checked_in": "attended",
    "checked_out": "attended",
    "seen": "attended",
    "show": "attended",
    "noshow": "no_show",
    "did_not_attend": "no_show",
    "dna": "no_show",
    "missed": "no_show",
    "canceled": "cancelled",
    "cancel": "cancelled",
    "late_cancel": "cancelled",
    "late_cancellation": "cancelled",
    "rescheduled": "cancelled",
    "scheduled": "booked",
    "confirmed": "booked",
    "upcoming": "booked",
    "pending": "booked",
}
_EVALUATIONS = dict.fromkeys(
    ("eval", "initial_evaluation", "initial_eval", "initial", "new_patient", "ie", "first_visit"),
    "evaluation",
)
_FOLLOW_UPS = dict.fromkeys(("followup", "follow_up_visit", "treatment", "return"), "follow_up")
#: Words a column may hold, and what people write for them.
CHOICES: dict[tuple[str, str], tuple[tuple[str, ...], dict[str, str]]] = {
    ("screenings", "outcome"): (
        ("qualified", "disqualified", "unreachable"),
        {
            "unqualified": "disqualified",
            "not_qualified": "disqualified",
            "sql": "qualified",
            "no_answer": "unreachable",
            "left_message": "unreachable",
            "voicemail": "unreachable",
            "not_reached": "unreachable",
            "no_contact": "unreachable",
        },
    ),
    ("screenings", "budget_ok"): (("yes", "no"), {**_YES, **_NO}),
    ("visits", "status"): (("attended", "no_show", "cancelled", "booked"), _VISITS),
    ("visits", "kind"): (("evaluation", "follow_up"), {**_EVALUATIONS, **_FOLLOW_UPS}),
    ("payments", "kind"): (
        ("payment", "refund", "adjustment"),
        {"refunded": "refund", "write_off": "adjustment", "writeoff": "adjustment"},
    ),
    ("spend", "kind"): (
        (*COST_KINDS, "credit"),
        {
            "labor": "labour",
            "staff": "labour",
            "staff_time": "labour",
            "ads": "media",
            "ad_spend": "media",
            "vendor": "agency",
            "agency_fee": "agency",
            "fee": "agency",
            "printing": "print",
            "mailing": "postage",
            "tools": "software",
        },
    ),
    ("campaigns", "kind"): (("campaign", "asset"), {}),
}
