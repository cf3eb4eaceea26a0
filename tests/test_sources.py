"""Every export format, by small files of invented values under the headers of sources.md part A."""

from __future__ import annotations

import csv
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import ibis
import openpyxl
import pytest

from ptanalysis.definitions import load_config
from ptanalysis.intake import clean
from ptanalysis.intake import read as reader
from ptanalysis.intake.check_files import describe
from ptanalysis.intake.read.format_files import parse_format

SHARED = Path(__file__).parents[2] / "shared" / "data"
CONFIG = load_config(None)


@pytest.fixture(scope="module")
def connection():
    return ibis.duckdb.connect()


@pytest.fixture
def read(tmp_path, connection):
    def _read(text: str | bytes, *, name: str = "export.csv", config=CONFIG):
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return reader.read_file(path, clinic_folder=tmp_path, config=config, connection=connection)

    return _read


def rows(source, kind: str) -> list[dict]:
    """The rows of a table in the order of the file, without what is missing and `undated`."""
    table = source.tables[kind].order_by("row").execute()
    table = table[[name for name in table if not name.endswith("_undated")]]
    return [
        {name: value for name, value in record.items() if isinstance(value, str)}
        for record in table.to_dict("records")
    ]


def codes(source, *severities: str) -> list[str]:
    return [p.code for p in source.problems if not severities or p.severity in severities]


def balanced(source) -> bool:
    left = source.rows_in - source.rejected - sum(source.excluded.values())
    return all(table.count().execute() == left for table in source.tables.values())


HUBSPOT = (
    "Record ID,First Name,Last Name,Email,Phone Number,Create Date,Lead Status,Lifecycle Stage,"
    "Original Source,Original Source Drill-Down 1,Original Source Drill-Down 2,Notes\n"
)


def test_hubspot_contacts(read):
    source = read(
        HUBSPOT + "101,Robin,Alder,robin@example.org,(407) 555-0101,2026-01-05 09:14,New,Lead,"
        "Organic search,knee pain,Google,private\n"
        "102,Sam,Birch,sam@example.org,,2026-01-06 10:00,Unqualified,Sales Qualified Lead,"
        "Paid search,winter-campaign,pt near me,\n"
    )
    first, second = rows(source, "inquiries")
    assert source.format.name == "hubspot_contacts"
    assert first["inquiry_id"] == "101"
    assert first["source"] == "Organic search"
    assert "campaign" not in first
    assert second["campaign"] == "winter-campaign"
    stages = rows(source, "stages")
    assert stages[0] == {"inquiry_id": "101", "lead_at": "2026-01-05 09:14"}
    assert stages[1]["sql_at"] == "2026-01-06 10:00"
    assert "patient_at" not in stages[1]
    assert stages[1]["lost_reason"] == "Unqualified"
    assert codes(source, "warning") == ["stage_dates_missing"]
    assert balanced(source)


@pytest.mark.parametrize(
    ("drill_down_1", "drill_down_2", "expected"),
    [
        ("Import", "2026Q1 cold list", "cold call"),
        ("Integration", "Facebook Lead Ads", "facebook ads"),
        ("Import", "spring postcard returns", "direct mail"),
        ("API", "contacts-upsert", "Offline sources"),
        ("CRM_UI", "", "Offline sources"),
    ],
)
def test_hubspot_offline_stays_unknown_until_its_drill_down_resolves_it(
    read, drill_down_1, drill_down_2, expected
):
    line = "7,A,B,a@example.org,,2026-01-05 09:14,New,Lead,Offline sources,"
    source = read(f"{HUBSPOT}{line}{drill_down_1},{drill_down_2},\n")
    assert rows(source, "inquiries")[0]["source"] == expected


def test_hubspot_own_stage_dates_and_unknown_stage(read):
    source = read(
        "Record ID,Email,Create Date,Lifecycle Stage,Became a Marketing Qualified Lead Date,"
        "Became a Sales Qualified Lead Date\n"
        "1,a@example.org,2026-01-05 09:14,Sales Qualified Lead,2026-01-07 10:00,2026-02-01 11:00\n"
        "2,b@example.org,2026-01-05 09:14,Warm,,\n"
    )
    stages = rows(source, "stages")
    assert (stages[0]["mql_at"], stages[0]["sql_at"]) == ("2026-01-07 10:00", "2026-02-01 11:00")
    assert stages[1] == {"inquiry_id": "2"}
    assert codes(source, "warning") == ["unknown_stage"]


def test_hubspot_stage_jumped_over_is_dated_by_the_next_one(read):
    """HubSpot moves a contact from Lead to Opportunity, or to Customer, at once (its help page)."""
    source = read(
        "Contact ID,Email,Create Date,Lifecycle Stage,Original Traffic Source,"
        "Original Traffic Source Drill-Down 1,"
        """\"Date entered \"\"Marketing Qualified Lead (Lifecycle Stage Pipeline)\"\"\","""
        "Became a Sales Qualified Lead Date,Became an Opportunity Date,"
        "Date entered 'Customer (Lifecycle Stage Pipeline)'\n"
        "1,a@example.org,2026-01-05 09:14,Opportunity,Paid Social,knee,,,02/01/2026 4:05 PM,\n"
        "2,b@example.org,2026-01-05 09:14,Customer,Direct Traffic,,2026-01-07,,,2026-03-01 11:00\n"
    )
    first, second = rows(source, "stages")
    assert "patient_at" not in first
    told = source.tables["stages"].order_by("row").execute()
    assert told["sql_undated"].tolist() == ["no", "no"]
    assert told["patient_undated"].tolist() == ["yes", "no"]
    assert first["mql_at"] == first["sql_at"] == "02/01/2026 4:05 PM"
    assert (second["mql_at"], second["sql_at"]) == ("2026-01-07", "2026-03-01 11:00")
    assert second["patient_at"] == "2026-03-01 11:00"
    assert rows(source, "inquiries")[0]["campaign"] == "knee"
    assert codes(source) == []


