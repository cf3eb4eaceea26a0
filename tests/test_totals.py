"""Leads known only as counts: read, never counted twice, checked against the leads on record."""

from __future__ import annotations

import ibis
import pandas as pd
import pytest

import ptanalysis as pt
from ptanalysis.intake.counted_totals import checked
from tests.small_clinic import clinic, counts, lead
from tests.test_intake import INQUIRIES, SPEND, Clinic, by_file, inquiry

TOTALS = (
    "period_start,period_end,source,leads,medium,campaign,vendor,mql,screened,sql,patients,revenue"
)
APRIL, MAY, JUNE = (
    f"2026-{month},2026-{month[:2]}-{day}"
    for month, day in (("04-01", 30), ("05-01", 31), ("06-01", 30))
)
SECOND_QUARTER = "2026-04-01,2026-06-30"


@pytest.fixture(scope="module")
def at_work(tmp_path_factory):
    """Run one clinic whose sources are a situation each, and return its tables and problems."""
    place = Clinic(tmp_path_factory.mktemp("totals"))
    place.put("2026Q1/totals.csv", TOTALS, f"{JUNE.replace('06', '03')[:-2]}31,yelp,5,,,,,,,,")
    place.put(
        "2026Q2/totals.csv",
        TOTALS,
        # Row 2 is exported again; rows 3 to 6: three months are the quarter's 30, which is one of
        # them and no more; rows 7 and 8: May is a part of the quarter; 9 and 10 are two halves.
        "2026-03-01,2026-03-31,Yelp,6,,,,,,,,",
        f"{APRIL},postcard,10,,,,8,7,3,2,1500.50",
        f"{MAY},postcard,11,,,,,,,,",
        f"{JUNE},postcard,9,,,,,,,0,",
        f"{SECOND_QUARTER},postcard,30,,,,,,,,",
        f"{SECOND_QUARTER},facebook,40,cpc,,,,,,,",
        f"{MAY},facebook,11,cpc,spring,,,,,,",
        f"{APRIL},newspaper,4,,east,,,,,,",
        f"{APRIL},newspaper,3,,west,,,,,,",
        # Rows 11 to 13 are of leads on record, but not of March, when none was.
        f"{APRIL},google,3,organic,,,,,,,",
        f"{MAY},google,2,organic,,,,,,,",
        "2026-01-01,2026-01-31,google,7,organic,,,,,,,",
        # Not to be used, rows 14 to 19; a count that is none is not known.
        f"{APRIL},brochure,2.5,,,,,,,,",
        f"{MAY},brochure,-2,,,,,,,,",
        f"{JUNE},brochure,5,,,,6,,,,",
        "2026-06-30,2026-06-01,brochure,5,,,,,,,,",
        f"{SECOND_QUARTER.replace('06-30', '07-31')},brochure,5,,,,,,,,",
        "2026-03-16,2026-04-15,brochure,5,,,,,,,,",
        f'{APRIL},walk-in,"1,002",,,,x,,,,',
        f"{APRIL},Total,9999,,,,,,,,",
    )
    place.put(
        "2026Q2/inquiries.csv",
        INQUIRIES,
        inquiry(1, "2026-04-02 10:00"),
        inquiry(2, "2026-04-30 23:00"),
        inquiry(3, "2026-05-01 09:00"),
        inquiry(4, "2026-06-09 09:00", source="the moon", medium=""),
    )
    place.put(
        "2026Q2/google.csv",
        "Campaign status,Campaign,Cost,Impr.,Conversions,Day",
        'Enabled,knee,120.00,"1,000",12.50,2026-04-03',
        "Enabled,back,80.00,900,,2026-04-03",
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PTANALYSIS_KEY_DIR", str(place.root / "keys"))
        yield place.run("2026Q2"), place.problems("2026Q2")


def counted(tables, channel):
    rows = tables.counted[tables.counted["channel"] == channel]
    return {str(row.period_start.date()): row.leads for row in rows.itertuples()}


def told(problems, code):
    return [(each.severity, each.row, each.count) for each in problems if each.code == code]


def test_counts_are_a_table_of_their_own_and_blank_is_unknown(at_work):
    tables, _ = at_work
    april = tables.counted[tables.counted["revenue"].notna()].iloc[0]
    assert (april["channel"], april["direction"]) == ("direct_mail", "outbound")
    counts = ["leads", "mql", "screened", "sql", "patients", "revenue"]
    assert april[counts].tolist() == [10, 8, 7, 3, 2, 1500.50]
    june = tables.counted[tables.counted["patients"] == 0].iloc[0]
    assert june["leads"] == 9
    assert june[["sql", "mql", "revenue"]].isna().all()
    assert counted(tables, "walk_in") == {"2026-04-01": 1002}
    assert len(tables.leads) == 4


def test_of_overlapping_counts_the_finer_count_unless_they_are_only_a_part(at_work):
    tables, problems = at_work
    months = {"2026-04-01": 10, "2026-05-01": 11, "2026-06-01": 9}
    assert counted(tables, "direct_mail") == months
    assert counted(tables, "paid_social") == {"2026-04-01": 40}
    assert told(problems, "overlapping_totals") == [("warning", 6, 1), ("warning", 8, 1)]


def test_a_later_quarter_s_count_of_a_period_replaces_the_older(at_work):
    tables, _ = at_work
    assert counted(tables, "directories") == {"2026-03-01": 6}
    old = by_file(tables, "2026Q1/totals.csv")
    assert (old["reasons"], old["duplicates"]) == ({"exported_again": 1}, 1)


def test_where_leads_are_on_record_the_counts_are_a_check(at_work):
    tables, problems = at_work
    assert counted(tables, "seo") == {"2026-01-01": 7}
    (check,) = [each for each in problems if each.code == "totals_and_leads"]
    assert (check.severity, check.row, check.count) == ("warning", 11, 2)
    assert "2026-04-01 to 2026-05-31: 5 leads counted here, 3 arrived on record" in check.what
    checked = tables.totals[tables.totals["kind"] == "checked"]
    assert checked["leads"].tolist() == [3, 2]


def test_counts_none_of_which_can_be_used_are_checked_against_nothing():
    moment = pd.Timestamp("2026-04-01")
    table = {"channel": "seo", "source": "google", "fate": "rejected:leads", "file": 0, "row": 2}
    totals = ibis.memtable(
        pd.DataFrame([table | {"period_start": moment, "period_end": moment, "leads": 3}])
    )
    leads = ibis.memtable(pd.DataFrame([{"lead_at": moment, "channel": "seo", "source": "google"}]))
    marked, said = checked(totals, leads, [])
    assert (marked.fate.execute().tolist(), said) == (["rejected:leads"], [])


def test_each_bad_count_is_told_once_and_every_row_is_accounted_for(at_work):
    tables, problems = at_work
    wrong = ("bad_count", "more_than_of", "ends_before_start")
    rejected = [e for e in problems if e.code in wrong and e.severity == "rejected"]
    places = {(each.row, each.column) for each in rejected}
    assert places == {(14, "leads"), (15, "leads"), (16, "mql"), (17, "period_end")}
    assert ("warning", 20, 1) in told(problems, "bad_count")
    assert told(problems, "totals_across_quarters") == [("warning", 19, 1)]
    assert told(problems, "totals_after_as_of") == [("warning", None, 1)]
    entry = by_file(tables, "2026Q2/totals.csv")
    assert (entry["kind"], entry["rows_in"]) == ("totals", 20)
    fates = {name: entry[name] for name in ("used", "duplicates", "rejected", "excluded")}
    assert fates == {"used": 10, "duplicates": 2, "rejected": 4, "excluded": 4}
    assert entry["reasons"]["checked_against_leads"] == 2
    assert tables.ledger["rows_in"] == tables.ledger["leads"] == 4


def test_what_an_ad_platform_claims_is_no_lead(at_work):
    tables, _ = at_work
    claimed = tables.totals[tables.totals["kind"] == "claimed"]
    assert claimed[["campaign", "leads"]].to_numpy().tolist() == [["knee", 12.5]]
    assert "knee" not in set(tables.counted["campaign"])
    assert len(tables.leads) == 4


def test_a_sheet_of_counts_with_its_cost_is_enough_for_a_run(tmp_path, monkeypatch):
    monkeypatch.setenv("PTANALYSIS_KEY_DIR", str(tmp_path / "keys"))
    place = Clinic(tmp_path)
    place.put(
        "2026Q2/marketing.csv",
        "Month,Channel,Spend,Leads,New Patients",
        "Apr 2026,Google Ads,$500,20,4",
        "May 2026,Google Ads,$600,30,5",
        "May 2026,physician referral,,9,",
    )
    place.put("2026Q2/spend.csv", SPEND, f"{JUNE},google,70,cpc,,,media,")
    tables = place.run()
    assert (str(tables.quarter), len(tables.leads)) == ("2026Q2", 0)
    assert counted(tables, "paid_search") == {"2026-04-01": 20, "2026-05-01": 30}
    assert tables.spend["amount"].tolist() == [500, 600, 70]
    assert tables.counted["period_end"].max() == pd.Timestamp("2026-05-31")


def month_counts(direction, leads, first=0, **rest):
    """Return a row of counts for each month from January 2025 on, by its leads."""
    starts = pd.date_range("2025-01-01", periods=first + len(leads), freq="MS")[first:]
    ends = starts + pd.offsets.MonthEnd(0)
    return [
        counts(str(start.date()), str(end.date()), number, direction, **rest)
        for start, end, number in zip(starts, ends, leads, strict=True)
    ]


def cost_of(rows, amount):
    kept = ("period_start", "period_end", "direction", "channel")
    return [
        {**{name: row[name] for name in kept}, "kind": "media", "amount": amount} for row in rows
    ]


def test_a_clinic_of_counts_alone_has_volume_and_shares():
    outbound = month_counts("outbound", [10, 11, 12] * 6)
    tables = clinic([], totals=[*outbound, *month_counts("inbound", [4, 6] * 2, first=14)])
    found = pt.count(tables).set_index("group")
    # April to June 2026: 10 + 11 + 12, and 4 + 6 + ... of the last four months 6, 4 and 6.
    assert found["estimate"].to_dict() == {"outbound": 33, "inbound": 16}
    # Garwood's interval of 33, and none from four months.
    assert found.loc["outbound", ["ci_low", "ci_high"]].round(2).tolist() == [22.72, 46.34]
    assert found.loc["inbound", ["ci_low", "ci_high"]].isna().all()
    assert "6 at least; there are 4" in found.loc["inbound", "note"]
    share = pt.count(tables, share=True).set_index("group")["estimate"]
    assert share.round(4).to_dict() == {"outbound": 0.6735, "inbound": 0.3265}
    change = pt.change(tables, tables.quarter.previous()).set_index("group")
    assert change.loc["outbound", "estimate"] == pytest.approx(1.0)
    # March alone is of the first quarter of 2026: 4, against 16.
    assert change.loc["inbound", "estimate"] == 4.0
    assert "known only as counts" in pt.trend(tables)["note"].iloc[0]


def test_counts_and_leads_of_other_sources_add_up_and_a_year_across_quarters_is_in_none():
    leads = [lead(f"2026-0{month}-10") for month in (4, 5, 6)]
    year = counts("2026-01-01", "2026-12-31", 90)
    tables = clinic(leads, totals=[*month_counts("outbound", [2] * 18), year])
    assert pt.count(tables).set_index("group")["estimate"].to_dict() == {
        "outbound": 6,
        "inbound": 3,
    }
    # Steady months, 18 of them, leave 16 degrees of freedom, and two sides hold together:
    # exp(2.4729 sqrt(1/6 + 1/6)).
    longer = clinic([lead("2026-01-01"), *leads], totals=tables.totals.to_dict("records"))
    change = pt.change(longer, tables.quarter.previous()).set_index("group")
    assert change.loc["outbound", ["estimate", "ci_high"]].round(2).tolist() == [1.0, 4.17]
    assert pt.unknown_share(tables)["n"].tolist() == [9]
    assert len(pt.within(tables, 1)) == 3
    (said,) = [text for text in pt.warnings(tables)["message"] if "known only as counts" in text]
    assert said.startswith("Of 129 leads 126 are known only as counts")


def test_cost_per_lead_sql_and_patient_of_counts_by_hand():
    rows = month_counts(
        "outbound", [10, 11, 12] * 6, mql=9, screened=8, sql=4, patients=2, revenue=800
    )
    bare = month_counts("inbound", [5] * 18)
    tables = clinic([], totals=[*rows, *bare], spend=[*cost_of(rows, 500), *cost_of(bare, 100)])
    # 18 months: 9,000 over 198 leads, 1,800 over 90.
    now = pt.units(tables, followed=0)
    per_lead = pt.cost_per(now, "leads").set_index("group")
    assert per_lead["estimate"].round(4).to_dict() == {"outbound": 45.4545, "inbound": 20}
    ratio = pt.cost_per(now, "leads", compare=True).each()[0]
    assert ratio.value == pytest.approx(45.454545 / 20)
    # 15 months lie 13 weeks back: 7,500 over 165 leads, of whom half of the screened are SQL.
    old = pt.units(tables, followed=13)
    per_sql = pt.cost_per(old, "sql").set_index("group")
    assert per_sql.loc["outbound", "estimate"] == pytest.approx(7500 / (165 * 60 / 120))
    assert "known only as counts" in per_sql.loc["outbound", "note"]
    assert pt.cost_per(old, "patients").each()[0].value == pytest.approx(250)
    # What was not counted is not known, never 0; nor are sides compared without times.
    assert pd.isna(per_sql.loc["inbound", "estimate"])
    assert "fill it in" in per_sql.loc["inbound", "note"]
    assert not pt.cost_per(old, "sql", compare=True).each()[0].known
    # 12 months lie 26 weeks back: 9,600 came back of 6,000.
    back = pt.roi(pt.units(tables)).set_index("group")["estimate"]
    assert back["outbound"] == pytest.approx(0.6)
    assert pd.isna(back["inbound"])


def test_units_of_which_nobody_counted_an_outcome_are_left_out_of_its_cost():
    rows = month_counts("outbound", [10] * 8, sql=2)
    bare = month_counts("outbound", [50] * 4, first=8)
    tables = clinic([], totals=[*rows, *bare], spend=cost_of([*rows, *bare], 300))
    (found,) = pt.cost_per(pt.units(tables, followed=13), "sql").each()
    assert found.value == pytest.approx(8 * 300 / 16)
    assert (
        "280 of 280 leads are known only as counts, and for 200 it was not counted" in found.reason
    )


def test_stages_by_channel_add_counts_and_keep_what_is_unknown():
    rows = [
        counts("2026-04-01", "2026-04-30", 7, channel="seo", mql=5, sql=2),
        counts("2026-04-01", "2026-04-30", 9, channel="directories"),
    ]
    tables = clinic([lead("2026-05-05")], totals=rows)
    names = ["leads", "mql", "screened", "sql", "patients", "revenue"]
    table = pd.DataFrame(
        [[1, 1, 0, 0, 0, 0.0, 90.0], [2, 1, 1, 0, 0, 0.0, None]],
        columns=[*names, "cost"],
        index=pd.MultiIndex.from_tuples(
            [("inbound", "seo"), ("inbound", "social")], names=["direction", "channel"]
        ),
    )
    found = pt.with_counted(tables, table).droplevel("direction").T
    assert found["seo"][["leads", "mql", "sql", "cost"]].tolist() == [8, 6, 2, 90]
    assert found["seo"][["screened", "patients", "revenue"]].isna().all()
    assert found["directories"]["leads"] == 9
    assert found["directories"][names[1:]].isna().all()
    assert found["social"]["leads"] == 2


def test_what_others_count_stands_beside_the_leads_that_arrived():
    day = {"direction": "outbound", "channel": "paid_search"}
    rows = [
        counts("2026-04-01", "2026-04-30", 12.5, **day) | {"kind": "claimed"},
        counts("2026-05-01", "2026-05-31", 40, **day) | {"kind": "checked"},
    ]
    leads = [lead(f"2026-{at}", **day) for at in ("04-01", "04-30 23:00", "05-31 12:00", "06-01")]
    found = pt.claimed(clinic(leads, totals=rows)).reset_index()
    assert found[["kind", "counted", "arrived"]].to_numpy().tolist() == [
        ["checked", 40, 1],
        ["claimed", 12.5, 2],
    ]
    assert pt.count(clinic(leads, totals=rows))["estimate"].tolist() == [4]
