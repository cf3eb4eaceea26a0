"""Pauses in spend by hand, and on data whose spend never pauses."""

from pathlib import Path

import pandas as pd
import pytest

import ptanalysis as pt
from tests.small_clinic import clinic, lead

SPEND = Path(__file__).parents[2] / "shared/data/media_spend/weekly_spend_and_response.csv"


def spend(*periods, channel="pay_per_click", direction="outbound"):
    return [
        {
            "period_start": start,
            "period_end": end,
            "amount": amount,
            "channel": channel,
            "direction": direction,
            "kind": "media",
        }
        for start, end, amount in periods
    ]


def test_a_gap_between_periods_is_a_pause_and_its_length_is_told():
    """Paid January, then from 27 April: 1 February to 26 April is 85 days, 12.1 weeks."""
    paid = spend(("2026-01-01", "2026-01-31", 310.0), ("2026-04-27", "2026-06-30", 650.0))
    found = pt.pauses(clinic([], spend=paid, as_of="2026-06-30")).iloc[0]
    assert (found["pauses"], found["longest"]) == (1, pytest.approx(85 / 7))
    longer = pt.pauses(clinic([], spend=paid, as_of="2026-06-30"), weeks=13).iloc[0]
    assert longer["pauses"] == 0


def test_overlapping_periods_and_a_trickle_are_no_pause_and_a_pause():
    """A campaign within another leaves no gap; $1 a quarter beside $10 a day is none paid."""
    within = spend(("2026-01-01", "2026-05-31", 1510.0), ("2026-02-01", "2026-02-14", 140.0))
    assert pt.pauses(clinic([], spend=within, as_of="2026-06-30")).iloc[0]["pauses"] == 0
    trickle = spend(("2026-01-01", "2026-03-31", 900.0), ("2026-04-01", "2026-06-30", 1.0))
    assert pt.pauses(clinic([], spend=trickle, as_of="2026-06-30")).iloc[0]["pauses"] == 1


def test_a_channel_with_campaigns_that_end_is_its_own_matter():
    paid = spend(("2026-01-01", "2026-01-31", 310.0))
    runs = {
        "campaign": "spring",
        "starts_on": "2026-01-01",
        "direction": "outbound",
        "channel": "pay_per_click",
    }
    assert len(pt.pauses(clinic([], spend=paid, campaigns=[runs]))) == 1
    ended = runs | {"ends_on": "2026-01-31"}
    assert pt.pauses(clinic([], spend=paid, campaigns=[ended])).empty


def test_the_time_since_the_last_spend_counts_while_the_clinic_has_records():
    """Spend to 31 March; a lead on 30 June shows: exports went on, spend did not."""
    stopped = spend(("2026-01-01", "2026-03-31", 900.0))
    found = pt.pauses(clinic([lead("2026-06-30")], spend=stopped)).iloc[0]
    assert (found["pauses"], found["longest"]) == (1, 13)
    ended = pt.pauses(clinic([lead("2026-03-30")], spend=stopped)).iloc[0]
    assert (ended["pauses"], ended["longest"]) == (0, 0)


def test_spend_that_never_pauses_identifies_nothing():
    if not SPEND.exists():
        pytest.skip("media spend data not beside the checkout")
    weeks = pd.read_csv(SPEND, parse_dates=["date"])
    paid = [
        row
        for name, side in (("x1", "outbound"), ("x2", "inbound"))
        for row in spend(
            *(
                (day, day + pd.Timedelta(days=6), amount)
                for day, amount in zip(weeks["date"], weeks[name], strict=True)
            ),
            channel=name,
            direction=side,
        )
    ]
    as_of = weeks["date"].max() + pd.Timedelta(days=6)
    found = pt.pauses(clinic([], spend=paid, as_of=as_of))
    assert found["pauses"].tolist() == [0, 0]
    assert (found["weeks"] == 131).all()
