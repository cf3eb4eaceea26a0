"""The sample clinic: rebuilt to the byte, believable, reserved contacts only, and as labelled."""

import filecmp
import json
import re
from pathlib import Path

import ibis
import pandas as pd
import pytest

from lab.simulate import write_sample
from ptanalysis.definitions import Quarter, load_config
from ptanalysis.intake.read import read_file

SAMPLE = Path(__file__).parents[1] / "data" / "raw" / "sample"
QUARTERS = [str(Quarter(2024, 1).next(number)) for number in range(10)]
KINDS = ("inquiries", "screenings", "visits", "payments", "spend", "campaigns")
ASKS_FOR_A_SERVICE = {"appointment_request", "booking", "evaluation_request"}
PLACEHOLDERS = {"noemail@example.org"}
JUNK = {"spam", "existing_patient", "vendor", "job_seeker", "no_interest", "no_contact", "test"}


def rows(kind):
    tables = [
        pd.read_csv(
            SAMPLE / quarter / f"{kind}.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig"
        ).assign(quarter=quarter)
        for quarter in QUARTERS
    ]
    return pd.concat(tables, ignore_index=True)


@pytest.fixture(scope="module")
def inquiries():
    return rows("inquiries")


@pytest.fixture(scope="module")
def labels():
    truth = json.loads((SAMPLE / "truth.json").read_text("utf-8"))
    return pd.DataFrame(truth["inquiries"])


def times(text):
    return pd.to_datetime(text, format="mixed")


def test_rebuilding_gives_the_committed_bytes(tmp_path):
    write_sample(tmp_path / "sample")
    made = sorted(p.relative_to(tmp_path / "sample") for p in tmp_path.rglob("*") if p.is_file())
    kept = sorted(p.relative_to(SAMPLE) for p in SAMPLE.rglob("*") if p.is_file())
    assert made == kept
    _, different, odd = filecmp.cmpfiles(SAMPLE, tmp_path / "sample", kept, shallow=False)
    assert (different, odd) == ([], [])


def test_another_clinics_folder_is_never_overwritten(tmp_path):
    (tmp_path / "2024Q1").mkdir()
    (tmp_path / "2024Q1" / "own.csv").write_text("kept")
    with pytest.raises(FileExistsError, match="not the sample"):
        write_sample(tmp_path)
    assert (tmp_path / "2024Q1" / "own.csv").read_text() == "kept"


