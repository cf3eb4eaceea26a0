"""What an inquiry asks for, and which channel and stage follow from it."""

from __future__ import annotations

import json
from pathlib import Path

import ibis
import pandas as pd
import pytest

from ptanalysis.definitions import load_config
from ptanalysis.intake.classify import with_interest
from ptanalysis.intake.classify.events import reason_word

CONFIG = load_config(None)
SAMPLE = Path(__file__).parents[1] / "data" / "raw" / "sample"


def asked(config=CONFIG, **cells):
    """Return (reason, service) of one inquiry."""
    row = dict.fromkeys(
        ("service_interest", "notes", "touch_type", "first_name", "last_name", "email", "phone")
    )
    row |= {"email": "ann@example.org", **cells}
    table = ibis.memtable(pd.DataFrame({k: pd.Series([v], dtype="str") for k, v in row.items()}))
    found = with_interest(table, config).execute().iloc[0]
    return tuple(None if pd.isna(found[name]) else found[name] for name in ("reason", "service"))


@pytest.mark.parametrize(
    ("interest", "service"),
    [
        ("Lower back pain", "back pain"),
        ("KNEE", "knee"),
        ("knee replacement rehab", "knee"),
        ("PT", "physical therapy"),
        ("PT for my shoulder", "shoulder"),
        ("hurt on the job", "work injury"),
        ("initial eval", "evaluation"),
        ("vertigo", "vestibular"),
    ],
)
def test_an_offered_service_is_found(interest, service):
    assert asked(service_interest=interest) == (None, service)


@pytest.mark.parametrize("interest", ["pain", "not sure", "car accident", "stiff and sore"])
def test_a_wish_for_care_is_a_lead_without_a_named_service(interest):
    assert asked(service_interest=interest) == (None, None)


@pytest.mark.parametrize(
    "touch", ["appointment_request", "Booking", "walk-in", "Evaluation request"]
)
def test_asking_for_an_appointment_is_interest(touch):
    assert asked(touch_type=touch)[0] is None


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"service_interest": "PT assistant job"}, "job_seeker"),
        ({"notes": "resume attached"}, "job_seeker"),
        ({"service_interest": "SEO services for knee clinics"}, "spam"),
        ({"service_interest": "equipment sales"}, "vendor"),
        ({"service_interest": "billing question"}, "existing_business"),
        ({"service_interest": "massage"}, "service_not_offered"),
        ({"service_interest": "hours and directions"}, "general_question"),
        ({"service_interest": "Klingon opera"}, "interest_not_recognized"),
        ({}, "no_interest_stated"),
        ({"service_interest": "knee", "email": None}, "no_contact"),
        ({"service_interest": "knee", "email": "noemail@example.org"}, "no_contact"),
        ({"service_interest": "knee", "last_name": "Test"}, "test"),
        ({"service_interest": "spam", "email": None}, "spam"),
    ],
)
def test_no_lead_and_why(cells, reason):
    assert asked(**cells)[0] == reason


def test_notes_never_overrule_a_named_service():
    assert asked(service_interest="knee", notes="works in sales; call about the job") == (
        None,
        "knee",
    )


def test_services_are_the_clinics_own():
    config = CONFIG.model_copy(update={"services": ("massage",)})
    assert asked(config, service_interest="massage") == (None, "massage")
    assert asked(config, service_interest="knee")[1] is None


def test_reasons_are_words_of_a_fixed_list():
    texts = ibis.memtable(
        {"x": ["Insurance", "cost too high", "No interest", "his aunt Mia", None]}
    )
    found = reason_word(texts.x).execute()
    assert found.fillna("-").tolist() == ["insurance", "budget", "no_interest", "other", "-"]


@pytest.mark.skipif(not SAMPLE.exists(), reason="no sample yet")
def test_the_samples_true_labels_are_found(tmp_path, monkeypatch):
    """Score a whole run: leads, stages and channels, inquiry by inquiry, against truth.json."""
    from ptanalysis import intake
    from ptanalysis.privacy.pseudonyms import clinic_key

    monkeypatch.setenv("PTANALYSIS_KEY_DIR", str(tmp_path / "keys"))
    (tmp_path / "data" / "raw").mkdir(parents=True)
    (tmp_path / "data" / "raw" / "sample").symlink_to(SAMPLE)
    tables = intake.run("sample", root=tmp_path)
    truth = pd.DataFrame(json.loads((SAMPLE / "truth.json").read_text("utf-8"))["inquiries"])
    true = truth[truth["label"] == "lead"]
    key = clinic_key("sample")
    ids = [key.pseudonym("lead", value) for value in true["inquiry_id"]]
    leads = tables.leads.set_index("lead_id").reindex(ids)
    assert tables.ledger["leads"] == len(true)
    assert leads["lead_at"].notna().all()
    for stage in ("sql", "patient"):
        assert (leads[f"{stage}_at"].notna().to_numpy() == true[stage].to_numpy()).all()
    # A second inquiry may name a service that the truth's MQL does not know of.
    assert (leads["mql_at"].notna().to_numpy() == true["mql"].to_numpy()).mean() >= 0.98
    # The sample's own dirt: 3% of labels name another channel, about 6% none.
    known = leads["channel"] != "unknown"
    assert known.mean() >= 0.92
    assert (leads["channel"].to_numpy() == true["channel"].to_numpy())[
        known.to_numpy()
    ].mean() >= 0.96
    for entry in tables.ledger["by_file"]:
        assert entry["rows_in"] == sum(
            entry[fate] for fate in ("used", "duplicates", "rejected", "excluded")
        )
