"""Files as a front desk, a form builder and a bookkeeper keep them: read, or safely refused."""

from __future__ import annotations

import csv
import re
from datetime import date

import openpyxl
import pandas as pd
import pytest

from ptanalysis import intake
from ptanalysis.definitions import UserError, load_config
from ptanalysis.intake.clean.allowed_values import CHOICES, chosen
from ptanalysis.intake.read import load_formats
from ptanalysis.intake.read.header import Candidate
from ptanalysis.intake.read.header_search import find_header
from tests.test_intake import Clinic, by_file

ADS = """Campaign report
"April 1, 2026 - June 30, 2026"
Campaign status,Campaign,Campaign type,Currency code,Clicks,Impr.,Cost
Enabled,Knee,Search,USD,20,400,300.00
Enabled,Brand,Search,USD,9,100,120.50
Total: Account,--,--,USD,29,500,420.50
"""
FORM = """\ufeffEntry Date,First,Last,Email Address,Phone,How did you hear about us?,\
What brings you in?,Page URL
04/10/2026 08:15 AM,Flo,Fir,flo@fir.example,303-555-2306,Facebook ads,knee pain,/knee
04/21/2026 11:40 PM,Alder,Ann,,(303) 555-2301,Google search,knee pain,/knee
05/02/2026 09:00 AM,Gus,Gum,Gus Gum <gus@gum.example>,,Friend,shoulder pain,/
05/03/2026 07:30 AM,Hal,Hazel,,n/a,Google search,back pain,/
"""
MAILCHIMP = """Email Address,First Name,Last Name,OPTIN_TIME,CONFIRM_TIME,LAST_CHANGED,LEID
ivy@ivy.example,Ivy,Ives,2026-05-05 10:00:00,2026-05-05 10:00:00,2026-05-05 10:00:00,77
"""
SPEND = """Marketing budget 2026,,,,,
Channel,Vendor,Apr,May,Jun,Total
SEO,Acme,$500,$500,500,"$1,500"
Postcards,,250,,-,250
Total,,750,500,500,"1,750"
"""
PAYMENTS = """Acct #,Payment Date,Amt,Type
1001,4/20/2026,$85.00,Copay
1001,4/27/2026,$120.00,Insurance
1001,5/1/2026,($30.00),Chargeback
1005,5/4/2026,$150.00,Self pay
1009,5/5/2026,$60.00,Copay
"""
PATIENTS = """Acct #,Patient Name,Phone,Email
1001,"Alder, Ann",3035552301,
1005,Eve Elm,303-555-2305,
1009,"Zorn, Zed",303-555-2390,
"""


def desk(path):
    """Save a front desk's workbook: a title, a merged group header, the log, a list of words."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Front desk log"])
    sheet.append(["", "Contact", "", "", "Marketing"])
    sheet.merge_cells("B2:D2")
    sheet.append(
        [
            "Date Received",
            "Name",
            "Phone #",
            "E-mail",
            "Referred by",
            "Reason for call",
            "Qualified?",
            "Date Screened",
        ]
    )
    for row in (
        [6, "Alder, Ann", "(303) 555-2301 (cell)", "", "Google search", "knee pain", "Yes", 7],
        [
            7,
            "Bob Birch",
            "303-555-2302 / 303-555-2399",
            "",
            "Physician",
            "back pain",
            "DQ - OON",
            8,
        ],
        [9, "Cedar, Cal", "C: 303-555-2303", "", "Yelp", "shoulder pain", "LVM", 10],
        [13, "Dee Dogwood", "", "dee@dogwood.example; d@d.example", "Walk-in", "hip pain", "", ""],
        [14, "Eve Elm", "303.555.2305", "", "Postcard", "neck pain", "Qualified - booked eval", 15],
    ):
        days = {at: date(2026, 4, row[at]) for at in (0, 7) if row[at]}
        sheet.append([days.get(at, cell) for at, cell in enumerate(row)])
    book.create_sheet("Words").append(["Walk-in", "Google"])
    book.save(path)


@pytest.fixture(scope="module")
def seven(tmp_path_factory):
    """A new user's seven files, read once, without a question answered."""
    clinic = Clinic(tmp_path_factory.mktemp("seven"))
    folder = clinic.raw / "2026Q2"
    folder.mkdir()
    desk(folder / "desk.xlsx")
    for name, text in (
        ("ads", ADS),
        ("form", FORM.replace("\n", "\r\n")),
        ("news", MAILCHIMP),
        ("budget", SPEND),
        ("money", PAYMENTS),
        ("list", PATIENTS),
    ):
        (folder / f"{name}.csv").write_text(text, "utf-8", newline="")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PTANALYSIS_KEY_DIR", str(clinic.root / "keys"))
        clinic.tables = clinic.run("2026Q2")
    return clinic