def test_the_sample_is_small_and_has_ten_quarters():
    files = [path for path in SAMPLE.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 1_500_000
    assert sorted(path.name for path in SAMPLE.iterdir() if path.is_dir()) == QUARTERS


@pytest.mark.parametrize("kind", KINDS)
def test_files_are_read_as_the_plain_templates(kind):
    connection, config = ibis.duckdb.connect(), load_config(SAMPLE / "clinic.toml")
    for quarter in ("2024Q1", "2025Q3", "2026Q2"):
        source = read_file(
            SAMPLE / quarter / f"{kind}.csv",
            clinic_folder=SAMPLE,
            config=config,
            connection=connection,
        )
        assert source.kind == kind
        refused = [p for p in source.problems if p.severity in ("refused", "rejected")]
        assert [str(problem) for problem in refused] == []


def test_only_reserved_contacts(inquiries):
    digits = inquiries["phone"].str.replace(r" x\d+$", "", regex=True)
    digits = digits.str.replace(r"\D", "", regex=True).str[-10:]
    assert digits[digits != ""].str.fullmatch(r"\d{3}55501\d{2}").all()
    domain = inquiries["email"].str.strip().str.lower().str.extract(r"@(.+)$")[0].dropna()
    assert domain.str.fullmatch(r"(.+\.)?example\.(org|com|net)").all()


def test_between_a_quarter_and_a_half_of_inquiries_are_no_leads(labels):
    assert 0.25 < labels["label"].isin(JUNK).mean() < 0.50
    assert set(labels["label"]) == JUNK | {"lead", "touch"}


def test_every_month_has_20_to_80_leads(inquiries, labels):
    leads = labels.loc[labels["label"] == "lead", "inquiry_id"]
    first = inquiries[inquiries["inquiry_id"].isin(leads)].drop_duplicates("inquiry_id")
    monthly = times(first["received_at"]).dt.to_period("M").value_counts()
    assert len(monthly) == 30
    assert monthly.between(20, 80).all()


def test_at_least_4_percent_of_people_inquire_again_some_in_a_later_quarter(inquiries, labels):
    leads = (labels["label"] == "lead").sum()
    touches = labels[labels["label"] == "touch"]
    assert len(touches) / leads >= 0.04
    quarter = inquiries.drop_duplicates("inquiry_id").set_index("inquiry_id")["quarter"]
    assert (quarter[touches["inquiry_id"]].to_numpy() != quarter[touches["lead"]].to_numpy()).any()
    again = labels[(labels["label"] == "lead") & labels["person"].duplicated(keep=False)]
    assert again["person"].duplicated().sum() >= 10


def test_records_lie_in_the_quarter_in_which_they_happened():
    for kind, column in {
        "inquiries": "received_at",
        "screenings": "screened_at",
        "payments": "paid_at",
        "spend": "period_end",
    }.items():
        table = rows(kind)
        happened = times(table[column])
        quarter = happened.dt.to_period("Q").astype(str)
        late = quarter < table["quarter"]
        assert not (quarter > table["quarter"]).any(), kind
        # Only records exported once more lie in a later quarter's folder.
        name = "source" if kind == "spend" else "inquiry_id"
        record = pd.Series(zip(table[name], happened, strict=True))
        assert record[late].isin(record[~late]).all(), kind
        assert late.mean() < 0.05


def test_leads_are_leads_by_the_rule_and_junk_is_not(inquiries, labels):
    services = load_config(None).services
    rule = inquiries.drop_duplicates("inquiry_id").set_index("inquiry_id")
    interest = rule["service_interest"].str.strip().str.casefold()
    # Whole words: an internship is not about a hip.
    words = re.compile(r"\b(?:" + "|".join(map(re.escape, services)) + r")\b")
    stated = interest.str.contains(words)
    asked = rule["touch_type"].isin(ASKS_FOR_A_SERVICE)
    screenings = rows("screenings")
    qualified = screenings["outcome"].str.strip().str.casefold() == "qualified"
    later = rule.index.isin(screenings.loc[qualified, "inquiry_id"])
    email = rule["email"].str.strip().str.lower()
    reached = (email.str.contains("@") & ~email.isin(PLACEHOLDERS)) | (rule["phone"] != "")
    is_lead = (stated | asked | later) & reached
    label = labels.set_index("inquiry_id")["label"].reindex(rule.index)
    assert is_lead[label.isin(["lead", "touch"])].all()
    assert not is_lead[label.isin(JUNK)].any()


def test_unspecific_leads_are_mql_only_when_found_qualified(inquiries, labels):
    vague = inquiries["service_interest"].str.strip().str.casefold().isin(["pain", "not sure", ""])
    ids = inquiries.loc[vague, "inquiry_id"]
    leads = labels[labels["inquiry_id"].isin(ids) & (labels["label"] == "lead")]
    assert len(leads) > 50
    assert (leads["mql"] == leads["sql"]).all()


def test_people_found_not_to_be_patients_are_leads_but_no_mql(labels):
    reasons = rows("screenings").set_index("inquiry_id")["reason"]
    found = reasons[reasons.isin(["spam", "job_seeker", "vendor", "existing_patient"])]
    of = labels.set_index("inquiry_id").loc[found.index.unique()]
    assert len(of) > 100
    assert (of["label"] == "lead").all()
    assert not of["mql"].any()
    disqualified = reasons[reasons.isin(["insurance", "budget", "distance", "no_interest"])]
    assert labels.set_index("inquiry_id").loc[disqualified.index.unique(), "mql"].all()


def test_there_is_enough_to_decide_some_claims():
    campaigns = rows("campaigns").drop_duplicates("campaign", keep="last")
    started = times(campaigns["starts_on"])
    outbound = campaigns["kind"] == "campaign"
    assert outbound.sum() >= 6
    assert (times(campaigns.loc[outbound, "ends_on"]) < "2026-04-01").sum() >= 4
    old = ~outbound & (started < "2025-06-30")
    assert old.sum() >= 6
    assert started[old].dt.to_period("Q").nunique() >= 3


def test_most_rows_are_clean(inquiries):
    # One spelling of dates in each system, ten digits with brackets, source given.
    spelled = inquiries["phone"].str.fullmatch(r"\(\d{3}\) \d{3}-\d{4}|")
    assert 0.8 < spelled.mean() < 0.99
    iso = inquiries["received_at"].str.fullmatch(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}")
    american = inquiries["received_at"].str.fullmatch(r"\d+/\d+/\d{4} \d+:\d\d [AP]M")
    assert 0.95 < (iso | american).mean() < 1
    capital = inquiries["email"].map(lambda text: bool(re.search("[A-Z]", text)))
    assert 0 < capital.mean() < 0.05


def test_a_few_calls_are_dated_before_their_inquiry(inquiries):
    received = times(inquiries.drop_duplicates("inquiry_id").set_index("inquiry_id")["received_at"])
    screenings = rows("screenings")
    early = times(screenings["screened_at"]) < screenings["inquiry_id"].map(received)
    assert 1 <= early.sum() < 0.02 * len(screenings)
    assert screenings.loc[early, "outcome"].str.strip().str.casefold().eq("unreachable").all()


def test_money_has_refunds_currency_strings_and_a_heavy_tail():
    paid = rows("payments")
    assert paid["amount"].str.contains("$", regex=False).any()
    assert (paid["kind"] == "refund").sum() >= 3
    digits = paid["amount"].str.replace(r"[$,()\-]", "", regex=True).astype(float)
    total = digits[paid["kind"] == "payment"].groupby(paid["inquiry_id"]).sum()
    assert total.max() > 3 * total.median()


def test_leads_and_second_touches_point_to_their_lead(labels):
    leads = set(labels.loc[labels["label"] == "lead", "inquiry_id"])
    assert set(labels["lead"].dropna()) == leads
    assert labels.loc[labels["label"].isin(JUNK), "lead"].isna().all()