def test_hubspot_custom_report_writes_no_value(read):
    source = read(
        "Record ID,First Name,Email,Phone Number,Create Date,Lifecycle Stage,"
        "Became a Sales Qualified Lead Date\n"
        "1,(No value),(No value),(407) 555-0101,2026-01-05 09:14,Lead,(No value)\n"
    )
    (row,) = rows(source, "inquiries")
    assert row == {
        "inquiry_id": "1",
        "received_at": "2026-01-05 09:14",
        "phone": "(407) 555-0101",
    }
    assert rows(source, "stages") == [{"inquiry_id": "1", "lead_at": "2026-01-05 09:14"}]


def test_hubspot_contacts_beside_their_companies_are_refused(read):
    """An export with associated companies has a second Create Date, the company's."""
    source = read(
        "Record ID - Contact,Email,Phone Number,Create Date,Record ID - Company,Create Date\n"
        "1,a@example.org,,2026-01-05 09:14,9,2020-01-05 09:14\n"
    )
    assert codes(source) == ["duplicate_header"]


def test_hubspot_deals(read):
    source = read(
        "Record ID,Deal Name,Deal Stage,Amount,Associated Contact IDs,Close Date\n"
        "9,one,Closed Won,900,101;102,2026-03-01 10:00\n"
        "10,two,Closed Lost,900,103,2026-03-02 10:00\n"
        "11,three,Appointment Scheduled,900,104,2026-05-02 10:00\n"
    )
    assert rows(source, "stages") == [
        {"inquiry_id": "101;102", "patient_at": "2026-03-01 10:00", "record_id": "9"},
        {"inquiry_id": "103", "lost_at": "2026-03-02 10:00", "record_id": "10"},
        {"inquiry_id": "104", "record_id": "11"},
    ]
    assert "payments" not in source.tables
    assert codes(source, "note") == ["columns_dropped"]


@pytest.mark.parametrize(
    ("stage", "reached"),
    [
        ("Closed Won (Sales Pipeline)", "patient_at"),
        ("5. Closed Won (Care)", "patient_at"),
        ("closedwon", "patient_at"),
        ("Won", "patient_at"),
        ("Closed lost (Care)", "lost_at"),
        ("Not yet won", None),
        ("Lost contact", None),
        ("Appointment Scheduled (Care)", None),
    ],
)
def test_hubspot_deal_stage_with_its_pipeline(read, stage, reached):
    header = "Record ID,Deal Stage,Associated Contact IDs,Close Date\n"
    (row,) = rows(read(f"{header}9,{stage},101,3/1/2026 10:00 AM\n"), "stages")
    expected = {reached: "3/1/2026 10:00 AM"} if reached else {}
    assert row == {"inquiry_id": "101", "record_id": "9", **expected}


def test_a_deal_won_without_its_close_date_is_told(read):
    header = "Record ID,Deal Stage,Associated Contact IDs,Close Date\n"
    source = read(header + "1,Closed Won,101,\n2,Closed Won,102,2026-03-01 10:00\n")
    assert codes(source, "warning") == ["no_close_date"]
    assert [row.get("patient_at") for row in rows(source, "stages")] == [None, "2026-03-01 10:00"]


def test_salesforce_leads_report_with_footer_and_windows_1252(read):
    text = (
        '"Lead ID","First Name","Last Name","Lead Status","Lead Source","Create Date","Street"\n'
        '"00Q5g00000AbCdE","José","Alder","Open - Not Contacted","Web","1/5/2026","1 Elm\nUnit 2"\n'
        '"00Q5g00000AbCdEEAV","Sam","Birch","Closed - Converted","Purchased List","12/27/2025",""\n'
        "\n\n"
        '"New leads"\n'
        '"Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved."\n'
        '"Confidential Information - Do Not Distribute"\n'
    )
    source = read(text.encode("cp1252"))
    first, second = rows(source, "inquiries")
    assert first["first_name"] == "José"
    assert first["inquiry_id"] == second["inquiry_id"] == "00Q5g00000AbCdE"
    assert second["source"] == "Purchased List"
    assert source.excluded == {"blank_row": 2, "footer": 3}
    assert (source.rows_in, source.rejected) == (7, 0)
    assert codes(source, "warning") == ["windows_1252", "conversion_dates_missing"]
    assert source.tables["inquiries"].row.execute().tolist() == [2, 4]


def test_salesforce_footer_of_a_formatted_workbook(tmp_path, connection):
    """Reports saved as .xlsx close with the copyright sign, each line in a cell of its own."""
    sheet = openpyxl.Workbook()
    for line in (
        [None, "Lead Owner", "Last Name", "Lead Status", "Create Date"],
        [None, "Owner", "Alder", "Working - Contacted", "1/5/2026 9:14 AM"],
        [],
        [None, "Copyright © 2000-2026 salesforce.com, inc. All rights reserved."],
        [None, "Confidential Information - Do Not Distribute"],
    ):
        sheet.active.append(line)
    sheet.save(tmp_path / "report.xlsx")
    source = reader.read_file(
        tmp_path / "report.xlsx", clinic_folder=tmp_path, config=CONFIG, connection=connection
    )
    (row,) = rows(source, "inquiries")
    assert (row["last_name"], row["received_at"]) == ("Alder", "1/5/2026 9:14 AM")
    assert source.excluded == {"blank_row": 1, "footer": 2}
    assert (source.rejected, balanced(source)) == (0, True)