def test_seven_files_of_a_new_user_are_counted_as_by_hand(seven):
    """Ten inquiries: Ann twice (names swapped in the form), Hal without a contact, Ivy's interest
    not stated; seven leads. Ann and Eve qualified and paid; Bob was disqualified, Cal not reached,
    Dee not screened. Zed paid and never inquired."""
    ledger, leads = seven.tables.ledger, seven.tables.leads
    assert (ledger["rows_in"], ledger["leads"], ledger["duplicates"]) == (10, 7, 1)
    assert ledger["not_leads_by_reason"] == {"no_contact": 1, "no_interest_stated": 1}
    assert ledger["rejected"] == 0
    reached = {stage: leads[f"{stage}_at"].notna().sum() for stage in ("screened", "sql", "lost")}
    assert reached == {"screened": 3, "sql": 2, "lost": 1}
    assert sorted(leads["sql_at"].dropna().dt.date) == [date(2026, 4, 7), date(2026, 4, 15)]
    assert sorted(leads["patient_at"].dropna().dt.date) == [date(2026, 4, 20), date(2026, 5, 4)]
    assert seven.tables.payments["amount"].sum() == 85 + 120 - 30 + 150
    money = by_file(seven.tables, "2026Q2/money.csv")["money"]
    assert (money["money_in"], money["used"], money["excluded"]) == (385, 325, 60)


def test_seven_files_spend_is_whole_and_by_month(seven):
    spend = seven.tables.spend
    by_side = spend.groupby("direction")["amount"].sum()
    assert by_side.to_dict() == {"inbound": 1500.0, "outbound": 420.5 + 250}
    seo = spend[spend["channel"] == "seo"].sort_values("period_start")
    assert [str(day.date()) for day in seo["period_end"]] == [
        "2026-04-30",
        "2026-05-31",
        "2026-06-30",
    ]
    assert by_file(seven.tables, "2026Q2/budget.csv")["reasons"] == {"total_row": 1}


def test_seven_files_what_was_recognized_is_said_and_nothing_asks_for_eyes(seven):
    problems = seven.problems("2026Q2")
    told = {p.file: p.what for p in problems if p.code == "read_by_spelling"}
    assert set(told) == {
        f"2026Q2/{name}"
        for name in ("budget.csv", "desk.xlsx", "form.csv", "list.csv", "money.csv")
    }
    assert "Date Received -> received_at" in told["2026Q2/desk.xlsx"]
    assert "How did you hear about us? -> heard" in told["2026Q2/form.csv"]
    assert "3 columns of months -> month and amount" in told["2026Q2/budget.csv"]
    assert [p for p in problems if p.severity not in ("note",)] == []


