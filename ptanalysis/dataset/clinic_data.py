"""The seam between intake and analysis: six small tables, one row a person or a payment.

Intake writes them as Parquet; everything after reads them as pandas. The stage columns are naive
timestamps in the clinic's own time zone. No direct identifier is ever in them; with their dates
they are a limited data set, not anonymous.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from ptanalysis.dataset.assumed_tables import assumed, chosen
from ptanalysis.definitions import (
    STAGE_COLUMNS,
    Assumptions,
    ClinicConfig,
    ConfigError,
    Problem,
    Quarter,
    assuming,
    load_config,
)

_TIME = "datetime64[us]"
_SIDES = {"channel": "str", "direction": "str", "direction_platform": "str"}
_ORIGIN = {**_SIDES, "campaign": "str", "vendor": "str"}
#: What a row of totals counts.
COUNTS = ("leads", "mql", "screened", "sql", "patients", "revenue")

#: Column and dtype of every table, in order. Missing text is NaN, missing time NaT.
SCHEMA: dict[str, dict[str, str]] = {
    "leads": {
        "clinic": "str",
        "lead_id": "str",
        "person_id": "str",
        **dict.fromkeys(STAGE_COLUMNS, _TIME),
        "broad_lead_at": _TIME,
        **_ORIGIN,
        **{f"last_{name}": kind for name, kind in _ORIGIN.items()},
        "touches": "int64",
        "source_channels": "str",
        "service": "str",
        "not_mql_reason": "str",
        "lost_reason": "str",
        "screening_outcome": "str",
        "interest": "float64",
        "budget_ok": "str",
        "likelihood": "float64",
        "visit_booked_at": _TIME,
        "visit_attended_at": _TIME,
    },
    "touches": {"clinic": "str", "lead_id": "str", "touched_at": _TIME, **_ORIGIN},
    "payments": {"clinic": "str", "lead_id": "str", "paid_at": _TIME, "amount": "float64"},
    "spend": {
        "clinic": "str",
        "period_start": _TIME,
        "period_end": _TIME,
        **_ORIGIN,
        "kind": "str",
        "hours": "float64",
        "amount": "float64",
    },
    "campaigns": {
        "clinic": "str",
        "campaign": "str",
        **_SIDES,
        "vendor": "str",
        "starts_on": _TIME,
        "ends_on": _TIME,
        "kind": "str",
    },
    "totals": {
        "clinic": "str",
        "period_start": _TIME,
        "period_end": _TIME,
        **_ORIGIN,
        "kind": "str",
        **dict.fromkeys(COUNTS, "float64"),
    },
}

#: What a campaign or asset is known by: two clinics may use one name.
UNIT = ["clinic", "campaign"]
#: Of the leads that reached a stage, those without its date may be so many.
UNDATED_SHARE = 0.05
_NO_DATE = "the exports do not say when {found} did: export the dates of the stages too"
_ONE_DAY = (
    "{found} have the one day on which most rows of their file were entered or imported: give the "
    "day on which each inquired"
)
#: Why rows of a file belong to no lead (reasons of the ledger), as findings say it.
_NO_LEAD = {
    "unknown_inquiry": "with an id that no inquiry has",
    "ambiguous_inquiry": "with an id that several inquiries have",
    "before_inquiry": "dated before the inquiry",
    "existing_patient": "of people who were patients before",
    "unattributed": "of inquiries that are no leads",
}
#: Those of them that the ledger counts as used.
_USED = ("existing_patient", "unattributed")
#: Rows that are another's copy, of later, or none.
_NOT_READ = ("exported_again", "after_as_of", "same_file_again", "blank_row", "adjustment")
#: The tables whose rows have a direction.
SIDED = ("leads", "broad_only", "touches", "spend", "campaigns", "totals")


@dataclass(frozen=True, kw_only=True, eq=False)
class ClinicData:
    """What is known of a clinic at an as-of date: the input of every question.

    Never changed in place, so that what a question works out of it once can be kept.

    Attributes
    ----------
    clinic : str
    quarter : Quarter
        The quarter reported on; the tables reach back to the clinic's first.
    as_of : pandas.Timestamp
        Last day (normalised) the data can know about.
    leads : DataFrame
        One row a lead. ``campaign`` is the first touch's, ``last_campaign`` the last touch's;
        ``direction`` is the default taxonomy's, ``direction_platform`` the second's.
        ``lead_at`` follows the clinic's definition of a lead.
    touches : DataFrame
        One row an inquiry that was merged into a lead, the first included.
    payments : DataFrame
        One row a payment of a lead, in the clinic's currency; refunds are negative.
    spend : DataFrame
        One row a spend period (both ends included). ``amount`` holds labor too: hours x rate.
    campaigns : DataFrame
        One row a campaign or asset; ``ends_on`` is missing while it goes on.
    totals : DataFrame
        One row a period and source of which only counts are kept, missing where it was not counted.
        ``kind`` is counted (leads that are in no other table), checked (of leads on record) or
        claimed (conversions that an ad platform reports); only the first are leads of the clinic.
    ledger : dict
        Where every raw row went; see `ptanalysis.intake.ledger`.
    config : ClinicConfig
    broad_only : DataFrame
        Rows like those of `leads` that are leads under the broad definition alone, with
        ``broad_lead_at``: in no figure, but in the choices every verdict is tested under.
    problems : tuple of Problem
        What intake found wrong with the files, in the order it was found.
    by_hand : tuple of str
        What an analyst changed beside the assumptions, in words.
    recorded : ClinicData or None
        The tables before the assumptions were applied; None where nothing was, and for what
        `dataclasses.replace` made.
    stored : ptanalysis.intake.storage.stored_answers.StoredAnswers or None
        Where answers about just these tables are kept; None for all but what a loader opened, as
        `dataclasses.replace` leaves it out.
    """

    clinic: str
    quarter: Quarter
    as_of: pd.Timestamp
    leads: pd.DataFrame
    touches: pd.DataFrame
    payments: pd.DataFrame
    spend: pd.DataFrame
    campaigns: pd.DataFrame
    ledger: dict = field(default_factory=dict)
    config: ClinicConfig = field(default_factory=lambda: load_config(None))
    totals: pd.DataFrame = field(default_factory=lambda: empty("totals"))
    broad_only: pd.DataFrame = field(default_factory=lambda: empty("leads"))
    problems: tuple[Problem, ...] = ()
    by_hand: tuple[str, ...] = ()
    recorded: Any = field(default=None, init=False, repr=False)
    stored: Any = field(default=None, init=False, repr=False)

    @property
    def assumptions(self) -> Assumptions:
        """The horizons and what else an analyst may set in ``[assumptions]`` of clinic.toml."""
        return self.config.assumptions

    def __repr__(self) -> str:
        """Return what is known of the clinic, in a few lines."""
        sides = self.leads["direction"].value_counts()
        first = "" if self.leads.empty else f" since {self.leads['lead_at'].min():%B %Y}"
        counts = ", ".join(f"{count:,} {side}" for side, count in sides.items()) or "none"
        more = self.counted["leads"].sum()
        more = f"  counted    {more:,.0f} more leads, known only as counts\n" * bool(more)
        reached = ", ".join(
            f"{self.leads[stage].notna().sum():,} {stage.removesuffix('_at')}"
            for stage in ("mql_at", "screened_at", "sql_at", "patient_at")
        )
        return (
            f"{self.clinic}, {self.quarter}: what is known on {self.as_of:%Y-%m-%d}\n"
            f"  leads      {len(self.leads):,}{first} ({counts})\n"
            f"  reached    {reached}\n{more}"
            f"  payments   {len(self.payments):,} rows, {self.payments['amount'].sum():,.0f}"
            f" {self.config.currency}\n"
            f"  spend      {len(self.spend):,} rows, {self.spend['amount'].sum():,.0f}"
            f" {self.config.currency}\n"
            f"  campaigns  {len(self.campaigns):,} campaigns and assets\n"
            "  tables: leads, touches, payments, spend, campaigns, totals; also ledger, config"
        )

    def undated(self, event: str = "sql_at") -> str:
        """Return why no time to `event` can be given: leads or stages have no date.

        Empty where that is so for at most UNDATED_SHARE of the leads, or of those that reached it,
        in all and on either side; these count from the first moment they may have reached it.
        """
        stage = {"sql_at": "became SQL", "patient_at": "became patient"}.get(event, "")
        return self.undated_leads() or self._undated(event, stage, _NO_DATE)

    def undated_leads(self) -> str:
        """Return why the age of the leads is not known; empty where it is known of most."""
        return self._undated("lead_at", "", _ONE_DAY)

    def _undated(self, event: str, stage: str, why: str) -> str:
        for side, found in self.ledger.get("undated", {}).get(event, {}).items():
            leads = self.leads if side == "all" else self.leads[self.leads["direction"] == side]
            reached = int(leads[event].notna().sum())
            if found > UNDATED_SHARE * reached:
                which = "leads" if side == "all" else f"{side} leads"
                of = f"{reached:,} {which} that {stage}" if stage else f"{reached:,} {which}"
                return f"of {of}, {why.format(found=f'{found:,}')}"
        return ""

    def none_of_a_lead(self, *kinds: str) -> str:
        """Return what became of the rows of `kinds`, for where none of them reached a lead.

        Empty where none was read, up to the as-of date.
        """
        entries = self.ledger.get("by_file", ())
        said = (_none_of(kind, [e for e in entries if e["kind"] == kind]) for kind in kinds)
        return "; ".join(filter(None, said))

    @property
    def assumed(self) -> tuple[str, ...]:
        """What is assumed otherwise than by default, in words without counts."""
        return (*self.assumptions.changed(), *self.by_hand)

    def campaign_names(self) -> set[str]:
        """Return every name of a campaign in the tables."""
        names = ("leads", "broad_only", "touches", "spend", "campaigns", "totals")
        tables = [getattr(self, name) for name in names]
        return {name for table in tables for name in table["campaign"].dropna().unique()}

    def with_leads(self, leads: pd.DataFrame) -> ClinicData:
        """Return the same clinic with these leads alone, chosen or changed by an analyst.

        Touches and payments of other leads go too. Spend stays, but for leads left out by whole
        campaigns: that is ``assuming(excluded_campaigns=...)``.
        """
        return chosen(self, leads)

    def assuming(self, **changes) -> ClinicData:
        """Return the same clinic under other assumptions, as ``[assumptions]`` of clinic.toml.

        Parameters
        ----------
        **changes
            ``weeks_to_sql``, ``weeks_to_patient``, ``excluded_campaigns``, ``least_likelihood``,
            ``least_interest``, ``budget_needed``; what is not given stays.

        Raises
        ------
        ConfigError
            An assumption that does not exist, a value outside its bounds, a campaign that no table
            names, with what is near; or tables changed since `load`, so that nothing can come back.
        """
        new = assuming(self.assumptions, changes)
        if new == self.assumptions:
            return self
        if self.recorded is None and self.assumptions.comes_back(new):
            raise ConfigError(
                "what the settings leave out cannot come back once leads were changed: call"
                " assuming(...) on what pt.load gave, then with_leads(...)"
            )
        tables = self.recorded or self
        added = set(new.excluded_campaigns) - set(self.assumptions.excluded_campaigns)
        if missing := new.missing(tables.campaign_names(), only=added):
            raise ConfigError("; ".join(missing))
        return assumed(replace(tables, config=self.config.model_copy(update={"assumptions": new})))

    @property
    def counted(self) -> pd.DataFrame:
        """The rows of `totals` whose leads are in no other table."""
        return self.totals[self.totals["kind"] == "counted"]

    def with_direction(self, taxonomy_column: str) -> ClinicData:
        """Return the tables with `taxonomy_column` (see TAXONOMIES) as ``direction``."""
        sided = {
            name: getattr(self, name).assign(direction=getattr(self, name)[taxonomy_column])
            for name in SIDED
        }
        return replace(self, **sided)


def _none_of(kind: str, entries: list[dict]) -> str:
    """Return how many rows of one kind were read and why none is a lead's; empty where one is."""
    counts: dict[str, int] = {}
    for entry in entries:
        for reason, rows in entry["reasons"].items():
            counts[reason] = counts.get(reason, 0) + rows
    used, read = (sum(entry[each] for entry in entries) for each in ("used", "rows_in"))
    read -= sum(counts.get(reason, 0) for reason in _NOT_READ)
    if read <= 0 or used > sum(counts.get(reason, 0) for reason in _USED):
        return ""
    why = [f"{counts[reason]:,} {what}" for reason, what in _NO_LEAD.items() if counts.get(reason)]
    rows = f"{read:,} {kind} were" if read > 1 else f"1 {kind.removesuffix('s')} was"
    return f"{rows} read, none belongs to a lead: {', '.join(why) or 'see the messages of intake'}"


