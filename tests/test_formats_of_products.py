"""Exports of products, made up under the headers that public sources quote; counted by hand."""

from __future__ import annotations

import csv

import pytest

from ptanalysis.intake.read import load_formats
from ptanalysis.intake.read.header import Candidate
from ptanalysis.intake.read.header_search import find_header, match
from tests.test_intake import Clinic, by_file

SQUARE = """\
Date,Time,Time Zone,Gross Sales,Discounts,Service Charges,Net Sales,Gift Card Sales,Tax,Tip,\
Partial Refunds,Total Collected,Source,Card,Cash,Fees,Net Total,Transaction ID,Payment ID,\
Event Type,Location,Customer ID,Customer Name,Transaction Status
2026-02-03,10:02:11,Eastern Time (US & Canada),$120.00,$0.00,$0.00,$120.00,$0.00,$0.00,$5.00,\
$0.00,$125.00,Point of Sale,$125.00,$0.00,-$3.40,$121.60,T1,P1,Payment,Main,C1,Hal Ives,Complete
2026-02-10,09:00:00,Eastern Time (US & Canada),-$25.00,$0.00,$0.00,-$25.00,$0.00,$0.00,$0.00,\
$0.00,-$25.00,Point of Sale,-$25.00,$0.00,$0.00,-$25.00,T1,P2,Refund,Main,C1,Hal Ives,Complete
2026-02-11,09:00:00,Eastern Time (US & Canada),$80.00,$0.00,$0.00,$80.00,$0.00,$0.00,$0.00,\
$0.00,$80.00,Point of Sale,$80.00,$0.00,$0.00,$80.00,T3,P3,Payment,Main,C1,Hal Ives,Pending
"""
CUSTOMERS = "patient_key,first_name,last_name,email\nC1,Hal,Ives,hal@example.org\n"
STRIPE = """\
id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Fee,Mode,Status,Customer ID,\
Customer Email,Card Name
ch_1,2026-02-05 20:38:34,200.00,0.00,usd,true,6.10,Live,Paid,cus_1,ann@example.org,Ann Alder
ch_2,2026-02-06 03:10:00,100.00,40.00,usd,true,3.20,Live,Paid,,bo@example.org,Bo Birch
ch_3,2026-02-06 20:10:00,99.00,99.00,usd,true,3.20,Live,Refunded,cus_1,ann@example.org,Ann Alder
ch_4,2026-02-07 20:10:00,90.00,0.00,usd,false,0,Live,Failed,cus_1,ann@example.org,Ann Alder
ch_5,2026-02-08 20:10:00,50.00,0.00,usd,true,1.75,Live,Paid,cus_1,ann@example.org,Ann Alder
ch_6,2026-02-09 20:10:00,7.00,0.00,usd,true,1.75,Test,Paid,cus_1,ann@example.org,Ann Alder
"""
CALENDLY = """\
User Name,Invitee Name,Invitee First Name,Invitee Last Name,Invitee Email,Text Reminder Number,\
Event Type Name,Start Date & Time,End Date & Time,Event Created Date & Time,Canceled,Question 1,\
Response 1,UTM Campaign,UTM Source,UTM Medium,Marked as No-Show,Event UUID,Invitee UUID
Pat,Ann Alder,Ann,Alder,ann@example.org,+1 617-555-0101,30 Minute Meeting,2026-02-02 11:00 am,\
2026-02-02 11:30 am,2026-01-20 01:40 pm,false,Where?,knee,spring,google,cpc,No,E1,I1
Pat,Bo Birch,Bo,Birch,bo@example.org,,Initial Evaluation,2026-02-03 11:00 am,\
2026-02-03 11:30 am,2026-01-21 09:15 am,true,,,,newsletter,email,No,E2,I2
"""
MICROSOFT = """\
"Report Name: Campaigns"
"Report Time: 1/1/2026 - 3/31/2026"
"Time Zone: (GMT-05:00) Eastern Time"
"Last Completed Available Day: 4/1/2026 10:15:00 PM (GMT)"
"Potential Incomplete Data: false"
"Rows: 2"

"Account name","Campaign name","Impressions","Clicks","CTR (%)","Spend"
"Clinic","Knee","1000","50","5.00","125.50"
"Clinic","Back","500","10","2.00","74.50"
"Total","","1500","60","4.00","200.00"

"©2026 Microsoft Corporation. All rights reserved. "
"""
GHL_CONTACTS = """\
"Contact Id","First Name","Last Name","Name","Phone","Email","Source","Created",\
"Last Activity","Tags"
"abc1","Eve","Elm","Eve Elm","+16175550105","eve@example.org","Facebook Ads",\
"2026-01-15T10:00:00-05:00","2026-02-01T10:00:00-05:00","vip"
"abc2","(Example) Jo","Smith","(Example) Jo Smith","","j@example.org","",\
"2026-01-15T10:00:00-05:00","",""
"abc3","Hal","Ives","Hal Ives","","hal@example.org","Yelp","2026-01-22T10:00:00-05:00","",""
"""
GHL_DEALS = """\
Opportunity name,Contact Name,phone,email,pipeline,stage,Lead Value,source,assigned,Created on,\
Updated on,lost reason ID,lost reason name,Followers,Notes,tags,Engagement score,status
Eve Elm,Eve Elm,+16175550105,eve@example.org,New patients,Booked,150,Facebook Ads,,\
2026-01-15T15:00:00.082Z,2026-02-01T16:54:01.082Z,,,,"Sent
a second line",follow-up,0,won
Gil Fir,Gil Fir,,gil@example.org,New patients,New Lead,0,Google Ads,,\
2026-01-16T15:00:00.082Z,2026-01-20T16:54:01.082Z,x,too expensive,,,,0,lost
"""
LOCAL_SERVICES = """\
Customer,Job type,Search intent,Location,Lead type,Charge status,Lead received,Last activity
(617) 555-0107,,Categorical,Boston,Phone call,Not charged,Feb 24 2026,Feb 24 2026,
(617) 555-0108,Physical therapy,Categorical,Boston,Phone call,Charged,Feb 22 2026,Feb 23 2026,
(617) 555-0109,,Categorical,Boston,Message,Charged,Feb 3 2026,Feb 4 2026,
,,Categorical,Boston,Phone call,Charged,Jan 9 2026,Jan 15 2026,
"""
#: Format -> an export of it.
EXPORTS = {
    "square_transactions": SQUARE,
    "stripe_payments": STRIPE,
    "calendly": CALENDLY,
    "microsoft_ads": MICROSOFT,
    "gohighlevel_contacts": GHL_CONTACTS,
    "gohighlevel_opportunities": GHL_DEALS,
    "google_local_services": LOCAL_SERVICES,
}
FORMATS = {format.name: format for format in load_formats()}