def kind_of(header: str) -> str:
    """Return the kind a header is read as, or why it is not."""
    (cells,) = csv.reader([header])
    try:
        return find_header([Candidate(1, cells)], load_formats()).format.kind
    except UserError as refusal:
        return f"{refusal.code}: {refusal.what} - {refusal.fix}"


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        (
            "Timestamp,What is your name?,Your email,How did you hear about our clinic?",
            "inquiries",
        ),
        ("Submitted At,Full Name,Cell,Who referred you to us?,Reason for visit", "inquiries"),
        ("Lead #,Call Date,Caller,Caller ID,Marketing Source,Disposition", "inquiries"),
        ("Date,Patient Name,Phone No.,Referral Source,Appt Date,Showed?", "inquiries"),
        ("Created At,Invitee Name,Invitee Email,Event Type Name,UTM Source", "inquiries"),
        ("Patient #,Date of Service,Appt Status,Visit Type,Provider", "visits"),
        ("Patient ID,Patient Last Name,Patient First Name,Appointment Date,Status", "visits"),
        ("MRN,DOS,Attended?", "visits"),
        ("Posting Date,Acct No.,Pmt Amt,Payer,Receipt #", "payments"),
        ("Client ID,Client Name,Date Paid,Amount Collected", "payments"),
        ("Chart #,Last First,Cell Phone,Zip Code", "patients"),
        ("Lead ID,Screen Date,Disposition,DQ Reason", "screenings"),
        ("Lead ID,Contacted On,Result", "screenings"),
        ("Lead ID,Appt Date/Time,Appt Type,Appt Status", "visits"),
        ("Appointment Date,Patient,Phone,Appointment Status", "visits"),
        ("Created At,Invitee Name,Invitee Email,Appointment Date,Status,Source", "inquiries"),
        ("#,What's your name?,And your email?,Where does it hurt?,Submit Date (UTC)", "inquiries"),
        ("Lead ID,DOS,Charges,Adjustments,Payments,Balance", "payments"),
        ("Invoice Date,Vendor,Description,Amount Due,Amount Paid", "spend"),
        ("Date Paid,Patient,Phone,Amount", "payments"),
        ("Date of enquiry,Name,Tel,Where did you hear about us?,Nature of enquiry", "inquiries"),
        ("Campaign Name,Channel,Launch Date,End Date", "campaigns"),
        ("Campaign,Channel,Start Date,End Date,Cost", "spend"),
        ("Date,Contact,Email,Amount,Description", "spend"),
        ("Name,Email,Date,Payment,Lead Source", "inquiries"),
        ("Lead ID,Date,Appointment Date,Status", "visits"),
        ("Month,Platform,Ad Spend,Agency", "spend"),
        ("Invoice Date,Payee,Invoice Amount", "spend"),
        ("Week of,Channel,Cost", "spend"),
        ("Week,Channel,Leads,Qualified,Cost", "totals"),
        ("Channel,Jan 2026,Feb 2026,Mar 2026", "spend"),
        ("Channel,01.2026,02.2026,03.2026", "spend"),
        ("Vendor,2026-01,2026-02", "spend"),
    ],
)
def test_headers_people_write_are_recognized(header, kind):
    assert kind_of(header) == kind


@pytest.mark.parametrize(
    "header",
    [
        "First Name,Last Name,Email,Phone,Tell us about yourself",
        "Who,Arrived,Email,Phone,How did you hear about us?",
        "Date,Last Name,First Name,Status",
        "Patient Last Name,Patient First Name,Appointment Date,Status",
        "Date of Birth,Last Name,First Name,Phone",
        "Channel,Jan,Feb,Mar",
        "Date,Amount",
        "Date,Client,Description,Amount",
        "Date,Client,Phone,Source,Total",
        "Date,Name,Phone,Source,Amount Paid",
    ],
)
def test_a_refusal_never_makes_a_list_of_patients_of_what_is_none(header):
    """Its advice is safe: what it asks for loses nothing, and `map` asks which column is which."""
    refusal = kind_of(header)
    assert ":" in refusal
    assert "List of patients" not in refusal
    assert "ptanalysis map" in refusal or "with their year" in refusal


def test_the_nearest_kind_is_the_one_the_file_holds():
    told = kind_of("Who,Arrived,Email,Phone,How did you hear about us?,Notes")
    assert told.startswith(
        "missing_column: Plain template: inquiries: required column missing: received_at"
    )


def test_a_clinic_adds_spellings_of_its_own(tmp_path):
    (tmp_path / "spellings.toml").write_text('[inquiries]\nsource = ["Woher"]\n', "utf-8-sig")
    formats = load_formats(tmp_path)
    cells = ["Timestamp", "Woher", "Email"]
    assert find_header([Candidate(1, cells)], formats).positions["source"] == 1
    (tmp_path / "spellings.toml").write_text('[inquiries]\nsauce = ["Woher"]\n', "utf-8")
    load_formats.cache_clear()
    with pytest.raises(
        UserError, match=r"spellings.toml: \[inquiries\] sauce: known are inquiry_id"
    ):
        load_formats(tmp_path)