def empty(name: str) -> pd.DataFrame:
    """Return a table of the schema without rows.

    Examples
    --------
    >>> empty("payments").shape
    (0, 4)
    """
    return pd.DataFrame(columns=list(SCHEMA[name])).astype(SCHEMA[name])


def conform(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Return `table` with exactly the columns and dtypes of SCHEMA[name].

    Raises
    ------
    KeyError
        A column of the schema is missing.

    Examples
    --------
    >>> conform("payments", pd.DataFrame({"clinic": ["a"], "lead_id": ["x"],
    ...     "paid_at": ["2026-01-02"], "amount": [10]})).dtypes["paid_at"]
    dtype('<M8[us]')
    """
    return table[list(SCHEMA[name])].astype(SCHEMA[name]).reset_index(drop=True)


def pooled(clinics: list[ClinicData]) -> ClinicData:
    """Return several clinics' tables as one, each row with its clinic.

    The as-of date is the earliest of them: what one clinic alone knows later is not used. The
    ledger's totals are added up; settings are the first clinic's.

    Raises
    ------
    ValueError
        No clinic, or quarters that differ.
    """
    if not clinics or len({each.quarter for each in clinics}) > 1:
        raise ValueError("name at least one clinic, all with the same quarter")
    first = clinics[0]
    tables = {
        name: pd.concat([getattr(each, name) for each in clinics], ignore_index=True)
        for name in (*SCHEMA, "broad_only")
    }
    totals = ("rows_in", "leads", "duplicates", "rejected", "not_leads")
    ledger = {name: sum(each.ledger.get(name, 0) for each in clinics) for name in totals}
    return replace(
        first,
        clinic=" + ".join(each.clinic for each in clinics),
        as_of=min(each.as_of for each in clinics),
        ledger=first.ledger if len(clinics) == 1 else ledger,
        problems=tuple(problem for each in clinics for problem in each.problems),
        **tables,
    )


def first_lead(tables: ClinicData, clinics: pd.Series) -> pd.Series:
    """Return the time of the first lead of each row's clinic, missing where it has none.

    Never a number, however empty the tables are: it is compared and subtracted as a time.
    """
    first = tables.leads.groupby("clinic")["lead_at"].min()
    return pd.to_datetime(clinics.map(first.to_dict()))


def active_spend(tables: ClinicData) -> pd.DataFrame:
    """Return the rows of spend in which something was spent or worked; 0 starts and ends nothing.

    Sheets and platforms go on listing a paused campaign with 0.
    """
    spend = tables.spend
    return spend[(spend["amount"] != 0) | (spend["hours"] > 0)]


def place_of(rows: pd.DataFrame, units: pd.DataFrame) -> np.ndarray:
    """Return the row of `units` that each row of leads or spend belongs to, -1 for none.

    Parameters
    ----------
    rows, units : DataFrame
        With the columns of UNIT; each unit once.

    Examples
    --------
    >>> units = pd.DataFrame({"clinic": ["a", "b"], "campaign": ["spring", "spring"]})
    >>> rows = pd.DataFrame({"clinic": ["b", "b"], "campaign": ["spring", None]})
    >>> place_of(rows, units).tolist()
    [1, -1]
    """
    names, wanted = (
        each["clinic"] + "\t" + each["campaign"].astype("str") for each in (units, rows)
    )
    return pd.Index(names).get_indexer(pd.Index(wanted))
