"""Labels that join, labels that name no channel, and the clinic's own: one clinic, one run."""

from __future__ import annotations

import pytest

from ptanalysis.intake import IntakeError
from tests.test_intake import INQUIRIES, SPEND, Clinic, inquiry

SETTINGS = """
services = ["Lymphedema"]
[channels]
"Running club" = { direction = "inbound", labels = ["RC"] }
[channel_overrides]
"google / spring" = "paid_search"
"""
#: Source, medium, campaign -> channel, campaign; the row of the file is the place plus two.
ASKED = [
    (("google", "cpc", "knee%20pain+spring"), ("paid_search", "Knee Pain Spring")),
    (("google", "cpc", "KNEE_PAIN-SPRING"), ("paid_search", "Knee Pain Spring")),
    (("google", "newthing", "hip-promo"), ("paid_search", "Hip Promo")),
    (("google", "newthing", ""), ("unknown", None)),
    (("Insurance", "", ""), ("unknown", None)),
    (("insurance", "", ""), ("unknown", None)),
    (("r.c.", "", ""), ("unknown", None)),
    (("rc", "phone", ""), ("Running club", None)),
    (("blog", "", "knee pain sprng"), ("content", None)),
    (("blog", "", "our own letter"), ("content", None)),
    (("Outbound", "", "(not set)"), ("outbound_other", None)),
    (("Google", "Spring", ""), ("paid_search", None)),
    (("", "", ""), ("unknown", None)),
]


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PTANALYSIS_KEY_DIR", str(tmp_path_factory.mktemp("keys")))
        clinic = Clinic(tmp_path_factory.mktemp("root"))
        (clinic.raw / "clinic.toml").write_text(SETTINGS, "utf-8")
        rows = [
            inquiry(
                number,
                f"2026-04-{number + 1:02d} 10:00",
                source=source,
                medium=medium,
                campaign=campaign,
                interest="lymphedema" if number == 7 else "knee",
            )
            for number, ((source, medium, campaign), _) in enumerate(ASKED)
        ]
        clinic.put("2026Q2/i.csv", INQUIRIES, *rows)
        clinic.put("2026Q1/i.csv", INQUIRIES, inquiry(29, "2026-02-01", source="somewhere"))
        spent = "2026-04-{:02d},2026-04-{:02d},Google Ads,100,cpc,{},,media,"
        names = ("Knee Pain Spring", "knee-pain-spring", "Knee Pain Spring", "Hip Promo")
        weeks = [spent.format(7 * n + 1, 7 * n + 7, name) for n, name in enumerate(names)]
        mystery = "2026-04-01,2026-04-30,the zeppelin,50,,,,media,"
        clinic.put("2026Q2/s.csv", SPEND, *weeks, mystery)
        clinic.put("2026Q1/s.csv", SPEND, "2025-02-01,2025-02-28,Radio,70,,,,media,")
        clinic.tables = clinic.run("2026Q2")
        yield clinic


def told(ran, code):
    return [each for each in ran.tables.problems if each.code == code]


def test_each_lead_has_the_channel_and_the_campaign_of_its_labels(ran):
    leads = ran.tables.leads.sort_values("inquiry_at").iloc[1:]
    found = list(leads[["channel", "campaign"]].fillna("").itertuples(index=False, name=None))
    assert found == [(channel, campaign or "") for _, (channel, campaign) in ASKED]
    own = leads[leads["channel"] == "Running club"]
    assert own[["direction", "direction_platform", "service"]].to_numpy().tolist() == [
        ["inbound", "inbound", "lymphedema"]
    ]
    assert set(ran.tables.spend["campaign"].dropna()) == {"Knee Pain Spring", "Hip Promo"}


def test_campaigns_that_no_spend_names_are_counted_with_the_near_misses(ran):
    (problem,) = told(ran, "campaign_not_listed")
    assert (problem.severity, problem.file, problem.row, problem.count) == (
        "warning",
        "2026Q2/i.csv",
        10,
        2,
    )
    assert "2 of 5 inquiries with a campaign" in problem.what
    assert "2 labels; 1 name nearly" in problem.what


def test_every_label_that_no_rule_places_is_noted_with_its_rows(ran):
    notes = told(ran, "unknown_source")
    assert [(each.severity, each.file, each.row, each.count) for each in notes] == [
        ("note", "2026Q2/i.csv", 5, 1),
        ("note", "2026Q2/i.csv", 6, 2),
        ("note", "2026Q2/i.csv", 8, 1),
    ]
    assert "(rows 6, 7)" in notes[1].what
    assert ["this medium" in each.fix for each in notes] == [True, False, False]
    assert not any("nsurance" in str(each) for each in notes)


def test_the_share_of_unknown_channels_is_the_quarter_s_and_its_remedy_helps(ran):
    (problem,) = told(ran, "unknown_share")  # 5 of 13, of which one is blank
    assert problem.what.startswith("38% of this quarter's leads")
    assert "1 with a blank source" in problem.what
    assert "4 with one that no rule places" in problem.what
    assert "ask every caller" in problem.fix
    assert "channel_overrides" in problem.fix


def test_a_source_of_spend_that_no_rule_places_is_named_by_its_file(ran):
    (problem,) = told(ran, "unknown_channel")
    assert (problem.severity, problem.file, problem.row) == ("warning", "2026Q2/s.csv", 6)


def test_data_of_another_year_than_its_folder_is_a_warning(ran):
    assert [each.file for each in told(ran, "another_year")] == ["2026Q1/s.csv"]


def test_a_quarter_without_a_folder_is_refused_with_those_there_are(ran):
    for quarter in ("2025Q4", "2026Q3", "2027Q1"):
        with pytest.raises(IntakeError, match=f"no folder {quarter}: there are 2026Q1, 2026Q2"):
            ran.run(quarter)