WORDS = [
    ("visits", "status", "did_not_arrive", "no_show"),
    ("visits", "status", "n_s", "no_show"),
    ("visits", "status", "no_show_late_cancel", "no_show"),
    ("visits", "status", "canceled_by_patient", "canceled"),
    ("visits", "status", "checked_in", "attended"),
    ("screenings", "outcome", "qualified_booked_eval", "qualified"),
    ("screenings", "outcome", "dq", "disqualified"),
    ("screenings", "outcome", "not_qualified_out_of_network", "disqualified"),
    ("screenings", "outcome", "lvm", "unreachable"),
    ("screenings", "outcome", "good_lead", "qualified"),
    ("screenings", "outcome", "scheduled", "qualified"),
    ("screenings", "outcome", "scheduled_for_callback", None),
    ("screenings", "outcome", "scheduled_for_follow_up", None),
    ("screenings", "outcome", "converted_to_spam", None),
    ("screenings", "outcome", "appointment_set_with_other_clinic", None),
    ("screenings", "outcome", "perhaps", None),
    ("payments", "kind", "copay", "payment"),
    ("payments", "kind", "insurance", "payment"),
    ("payments", "kind", "insurance_refund", "refund"),
    ("payments", "kind", "chargeback", "refund"),
    ("payments", "kind", "void", "refund"),
    ("payments", "kind", "contractual_adjustment", "adjustment"),
    ("spend", "kind", "labour", "labor"),
]


def test_the_words_desks_use():
    import ibis

    for kind, column in dict.fromkeys(each[:2] for each in WORDS):
        mine = [each for each in WORDS if each[:2] == (kind, column)]
        cells = ibis.memtable({"word": [each[2] for each in mine]})
        found = chosen(cells.word, kind, column).execute()
        assert [None if word != word else word for word in found] == [each[3] for each in mine]


def test_no_spelling_of_a_word_is_that_of_another():
    for key, words in CHOICES.items():
        spelled = [each for word, every in words.items() for each in {word, *every}]
        assert len(set(spelled)) == len(spelled), key


LOG = """Call Date,Caller,Callback #,Heard About Us From,Reason,Lead Status
4/2/2026,Ann Ash,617-555-0131,Google,knee pain,V.I.P. / Ready
4/3/2026,Bob Birch,617-555-0132,postcard,hip,Lost
4/4/2026,Cy Cedar,617-555-0133,Facebook,shoulder,New
Total calls: 3,,,,,
TOTAL,3,,,,
"""
CLICKS = """Entry Id,Submitted,First,Last,Email,What hurts?,utm_source,utm_medium,gclid,msclkid
901,2026-04-02 10:00,Di,Dale,di@dale.example,knee,,,Cj0K1,
902,2026-04-03 10:00,Ed,Elm,ed@elm.example,back pain,,,,9f2c
903,2026-04-04 10:00,Flo,Fir,flo@fir.example,hip,bing,organic,,
"""
META = """id,created_time,form_id,platform,form_name,is_organic,full_name,email,how_long,hurts?
l:1,2026-04-05T10:00:00-04:00,f:1,fb,Free eval,false,Gus Gum,gus@gum.example,3 months,my knee
l:2,2026-04-06T10:00:00-04:00,f:1,fb,Free knee evaluation,false,Hal Holm,hal@holm.example,yes,
"""
PAID = """Date Paid,Patient,Phone,Amount
05/01/2026,"Ash, Ann",(617) 555-0131,100
05/08/2026,Ann Ash,617-555-0131,60
05/09/2026,Una Unknown,617-555-0199,40
"""
NUMBERED = "Patient ID,Payment Date,Amount\n901,05/03/2026,75\n"
CAME = """Appointment Date,Patient,Cell,Appointment Status,Appt Type
4/9/2026,Bob Birch,(617) 555-0132,Arrived,Eval
4/9/2026,Una Unknown,(617) 555-0199,Arrived,Eval
"""
RAN = """Campaign,Channel,Launch Date,End Date
Spring mailer,Direct mail,4/1/2026,4/30/2026
Knee page,SEO,4/1/2026,ongoing
"""
SPENT = "Month,Channel,Cost\nApr 2026,Google Ads,500\nMay 2026,Google Ads, $ - \n"
BARE = "Submission Date,Name,Email,Source\n" + "".join(
    f"2026-04-{day},{first} Zeal,{first}@zeal.example,Google\n"
    for day, first in ((10, "Ida"), (11, "Jon"), (12, "Kay"))
)


