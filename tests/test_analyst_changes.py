"""An analyst's change takes one edited line in notebook 2, and reaches what is recorded."""

import html
import json
from dataclasses import replace

import pandas as pd
import pytest

from lab.simulate import SAMPLE, clinic_tables
from ptanalysis import claims
from ptanalysis.claims.choices import Cell
from ptanalysis.claims.verdict_tables import claim_records
from ptanalysis.dataset import assumed
from ptanalysis.definitions import Quarter
from ptanalysis.report.assemble import _write
from ptanalysis.report.claim_lines import lines_of
from ptanalysis.report.front_matter import Brand
from ptanalysis.report.page import Chapter
from tests.engine_answers import NOTHING_READ
from tests.notebook_cells import run_cells
from tests.small_clinic import clinic, lead, table, weeks_after

DAY = "2025-03-03"
FOUR = 'pt.requalify(opened.leads, opened.leads["likelihood"].fillna(5) >= 4)'
LEFT_OUT = ("opened.assuming()", 'opened.assuming(excluded_campaigns=["guide"])')


def made(side, campaign, likelihood, weeks):
    """Return a lead that was screened after `weeks`: an SQL where the desk gave a likelihood."""
    at = weeks_after(DAY, weeks)
    passed = {"sql_at": at} if likelihood else {"lost_at": at}
    return lead(
        DAY,
        side,
        campaign=campaign,
        vendor=f"{campaign} co",
        mql_at=DAY,
        screened_at=at,
        likelihood=likelihood or 1.0,
        **passed,
    )


def small():
    """Of inbound's 12 screened leads 6 are SQL by week 10 (4 by week 2; 3 with likelihood 4)."""
    leads = [
        *(made("inbound", "guide", 5.0, 2) for _ in range(3)),
        made("inbound", "guide", 2.0, 2),
        *(made("inbound", "blog", 3.0, 10) for _ in range(2)),
        *(made("inbound", "blog", 0, 2) for _ in range(6)),
        *(made("outbound", "cards", 5.0, 2) for _ in range(3)),
        *(made("outbound", "cards", 0, 2) for _ in range(9)),
    ]
    return clinic(leads)


def rates(ran) -> dict:
    found = pd.concat([each for kind, each in ran.recorded if kind == "quality"])
    found = found[found["measure"] == "screened_to_sql_rate"].drop_duplicates(["group"])
    return found.set_index("group")["estimate"].to_dict()


@pytest.mark.parametrize(
    ("edit", "inbound"),
    [
        # 6 of 12 as it stands.
        (("opened.assuming()", "opened.assuming()"), 6 / 12),
        # By week 8 the two of week 10 are neither screened nor SQL: 4 of 10.
        (("opened.assuming()", "opened.assuming(weeks_to_sql=8)"), 4 / 10),
        # Without the guide: 2 of 8.
        (("opened.assuming()", 'opened.assuming(excluded_campaigns=["guide"])'), 2 / 8),
        # Likelihood of 4 and more: 3 of 12.
        (("opened.assuming()", "opened.assuming(least_likelihood=4)"), 3 / 12),
    ],
    ids=["as it stands", "8 weeks", "a campaign left out", "another SQL"],
)
def test_one_line_reaches_the_record_and_the_answer(edit, inbound, monkeypatch):
    ran = run_cells("2-", small(), monkeypatch, [edit])
    assert rates(ran)["inbound"] == pytest.approx(inbound)
    assert f"inbound {inbound:.0%}" in ran.shown[0]


def test_by_vendor_instead_of_channel(monkeypatch):
    ran = run_cells("2-", small(), monkeypatch, [('by = "channel"', 'by = "vendor"')])
    assert set(ran["groups"]["group"]) == {"guide co", "blog co", "cards co"}
    assert ran["groups"].set_index("group").loc["cards co", "estimate"] == pytest.approx(3 / 12)


@pytest.mark.parametrize(("stem", "table"), [("1-", "groups"), ("2-", "groups")])
def test_leads_without_a_vendor_are_a_group_of_their_own(stem, table, monkeypatch):
    tables = small()
    of_cards = tables.leads["vendor"] == "cards co"
    leads = tables.leads.assign(vendor=tables.leads["vendor"].mask(of_cards))
    tables = replace(tables, leads=leads, quarter=Quarter.parse("2025Q1"))
    ran = run_cells(stem, tables, monkeypatch, [('by = "channel"', 'by = "vendor"')])
    found = ran[table].set_index("group")["n"]
    assert found.to_dict() == {"guide co": 4, "blog co": 8, "unknown vendor": 12}
    if stem == "1-":
        shares = ran["shares"].set_index("group")["estimate"]
        assert shares.to_dict() == pytest.approx(
            {"guide co": 4 / 24, "blog co": 8 / 24, "unknown vendor": 12 / 24}
        )
        assert "blog co brought the most" in ran.shown[0].casefold()


