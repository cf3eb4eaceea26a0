"""What would mislead is said in words: by hand, and on the real leads of a marketplace."""

import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import ptanalysis as pt
from lab.simulate import SAMPLE, clinic_tables
from ptanalysis import intake
from ptanalysis.definitions import Quarter
from ptanalysis.metrics import volume
from ptanalysis.metrics.money.cost_per_outcome import cost_per_ratio
from ptanalysis.metrics.quality.data_warnings import traps
from ptanalysis.metrics.quality.followed_leads import rate
from ptanalysis.metrics.quality.quality_difference import (
    mql_sql_gap_difference,
    sql_share_difference,
)
from tests import asked
from tests.small_clinic import AS_OF, clinic, lead, weeks_after

OLIST = Path(__file__).parents[2] / "shared" / "data" / "olist"


def weekly_leads(first="2025-01-06", weeks=77, each=4, **rest):
    days = pd.date_range(first, periods=weeks, freq="7D")
    return [lead(str(day), **rest) for day in days for _ in range(each)]


def converted(rows, since="2000-01-01"):
    """Return the rows, every second a patient 5 weeks later where that is after `since`."""
    paid = [row | {"patient_at": weeks_after(row["lead_at"], 5)} for row in rows[::2]]
    known = [
        row if since <= row["patient_at"] <= AS_OF else row | {"patient_at": None} for row in paid
    ]
    return known + rows[1::2]


def test_an_even_record_holds_no_trap():
    assert traps(clinic(converted(weekly_leads()))) == []
    assert traps(clinic_tables(SAMPLE, 4, as_of=pd.Timestamp(AS_OF))) == []
    assert traps(clinic([])) == []


def test_a_process_that_starts_late_is_told_with_what_is_missing():
    """Leads from 2025-01-06 on; no patient before 2025-07-07, 26 weeks later.

    Half the leads convert after 5 weeks: of the 4 x 26 leads before that day those at least 5
    weeks old, 4 x 22 by 2025-07-07, would have had 44 patients.
    """
    (said,) = traps(clinic(converted(weekly_leads(), since="2025-07-07")))
    assert "No patient is dated before 2025-07-07, 26 weeks after the first lead" in said
    assert "Of the 104 leads before that day about 44 " in said


def test_a_jump_is_told_from_four_times_on():
    def said(times):
        before, after = weekly_leads(weeks=52), weekly_leads("2026-01-05", 26, 4 * times)
        return traps(clinic(before + after))

    # Five Mondays in December, four in January: 5 x 4 leads, then 4 x 4 x times.
    assert said(4) == []
    (jump,) = said(5)
    assert "from 20 in December 2025 to 80 in January 2026" in jump


def test_unknown_sources_are_told_from_a_tenth_on():
    known = weekly_leads(each=3)
    few = [row | {"direction": "unknown", "channel": "unknown"} for row in weekly_leads()[:20]]
    assert traps(clinic(known + few)) == []
    (said,) = traps(clinic(known + few * 2))
    assert "40 of 271 leads (14.8%)" in said


def test_ai_assistants_are_told_where_the_record_spans_their_first_day_as_a_channel():
    assistants = {"channel": "ai_referral"}
    before = [lead("2026-05-12"), lead("2026-05-12", **assistants)]
    after = [lead("2026-05-13", **assistants), lead("2026-05-14", **assistants)]
    (said,) = traps(clinic([*before, *after]))
    assert "Of 3 leads of AI assistants 2 came since 2026-05-13" in said
    # On one side of the day, or without such leads, nothing changed.
    assert traps(clinic(before)) == traps(clinic(after)) == []
    assert traps(clinic([lead("2026-05-12"), lead("2026-05-13")])) == []


def test_outcomes_at_or_before_the_inquiry_are_counted():
    early = lead("2026-03-03", sql_at="2026-03-01", screened_at="2026-03-01")
    (said,) = traps(clinic([*weekly_leads(), early]))
    assert said.startswith("1 lead has an outcome (screened, sql) dated at or before")


def test_stages_without_dates_answer_no_question_of_time():
    rows = [lead("2026-01-05", sql_at="2026-01-20") for _ in range(12)]
    rows += [lead("2026-01-05", screened_at="2026-01-20", lost_at="2026-01-20")] * 3
    week = {"period_start": "2026-01-05", "period_end": "2026-01-11", "kind": "media", "amount": 9}
    spend = [
        week | {"channel": "seo", "direction": "inbound"},
        week | {"channel": "direct_mail", "direction": "outbound"},
    ]
    dated = clinic(rows, spend=spend)
    undated = replace(dated, ledger={"undated": {"sql_at": {"all": 1}}})
    (said,) = set(traps(undated)) - set(traps(dated))
    assert "of 12 leads that became SQL, the exports do not say when 1 did" in said
    refused = [
        asked.first_sql_difference(undated),
        sql_share_difference(undated),
        mql_sql_gap_difference(undated),
        cost_per_ratio(undated),
        *asked.costs(undated),
        *pt.quality_change(undated, Quarter.parse("2026Q1")).each(),
    ]
    assert all("do not say when" in each.reason and not each.known for each in refused)
    # Leads themselves have dates: what they cost is told as before.
    assert cost_per_ratio(undated, "leads") == cost_per_ratio(dated, "leads")
    assert len(pt.conversion(dated))
    assert pt.conversion(undated).empty


