"""Intake from files to the seam: accumulation, the as-of date, bad input, privacy."""

from __future__ import annotations

import json
import os
import shutil
import stat

import pandas as pd
import pytest

from ptanalysis import intake
from ptanalysis.intake import IntakeError
from ptanalysis.intake.storage import processed_tables as processed
from ptanalysis.privacy.pseudonyms import KeyFileError

INQUIRIES = (
    "inquiry_id,received_at,source,medium,campaign,vendor,touch_type,first_name,last_name,email,"
    "phone,zip,service_interest,notes"
)
SCREENINGS = "inquiry_id,screened_at,outcome,interest,budget_ok,likelihood,reason,screener"
VISITS = "inquiry_id,visit_at,status,kind"
PAYMENTS = "inquiry_id,paid_at,amount,kind,payer"
SPEND = "period_start,period_end,source,amount,medium,campaign,vendor,kind,hours"
FIRST = (
    "Quentin",
    "Brunhilde",
    "Marcus",
    "Ophelia",
    "Tadeo",
    "Yvette",
    "Zoltan",
    "Imogen",
    "Rupert",
    "Celestine",
)
LAST = ("ova", "erik", "ume")
CAMPAIGNS = "campaign,source,starts_on,ends_on,medium,vendor,kind"


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(autouse=True)
def key_folder(keys, monkeypatch):
    monkeypatch.setenv("PTANALYSIS_KEY_DIR", str(keys))


@pytest.fixture
def clinic(tmp_path):
    return Clinic(tmp_path)


class Clinic:
    """A clinic's raw folder under a root of its own."""

    def __init__(self, root):
        self.root = root
        self.raw = root / "data" / "raw" / "c"
        self.raw.mkdir(parents=True, exist_ok=True)

    def put(self, file, header, *rows):
        path = self.raw / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join([header, *rows]) + "\n", "utf-8")

    def run(self, quarter=None):
        return intake.run("c", quarter, root=self.root)

    def problems(self, quarter):
        return intake.problems("c", quarter, root=self.root)