def test_a_changed_copy_changes_the_claims_of_page_and_findings(tmp_path, monkeypatch):
    """8 weeks and one campaign out, in notebook 4: its verdicts are those the report shows."""
    tables = replace(clinic_tables(SAMPLE, 5, as_of="2025-12-31"), ledger=NOTHING_READ)
    campaign = tables.leads.query("direction == 'outbound'")["campaign"].mode()[0]
    edit = f"weeks_to_sql=8, excluded_campaigns=[{campaign!r}]"
    monkeypatch.setattr("ptanalysis.claims.sensitivity.cells_of", lambda axes: [Cell()])
    monkeypatch.setenv("PTANALYSIS_REPORT", str(tmp_path))
    monkeypatch.setenv("PTANALYSIS_NOTEBOOK", "4-trust")
    ran = run_cells("4-", tables, monkeypatch, [(".assuming()", f".assuming({edit})")])
    other = tables.assuming(weeks_to_sql=8, excluded_campaigns=[campaign])
    _write(
        tmp_path,
        tables,
        [Chapter(anchor=name, title=name, body="") for name in ("1-volume", "4-trust")],
        brand=Brand(colors=("#0072B2", "#D55E00")),
    )
    document = json.loads((tmp_path / "findings.json").read_text("utf-8"))
    found = {each["id"]: each["estimate"] for each in document["claims"]}
    found = {name: value for name, value in found.items() if value is not None}
    direct, before = (
        {each.id: each.estimate.value for each in claims.judge(of) if each.estimate.known}
        for of in (other, tables)
    )
    assert found == pytest.approx(direct, rel=1e-9)
    for claim in ("outbound_costs_more_per_sql", "inbound_leads_more_often_sql"):
        assert found[claim] != pytest.approx(before[claim], rel=1e-3)
    assert ran["verdicts"].set_index("id")["estimate"].dropna().to_dict() == pytest.approx(direct)
    said = ["SQLs within 8 weeks instead of 13", f"without the campaign {campaign}"]
    said = [f"{each} (only in the claims)" for each in said]
    assert document["assumptions"] == said
    page = (tmp_path / "findings.html").read_text("utf-8")
    assert f"Assumed: {'; '.join(said)}." in page
    for line in lines_of(claim_records(ran["verdicts"], tables.config)):
        assert html.escape(line["found"], quote=False) in page.replace("&#39;", "'")


def undated():
    """Return `small`, but with the day of a screening written down only where it failed."""
    tables = small()
    days = tables.leads["screened_at"].where(tables.leads["sql_at"].isna())
    return replace(tables, leads=tables.leads.assign(screened_at=days))


def share(ran, measure: str) -> dict:
    found = pd.concat([each for kind, each in ran.recorded if kind == "quality"])
    found = found[found["measure"] == measure].drop_duplicates("group")
    return found.set_index("group")["estimate"].to_dict()


def test_an_sql_that_falls_short_was_screened_all_the_same(monkeypatch):
    edit = ("opened.assuming()", f"opened.with_leads({FOUR})")
    ran = run_cells("2-", undated(), monkeypatch, [edit])
    # All 12 of a side were decided on; inbound's 3 with a 5 are left of its 6 SQLs.
    assert share(ran, "share_screened")["inbound"] == 1
    assert rates(ran)["inbound"] == pytest.approx(3 / 12)


@pytest.mark.parametrize("tables", [small, undated])
def test_the_line_and_the_setting_are_one_answer(tables, monkeypatch):
    edit = ("opened.assuming()", f"opened.with_leads({FOUR})")
    line = run_cells("2-", tables(), monkeypatch, [edit]).recorded
    setting = assumed(tables().assuming(least_likelihood=4))
    setting = run_cells("2-", setting, monkeypatch).recorded
    for (kind, one), (_, other) in zip(line, setting, strict=True):
        if kind not in ("answer", "assumed", "weeks"):
            pd.testing.assert_frame_equal(one, other)


def test_a_campaign_left_out_costs_nothing(monkeypatch):
    spent = [
        {"period_start": DAY, "period_end": DAY, "channel": "seo", "direction": "inbound"}
        | {"campaign": campaign, "kind": "media", "amount": amount}
        for campaign, amount in (("guide", 300.0), ("blog", 200.0))
    ]
    tables = replace(small(), spend=table("spend", spent))
    ran = run_cells("2-", tables, monkeypatch, [LEFT_OUT])
    (stages,) = [each for kind, each in ran.recorded if kind == "stages"]
    assert stages.set_index("channel").loc["seo", "cost"] == 200