def test_callrail_calls(read):
    source = read(
        "Call Status,Number Name,Tracking Number,Name,Phone Number,Source,Start Time,Medium,"
        "Campaign,Tags,Recording Url,Note\n"
        "Answered Call,Main,(407) 555-0100,Robin Q Alder,(407) 555-0111,Google Ads,"
        "2026-01-05 09:14:03,cpc,winter,new,https://example.org/1,knee\n"
        "Outbound Call,Main,(407) 555-0100,Sam,(407) 555-0112,,2026-01-05 10:00:00,,,,,\n"
    )
    (call,) = rows(source, "inquiries")
    assert call["inquiry_id"] == "callrail 2026-01-05 09:14:03 (407) 555-0111"
    assert (call["first_name"], call["last_name"]) == ("Robin", "Q Alder")
    assert call["touch_type"] == "call"
    assert source.excluded == {"outbound_call": 1}
    dropped = next(p.what for p in source.problems if p.code == "columns_dropped")
    assert "Recording Url" in dropped
    assert "Note" in dropped
    assert "example.org" not in str(source.problems)


def test_callrail_call_list_as_a_workbook(tmp_path, connection):
    """The call list is downloaded as .xlsx too, with a sheet Calls and times as dates."""
    book = openpyxl.Workbook()
    book.active.title = "Calls"
    book.active.append(
        [
            "Call Status",
            "Number Name",
            "Tracking Number",
            "Source",
            "Start Time",
            "Duration (seconds)",
            "Phone Number",
            "Tags",
            "Qualified",
            "Medium",
        ]
    )
    for hour, status in enumerate(("Answered Call", "Abandoned Call", "Outbound Call"), 9):
        book.active.append(
            [
                status,
                "Main",
                "407-555-0100",
                "Google Ads",
                datetime(2026, 3, 20, hour, 5),
                30,
                "407-555-0111",
                "",
                "Not Scored",
                "PPC",
            ]
        )
    book.save(tmp_path / "Call List.xlsx")
    source = reader.read_file(
        tmp_path / "Call List.xlsx", clinic_folder=tmp_path, config=CONFIG, connection=connection
    )
    times = [row["received_at"] for row in rows(source, "inquiries")]
    assert times == ["2026-03-20 09:05:00", "2026-03-20 10:05:00"]
    assert source.excluded == {"outbound_call": 1}


ADS = """\
Campaign report
"September 1, 2026 - September 30, 2026"
Campaign status,Campaign,Campaign type,Clicks,Impr.,Currency code,Cost,Conversions
Enabled,Brand,Search,"2,001","10,000",USD,"1,033.33",2.50
Paused,Knee, --,5,40,USD,172.45,0.00
Total: Account, --, --,"2,006","10,040",USD,"1,205.78",2.50
Total: Search, --, --,"2,001","10,000",USD,"1,033.33",2.50
"""


def test_google_ads_report_by_month_keeps_its_months(read):
    """A report segmented by month is no three copies of its range."""
    source = read(
        'Campaign report\n"April 1, 2026 - June 30, 2026"\n'
        "Campaign status,Campaign,Month,Currency code,Clicks,Impr.,Cost\n"
        "Enabled,Knee,2026-04-01,USD,10,100,300.00\n"
        "Enabled,Knee,May 2026,USD,10,100,0.00\n"
    )
    periods = [(row["period_start"], row["period_end"]) for row in rows(source, "spend")]
    assert periods == [("2026-04-01", "2026-04-30"), ("2026-05-01", "2026-05-31")]
    assert codes(source, "warning") == []


@pytest.mark.parametrize("variant", ["comma", "utf-16 tab"])
def test_google_ads_report(read, variant):
    text = ADS.encode()
    if variant == "utf-16 tab":
        text = "\n".join("\t".join(cells) for cells in csv.reader(ADS.splitlines())).encode(
            "utf-16"
        )
    source = read(text)
    first, second = rows(source, "spend")
    assert first == {
        "period_start": "September 1, 2026",
        "period_end": "September 30, 2026",
        "source": "Google Ads",
        "amount": "1,033.33",
        "medium": "cpc",
        "campaign": "Brand",
        "kind": "media",
        "conversions": "2.50",
    }
    assert second["amount"] == "172.45"
    assert source.excluded == {"total_row": 2}
    assert source.format.dates("spend", "period_start") == ("%Y-%m-%d", "%B %d, %Y")
    assert codes(source, "warning", "rejected", "refused") == []
    assert balanced(source)


def test_google_ads_total_is_a_checksum(read):
    source = read(ADS.replace("172.45", "272.45"))
    (problem,) = [p for p in source.problems if p.severity == "warning"]
    assert (problem.code, problem.row, problem.column) == ("total_differs", 6, "cost")
    assert "172" not in str(problem)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('"September 1, 2026 - September 30, 2026"\n', "", "no_period"),
        (",USD,", ",EUR,", "other_currency"),
        ("Campaign,Campaign type", "Campaña,Coste", "foreign_header"),
    ],
)
def test_google_ads_refusals(read, old, new, code):
    source = read(ADS.replace(old, new))
    assert codes(source) == [code]
    assert source.tables == {}


