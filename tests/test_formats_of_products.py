"""Exports of products, made up under the headers that public sources quote; counted by hand."""

from __future__ import annotations

import csv
from contextlib import suppress

import pytest

from ptanalysis.intake.read import load_formats
from ptanalysis.intake.read.header import Candidate
from ptanalysis.intake.read.header_search import find_header
from ptanalysis.intake.read.refused_file import RefusedFileError
from tests.canary_clinic import MARKS
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
CUSTOMERS = """\
First Name,Last Name,Email Address,Phone Number,Square Customer ID
Hal,Ives,hal@example.org,,C1
"""
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
LINKEDIN = """\
Campaign Performance Report (in UTC)
"Report Start: 01/01/2026, Report End: 03/31/2026"
Date Generated: 4/1/2026

Start Date (in UTC),Account Name,Campaign Group Name,Campaign Name,Campaign ID,Currency,\
Total Spent,Impressions,Clicks
01/05/2026,Clinic,Default,Runners,11,USD,"1,033.33",1000,4
1/6/2026,Clinic,Default,Runners,11,USD,16.67,100,1
Total,,,,,,"1,050.00",1100,5
"""
BY_VENDOR = """\
River PT,,,,,,,
Transaction List by Vendor,,,,,,,
"January - March, 2026",,,,,,,

,Date,Transaction Type,Num,Posting,Memo/Description,Account,Amount
Total Reach Agency,,,,,,,
,01/05/2026,Bill,1042,Yes,SEO retainer,Accounts Payable (A/P),"1,200.00"
,01/30/2026,Bill Payment (Check),,Yes,,Checking,"-1,200.00"
,02/10/2026,Vendor Credit,,Yes,,Accounts Payable (A/P),-200.00
Total for Total Reach Agency,,,,,,,"-200.00"
Google LLC,,,,,,,
,02/03/2026,Expense,,Yes,Ads,Checking,-640.00
Total for Google LLC,,,,,,,-640.00
TOTAL,,,,,,,-840.00



"Accrual basis Tuesday, April 7, 2026 09:15 AM GMT-04:00",,,,,,,
"""
BY_ACCOUNT = """\
River PT,,,,,,,,
General Ledger,,,,,,,,
"January 1 - March 31, 2026",,,,,,,,
,,,,,,,,
,Date,Transaction Type,Num,Name,Memo/Description,Split,Amount,Balance
5010 Rent,,,,,,,,
,01/02/2026,Expense,,Main St LLC,Rent,1000 Checking,"3,000.00","3,000.00"
Total for 5010 Rent,,,,,,,"3,000.00",
6000 Advertising & Marketing,,,,,,,,
,01/01/2026,,,,Beginning Balance,,,0.00
,03/04/2026,Bill,88,Postcard Press,Spring drop,2000 A/P,700.00,700.00
,03/09/2026,Vendor Credit,,Postcard Press,,2000 A/P,-50.00,650.00
Total for 6000 Advertising & Marketing,,,,,,,650.00,
TOTAL,,,,,,,,
"""
ZOHO = """\
Record Id,Lead Owner.id,Lead Owner,Is Converted,Company,First Name,Last Name,Email,Phone,Mobile,\
Lead Source,Lead Status,Created Time,Modified Time,Zip Code,Converted Date Time
zcrm_9001,zcrm_1,Pat,true,,Kim,Lake,kim@example.org,,,Facebook,Contacted,2026-01-10 09:00:00,\
2026-02-01 09:00:00,02139,2026-01-12 10:00:00
zcrm_9002,zcrm_1,Pat,false,,Lou,Moor,lou@example.org,,,Google AdWords,Junk Lead,\
2026-01-11 09:00:00,2026-01-15 09:00:00,,
zcrm_9003,zcrm_1,Pat,false,,Max,Nash,max@example.org,,,Word of mouth,Not Contacted,\
2026-01-12 09:00:00,2026-01-15 09:00:00,,
"""
PIPEDRIVE = """\
Deal - ID,Deal - Title,Deal - Stage,Deal - Status,Deal - Value,Deal - Deal created,\
Deal - Won time,Deal - Lost time,Deal - Deal closed on,Deal - Lost reason,Deal - Deal source,\
Deal - utm_source,Deal - utm_medium,Deal - utm_campaign,Deal - Contact person,\
Person - Email - Work,Person - Phone - Mobile
71,Nia knee,Won,Won,500,2026-01-13 10:00:00,2026-01-20 10:00:00,,2026-01-20 10:00:00,,,google,\
organic,,Nia Oak,nia@example.org,
72,Ned,Lost,Lost,500,2026-01-14 10:00:00,,2026-01-21 10:00:00,,no answer,Radio,,,,Ned Poe,,\
617-555-0130
"""
CONSTANT_CONTACT = """\
Email address,First name,Last name,Email status,Email permission status,Source Name,Created At
pam@example.org,Pam,Quay,Active,Express,Website form,2026-01-15 19:42:23 +0000
"""
CLINIKO = """\
starts_at,ends_at,patient.first_name,patient.last_name,patient.email,practitioner.display_name,\
appointment_type.name,attendance,patient.id,id
2026-01-20T15:00:00Z,2026-01-20T15:30:00Z,Max,Nash,max@example.org,Dr P,Initial Assessment,\
arrived,501,1
2026-01-27T15:00:00Z,2026-01-27T15:30:00Z,Max,Nash,max@example.org,Dr P,Standard,did_not_arrive,\
501,2
2026-04-27T15:00:00Z,2026-04-27T15:30:00Z,Max,Nash,max@example.org,Dr P,Standard,,501,3
"""
FORMS = """\
name,source,email,submitted_at,campaign,medium,form_url,landing_page_url
Rae Sand,Google Organic,rae@example.org,2026-01-16T10:00:00.000-05:00,,organic,\
https://clinic.example/contact,https://clinic.example/
"""
DATA_LOADER = """\
"ID","ISDELETED","LASTNAME","FIRSTNAME","COMPANY","POSTALCODE","PHONE","MOBILEPHONE","EMAIL",\
"LEADSOURCE","STATUS","ISCONVERTED","CONVERTEDDATE",\
"CREATEDDATE","LASTMODIFIEDDATE"
"00Q5e00000A1b2CEAZ","false","Tarn","Sue","Self","02139","","","sue@example.org","Web",\
"Closed - Converted","true","2026-01-19","2026-01-17T14:00:00.000Z","2026-01-19T14:00:00.000Z"
"00Q5e00000A1b2DEAZ","false","Ulm","Tom","Self","","","617-555-0131","tom@example.org",\
"Purchased List","Closed - Not Converted","false","","2026-01-18T14:00:00.000Z",\
"2026-01-25T14:00:00.000Z"
"00Q5e00000A1b2FEAZ","true","Vane","Ula","Self","","","","ula@example.org","Web","Open","false",\
"","2026-01-18T14:00:00.000Z","2026-01-25T14:00:00.000Z"
"""
HUBSPOT = """\
hs_object_id,createdate,email,firstname,lastname,mobilephone,zip,hs_analytics_source,\
hs_analytics_source_data_1,hs_lead_status,lifecyclestage,hs_lifecyclestage_lead_date,\
hs_lifecyclestage_marketingqualifiedlead_date,hs_lifecyclestage_salesqualifiedlead_date,\
hs_lifecyclestage_customer_date
501,2026-01-20T14:00:00.123Z,uma@example.org,Uma,Wick,,02139,PAID_SEARCH,spring,OPEN,customer,\
2026-01-20T14:00:00.123Z,,2026-01-23T14:00:00.123Z,2026-01-30T14:00:00.123Z
502,2026-01-21T14:00:00.123Z,val@example.org,Val,Yarn,,,ORGANIC_SEARCH,,UNQUALIFIED,lead,\
2026-01-21T14:00:00.123Z,,,
"""
#: With a campaign of the name and days that Microsoft Ads has, as its import from Google gives.
GOOGLE = """\
Campaign report
"January 1, 2026 - March 31, 2026"
Campaign status,Campaign,Campaign type,Clicks,Impr.,Currency code,Cost
Enabled,Knee,Search,40,900,USD,300.00
"""
#: As copied from the table on the screen.
ON_SCREEN = """\
Lead ID,Customer,Job type,Search Intent,Location,Lead type,Charge status,Lead received,Last activity
334826152,(617) 555-0110,,Category,Boston,Phone,Charged,2/21/26 12:23 PM,2/22/26 12:36 PM
"""
#: Format -> an export of it, of a clinic on GoHighLevel and of one on several other systems.
ON_GHL = {
    "square_transactions": SQUARE,
    "square_customers": CUSTOMERS,
    "stripe_payments": STRIPE,
    "calendly": CALENDLY,
    "microsoft_ads": MICROSOFT,
    "gohighlevel_contacts": GHL_CONTACTS,
    "gohighlevel_opportunities": GHL_DEALS,
    "google_local_services": LOCAL_SERVICES,
}
ON_OTHERS = {
    "linkedin_ads": LINKEDIN,
    "quickbooks_vendors": BY_VENDOR,
    "quickbooks_accounts": BY_ACCOUNT,
    "zoho_leads": ZOHO,
    "pipedrive_deals": PIPEDRIVE,
    "constant_contact": CONSTANT_CONTACT,
    "cliniko_appointments": CLINIKO,
    "callrail_forms": FORMS,
    "salesforce_data_loader": DATA_LOADER,
    "hubspot_contacts": HUBSPOT,
}
EXPORTS = {**ON_GHL, **ON_OTHERS}
FORMATS = {format.name: format for format in load_formats()}


