"""A first touch that says nothing of its source; files of which most rows lack a day. One run."""

from __future__ import annotations

import pytest

from ptanalysis.report.assemble import lead_line
from tests.test_intake import INQUIRIES, SCREENINGS, Clinic, by_file, inquiry

CONTACTS = "Contact Id,First Name,Last Name,Email,Phone,Created,Last Activity,Tags"
OPPORTUNITIES = "Opportunity Name,Contact Name,email,phone,pipeline,stage,status,source,Created on"


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PTANALYSIS_KEY_DIR", str(tmp_path_factory.mktemp("keys")))
        clinic = Clinic(tmp_path_factory.mktemp("root"))
        # Ada and Bea are contacts before their opportunity; Bea's says nothing, either.
        clinic.put(
            "2026Q1/contacts.csv",
            CONTACTS,
            "k1,Ada,Alder,ada@example.org,,2026-01-05T10:00:00-05:00,2026-01-05T10:00:00-05:00,",
            "k2,Bea,Birch,bea@example.org,,2026-01-06T10:00:00-05:00,2026-01-06T10:00:00-05:00,",
        )
        clinic.put(
            "2026Q1/opportunities.csv",
            OPPORTUNITIES,
            "a,Ada Alder,ada@example.org,,Leads,New,open,Facebook Ads,2026-01-09T10:00:00-05:00",
            "b,Bea Birch,bea@example.org,,Leads,New,open,,2026-01-09T11:00:00-05:00",
        )
        # A source that no rule knows is not silent; a later one does not replace it.
        rows = [
            inquiry(1, "2026-01-10", source="zeppelin", medium="", email="c@example.org"),
            inquiry(1, "2026-01-12", source="blog", medium="", email="c@example.org"),
        ]
        clinic.put("2026Q1/i.csv", INQUIRIES, rows[0], rows[1].replace("I1,", "I2,", 1))
        # Twelve of 20 screenings have no day.
        days = [f"I1,,qualified,,,,,s{n}" for n in range(12)]
        days += [f"I1,2026-01-{n:02d},qualified,,,,,s{n}" for n in range(20, 28)]
        clinic.put("2026Q1/s.csv", SCREENINGS, *days)
        clinic.tables = clinic.run("2026Q1")
        clinic.told = clinic.problems("2026Q1")
    return clinic


def test_a_silent_first_touch_yields_to_the_first_that_says_a_source(ran):
    leads = ran.tables.leads.sort_values("inquiry_at")
    assert list(leads["channel"]) == ["paid_social", "unknown", "unknown"]
    # The day stays that of the contact, 10:00 in New York.
    assert str(leads["inquiry_at"].iloc[0]) == "2026-01-05 10:00:00"
    assert list(leads["touches"]) == [2, 2, 2]


def test_a_file_of_which_most_rows_lack_a_day_says_so_first_and_gives_no_time(ran):
    assert by_file(ran.tables, "2026Q1/s.csv")["rejected"] == 12
    (told,) = [p for p in ran.told if p.code == "mostly_undated"]
    assert (told.file, told.column, told.count) == ("2026Q1/s.csv", "screened_at", 12)
    assert "2026Q1/s.csv: 12 of 20 rows have no date" in lead_line(ran.tables)
    # The one SQL has no day that can be trusted.
    assert ran.tables.ledger["undated"]["sql_at"]["all"] == 1
