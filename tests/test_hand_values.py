"""Values of intake by hand, each chosen so that one likely slip in the code changes it."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import ibis
import pandas as pd
import pytest

from ptanalysis.intake import ledger
from ptanalysis.intake.classify.events import tied
from ptanalysis.intake.clean import usable_phone, with_time
from ptanalysis.intake.clean.dates import day_first, month_first
from ptanalysis.intake.deduplicate import known, newest
from tests.test_double_spend import judged
from tests.test_intake import (
    INQUIRIES,
    PAYMENTS,
    SCREENINGS,
    SPEND,
    VISITS,
    Clinic,
    inquiry,
)
from tests.test_people import joined


def local(text: str, clinic_zone: str) -> str:
    """Return a cell's time in the clinic's zone."""
    table = with_time(ibis.memtable({"at": [text]}), "at", clinic_zone=clinic_zone)
    return str(table.at.execute()[0])


@pytest.mark.parametrize(
    ("text", "zone", "time"),
    [
        # West of Greenwich the clock is behind: 14:32 at -05:00 is 19:32 UTC, at UTC-6 13:32.
        ("2026-01-31T14:32:00-05:00", "UTC", "2026-01-31 19:32:00"),
        ("2026-01-31T14:32:00-05:00", "America/Chicago", "2026-01-31 13:32:00"),
        # East of it ahead: 14:32 - 5:30 = 09:02 UTC; 04:32 - 10:00 is 18:32 of the day before.
        ("2026-01-31T14:32:00+05:30", "UTC", "2026-01-31 09:02:00"),
        ("2026-04-01T04:32:00+10:00", "UTC", "2026-03-31 18:32:00"),
    ],
)
def test_an_offset_moves_the_time_to_the_other_side_of_its_sign(text, zone, time):
    assert local(text, zone) == time


@pytest.mark.parametrize(
    ("text", "proves_day_first", "proves_month_first"),
    [
        ("12/05/2026", False, False),  # May 12 or December 5
        ("05/12/2026", False, False),
        ("13/05/2026", True, False),
        ("05/13/2026", False, True),
    ],
)
def test_only_a_number_above_twelve_proves_the_order(text, proves_day_first, proves_month_first):
    assert day_first(ibis.literal(text)).execute() == proves_day_first
    assert month_first(ibis.literal(text)).execute() == proves_month_first


@pytest.mark.parametrize(
    ("number", "usable"),
    [("+16185555555", False), ("+16185550555", True), ("+16180000000", False)],
)
def test_a_placeholder_for_a_phone_is_none(number, usable):
    assert usable_phone(ibis.literal(number)).notnull().execute() == usable


def test_an_event_of_the_inquiry_s_own_day_is_not_before_it():
    """An export of days alone puts the visit at midnight; the call came at 15:00."""
    events = ibis.memtable(
        pd.DataFrame(
            {
                "inquiry_id": ["a", "b"],
                "at_day": pd.to_datetime(["2026-01-05", "2026-01-04"]),
                "fate": pd.array([None, None], dtype="str"),
            }
        )
    )
    inquiries = ibis.memtable(
        pd.DataFrame(
            {
                "inquiry": [1, 2],
                "inquiry_id": ["a", "b"],
                "at": pd.to_datetime(["2026-01-05 15:00", "2026-01-05 15:00"]),
            }
        )
    )
    found = tied(events, inquiries, "at_day").execute().set_index("inquiry_id")
    assert pd.isna(found.loc["a", "fate"])
    assert found.loc["a", "at_day"] == pd.Timestamp("2026-01-05 15:00")
    assert found.loc["b", "fate"] == "rejected:before_inquiry"


@pytest.fixture(scope="module")
def days(tmp_path_factory):
    """Run a clinic whose exports hold days alone, with what is worked out in each test."""
    root = tmp_path_factory.mktemp("days")
    clinic = Clinic(root)
    clinic.put(
        "2026Q1/inquiries.csv",
        INQUIRIES,
        inquiry(1, "2026-01-05"),
        inquiry(2, "2026-01-06"),
        inquiry(3, "2026-01-07"),
        inquiry(4, "2026-01-08"),
        inquiry(5, "2026-01-09"),
        inquiry(6, "2026-01-10", source="google", medium="cpc"),
    )
    clinic.put(
        "2026Q1/screenings.csv",
        SCREENINGS,
        "I1,2026-01-05,qualified,5,yes,5,,s",
        "I2,2026-01-12,disqualified,,,,cost is too high,s",
        "I2,2026-01-20,qualified,5,yes,5,,s",
        "I3,2026-01-12,disqualified,,,,vendor,s",
        "I3,2026-01-20,qualified,5,yes,5,,s",
    )
    clinic.put("2026Q1/visits.csv", VISITS, "I1,2026-01-05,attended,evaluation")
    clinic.put(
        "2026Q1/payments.csv",
        PAYMENTS,
        "I1,2026-01-05,50.00,payment,self",
        "I4,2026-01-15,0.00,payment,self",
        "I5,2026-01-12,-30.00,refund,self",
        "I5,2026-01-14,20.00,payment,self",
        "I5,2026-01-16,25.00,payment,self",
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PTANALYSIS_KEY_DIR", str(tmp_path_factory.mktemp("keys")))
        tables = clinic.run("2026Q1")
    return tables.leads.set_index(tables.leads["inquiry_at"].dt.day)


def test_on_one_day_a_person_inquires_qualifies_comes_and_pays(days):
    one, day = days.loc[5], pd.Timestamp("2026-01-05")
    assert pd.isna(one["not_mql_reason"])
    assert one["mql_at"] == one["screened_at"] == one["sql_at"] == one["patient_at"] == day


def test_a_lead_disqualified_and_later_qualified_is_not_lost(days):
    two = days.loc[6]
    assert two["screened_at"] == pd.Timestamp("2026-01-12")
    assert two["sql_at"] == pd.Timestamp("2026-01-20")
    assert pd.isna(two["lost_at"])
    assert pd.isna(two["lost_reason"])


def test_a_lead_taken_for_a_vendor_and_later_qualified_is_an_mql(days):
    three = days.loc[7]
    assert pd.isna(three["not_mql_reason"])
    assert three["mql_at"] == pd.Timestamp("2026-01-07")  # it named a service on its first day
    assert three["sql_at"] == pd.Timestamp("2026-01-20")


def test_a_patient_is_one_when_the_net_is_first_above_zero(days):
    assert pd.isna(days.loc[8, "patient_at"])  # a payment of $0 is none
    # -30, then -30 + 20 = -10, then -10 + 25 = 15: above zero with the third.
    assert days.loc[9, "patient_at"] == pd.Timestamp("2026-01-16")


def test_a_click_that_was_paid_for_is_on_another_side_in_the_second_taxonomy(days):
    paid = days.loc[10]
    assert paid["channel"] == "paid_search"
    assert (paid["direction"], paid["direction_platform"]) == ("outbound", "inbound")


def test_a_stage_after_the_as_of_date_is_not_known_yet():
    stages = ibis.memtable(
        pd.DataFrame(
            {
                "fate": pd.array([None], dtype="str"),
                **{
                    name: pd.to_datetime([day])
                    for name, day in {
                        "lead_at": "2026-03-30",
                        "mql_at": "2026-03-31 23:59",
                        "screened_at": "2026-04-01",
                        "sql_at": "2026-06-02",
                        "patient_at": "2026-06-20",
                        "lost_at": "2026-06-30",
                    }.items()
                },
            }
        )
    )
    row = known(stages, "stages", date(2026, 3, 31)).execute().iloc[0]
    assert row["mql_at"] == pd.Timestamp("2026-03-31 23:59")
    assert row[["screened_at", "sql_at", "patient_at", "lost_at"]].isna().all()


@pytest.mark.parametrize("order", [("attended", "booked"), ("booked", "attended")])
def test_of_two_copies_of_a_visit_the_attended_one_is_used(order):
    visits = ibis.memtable(
        pd.DataFrame(
            {
                "inquiry_id": "a",
                "visit_at": pd.Timestamp("2026-01-15 09:00"),
                "status": order,
                "kind": "evaluation",
                "file": 0,
                "age": 1,
                "row": [2, 3],
                "format": "visits",
                "fate": pd.array([None, None], dtype="str"),
            }
        )
    )
    found = newest(visits, "visits").execute().set_index("status")["fate"]
    assert pd.isna(found["attended"])
    assert found["booked"] == "duplicates:exported_again"


def counted(*files) -> tuple[float, list[str]]:
    """Return the money that counts, and the files refused as told twice."""
    rows, problems = judged(*files)
    refused = [problem.file for problem in problems if problem.code == "double_spend"]
    return float(rows.loc[rows["fate"].isna(), "amount"].sum()), refused


def test_files_that_share_one_day_tell_the_same_money():
    # January 1-31 and January 31 - February 28 both hold January 31.
    first = ["2026-01-01,2026-01-31,google,60,cpc,spring,,media,"]
    second = ["2026-01-31,2026-02-28,google,40,cpc,spring,,media,"]
    assert counted(first, second) == (60.0, ["s1"])
    assert counted(first, ["2026-02-01,2026-02-28,google,40,cpc,spring,,media,"]) == (100.0, [])


def test_a_campaign_s_media_and_its_labor_are_two_costs():
    media = ["2026-01-01,2026-01-31,google,60,cpc,spring,,media,"]
    labor = ["2026-01-01,2026-01-31,google,40,cpc,spring,,labor,"]
    assert counted(media, labor) == (100.0, [])


def test_two_vendors_bills_of_one_campaign_are_two_costs_over_the_quarters():
    """A later quarter's export replaces rows of its own vendor alone: 70 + 40 = 110."""
    names = SPEND.split(",")
    rows = [
        (0, 1, 2, "2026-01-01", "2026-01-31", "google", 60, "cpc", "spring", "Ash", "media"),
        (1, 2, 2, "2026-01-01", "2026-01-31", "google", 70, "cpc", "spring", "Ash", "media"),
        (1, 2, 3, "2026-01-01", "2026-01-31", "google", 40, "cpc", "spring", "Birch", "media"),
        (0, 1, 3, "2026-02-01", "2026-02-28", "google", 0, "cpc", "spring", "Cedar", "media"),
    ]
    table = pd.DataFrame(rows, columns=["file", "age", "row", *names[:-1]])
    table["fate"] = pd.array([None] * len(table), dtype="str")
    table[["period_start", "period_end"]] = table[["period_start", "period_end"]].apply(
        pd.to_datetime
    )
    found = newest(ibis.memtable(table), "spend").execute()
    assert found.loc[found["fate"].isna(), "amount"].sum() == 110
    older = table.assign(vendor=["Ash", "Birch", "Birch", "Cedar"])  # Ash's bill is not told again
    found = newest(ibis.memtable(older), "spend").execute()
    assert found.loc[found["fate"].isna(), "amount"].sum() == 60 + 70 + 40