def candidates(text: str) -> list[Candidate]:
    return [Candidate(row, cells) for row, cells in enumerate(csv.reader(text.splitlines()), 1)]


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_fits_its_own_format_and_no_other(name):
    top = candidates(EXPORTS[name])
    assert find_header(top, load_formats()).format.name == name
    fits = {each.name for each in load_formats() for row in top if match(each, row)}
    assert fits == {name}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("required", [False, True])
def test_no_format_captures_another_one_s_columns(name, required):
    format = FORMATS[name]
    refused = {entry["column"] for entry in format.refuse}
    columns = {key: column for key, column in format.columns.items() if key not in refused}
    cells = [each.headers[-1] for each in columns.values() if each.required or not required]
    above = [Candidate(1, ["Report Name: Transaction List by Vendor"])] if format.mark else []
    assert find_header([*above, Candidate(2, cells)], load_formats()).format.name == name


@pytest.fixture(scope="module")
def crm(tmp_path_factory):
    """A clinic on GoHighLevel, with Local Services, Calendly, Microsoft Ads, Square and Stripe."""
    clinic = Clinic(tmp_path_factory.mktemp("crm"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PTANALYSIS_KEY_DIR", str(tmp_path_factory.mktemp("keys")))
        for name, text in {**EXPORTS, "customers": CUSTOMERS}.items():
            (clinic.raw / "2026Q1").mkdir(exist_ok=True)
            (clinic.raw / "2026Q1" / f"{name}.csv").write_text(text, "utf-8")
        clinic.tables = clinic.run("2026Q1")
    return clinic


def channels(tables) -> dict[str, str]:
    """Return the channel of each lead by the day it inquired."""
    leads = tables.leads
    days = leads["inquiry_at"].dt.strftime("%m-%d")
    return dict(zip(days, leads["channel"].astype(str), strict=True))


def test_leads_of_each_export_are_counted_by_hand(crm):
    # Eve is a contact and an opportunity; of the calls, one is of no known interest and one left no
    # number. Hal is a contact who stated nothing, and paid.
    tables = crm.tables
    reasons = {
        name: by_file(tables, f"2026Q1/{name}.csv")["reasons"]
        for name in EXPORTS
        if FORMATS[name].kind == "inquiries"
    }
    assert reasons == {
        "calendly": {"lead": 2},
        "gohighlevel_contacts": {"example": 1, "lead": 2},
        "gohighlevel_opportunities": {"same_person": 1, "lead": 1},
        "google_local_services": {"lead": 2, "no_interest_stated": 1, "no_contact": 1},
    }
    assert channels(tables) == {
        "01-15": "paid_social",  # Eve
        "01-16": "paid_search",  # Gil: Google Ads
        "01-20": "paid_search",  # Ann: google / cpc
        "01-21": "email",  # Bo
        "01-22": "directories",  # Hal: Yelp
        "02-03": "paid_search",  # a message to Local Services
        "02-22": "paid_search",
    }


def test_patients_and_money_of_each_export_are_counted_by_hand(crm):
    leads = crm.tables.leads
    days = leads["inquiry_at"].dt.strftime("%m-%d")
    patients = leads.dropna(subset=["patient_at"])
    # Ann, Bo and Hal paid; of Eve it is known that she was won, not when.
    assert sorted(days[patients.index]) == ["01-15", "01-20", "01-21", "01-22"]
    assert crm.tables.ledger["undated"]["patient_at"]["all"] == 1
    assert list(days[leads["lost_at"].notna()]) == ["01-16"]
    paid = crm.tables.payments.groupby("lead_id")["amount"].sum()
    by_day = {days[at]: paid.get(lead, 0) for at, lead in leads["lead_id"].items()}
    assert {day: float(amount) for day, amount in by_day.items() if amount} == {
        "01-20": 250,  # Stripe: 200 + 50; failed, refunded in full and test mode aside
        "01-21": 60,  # 100 less 40, under an email without a customer's number
        "01-22": 100,  # Square: 125 less 25; 80 is pending
    }
    money = by_file(crm.tables, "2026Q1/stripe_payments.csv")
    assert money["reasons"] == {"attributed": 3, "not_paid": 1, "refunded": 1, "test_mode": 1}
    square = by_file(crm.tables, "2026Q1/square_transactions.csv")["reasons"]
    assert square == {"attributed": 2, "not_paid": 1}


def test_a_charge_is_paid_on_the_clinic_s_day(crm):
    # 03:10 UTC on February 6 is 22:10 on the 5th in New York.
    paid = crm.tables.payments.set_index("amount")["paid_at"]
    assert str(paid[60]) == "2026-02-05 22:10:00"


def test_spend_is_counted_by_hand(crm):
    spend = crm.tables.spend.set_index("campaign")
    assert spend["amount"].astype(float).to_dict() == {"Knee": 125.5, "Back": 74.5}
    assert set(spend["channel"]) == {"paid_search"}
    assert set(spend["period_start"].astype(str)) == {"2026-01-01"}
    assert by_file(crm.tables, "2026Q1/microsoft_ads.csv")["reasons"] == {
        "blank_row": 1,
        "footer": 1,
        "total_row": 1,
    }


def test_what_an_export_does_not_say_is_said(crm):
    codes = {(p.code, p.severity, p.file) for p in crm.problems("2026Q1")}
    assert ("no_cost", "note", "2026Q1/google_local_services.csv") in codes
    assert ("won_undated", "note", "2026Q1/gohighlevel_opportunities.csv") in codes
    assert not [p for p in crm.problems("2026Q1") if p.severity in ("rejected", "refused")]