def inquiry(
    number,
    at,
    *,
    source="google",
    medium="organic",
    campaign="",
    touch="form",
    first="",
    last="",
    email=None,
    phone="",
    interest="knee",
    notes="",
):
    email = f"p{number}@example.org" if email is None else email
    name = FIRST[number % 10] + LAST[number // 10]
    cells = (
        f"I{number}",
        at,
        source,
        medium,
        campaign,
        "",
        touch,
        first or name,
        last or f"{name}son",
        email,
        phone,
        "",
        interest,
        notes,
    )
    return ",".join(cells)


def by_file(tables, file):
    return next(entry for entry in tables.ledger["by_file"] if entry["file"] == file)


@pytest.fixture
def funnel(clinic):
    return fill(clinic)


@pytest.fixture(scope="module")
def ran(tmp_path_factory, keys):
    """The funnel, run once for the tests that only look at it."""
    funnel = fill(Clinic(tmp_path_factory.mktemp("ran")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PTANALYSIS_KEY_DIR", str(keys))
        funnel.tables = funnel.run("2026Q1")
    return funnel


def fill(clinic):
    """Put in one quarter in which every stage and reason happens, counted by hand below."""
    clinic.put(
        "2026Q1/inquiries.csv",
        INQUIRIES,
        inquiry(1, "2026-01-05 10:00", campaign="spring"),
        inquiry(2, "2026-01-06 10:00", interest="pain"),
        inquiry(3, "2026-01-07 10:00", interest=""),
        inquiry(4, "2026-01-08 10:00", interest="", touch="call"),
        inquiry(5, "2026-01-09 10:00", interest="job application"),
        inquiry(6, "2026-01-10 10:00", interest="seo services"),
        inquiry(7, "2026-01-11 10:00", interest="equipment sales"),
        inquiry(8, "2026-01-12 10:00", interest="billing question"),
        inquiry(9, "2026-01-13 10:00", interest="massage"),
        inquiry(10, "2026-01-14 10:00", email=""),
        inquiry(11, "2026-01-15 10:00", email="noemail@example.org"),
        inquiry(12, "2026-01-16 10:00", first="Test"),
        inquiry(13, "2026-01-17 10:00", source="?", medium="", campaign="spring"),
        inquiry(14, "2026-01-18 10:00", source="??", medium="", campaign="mine@example.org"),
        inquiry(15, "2026-01-19 10:00", source="google", medium="cpc", campaign="not listed"),
        inquiry(16, "2026-01-20 10:00"),
        inquiry(
            17,
            "2026-01-21 10:00",
            email="p1@example.org",
            first="Brunhildeova",
            last="Brunhildeovason",
            source="Yelp",
            medium="",
        ),
        inquiry(18, "2026-02-30 10:00"),
        inquiry(19, "2026-04-01 00:00"),
    )
    clinic.put(
        "2026Q1/screenings.csv",
        SCREENINGS,
        "I1,2026-01-04 09:00,qualified,5,yes,5,,s",
        "I1,2026-01-06 09:00,unreachable,,,,,s",
        "I1,2026-01-07 09:00,qualified,5,no,5,,s",
        "I2,2026-01-08,disqualified,,,,cost is too high for Mr Lee,s",
        "I15,2026-01-25,disqualified,,,,vendor,s",
        "I99,2026-01-25,qualified,,,,,s",
    )
    clinic.put(
        "2026Q1/visits.csv",
        VISITS,
        "I3,2026-01-20 09:00,booked,evaluation",
        "I16,2026-01-10 09:00,attended,evaluation",
    )
    clinic.put(
        "2026Q1/payments.csv",
        PAYMENTS,
        "I1,2026-02-01,100.00,payment,self",
        "I1,2026-02-01,100.00,payment,self",
        "I1,2026-02-02,(30.00),refund,self",
        "I16,2026-02-02,50.00,payment,self",
        "I77,2026-02-02,11.11,payment,self",
        "I1,2026-02-03,7.00,adjustment,self",
        "I1,2026-02-03,5k,payment,self",
    )
    clinic.put(
        "2026Q1/spend.csv",
        SPEND,
        "2026-01-01,2026-01-31,google,500.10,cpc,spring,Bright Agency,media,",
        "2026-01-01,2026-01-31,google,-20.10,cpc,spring,Bright Agency,media,",
        "2026-01-01,2026-01-31,google,20.10,cpc,spring,Bright Agency,credit,",
        "2026-01-01,2026-01-31,google,,cpc,spring,Bright Agency,labour,2.5",
        "2026-02-01,2026-01-31,google,9,cpc,spring,Bright Agency,media,",
        "2026-03-15,2026-04-14,google,8,cpc,spring,Bright Agency,media,",
        # Two of 21 rows are no tenth of the file.
        *(
            f"2026-01-{day:02d},2026-01-{day:02d},google,1,cpc,spring,Bright Agency,software,"
            for day in range(1, 16)
        ),
    )
    clinic.put(
        "2026Q1/campaigns.csv",
        CAMPAIGNS,
        "spring,google,2026-01-01,2026-06-30,cpc,Bright Agency,campaign",
    )
    return clinic


def test_every_stage_and_reason_is_counted_by_hand(ran):
    tables = ran.tables
    ledger = tables.ledger
    # Leads: 1, 2, 3 (booked later), 13, 14, 15, 16; 17 is 1 again. 4 states nothing.
    assert ledger["leads"] == len(tables.leads) == 7
    assert ledger["duplicates"] == 1
    assert ledger["rejected"] == 1  # 18: 30 February
    assert ledger["rows_in"] == 18  # 19 is after the as-of date
    assert ledger["not_leads_by_reason"] == {
        "existing_business": 1,
        "job_seeker": 1,
        "no_contact": 2,
        "no_interest_stated": 1,
        "service_not_offered": 1,
        "spam": 1,
        "test": 1,
        "vendor": 1,
    }
    leads = tables.leads.set_index("inquiry_at")
    one, two, three, existing = (
        leads.loc[f"2026-01-{day} 10:00"] for day in ("05", "06", "07", "20")
    )
    assert one["screened_at"] == one["sql_at"] == pd.Timestamp("2026-01-07 09:00")
    assert one["patient_at"] == pd.Timestamp("2026-02-01")
    assert (one["touches"], one["last_channel"], one["channel"]) == (2, "seo", "seo")
    assert one["source_channels"] == "directories; seo"
    assert two["lost_reason"] == "budget"
    assert two["mql_at"] == two["lost_at"] == pd.Timestamp("2026-01-08")
    assert three["lead_at"] == pd.Timestamp("2026-01-20 09:00")
    assert existing["not_mql_reason"] == "existing_patient"
    assert pd.isna(existing["patient_at"])
    assert leads.loc["2026-01-19 10:00", "not_mql_reason"] == "vendor"


def test_campaign_names_and_channels_pass_only_from_business_lists(ran):
    leads = ran.tables.leads.set_index("inquiry_at")
    assert leads.loc["2026-01-17 10:00", "channel"] == "paid_search"
    assert leads.loc["2026-01-17 10:00", "vendor"] == "Bright Agency"
    assert leads.loc["2026-01-18 10:00", "channel"] == "unknown"
    assert leads["campaign"].dropna().unique().tolist() == ["spring"]


def test_money_is_accounted_for_to_the_cent(ran):
    tables = ran.tables
    spend = by_file(tables, "2026Q1/spend.csv")
    assert (spend["used"], spend["rejected"], spend["excluded"]) == (18, 2, 1)
    # 500.10 - 20.10 (credit) + 2.5 h x 28 + 15 = 565; rejected -20.10 + 9.
    assert spend["money"] == {
        "money_in": 561.90,
        "used": 565.0,
        "duplicates": 0.0,
        "rejected": -11.10,
        "excluded": 8.0,
    }
    assert tables.spend["amount"].sum() == pytest.approx(565.0)
    payments = by_file(tables, "2026Q1/payments.csv")
    assert payments["reasons"] == {
        "adjustment": 1,
        "bad_money": 1,
        "attributed": 3,
        "existing_patient": 1,
        "unknown_inquiry": 1,
    }
    assert tables.payments["amount"].sum() == pytest.approx(170.0)
    assert tables.ledger["payments_without_lead"] == {"rows": 2, "amount": 61.11}


def test_each_bad_row_is_told_with_its_place_and_never_its_value(ran):
    told = {(p.code, p.file, p.row, p.column) for p in ran.problems("2026Q1")}
    assert {
        ("bad_time", "2026Q1/inquiries.csv", 19, "received_at"),
        ("before_inquiry", "2026Q1/screenings.csv", 2, "screened_at"),
        ("before_inquiry", "2026Q1/visits.csv", 3, "visit_at"),
        ("qualified_without_budget", "2026Q1/screenings.csv", 4, "budget_ok"),
        ("bad_money", "2026Q1/payments.csv", 8, "amount"),
        ("negative_spend", "2026Q1/spend.csv", 3, "amount"),
        ("ends_before_start", "2026Q1/spend.csv", 6, "period_end"),
    } <= told
    text = json.dumps([str(problem) for problem in ran.problems("2026Q1")])
    assert not any(value in text for value in ("2026-02-30", "5k", "-20.10", "Mr Lee"))


def test_nothing_personal_and_no_plain_hash_passes_the_seam(ran):
    folder = ran.root / "data" / "processed" / "c" / "2026Q1"
    cells = "".join(pd.read_parquet(path).astype(str).to_csv() for path in folder.glob("*.parquet"))
    cells += "".join(path.read_text("utf-8") for path in folder.glob("*.json"))
    for value in ("Brunhilde", "p1@example", "noemail", "Mr Lee", "mine@", "not listed", "I1,"):
        assert value not in cells
    from hashlib import blake2b, md5, sha1, sha256

    for make in (md5, sha1, sha256, blake2b):
        assert make(b"I1").hexdigest()[:32] not in cells


def test_processed_files_are_private_and_the_manifest_holds_no_key(ran):
    folder = ran.root / "data" / "processed" / "c" / "2026Q1"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    key = os.path.join(os.environ["PTANALYSIS_KEY_DIR"], "c.key")
    assert stat.S_IMODE(os.stat(key).st_mode) == 0o600
    with open(key, "rb") as file:
        secret = file.read()
    assert secret.hex() not in (folder / "manifest.json").read_text("utf-8")
    left = [path.name for path in folder.parent.iterdir() if path.name != "2026Q1"]
    assert left in ([], [".lock"])


def test_a_wrong_or_missing_key_is_refused_before_anything_is_written(ran, monkeypatch, tmp_path):
    manifest = ran.root / "data" / "processed" / "c" / "2026Q1" / "manifest.json"
    before = manifest.read_bytes()
    monkeypatch.setenv("PTANALYSIS_KEY_DIR", str(tmp_path / "other"))
    with pytest.raises(KeyFileError, match="missing"):
        ran.run("2026Q1")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "c.key").write_bytes(b"x" * 32)
    with pytest.raises(KeyFileError, match="not the key"):
        ran.run("2026Q1")
    assert manifest.read_bytes() == before


def test_a_later_quarter_never_changes_an_earlier_answer(ran, tmp_path):
    shutil.copytree(ran.root, tmp_path, dirs_exist_ok=True)
    funnel = Clinic(tmp_path)
    folder = funnel.root / "data" / "processed" / "c" / "2026Q1"

    def content():
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    first = content()
    funnel.put(
        "2026Q2/inquiries.csv",
        INQUIRIES,
        inquiry(5, "2026-01-09 10:00"),
        inquiry(20, "2026-05-01 10:00"),
    )
    funnel.put(
        "2026Q2/payments.csv",
        PAYMENTS,
        "I1,2026-02-01,100.00,payment,self",
        "I1,2026-02-01,100.00,payment,self",
        "I2,2026-05-01,80,payment,self",
    )
    funnel.put(
        "2026Q2/spend.csv",
        SPEND,
        "2026-01-01,2026-01-31,google,600,cpc,spring,Bright Agency,media,",
    )
    later = funnel.run("2026Q2")
    # 5 is exported again, now asking for a knee: the new copy counts, the old one is a duplicate.
    assert by_file(later, "2026Q1/inquiries.csv")["reasons"]["exported_again"] == 1
    assert later.ledger["leads"] == 7 + 3  # 5 again, 20, and 19, which is of April
    assert by_file(later, "2026Q1/payments.csv")["reasons"]["exported_again"] == 2
    assert later.payments["amount"].sum() == pytest.approx(170.0 + 80)
    assert later.spend.query("kind == 'media' and amount > 0")["amount"].tolist() == [600.0, 8.0]
    funnel.run("2026Q1")
    assert content() == first


def paid(clinic, name: str, *rows: str) -> None:
    clinic.put(name, "inquiry_id,payment_id,paid_at,amount,kind", *rows)


def test_a_payment_s_id_tells_copies_from_payments_that_are_alike(clinic):
    clinic.put("2026Q1/inquiries.csv", INQUIRIES, inquiry(1, "2026-01-05 10:00"))
    paid(clinic, "2026Q1/a.csv", "I1,P1,2026-02-01,50,payment", "I1,P2,2026-02-01,50,payment")
    # P2 in both files of the quarter is one payment, P3 another though alike.
    paid(clinic, "2026Q1/b.csv", "I1,P2,2026-02-01,50,payment", "I1,P3,2026-02-01,50,payment")
    first = clinic.run("2026Q1")
    assert first.payments["amount"].tolist() == [50, 50, 50]
    # P1 is exported again, corrected to 60: the newest export's row is the one that counts.
    paid(clinic, "2026Q2/a.csv", "I1,P1,2026-02-01,60,payment", "I1,P4,2026-04-01,20,payment")
    tables = clinic.run("2026Q2")
    assert sorted(tables.payments["amount"]) == [20, 50, 50, 60]
    assert by_file(tables, "2026Q1/a.csv")["reasons"]["exported_again"] == 1


def test_ids_that_not_every_payment_has_tell_nothing(clinic):
    clinic.put("2026Q1/inquiries.csv", INQUIRIES, inquiry(1, "2026-01-05 10:00"))
    paid(clinic, "2026Q1/a.csv", "I1,P1,2026-02-01,50,payment")
    clinic.put("2026Q2/b.csv", PAYMENTS, "I1,2026-02-01,50,payment,self")
    assert clinic.run("2026Q2").payments["amount"].tolist() == [50]


def test_a_crm_that_says_a_stage_and_not_when_is_told_to_the_analysis(clinic):
    header = "Record ID,First Name,Last Name,Email,Create Date,Lifecycle Stage"
    clinic.put(
        "2026Q1/contacts.csv",
        header,
        "1,Ann,Lee,ann@example.org,2026-01-05 09:00,Sales Qualified Lead",
        "2,Bob,Ray,bob@example.org,2026-01-06 09:00,Lead",
    )
    tables = clinic.run("2026Q1")
    assert tables.leads["sql_at"].notna().sum() == 1
    assert tables.ledger["undated"]["sql_at"]["all"] == 1
    assert "the exports do not say when 1 did" in tables.undated()
    # What another file dates is dated; a stage without a date never comes before it.
    clinic.put("2026Q1/screenings.csv", SCREENINGS, "1,2026-02-09,qualified,,,,,s")
    tables = clinic.run("2026Q1")
    assert tables.leads["sql_at"].dropna().tolist() == [pd.Timestamp("2026-02-09")]
    assert (tables.ledger["undated"]["sql_at"], tables.undated()) == ({"all": 0}, "")


def test_an_undated_export_beside_a_dated_one_silences_only_its_own_share(clinic):
    header = "Record ID,First Name,Last Name,Email,Create Date,Lifecycle Stage"
    dated = header + ",Became a Sales Qualified Lead Date"
    people = [
        f"{n},{FIRST[n % 10]}{LAST[n // 10]},Roe{n},r{n}@example.org,2026-01-{n + 1:02d} 09:00,"
        "Sales Qualified Lead"
        for n in range(21)
    ]
    clinic.put("2026Q1/old.csv", header, people[0])
    clinic.put(
        "2026Q1/new.csv", dated, *(f"{row},2026-02-{n:02d}" for n, row in enumerate(people[1:], 1))
    )
    tables = clinic.run("2026Q1")
    assert tables.ledger["undated"]["sql_at"]["all"] == 1
    assert tables.undated() == ""


def test_the_date_of_another_stage_is_none_of_the_sql(clinic):
    header = "Record ID,First Name,Last Name,Email,Create Date,Lifecycle Stage"
    clinic.put(
        "2026Q1/contacts.csv",
        header + ",Became a Marketing Qualified Lead Date",
        "1,Ann,Lee,ann@example.org,2026-01-05 09:00,Sales Qualified Lead,2026-01-06",
    )
    assert "the exports do not say when 1 did" in clinic.run("2026Q1").undated()


def test_a_customer_without_a_date_is_one_from_the_first_payment_on(clinic):
    header = "Record ID,First Name,Last Name,Email,Create Date,Lifecycle Stage"
    clinic.put(
        "2026Q1/contacts.csv",
        header,
        "1,Ann,Lee,ann@example.org,2026-01-05 09:00,Customer",
        "2,Bob,Ray,bob@example.org,2026-01-06 09:00,Customer",
    )
    clinic.put("2026Q1/payments.csv", PAYMENTS, "1,2026-02-11,90,payment,self")
    tables = clinic.run("2026Q1")
    assert tables.leads["patient_at"].dt.date.astype(str).tolist() == ["2026-02-11", "2026-01-06"]
    undated = tables.ledger["undated"]
    assert (undated["sql_at"]["all"], undated["patient_at"]["all"]) == (2, 1)


def test_a_customer_s_date_is_known_though_no_column_dates_the_sqls(clinic):
    header = "Record ID,First Name,Last Name,Email,Create Date,Lifecycle Stage"
    clinic.put(
        "2026Q1/contacts.csv",
        header + ",Became a Customer Date",
        "1,Ann,Lee,ann@example.org,2026-01-05 09:00,Customer,2026-02-11",
    )
    tables = clinic.run("2026Q1")
    assert (tables.undated("patient_at"), tables.undated() != "") == ("", True)


def test_blank_dates_are_none_and_each_stage_has_its_own(clinic):
    """Where the columns are there: a blank SQL date is none, a later stage's date is one."""
    header = (
        "Record ID,First Name,Last Name,Email,Create Date,Lifecycle Stage,"
        "Became a Sales Qualified Lead Date,Became a Customer Date"
    )
    clinic.put(
        "2026Q1/contacts.csv",
        header,
        "1,Ann,Lee,ann@example.org,2026-01-05 09:00,Sales Qualified Lead,,",
        "2,Bob,Ray,bob@example.org,2026-01-06 09:00,Sales Qualified Lead,2026-01-20,",
        "3,Eve,Hay,eve@example.org,2026-01-07 09:00,Customer,,2026-02-07",
        "4,Joe,Poe,joe@example.org,2026-01-08 09:00,Customer,2026-01-20,",
    )
    tables = clinic.run("2026Q1")
    undated = tables.ledger["undated"]
    assert (undated["sql_at"]["all"], undated["patient_at"]["all"]) == (1, 1)
    leads = tables.leads
    assert leads["sql_at"].dt.day.tolist() == [5, 20, 7, 20]
    # The inquiry shows the interest, not the day somebody qualified it: no wait is nothing.
    assert leads["lead_at"].dt.day.tolist() == [5, 6, 7, 8]


def test_row_order_and_split_files_give_the_same_tables(clinic):
    rows = [inquiry(n, f"2026-01-{n:02d} 10:00") for n in range(1, 7)]
    clinic.put("2026Q1/all.csv", INQUIRIES, *rows)
    whole = clinic.run("2026Q1")
    (clinic.raw / "2026Q1" / "all.csv").unlink()
    clinic.put("2026Q1/b.csv", INQUIRIES, *reversed(rows[:4]))
    clinic.put("2026Q1/a.csv", INQUIRIES, *rows[4:])
    parted = clinic.run("2026Q1")
    pd.testing.assert_frame_equal(whole.leads, parted.leads)
    pd.testing.assert_frame_equal(whole.touches, parted.touches)


@pytest.fixture(scope="module")
def odd(tmp_path_factory, keys):
    """A clinic with one person in three inquiries, two files of odd dates, and spend told twice."""
    same = {"email": "p1@example.org", "first": "Ann", "last": "Lee"}
    clinic = Clinic(tmp_path_factory.mktemp("odd"))
    clinic.put(
        "2026Q1/good.csv",
        INQUIRIES,
        inquiry(1, "2025-01-05", **same),
        inquiry(2, "2025-06-01", **same),
        inquiry(3, "2026-01-05", **same),
    )
    clinic.put("2026Q1/mixed.csv", INQUIRIES, inquiry(4, "25/01/2026"), inquiry(5, "01/26/2026"))
    clinic.put("2026Q1/other.csv", INQUIRIES, inquiry(6, "25/01/2026"), inquiry(7, "01/02/2026"))
    clinic.put(
        "2026Q1/ads.csv",
        SPEND,
        "2026-01-01,2026-01-15,google,10,cpc,spring,,media,",
        "2026-01-16,2026-01-31,google,10,cpc,spring,,media,",
    )
    clinic.put(
        "2026Q1/campaigns_total.csv", SPEND, "2026-01-01,2026-01-31,google,20,cpc,Spring,,media,"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PTANALYSIS_KEY_DIR", str(keys))
        clinic.tables = clinic.run("2026Q1")
    return clinic


def refusals(clinic):
    found = [p for p in clinic.problems("2026Q1") if p.severity == "refused"]
    return {problem.file: problem for problem in found}


def test_the_same_money_in_two_files_is_refused(odd):
    assert odd.tables.spend["amount"].sum() == 20
    assert refusals(odd)["2026Q1/campaigns_total.csv"].code == "double_spend"


def test_dates_that_prove_another_order_refuse_the_file_alone(odd):
    assert odd.tables.ledger["rejected"] == 4
    mixed, other = (refusals(odd)[f"2026Q1/{name}.csv"] for name in ("mixed", "other"))
    assert (mixed.code, other.code) == ("mixed_date_order", "other_date_order")
    assert "row 2" in mixed.what
    assert "row 3" in mixed.what


def test_one_person_two_leads_after_the_window(odd):
    leads = odd.tables.leads
    assert leads["inquiry_at"].astype(str).tolist() == ["2025-01-05", "2026-01-05"]
    assert leads["person_id"].nunique() == 1
    assert leads["touches"].tolist() == [2, 1]


def test_broad_leads_are_kept_apart(ran):
    read = {
        name: intake.read_processed("c", "2026Q1", root=ran.root, lead_definition=name)
        for name in ("strict", "broad")
    }
    # Inquiry 4 states nothing: a lead under the broad definition alone.
    sizes = {name: (len(tables.leads), len(tables.broad_only)) for name, tables in read.items()}
    assert sizes == {"strict": (7, 1), "broad": (8, 0)}
    alone = read["strict"].broad_only
    assert alone["lead_at"].isna().all()
    assert alone["broad_lead_at"].notna().all()


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        (None, "", "there is no folder|no exports"),
        ("2026Q1/inquiries.csv", "", "empty"),
        ("2026Q1/inquiries.csv", "a,b\n1,2\n", "no known|known"),
        ("2026Q1/inquiries.csv", "inquiry_id,received_at\n1,2\n", "source"),
    ],
)
def test_nothing_usable_is_refused_with_the_reason(clinic, file, text, message):
    if file:
        (clinic.raw / file).parent.mkdir()
        (clinic.raw / file).write_text(text, "utf-8")
    with pytest.raises(IntakeError, match=message):
        clinic.run("2026Q1")
    assert not list(clinic.root.glob("data/processed/c/2026Q1"))


def test_check_counts_rows_and_writes_nothing(funnel):
    files = {entry.file: entry for entry in intake.check("c", root=funnel.root)}
    entry = files["2026Q1/payments.csv"]
    assert (entry.rows_in, entry.used, entry.rejected) == (7, 6, 1)
    assert not (funnel.root / "data" / "processed").exists()


def test_a_file_is_checked_by_the_path_that_a_terminal_completes(funnel, monkeypatch):
    monkeypatch.chdir(funnel.root)
    (entry,) = intake.check("data/raw/c/2026Q1/payments.csv", root=funnel.root)
    assert (entry.file, entry.used) == ("2026Q1/payments.csv", 6)


def test_a_run_killed_while_it_swaps_loses_nothing(tmp_path):
    folder = tmp_path / "c"
    (folder / ".new-old-2026Q1").mkdir(parents=True)
    (folder / ".new-old-2026Q1" / "manifest.json").write_text("{}", "utf-8")
    (folder / ".new-half").mkdir()
    with processed.locked(folder):
        assert (folder / "2026Q1" / "manifest.json").read_text("utf-8") == "{}"
        assert not list(folder.glob(".new-*"))
        with (
            pytest.raises(processed.ClinicBusyError, match=str(os.getpid())),
            processed.locked(folder),
        ):
            pass


def test_a_quarter_not_run_is_said(clinic):
    with pytest.raises(processed.NotRunError, match="ptanalysis run c 2026Q1"):
        intake.read_processed("c", "2026Q1", root=clinic.root)


def test_a_lead_carries_what_its_deciding_screening_and_its_visits_recorded(clinic):
    """I1 was put off once and qualified later, I2 reached nobody, I3 is a lead broadly alone."""
    clinic.put(
        "2026Q2/inquiries.csv",
        INQUIRIES,
        *(inquiry(n, f"2026-04-0{n} 09:00") for n in (1, 2)),
        inquiry(3, "2026-04-03 09:00", interest=""),
    )
    clinic.put(
        "2026Q2/screenings.csv",
        SCREENINGS,
        "I1,2026-04-05 09:00,unreachable,,,,,",
        "I1,2026-04-06 09:00,disqualified,2,no,1,timing,",
        "I1,2026-04-20 09:00,qualified,5,yes,4,,",
        "I1,2026-04-25 09:00,qualified,3,no,3,,",
        "I2,2026-04-06 09:00,unreachable,,,,,",
        "I3,2026-04-06 09:00,disqualified,1,no,2,no interest,",
    )
    clinic.put(
        "2026Q2/visits.csv",
        VISITS,
        "I1,2026-04-22 10:00,no_show,evaluation",
        "I1,2026-04-29 10:00,attended,evaluation",
    )
    tables = clinic.run("2026Q2")
    recorded = [
        "screening_outcome",
        "interest",
        "budget_ok",
        "likelihood",
        "visit_booked_at",
        "visit_attended_at",
    ]
    one, two = tables.leads.sort_values("lead_at")[recorded].itertuples(index=False)
    assert tuple(one) == (
        "qualified",
        5,
        "yes",
        4,
        pd.Timestamp("2026-04-22 10:00"),
        pd.Timestamp("2026-04-29 10:00"),
    )
    assert all(pd.isna(value) for value in two)
    (broad,) = tables.broad_only.to_dict("records")
    assert (broad["screening_outcome"], broad["interest"]) == ("disqualified", 1)
    # Under the broad definition it was screened and is not qualified; it is not unknown.
    assert broad["screened_at"] == broad["lost_at"] == pd.Timestamp("2026-04-06 09:00")