ANN = ("Ann", "Lee", "ann.lee@example.org", "+16185550101")


@pytest.mark.parametrize(
    "other",
    [
        # The emails are a letter apart, but the phones are two people's.
        ("Ann", "Lee", "ann.lei@example.org", "+13125559876"),
        # The phones are a digit apart, but the emails are two people's.
        ("Ann", "Lee", "zoe.quarterman@other.example", "+16185550102"),
    ],
)
def test_two_people_of_one_name_stay_two(other):
    people, _ = joined(ANN, other)
    assert len(set(people)) == 2


@pytest.mark.parametrize(("carriers", "people"), [(50, 1), (51, 51)])
def test_a_phone_that_too_many_carry_is_no_one_s_own(carriers, people):
    rows = [
        ("Ann", "Lee", f"{chr(97 + i // 26)}{chr(97 + i % 26)}@x{i}.example", ANN[3])
        for i in range(carriers)
    ]
    found, _ = joined(*rows)
    assert len(set(found)) == people


@pytest.mark.parametrize("accounted", [1, 3])
def test_a_row_lost_and_a_row_counted_twice_are_errors(accounted):
    file = ledger.FileIn(file="i.csv", kind="inquiries", rows=2)
    count = SimpleNamespace(file="i.csv", fate="used", reason="lead", rows=accounted, cents=0)
    with pytest.raises(ledger.LedgerError, match="2 rows in"):
        ledger.build([file], [count])