@pytest.mark.skipif(not SHARED.is_dir(), reason="shared data are not here")
def test_google_ads_real_report(connection):
    """Cost 2,565.92 by its Total row, 2,565.93 by its rows (shared/data/README.md)."""
    source = reader.read_file(
        SHARED / "google_ads" / "campaign_report.csv",
        clinic_folder=SHARED,
        config=CONFIG.model_copy(update={"currency": "INR"}),
        connection=connection,
    )
    assert sum(Decimal(row["amount"]) for row in rows(source, "spend")) == Decimal("2565.93")
    assert source.excluded == {"total_row": 4}
    assert set(codes(source)) == {"columns_dropped", "total_rounded"}
    assert not source.refused


@pytest.mark.skipif(not SHARED.is_dir(), reason="shared data are not here")
def test_olist_counts_agree_with_the_published_facts(connection):
    """8,000 leads, 842 deals, organic search 2,296, blank origin 60 (shared/data/README.md)."""
    leads, deals = (
        reader.read_file(
            SHARED / "olist" / f"olist_{name}_dataset.csv",
            clinic_folder=SHARED,
            config=CONFIG,
            connection=connection,
        )
        for name in ("marketing_qualified_leads", "closed_deals")
    )
    origin = leads.tables["inquiries"].source.execute()
    assert (leads.rows_in, deals.rows_in, leads.rejected, deals.rejected) == (8000, 842, 0, 0)
    assert (origin == "organic_search").sum() == 2296
    assert origin.isna().sum() == 60
    stages = leads.tables["stages"].execute()
    assert stages.mql_at.notna().all()
    assert deals.tables["stages"].patient_at.notnull().all().execute()


META = (
    "Reporting starts,Reporting ends,Campaign name,Campaign delivery,{level}Attribution setting,"
    "Results,Amount spent (USD),Impressions,Ends\n"
)


def test_meta_ads_manager(read):
    source = read(
        META.format(level="")
        + "2026-01-01,2026-01-31,,,,,150.00,900,\n"
        + "2026-01-01,2026-01-31,Knee video,active,7-day click,3,100.00,600,Ongoing\n"
        + "2026-01-01,2026-01-31,Back offer,inactive,7-day click,,50.00,300,2026-01-20\n"
    )
    assert source.excluded == {"summary_row": 1}
    assert [row["amount"] for row in rows(source, "spend")] == ["100.00", "50.00"]
    assert rows(source, "spend")[0]["medium"] == "paid_social"
    assert source.header.level == "campaign"
    assert codes(source) == ["columns_dropped"]


def test_meta_ads_summary_row_as_downloaded_is_a_checksum(read):
    """The summary has a 0 for its delivery; one campaign may have several rows of a day."""
    text = (
        '"Reporting starts","Reporting ends","Campaign name","Campaign delivery",'
        '"Amount spent (USD)",Impressions,"Link clicks"\n'
        "2026-08-02,2026-08-02,,0,130.75,936,\n"
        "2026-08-02,2026-08-02,knee,active,52.25,336,20\n"
        "2026-08-02,2026-08-02,knee,not_delivering,78.5,600,84\n"
    )
    source = read(text)
    assert [row["amount"] for row in rows(source, "spend")] == ["52.25", "78.5"]
    assert source.excluded == {"summary_row": 1}
    assert codes(source) == ["columns_dropped"]
    assert codes(read(text.replace("130.75", "180.75")), "warning") == ["total_differs"]


def test_meta_ads_by_ad_without_the_campaigns_name_are_refused(read):
    source = read(
        '"Reporting starts","Reporting ends","Ad name","Ad delivery",Results,"Amount spent (USD)",'
        'Impressions,"Ad set name"\n'
        "2026-05-25,2026-06-07,Video,not_delivering,38,159.51,21997,High intent\n"
    )
    assert codes(source) == ["missing_column"]
    assert "campaign_name" in source.problems[0].what


def test_meta_ads_in_another_currency_or_language(read):
    other = read(META.format(level="").replace("USD", "EGP") + "2026-01-01,2026-01-31,K,,,,1,1,\n")
    assert codes(other) == ["other_currency"]
    foreign = read(
        "Inicio del informe;Fin del informe;Nombre de la campaña;Importe gastado (PEN)\n"
    )
    assert codes(foreign) == ["foreign_header"]
    assert "English" in foreign.problems[0].fix


def test_spend_at_two_levels_of_one_period_is_refused(read):
    campaign = read(META.format(level="") + "2026-01-01,2026-01-31,K,,,,5,1,\n", name="c.csv")
    ads = "2026-01-{0},2026-01-{1},K,,an ad,,,5,1,\n"
    overlap = read(META.format(level="Ad name,") + ads.format("15", "31"), name="a.csv")
    later = read(
        META.format(level="Ad name,")
        + ads.format("15", "31").replace("-01-", "-02-").replace("02-31", "02-28"),
        name="b.csv",
    )
    refused = [source.refused for source in reader.settle([campaign, overlap, later])]
    assert refused == [True, True, False]
    settled = reader.settle([campaign, overlap])
    assert settled[0].problems[-1].code == "double_spend"
    assert settled[0].tables == {}