def candidates(text: str) -> list[Candidate]:
    return [Candidate(row, cells) for row, cells in enumerate(csv.reader(text.splitlines()), 1)]


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_fits_its_own_format_and_no_other(name):
    top = candidates(EXPORTS[name])
    assert find_header(top, load_formats()).format.name == name
    kinds = FORMATS[name].tables.keys()
    with suppress(RefusedFileError):
        other = find_header(top, [format for format in load_formats() if format.name != name])
        assert other.loose, "another product's"
        assert other.format.kind in kinds


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("required", [False, True])
def test_no_format_captures_another_one_s_columns(name, required):
    format = FORMATS[name]
    refused = {entry["column"] for entry in format.refuse}
    refused |= {name for part in format.never_with for each in part for name in each.split("|")}
    columns = {key: column for key, column in format.columns.items() if key not in refused}
    cells = [each.headers[-1] for each in columns.values() if each.required or not required]
    above = [Candidate(1, [MARKS[name]])] if format.mark else []
    assert find_header([*above, Candidate(2, cells)], load_formats()).format.name == name


def ran(exports: dict[str, str], tmp_path_factory) -> Clinic:
    """Return a clinic of these exports, with the tables of its one quarter."""
    clinic = Clinic(tmp_path_factory.mktemp("clinic"))
    (clinic.raw / "2026Q1").mkdir()
    for name, text in exports.items():
        (clinic.raw / "2026Q1" / f"{name}.csv").write_text(text, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PTANALYSIS_KEY_DIR", str(tmp_path_factory.mktemp("keys")))
        clinic.tables = clinic.run("2026Q1")
    return clinic


@pytest.fixture(scope="module")
def crm(tmp_path_factory):
    return ran({**ON_GHL, "screen": ON_SCREEN, "google": GOOGLE}, tmp_path_factory)


@pytest.fixture(scope="module")
def others(tmp_path_factory):
    return ran(ON_OTHERS, tmp_path_factory)


def reasons(tables, name: str) -> dict[str, int]:
    return by_file(tables, f"2026Q1/{name}.csv")["reasons"]


def channels(tables) -> dict[str, str]:
    """Return the channel of each lead by the day it inquired."""
    leads = tables.leads
    days = leads["inquiry_at"].dt.strftime("%m-%d")
    return dict(zip(days, leads["channel"].astype(str), strict=True))


def test_leads_of_each_export_are_counted_by_hand(crm):
    # Eve is a contact and an opportunity; of the calls, one is of no known interest and one left no
    # number. Hal is a contact who stated nothing, and paid.
    tables = crm.tables
    inquired = [name for name in ON_GHL if FORMATS[name].kind == "inquiries"]
    assert {name: reasons(tables, name) for name in inquired} == {
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
        "02-21": "paid_search",  # a call, from the screen
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
    stripe = {"attributed": 3, "not_paid": 1, "refunded": 1, "test_mode": 1}
    assert reasons(crm.tables, "stripe_payments") == stripe
    assert reasons(crm.tables, "square_transactions") == {"attributed": 2, "not_paid": 1}


def test_a_charge_is_paid_on_the_clinic_s_day(crm):
    # 03:10 UTC on February 6 is 22:10 on the 5th in New York.
    paid = crm.tables.payments.set_index("amount")["paid_at"]
    assert str(paid[60]) == "2026-02-05 22:10:00"


def test_spend_is_counted_by_hand(crm):
    spend = crm.tables.spend
    assert spend.groupby("campaign")["amount"].sum().to_dict() == {"Knee": 425.5, "Back": 74.5}
    assert set(spend["channel"]) == {"paid_search"}
    assert set(spend["period_start"].astype(str)) == {"2026-01-01"}
    assert by_file(crm.tables, "2026Q1/google.csv")["used"] == 1
    assert reasons(crm.tables, "microsoft_ads") == {"blank_row": 1, "footer": 1, "total_row": 1}


def test_what_an_export_does_not_say_is_said(crm):
    codes = {(p.code, p.severity, p.file) for p in crm.problems("2026Q1")}
    assert ("no_cost", "note", "2026Q1/google_local_services.csv") in codes
    assert ("won_undated", "note", "2026Q1/gohighlevel_opportunities.csv") in codes
    assert not [p for p in crm.problems("2026Q1") if p.severity in ("rejected", "refused")]


def test_leads_of_other_systems_are_counted_by_hand(others):
    assert channels(others.tables) == {
        "01-10": "social",  # Kim, of Zoho
        "01-11": "paid_search",  # Lou
        "01-12": "word_of_mouth",  # Max
        "01-13": "seo",  # Nia, of Pipedrive: google / organic
        "01-14": "radio",  # Ned
        "01-17": "unknown",  # Sue, of Salesforce: Web
        "01-18": "purchased_email",  # Tom
        "01-20": "paid_search",  # Uma, of HubSpot
        "01-21": "seo",  # Val
    }
    # Who is on a newsletter's list, or sent a form, stated no interest.
    assert reasons(others.tables, "constant_contact") == {"no_interest_stated": 1}
    assert reasons(others.tables, "callrail_forms") == {"no_interest_stated": 1}
    assert reasons(others.tables, "salesforce_data_loader") == {"lead": 2, "deleted": 1}


def test_stages_of_other_systems_are_those_they_record(others):
    leads = others.tables.leads
    days = leads["inquiry_at"].dt.strftime("%m-%d")
    reached = {
        stage: dict(zip(days, leads[stage].dt.strftime("%m-%d"), strict=True))
        for stage in ("sql_at", "patient_at", "lost_at")
    }
    known = {
        stage: {day: at for day, at in found.items() if isinstance(at, str)}
        for stage, found in reached.items()
    }
    assert known == {
        # Converted, in Zoho and in Salesforce; SQL, in HubSpot.
        "sql_at": {"01-10": "01-12", "01-17": "01-19", "01-20": "01-23"},
        # Won, in Pipedrive; customer, in HubSpot.
        "patient_at": {"01-13": "01-20", "01-20": "01-30"},
        "lost_at": {"01-11": "01-15", "01-14": "01-21", "01-18": "01-25", "01-21": "01-21"},
    }


def test_appointments_of_cliniko_reach_who_inquired(others):
    # The third is after the quarter.
    entry = by_file(others.tables, "2026Q1/cliniko_appointments.csv")
    assert (entry["used"], entry["reasons"]) == (2, {"after_as_of": 1})


def test_bills_of_marketing_are_spend_and_others_are_not(others):
    spend = others.tables.spend
    assert spend.groupby("channel")["amount"].sum().astype(float).to_dict() == {
        "direct_mail": 650,  # 700 less a credit of 50
        "paid_search": 640,  # paid to Google from the bank: negative there
        "paid_social": 1050,
        "unknown": 1000,  # an agency's bill of 1,200 and its credit of 200
    }
    assert reasons(others.tables, "quickbooks_accounts") == {
        "heading_or_total": 5,
        "not_marketing": 1,
        "opening_balance": 1,
    }
    assert reasons(others.tables, "quickbooks_vendors") == {
        "blank_row": 3,
        "bill_payment": 1,
        "heading_or_total": 6,
    }
    agency = spend[spend["vendor"] == "Total Reach Agency"]
    assert sorted(agency["amount"].astype(float)) == [-200, 1200]
    codes = {(p.code, p.severity) for p in others.problems("2026Q1")}
    assert {("every_vendor", "warning"), ("ad_platform_bill", "warning")} <= codes