def test_lists_as_desks_forms_and_platforms_keep_them(tmp_path, monkeypatch):
    """By hand: 3 + 3 + 2 leads, and three that say nothing of what was asked for."""
    monkeypatch.setenv("PTANALYSIS_KEY_DIR", str(tmp_path / "keys"))
    made = Clinic(tmp_path)
    lists = {"log": LOG, "clicks": CLICKS, "meta": META, "bare": BARE}
    for name, text in (
        lists | {"paid": PAID, "numbered": NUMBERED, "came": CAME, "ran": RAN, "spent": SPENT}
    ).items():
        made.put(f"2026Q2/{name}.csv", text.rstrip("\n"))
    made.put("clinic.toml", '[words.screenings.outcome]\nqualified = ["v.i.p.-READY"]')
    found = made.run("2026Q2")
    ledger = {each: found.ledger[each] for each in ("rows_in", "leads", "rejected", "not_leads")}
    assert ledger == {"rows_in": 11, "leads": 8, "rejected": 0, "not_leads": 3}
    assert by_file(found, "2026Q2/log.csv")["reasons"] == {"lead": 3, "total_row": 2}
    assert found.leads["channel"].value_counts().loc[lambda rows: rows > 0].to_dict() == {
        "seo": 2,
        "paid_search": 2,
        "paid_social": 2,
        "direct_mail": 1,
        "social": 1,
    }
    assert found.leads["service"].notna().sum() == 8
    assert found.leads["sql_at"].dt.day.dropna().tolist() == [2]
    # Una never inquired; a number that no patient has is an inquiry's, whoever else came by email.
    assert sorted(found.payments["amount"]) == [60, 75, 100]
    assert found.leads["visit_attended_at"].dt.day.dropna().tolist() == [9]
    assert found.campaigns["ends_on"].isna().sum() == 1
    assert found.spend["amount"].sum() == 500
    problems = {(each.code, each.file): each for each in made.problems("2026Q2")}
    assert "[words.screenings.outcome]" in problems["bad_choice", "2026Q2/log.csv"].fix
    assert problems["no_patient_list", "2026Q2/numbered.csv"].count == 1
    assert problems["few_leads", "2026Q2/bare.csv"].count == 3
    kept = [pd.read_parquet(each).to_csv() for each in tmp_path.rglob("*.parquet")]
    written = "\n".join([*kept, *map(str, made.problems("2026Q2"))])
    assert len(kept) >= 5
    assert not re.search(r"@|555-0|\(617|Ash|Birch|Zeal|Cj0K1", written)


def test_words_of_a_clinic_stand_for_those_a_column_may_hold(tmp_path):
    place = tmp_path / "clinic.toml"
    for text, wrong in (
        ('[words.visits.staus]\nattended = ["OK"]', r"visits\.staus; did you mean visits\.status"),
        ('[words.visits.status]\nseen = ["OK"]', "names seen; it may hold attended, no_show"),
        ('[words.visits]\nstatus = ["OK"]', "must be lists of texts"),
        ('[words]\nvisits = "OK"', "names no column visits"),
    ):
        place.write_text(text, "utf-8")
        with pytest.raises(UserError, match=wrong):
            load_config(place)