def test_a_source_under_a_header_that_is_not_known_is_told(read):
    head = "Deal - Title,Deal - Status,Deal - Deal created,Person - Email,Deal - {}\n"
    row = "knee,open,2026-04-02 10:00:00,a@example.org,Google\n"
    for header, told in (("Source", True), ("Lead source", False), ("Value", False)):
        source = read(head.format(header) + row)
        assert ("telling_columns_dropped" in codes(source, "warning")) == told


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_meta_lead_form(read, encoding):
    text = (
        "id\tcreated_time\tad_id\tad_name\tcampaign_name\tform_id\tform_name\tis_organic\tplatform\t"
        "where_does_it_hurt？\tfull_name\tphone_number\temail\n"
        "l:71\t2026-01-10T14:32:11+0000\tag:1\tVideo\tKnee\tf:5\tForm\tfalse\tfb\tknee\t"
        "Robin Alder\tp:+14075550111\trobin@example.org\n"
        "l:72\t2026-01-11T14:32:11-05:00\t\t\t\tf:5\tForm\ttrue\tig\tback\tSam\t\tsam@example.org\n"
    )
    source = read(text.encode(encoding))
    first, second = rows(source, "inquiries")
    assert first["inquiry_id"] == "71"
    assert first["phone"] == "+14075550111"
    assert (first["source"], first["medium"]) == ("Facebook", "paid_social")
    assert (second["source"], second["medium"]) == ("Instagram", "social")
    assert second["campaign"] == "Form"
    assert "notes" not in first
    assert "where_does_it_hurt？" in next(p.what for p in source.problems)


META_LEADS = (
    "id,created_time,ad_id,ad_name,adset_id,adset_name,campaign_id,campaign_name,form_id,form_name,"
    "is_organic,platform,where_does_it_hurt?,full_name,phone_number,email,zip_code,inbox_url,"
    "lead_status\n"
)


def test_meta_leads_as_downloaded_without_the_leads_of_its_testing_tool(read):
    source = read(
        META_LEADS + "l:204,2026-07-16T00:12:13+03:00,ag:1,ad,as:1,set,c:1,Knee,f:1,Form,false,ig,"
        '"knee, left","Alder, Robin",p:+14075550111,robin@example.org,z:02139,,CREATED\n'
        "l:135,2026-07-16T03:17:00-05:00,,,,,,,f:1,Form,true,,,"
        "<test lead: dummy data for full_name>,p:<test lead: dummy data for phone_number>,"
        "test@meta.com,,<test lead: dummy data for inbox_url>,CREATED\n"
        "l:136,2026-07-16T03:18:00-05:00,,,,,,,f:1,Form,true,,,,,test@fb.com,,,CREATED\n"
    )
    (row,) = rows(source, "inquiries")
    assert (row["inquiry_id"], row["zip"], row["campaign"]) == ("204", "02139", "Knee")
    assert (row["source"], row["medium"]) == ("Instagram", "paid_social")
    assert row["received_at"] == "2026-07-16T00:12:13+03:00"
    assert source.excluded == {"test_lead": 2}
    assert balanced(source)


def test_mailchimp_audience_with_its_duplicate_header(read):
    source = read(
        "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,LAST_CHANGED,LEID,"
        "EUID,TAGS,UNSUB_CAMPAIGN_ID,UNSUB_CAMPAIGN_ID\n"
        "robin@example.org,Robin,Alder,2,2018-10-11 09:55:14,192.0.2.1,2018-10-12 09:55:14,301,ab1,"
        '"""VIP"",""Blog""",,\n'
    )
    (row,) = rows(source, "inquiries")
    assert row["received_at"] == "2018-10-11 09:55:14"
    assert row["touch_type"] == "subscription"
    assert codes(source) == ["columns_dropped"]


def test_mailchimp_audience_with_fields_of_its_own_and_an_imported_contact(read):
    tail = "MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LATITUDE,LONGITUDE,GMTOFF,"
    tail += "DSTOFF,TIMEZONE,CC,REGION,LAST_CHANGED,LEID,EUID,NOTES\n"
    source = read(
        '"Email Address",Name,"ZIP code","Help time",'
        + tail
        + 'robin@example.org,"Robin Q Alder",02139,,2,,,"2013-06-25 17:38:27",,47.6614000,'
        "-122.2930000,-8,-7,America/Los_Angeles,US,WA,"
        '"2013-06-27 12:11:50",44877845,c2cb0681af,\n'
    )
    (row,) = rows(source, "inquiries")
    assert row["received_at"] == "2013-06-25 17:38:27"
    assert (row["first_name"], row["last_name"], row["zip"]) == ("Robin", "Q Alder", "02139")
    assert codes(source) == ["columns_dropped", "import_date"]
    foreign = read("Emailadresse,Vorname,Nachname," + tail)
    assert codes(foreign) == ["foreign_header"]


GA4 = """\
# ----------------------------------------
# Traffic acquisition: Session primary channel group (Default Channel Group)
# Account: Clinic
# ----------------------------------------
#
# All Users
# Start date: 20260401
# End date: 20260630
Session primary channel group (Default Channel Group),Sessions,Engaged sessions,Engagement rate
,130,80,0.61
Organic Search,100,70,0.7
AI Assistant,30,10,0.33
"""


def test_ga4_gives_denominators_and_never_leads(read):
    source = read(GA4)
    assert list(source.tables) == ["denominators"]
    assert rows(source, "denominators")[1] == {
        "period_start": "20260401",
        "period_end": "20260630",
        "source": "AI Assistant",
        "measure": "sessions",
        "count": "30",
    }
    assert source.excluded == {"total_row": 1}
    assert codes(source, "note") == ["columns_dropped", "ai_assistant"]
    assert source.format.dates("denominators", "period_start") == ("%Y%m%d",)


