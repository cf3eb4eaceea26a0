"""Spend that never pauses, as a clinic of its own: the notebook must not tell decay nor rank.

The data's truth is known (carry-over .3 and .5 a week) and a fit to them ranks the two channels the
wrong way round: ../shared/data/README.md. Leads name no source, as a response series cannot.
"""

from pathlib import Path

import pandas as pd
import pytest

from ptanalysis import claims, intake
from ptanalysis.definitions import Places
from ptanalysis.report.run_notebook import execute

SPEND = Path(__file__).parents[2] / "shared/data/media_spend/weekly_spend_and_response.csv"
NOTEBOOK = Places.default().root / "notebooks" / "3-inbound-vs-outbound.ipynb"
DECAY = (
    "outbound_ends_with_campaign",
    "inbound_outlasts_outbound",
    "inbound_slower_to_start",
    "inbound_lasts_and_grows",
)
pytestmark = pytest.mark.skipif(not SPEND.exists(), reason="published data not here")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    root = tmp_path_factory.mktemp("media-spend")
    folder = root / "data" / "raw" / "always-on"
    folder.mkdir(parents=True)
    weeks = pd.read_csv(SPEND, parse_dates=["date"])
    paid = [
        {
            "period_start": row["date"],
            "period_end": row["date"] + pd.Timedelta(days=6),
            "source": source,
            "medium": medium,
            "kind": "media",
            "amount": round(1000 * row[name], 2),
        }
        for name, source, medium in (("x1", "google", "cpc"), ("x2", "google", "organic"))
        for _, row in weeks.iterrows()
    ]
    pd.DataFrame(paid).to_csv(folder / "spend.csv", index=False)
    days = weeks["date"].repeat((weeks["y"] / 30).round().astype(int)).reset_index(drop=True)
    pd.DataFrame(
        {
            "inquiry_id": days.index,
            "received_at": days,
            "source": "",
            "email": [f"someone{number}@example.org" for number in days.index],
            "service_interest": "knee",
        }
    ).to_csv(folder / "inquiries.csv", index=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PTANALYSIS_KEY_DIR", str(root / "keys"))
        patch.setenv("PTANALYSIS_ROOT", str(root))
        yield intake.run("always-on", root=root)


def test_every_claim_is_left_open(place):
    verdicts = {each.id: each.verdict for each in claims.judge(place)}
    assert {verdicts[name] for name in DECAY} == {"not_testable"}
    assert set(verdicts.values()) <= {"not_testable", "cannot_tell"}


def test_the_notebook_says_that_decay_is_not_identified_and_ranks_nothing(place, tmp_path):
    tables = place
    executed = execute(
        NOTEBOOK,
        tmp_path / NOTEBOOK.name,
        environment={},
        parameters={"clinic": "always-on", "quarter": str(tables.quarter)},
    )
    said = " ".join(
        str(output.get("data", {}).get("text/markdown", ""))
        for cell in executed.cells
        if cell.cell_type == "code"
        for output in cell.outputs
    )
    paused = "Channels whose spend never paused for 12 weeks: paid search, seo."
    assert f"{paused} Decay is not identified there." in said
    assert "ROI within 26 weeks of the lead: inbound not known: no payment is recorded" in said
    left = "this much still comes in weeks 5 to 12 after it stops: inbound not known: no inbound"
    assert left in said
    for never in ("brought back more", "brought back less", "ROI within 26 weeks: inbound −100%"):
        assert never not in said