def test_check_shows_the_mapping_of_a_form(tmp_path):
    path = tmp_path / "form.csv"
    path.write_text(FORM, "utf-8")
    (found,) = intake.check(str(path), root=tmp_path)
    assert found.mapped["Entry Date"] == "inquiries.received_at"
    assert found.mapped["What brings you in?"] == "inquiries.service_interest"
    assert (found.rows_in, found.used, found.dropped) == (4, 4, ("Page URL",))


CALLS = """Call Status,Tracking Number,Name,Phone Number,Source,Start Time,Tags,Qualified
Answered Call,+13035550100,Jon Juniper,+13035552401,Google Ads,2026-04-05 10:00:00,,Yes
Answered Call,+13035550100,Kay Kapok,+13035552402,Yelp,2026-04-08 10:00:00,Knee Pain,Not Scored
Answered Call,+13035550100,Leo Larch,+13035552403,Yelp,2026-04-09 10:00:00,New Patient,no
Missed Call,+13035550100,,+13035552404,Yelp,2026-04-10 10:00:00,,
"""
CONVERTED = """Lead ID,Last Name,Email,Lead Source,Lead Status,Create Date,Converted,Converted Date
00Q5e00000A1b2C,Maple,mia@maple.example,Web,Closed - Converted,4/5/2026,1,4/9/2026
00Q5e00000A1b2D,Nutmeg,ned@nutmeg.example,Web,Closed - Not Converted,4/6/2026,0,
00Q5e00000A1b2E,Oak,oda@oak.example,Web,Working - Contacted,4/7/2026,0,
"""


def test_a_call_tracker_s_and_a_crm_s_own_marks_are_stages(tmp_path, monkeypatch):
    """Jon is marked, so a lead and SQL on his call; Kay's and Leo's tags state an interest, and Leo
    was marked no; nobody knows what the missed call wanted. Mia was converted on April 9; Ned was
    closed unconverted: no strict lead (no interest stated), screened and lost; Oda is open."""
    monkeypatch.setenv("PTANALYSIS_KEY_DIR", str(tmp_path / "keys"))
    clinic = Clinic(tmp_path)
    clinic.put("2026Q2/calls.csv", CALLS.strip())
    clinic.put("2026Q2/leads.csv", CONVERTED.strip())
    tables = clinic.run("2026Q2")
    assert tables.ledger["leads"] == 4
    assert tables.ledger["not_leads_by_reason"] == {"no_interest_stated": 3}
    reached = {
        stage: sorted(f"{day:%m-%d}" for day in tables.leads[f"{stage}_at"].dropna())
        for stage in ("lead", "sql")
    }
    broad = intake.read_processed("c", "2026Q2", root=tmp_path, lead_definition="broad")
    reached |= {
        stage: sorted(f"{day:%m-%d}" for day in broad.leads[f"{stage}_at"].dropna())
        for stage in ("screened", "lost")
    }
    assert reached == {
        "lead": ["04-05", "04-08", "04-09", "04-09"],
        "screened": ["04-05", "04-06", "04-09", "04-09"],
        "sql": ["04-05", "04-09"],
        "lost": ["04-06", "04-09"],
    }
    assert not [
        p for p in clinic.problems("2026Q2") if p.severity == "warning" and "drop" in p.code
    ]


@pytest.mark.parametrize(
    ("header", "telling"),
    [
        ("inquiry_id,received_at,source,Converted Date,Merged record IDs", 2),
        ("period_start,period_end,source,amount,Month,Quarter", 1),
        ("inquiry_id,paid_at,amount,Payment Status,Method", 1),
        ("inquiry_id,received_at,source,Booked Eval?,Date of First Visit,Became a patient", 3),
        ("inquiry_id,received_at,source,Page URL,Best time to call,Appointment type", 0),
    ],
)
def test_columns_that_change_the_meaning_are_never_nothing_to_do(tmp_path, header, telling):
    path = tmp_path / "export.csv"
    path.write_text(f"{header}\n", "utf-8")
    (found,) = intake.check(str(path), root=tmp_path)
    told = [p for p in found.problems if p.code == "telling_columns_dropped"]
    assert [p.severity for p in told] == ["warning"] * bool(telling)
    assert all(p.what.count(",") == telling - 1 for p in told)