def test_ga4_exploration_by_day(read):
    """Its total has a cell more than the header, which says so: it is named and left out."""
    source = read(
        "# ----------------------------------------\n# Clinic\n# Free form-Free form 1\n"
        "# 20260723-20260922\n# ----------------------------------------\n\n"
        "Date,Session primary channel group (Default channel group),Sessions,Engagement rate\n"
        ",,70,0.5,Grand total\n20260826,Direct,50,0.5\n20260825,Organic Search,20,0.5\n"
    )
    first, second = rows(source, "denominators")
    assert (first["period_start"], first["period_end"], first["count"]) == (
        "20260826",
        "20260826",
        "50",
    )
    assert second["source"] == "Organic Search"
    assert codes(source, "rejected") == ["ragged_row"]
    dated = "# Start date: 20260401\n# End date: 20260630"
    assert dated in GA4
    ranged = read(GA4.replace(dated, "# 20260401-20260630"))
    assert rows(ranged, "denominators")[0]["period_end"] == "20260630"


def test_ga4_in_german_is_refused_with_the_remedy(read):
    source = read("Sitzung - primäre Channelgruppe (Standard-Channelgruppe),Sitzungen\nDirect,5\n")
    assert codes(source) == ["foreign_header"]


def test_ga4_two_tables_and_two_periods_are_refused(read):
    stacked = read(GA4 + "\n# Start date: 20260101\n" + GA4.splitlines()[8] + "\nDirect,5,2,0.4\n")
    assert codes(stacked) == ["two_tables"]
    compared = read(GA4.replace(",Engagement rate", ",Date range"))
    assert codes(compared) == ["not_this_report"]


def test_google_business_profile_description_row(read):
    source = read(
        "Store code,Business name,Address,Google Search - Mobile,Calls,Directions,Website clicks\n"
        "Identifier,Name of the business,Where it is,Views,Taps on call,Requests,Taps on website\n"
        "0000123,Clinic,1 Elm,400,30,12,55\n"
    )
    assert rows(source, "denominators") == [
        {"source": "Google Business Profile", "measure": "website_clicks", "count": "55"}
    ]
    assert source.excluded == {"description_row": 1}


def test_google_business_profile_as_downloaded(read):
    """The row of descriptions has no name of the business, and the business need have no code."""
    source = read(
        "Store code,Business name,Address,Labels,Google Search - Mobile,Google Search - Desktop,"
        "Google Maps - Mobile,Google Maps - Desktop,Calls,Messages,Bookings,Directions,"
        "Website clicks,Food orders,Food menu clicks,Hotel bookings\n"
        ",,,,"
        + ",".join(["Number of people that viewed your Business Profile"] * 4)
        + ","
        + ",".join(["Number of interactions from your Business Profile"] * 8)
        + "\n"
        ',Clinic,"1 Elm St, Orlando, FL 32801",,2398,891,546,206,27,0,0,245,248,0,0,0\n'
    )
    (row,) = rows(source, "denominators")
    assert row["count"] == "248"
    assert source.excluded == {"description_row": 1}
    assert codes(source) == ["columns_dropped", "no_period"]


def test_direct_mail_invoice_parts_must_add_up(read):
    source = read(
        "vendor,invoice_no,invoice_date,drop_date,campaign,pieces,postage_usd,printing_usd,list_usd,"
        "other_usd,total_usd\n"
        "Printer,A1,2026-02-20,2026-02-01,EDDM,1000,200.10,300.20,,,500.30\n"
        "Printer,A2,2026-02-20,2026-02-01,EDDM,1000,200.10,300.20,,,530.00\n"
    )
    (row,) = rows(source, "spend")
    assert (row["period_start"], row["amount"]) == ("2026-02-01", "500.30")
    (problem,) = [p for p in source.problems if p.severity == "rejected"]
    assert (problem.code, problem.row) == ("parts_differ", 3)
    assert balanced(source)


def test_webpt_payments_refunds_in_brackets(read):
    header = "Date of Service,Date of Transaction,Amount Paid,Charge Type,Patient Name"
    source = read(
        header + ",Patient ID\n"
        '1/5/2026,1/9/2026,"1,987.92",Copay,Robin Alder,55\n'
        '1/5/2026,2/9/2026,"(1,987.92)",Insurance,Robin Alder,55\n'
    )
    first, second = rows(source, "payments")
    assert (first["kind"], first["payer"]) == ("payment", "patient")
    assert first["inquiry_id"] == "patient:55"
    assert (second["kind"], second["amount"]) == ("refund", "(1,987.92)")
    assert second["payer"] == "insurer"
    unkeyed = read(header + "\n1/5/2026,1/9/2026,20.00,Copay,Robin Alder\n")
    assert codes(unkeyed, "warning") == ["no_patient_key"]


def test_webpt_payments_of_the_standard_extract_have_the_patient(read):
    source = read(
        "record_id,otc_id,case_id,visit_date,payment_date,dollar_amount_paid,patient_id,description,"
        "clinic_id,txn_paid,txn_status,txn_txntypeid,modified_date,export_flag\n"
        "1,9,3,2026-01-05,2026-01-09,40.00,55,cash,2,1,A,1,2026-01-09,1\n"
        "2,9,3,2026-01-05,2026-01-10,-15.00,55,,2,1,A,1,2026-01-10,2\n"
        "3,9,3,2026-01-05,2026-01-11,99.00,55,,2,0,A,1,2026-01-11,1\n"
        "4,9,3,2026-01-05,2026-01-12,99.00,55,,2,1,A,1,2026-01-12,3\n"
    )
    first, second = rows(source, "payments")
    assert first == {
        "inquiry_id": "patient:55",
        "payment_id": "1",
        "paid_at": "2026-01-09",
        "amount": "40.00",
        "kind": "payment",
        "payer": "patient",
    }
    assert second["kind"] == "refund"
    assert source.excluded == {"not_paid": 1, "removed": 1}
    assert codes(source) == ["columns_dropped", "removed_later"]


