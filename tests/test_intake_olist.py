"""Olist's real files, end to end: the facts of ../shared/data/README.md to the last digit."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import ptanalysis as pt
from ptanalysis import intake
from ptanalysis.metrics.quality.data_warnings import traps
from ptanalysis.metrics.quality.followed_leads import rate

OLIST = Path(__file__).parents[2] / "shared" / "data" / "olist"
pytestmark = pytest.mark.skipif(not OLIST.exists(), reason="published data not here")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    root = tmp_path_factory.mktemp("olist")
    raw = root / "data" / "raw" / "olist"
    raw.mkdir(parents=True)
    for file in OLIST.glob("*.csv"):
        (raw / file.name).write_bytes(file.read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PTANALYSIS_KEY_DIR", str(root / "keys"))
        tables = intake.run("olist", root=root)
    return tables, intake.problems("olist", tables.quarter, root=root)


def test_leads_and_patients(run):
    tables, _ = run
    assert tables.ledger["leads"] == len(tables.leads) == 8000
    assert tables.leads["mql_at"].notna().sum() == 8000
    assert tables.leads["patient_at"].notna().sum() == 842


@pytest.mark.parametrize(
    ("channel", "leads", "patients"),
    [("seo", 2296, 271), ("paid_search", 1586, 195), ("social", 1350, 75), ("email", 493, 15)],
)
def test_by_origin(run, channel, leads, patients):
    found = run[0].leads.query("channel == @channel")
    assert (len(found), found["patient_at"].notna().sum()) == (leads, patients)


def test_times(run):
    leads = run[0].leads
    days = (leads["patient_at"] - leads["inquiry_at"]).dt.days
    assert days.median() == 14
    of_2018 = leads["inquiry_at"] >= "2018-01-01"
    assert (of_2018.sum(), (days[of_2018] <= 90).sum()) == (5998, 678)
    assert leads["patient_at"].min() >= pd.Timestamp("2017-12-05")
    january = leads["inquiry_at"].dt.strftime("%Y-%m").value_counts()
    assert (january["2017-12"], january["2018-01"]) == (200, 1141)


def test_traps_are_visible(run):
    tables, problems = run
    unknown = tables.ledger["unknown_channel"]
    assert (unknown["said_unknown"], unknown["blank"]) == (1099, 60)
    codes = {problem.code: problem for problem in problems}
    assert codes["stage_before_inquiry"].count == 1
    assert "unknown_share" in codes


def test_origins_are_compared_within_90_days_and_early_months_are_said(run):
    """Quality by origin against the published files, joined and counted here by hand."""
    leads, deals = (pd.read_csv(next(OLIST.glob(name))) for name in ("*leads*", "*deals*"))
    joined = leads.merge(deals[["mql_id", "won_date"]], on="mql_id", how="left")
    days = pd.to_datetime(joined["won_date"]) - pd.to_datetime(joined["first_contact_date"])
    won = days <= pd.Timedelta(weeks=13)
    tables, _ = run
    end = tables.as_of + pd.Timedelta(days=1)
    became = rate(tables.leads, end, "patient_at", weeks=13)
    assert became.value == pytest.approx(won.mean())
    found = pt.proportion(pt.within(tables, 13), "patient", by="channel").set_index("group")
    for origin, channel in (("organic_search", "seo"), ("email", "email"), ("social", "social")):
        of_origin = won[joined["origin"] == origin]
        assert found.loc[channel, "estimate"] == pytest.approx(of_origin.mean(), abs=1e-9)
        assert found.loc[channel, "n"] == len(of_origin)
    trap = " ".join(traps(tables))
    assert "No patient is dated before 2017-12-05" in trap
    assert "the earliest quarters are no matter of quality" in trap


def test_nothing_is_invented(run):
    tables, _ = run
    assert tables.payments.empty
    assert tables.spend.empty
    assert tables.leads["sql_at"].isna().all()