def test_one_stage_in_20_may_lack_its_date():
    rows = [lead("2026-01-05", sql_at="2026-01-20") for _ in range(20)]
    one, two = (replace(clinic(rows), ledger={"undated": {"sql_at": {"all": n}}}) for n in (1, 2))
    assert one.undated() == ""
    assert "when 2 did" in two.undated()
    # Few of all, but most of one side.
    sided = [*rows, *(lead("2026-01-05", "outbound", sql_at="2026-01-20") for _ in range(20))]
    part = clinic([*sided, lead("2026-01-05", "neither", sql_at="2026-01-20")])
    part = replace(part, ledger={"undated": {"sql_at": {"all": 2, "outbound": 2}}})
    assert "of 20 outbound leads that became SQL, the exports do not say when 2 did" in (
        part.undated()
    )


def test_an_export_that_stops_early_yields_no_trend_and_no_change():
    """4 leads a week until 2026-05-25; 5.3 weeks of silence to the end of June: about 21 missed."""
    tables = clinic(weekly_leads(weeks=73))
    (said,) = traps(tables)
    assert "No lead is dated after 2026-05-25, 5 weeks before the end of the data" in said
    assert "about 21 would be usual" in said
    changes = pt.change(tables, Quarter.parse("2026Q1"))
    found = [*pt.trend(tables).each(), *changes.each()]
    assert not any(each.known for each in found)
    assert all("export" in each.reason for each in found)


def test_a_quiet_fortnight_is_no_silence():
    assert volume.silence(clinic(weekly_leads(weeks=76))) == ""


@pytest.fixture(scope="module")
def olist(tmp_path_factory):
    """8,000 leads and 842 deals, through intake."""
    if not OLIST.is_dir():
        pytest.skip("the shared data are not here")
    root = tmp_path_factory.mktemp("olist")
    raw = root / "data" / "raw" / "olist" / "2018Q4"
    raw.mkdir(parents=True)
    for file in OLIST.glob("*.csv"):
        shutil.copy(file, raw)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PTANALYSIS_KEY_DIR", str(root / "keys"))
        yield intake.run("olist", None, root=root)


def test_real_leads_agree_with_the_published_counts(olist):
    """The facts of ../shared/data/README.md."""
    leads = olist.leads
    assert (len(leads), leads["patient_at"].notna().sum()) == (8000, 842)
    by_channel = leads.groupby("channel")["patient_at"].agg(["size", "count"])
    assert by_channel.loc["seo"].tolist() == [2296, 271]
    assert by_channel.loc["paid_search"].tolist() == [1586, 195]
    assert by_channel.loc["social"].tolist() == [1350, 75]
    assert by_channel.loc["email"].tolist() == [493, 15]
    days = leads["patient_at"].dt.normalize() - leads["lead_at"].dt.normalize()
    assert days.median() == pd.Timedelta(days=14)


def test_real_leads_at_90_days_all_followed(olist):
    """678 of 5,998 contacts of 2018, by the published fact, within 90 days; everybody followed."""
    recent = olist.leads[olist.leads["lead_at"] >= "2018-01-01"]
    end = olist.as_of + pd.Timedelta(days=1)
    found = rate(recent, end, "patient_at", weeks=91 / 7 - 1e-9)
    assert round(found.value * 5998) == 678
    assert found.n == 5998


def test_real_leads_refuse_what_they_cannot_tell(olist):
    assert "screened" in sql_share_difference(olist).reason
    assert "screened" in mql_sql_gap_difference(olist).reason
    rates = [each for each in pt.funnel(olist, by="channel").each() if "sql" in each.id]
    assert rates
    assert not any(each.known for each in rates)
    assert "not separable" in pt.season(olist)["note"].item()
    assert pt.trend(olist)["estimate"].isna().all()
    assert pt.vendor_gaps(olist).empty


def test_the_traps_of_real_leads_are_visible(olist):
    start, silence, jump, unknown, early = traps(olist)
    assert "No patient is dated before 2017-12-05" in start
    assert "after 2018-05-31" in silence
    assert "from 200 in December 2017 to 1,141 in January 2018" in jump
    assert "1,099 say so, 60 are blank" in unknown
    assert early.startswith("1 lead has an outcome (patient)")


def test_real_quarters_at_equal_age(olist):
    """Contacts of 2018Q2 against 2018Q1, as known at the end of June."""
    leads = olist.leads
    known = leads["patient_at"].where(leads["patient_at"] < "2018-07-01")
    then = replace(
        olist,
        quarter=Quarter.parse("2018Q2"),
        as_of=pd.Timestamp("2018-06-30"),
        leads=leads.assign(patient_at=known),
    )
    found = pt.quality_change(then, Quarter.parse("2018Q1"), event="patient_at").each()[0]
    assert found.ci_low < 0 < found.ci_high
    assert found.n == 3343 + 2655