def test_patients_with_several_telephones(read):
    source = read(
        "Patient Number,First Name,Last Name,Home Phone,Mobile Phone\n"
        "55,Robin,Alder,(407) 555-0111,(407) 555-0112\n56,Sam,Birch,(407) 555-0113,\n"
    )
    numbers = [row["phone"] for row in rows(source, "patients")]
    assert numbers == ["(407) 555-0112", "(407) 555-0113"]


def test_webpt_appointments_with_the_misspelled_id(read):
    source = read(
        "appointmnet_id,start_date,check_in_time,appointment_type,patient_id,appointment_status,"
        "visit_comment\n"
        "5,2026-01-05 09:00:00,2026-01-05 08:55:00,Initial Eval,55,Active,sore\n"
        "-6,2026-01-15 09:00:00,,Follow up,55,Active,\n"
        "7,2026-01-16 09:00:00,,Follow up,55,Inactive,\n"
    )
    assert [row["status"] for row in rows(source, "visits")] == ["attended", "booked", "canceled"]
    assert [row["kind"] for row in rows(source, "visits")] == ["evaluation"] + ["follow_up"] * 2


def test_webpt_appointments_with_every_field_of_the_extract(read):
    """WebPT's description of the table has appointment_type and apt_apttype, side by side."""
    source = read(
        "appointmnet_id,parent_appointment_id,start_date,end_date,check_in_time,check_out_time,"
        "calendar_title,clinic_id,therapist_id,appointment_type,case_id,patient_id,"
        "appointment_status,appointment_creator_id,apt_apttype,visit_comment,reason,time_stamp\n"
        "5,1,1/5/2026 9:00:00 AM,1/5/2026 9:45:00 AM,1/5/2026 8:55:00 AM,,Main,1,2,,3,55,Active,2,"
        "Initial Evaluation,sore,,1/5/2026 10:00:00 AM\n"
        "-6,1,1/12/2026 9:00:00 AM,1/12/2026 9:45:00 AM,,,Main,1,2,Daily,3,55,Active,2,"
        "Evaluation,,,1/5/2026 10:00:00 AM\n"
    )
    assert codes(source) == ["columns_dropped"]
    assert [row["kind"] for row in rows(source, "visits")] == ["evaluation", "follow_up"]
    assert [row["status"] for row in rows(source, "visits")] == ["attended", "booked"]


def test_jane(read):
    visits = read(
        "Patient Number,Start At,State,Treatment\n"
        "55,2026-01-05 09:00,Arrived,Initial Assessment\n"
        "55,2026-01-12 09:00,No Show,Follow-up\n"
    )
    assert [row["status"] for row in rows(visits, "visits")] == ["attended", "no_show"]
    payments = read(
        "Patient Number,Invoice Date,Received At,Applied\n55,2026-01-05,2026-01-09,40\n"
    )
    assert rows(payments, "payments")[0]["paid_at"] == "2026-01-09"


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("Arrived", "attended"),
        ("No Show", "no_show"),
        ("Cancelled", "canceled"),
        ("Archived", "canceled"),
        ("Rescheduled", "canceled"),
        ("Booked Online", "booked"),
    ],
)
def test_every_state_of_janes_guide(read, state, status):
    """Never Booked: held while somebody chose, and let go."""
    header = "Patient Guid,Appointment Date,State,Treatment Name\n"
    source = read(
        f"{header}55,2026-01-05 09:00,{state},Initial Assessment\n"
        "56,2026-01-05 10:00,Never Booked,Follow-up\n"
    )
    assert [row["status"] for row in rows(source, "visits")] == [status]
    assert source.excluded == {"never_booked": 1}


def test_generic_templates(read):
    visits = read(
        "patient_key,appt_id,appt_start,appt_type,status\n55,1,2026-01-05 09:00,Eval,attended\n"
    )
    assert rows(visits, "visits")[0]["kind"] == "evaluation"
    payments = read("patient_key,payment_id,paid_on,amount\n55,1,2026-01-05,20\n")
    assert rows(payments, "payments")[0]["inquiry_id"] == "patient:55"


def test_every_format_states_its_evidence_and_its_personal_data():
    formats = {format.name: format for format in reader.load_formats()}
    assert len(formats) >= 20
    assert all(format.evidence for format in formats.values())
    for format in formats.values():
        for kind, rules in format.tables.items():
            for column in {"email", "phone", "first_name", "last_name", "notes"} & set(rules):
                assert format.personal(kind, column), f"{format.name}: {kind}.{column}"


def test_the_document_lists_every_format_as_it_is():
    document = (Path(__file__).parents[1] / "docs" / "sources.md").read_text("utf-8")
    for made in reader.load_formats():
        verified = "yes" if made.verified else "no"
        cells = (made.title, f"`{made.name}`", ", ".join(made.tables), verified, made.evidence)
        assert f"| {' | '.join(cells)} |" in document


def test_a_clinics_own_format(tmp_path, read):
    (tmp_path / "formats").mkdir()
    (tmp_path / "formats" / "front_desk.toml").write_text(
        'title = "Front desk list"\nkind = "inquiries"\nverified = true\nevidence = "own"\n'
        "[columns]\nno = { required = true, id = true }\nseen = { required = true, "
        'dates = ["%d.%m.%Y"] }\n'
        'heard = { headers = ["How did you hear of us?"], required = true }\n'
        '[tables.inquiries]\ninquiry_id = "no"\nreceived_at = "seen"\nsource = "heard"\n'
    )
    source = read("No;Seen;How did you hear of us?\n1;05.01.2026;Radio\n")
    assert rows(source, "inquiries")[0]["source"] == "Radio"
    assert source.format.dates("inquiries", "received_at") == ("%d.%m.%Y",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('kind = "inquiries"\n[columns]\na = {}\n', "missing"),
        (
            'title = "x"\nkind = "leads"\nverified = true\nevidence = ""\n'
            "[columns]\na = { required = true }\n",
            "must be one of inquiries",
        ),
        (
            'title = "x"\nkind = "visits"\nverified = true\nevidence = ""\n'
            '[columns]\na = { required = true }\n[tables.visits]\nstatus = "b"\n',
            "unknown column b",
        ),
        ("title = [", "x.toml"),
        (
            'title = "x"\nkind = "visits"\nverified = true\nevidence = ""\n'
            "[columns]\nrow = { required = true }\n",
            "must not use the name row",
        ),
    ],
)
def test_a_wrong_format_says_which_key(text, message):
    with pytest.raises(reader.FormatError, match=message):
        parse_format("x", text)


def test_a_wrong_format_says_all_that_is_wrong_at_once():
    text = (
        'title = "x"\nkind = "visits"\nverified = "maybe"\nevidence = ""\ncolour = "red"\n'
        '[columns]\na = { required = true, personal = "nam" }\n'
        '[tables.visits]\nstatus = { column = "b", word = "third" }\ntime = "a"\n'
        '[[exclude]]\nreason = "x"\nwhen = { column = "c", inn = ["d"] }\n'
    )
    with pytest.raises(reader.FormatError) as refused:
        parse_format("x", text)
    for line in (
        "x.toml: verified must be true or false",
        "x.toml: unknown key colour; known are name, title, kind",
        "x.toml: columns.a.personal must be one of none, name, email, phone, place, code, text",
        "x.toml: tables.visits.status.column names the unknown column b; known are a",
        "x.toml: tables.visits.status.word must be one of first, rest",
        "x.toml: unknown key tables.visits.time; known are inquiry_id, visit_at, status, kind",
        "x.toml: exclude.0.when.column names the unknown column c; known are a",
        "x.toml: unknown key exclude.0.when.inn; known are column, in, not_in",
    ):
        assert line in str(refused.value)
    assert len(str(refused.value).splitlines()) == 8


def test_describe_says_what_a_file_is(tmp_path):
    path = tmp_path / "visits.csv"
    path.write_text("inquiry_id,visit_at,status,doctor\n1,2026-01-05,attended,Q\n2,2026-01-05\n")
    found = describe(path)
    assert (found.title, found.verified) == ("Plain template: visits", True)
    assert found.mapped["visit_at"] == "visits.visit_at"
    assert found.dropped == ("doctor",)
    assert (found.rows_in, found.used, found.rejected) == (2, 1, 1)


@pytest.mark.parametrize(
    ("name", "kind", "column", "written", "read_as"),
    [
        ("hubspot_contacts", "inquiries", "received_at", "2026-03-07 09:14", "09:14:00"),
        ("hubspot_contacts", "stages", "sql_at", "03/07/2026 9:14 AM", "09:14:00"),
        ("hubspot_deals", "stages", "patient_at", "3/7/2026", "00:00:00"),
        ("salesforce_leads", "inquiries", "received_at", "3/7/2026, 9:14 AM", "09:14:00"),
        ("callrail", "inquiries", "received_at", "2026-03-07 09:14:05", "09:14:05"),
        ("callrail", "inquiries", "received_at", "03/07/2026 9:14 AM", "09:14:00"),
        ("meta_leads", "inquiries", "received_at", "2026-03-07T09:14:00+00:00", "09:14:00"),
        ("mailchimp_audience", "inquiries", "received_at", "2026-03-07 09:14:05", "09:14:05"),
        ("webpt_appointments", "visits", "visit_at", "3/7/2026 9:14:05 AM", "09:14:05"),
        ("webpt_transactions", "payments", "paid_at", "2026-03-07", "00:00:00"),
        # Spellings that a format does not declare are missing, never read in another order.
        ("mailchimp_audience", "inquiries", "received_at", "3/7/2026 9:14", None),
        ("meta_leads", "inquiries", "received_at", "07/03/2026 09:14", None),
        ("hubspot_contacts", "inquiries", "received_at", "25/03/2026 09:14", None),
        ("meta_ads", "spend", "period_start", "3/7/26", None),
    ],
)
def test_dates_as_the_exports_write_them(name, kind, column, written, read_as):
    """Each is 7 March 2026; times are UTC, as the offset of the one that has one is."""
    format = next(format for format in reader.load_formats() if format.name == name)
    cells = ibis.memtable({"at": [written]})
    (found,) = clean.with_time(cells, "at", patterns=format.dates(kind, column)).at.execute()
    assert str(found) == (f"2026-03-07 {read_as}" if read_as else "NaT")
