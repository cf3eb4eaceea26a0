"""Pauses in spend by hand, and on data whose spend never pauses."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import ptanalysis as pt
from ptanalysis.dataset.clinic_data import pooled
from ptanalysis.metrics.decay.spend_pauses import shown_by_pausing
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


def test_weeks_with_and_without_outbound_by_hand():
    """A campaign from Wednesday 7 to 20 January touches three weeks; a fee in a pause runs nothing.

    Clicks of one day in February are a week; the weeks end with the last day of any spend.
    """
    listed = {"campaign": "cards", "channel": "direct_mail", "direction": "outbound"}
    listed |= {"kind": "campaign", "starts_on": "2026-01-07", "ends_on": "2026-01-20"}
    paid = [
        *spend(("2026-01-07", "2026-01-07", 400.0), channel="direct_mail"),
        *spend(("2026-02-04", "2026-02-04", 90.0)),
        *spend(("2026-01-01", "2026-03-01", 900.0), channel="seo", direction="inbound"),
    ]
    paid[0]["campaign"] = "cards"
    fee = spend(("2026-01-01", "2026-03-01", 300.0))[0] | {"kind": "agency"}
    days = pd.date_range("2026-01-05", "2026-03-20", freq="D")
    tables = clinic(
        [lead(str(day), "inbound") for day in days],
        spend=[*paid, fee],
        campaigns=[listed],
        as_of="2026-03-31",
    )
    weeks = pt.running_weeks(tables)
    assert weeks.loc[weeks["running"], "week"].dt.strftime("%m-%d").tolist() == [
        "01-05",
        "01-12",
        "01-19",
        "02-02",
    ]
    assert weeks["week"].max() == pd.Timestamp("2026-02-23")
    assert set(weeks["leads"]) == {7}
    assert "5 needed" in pt.halo(weeks)["note"].iloc[0]


def in_clinic(name: str, day: str, tables):
    """Return a clinic's tables under another name, as known on the same day as others."""
    parts = {
        part: getattr(tables, part).assign(clinic=name) for part in ("leads", "spend", "campaigns")
    }
    return replace(tables, clinic=name, as_of=pd.Timestamp(day), **parts)


def test_a_week_without_any_spend_on_record_is_no_pause():
    """Spend of all channels from Monday 5 January; nothing of February's exports is there.

    The week before begins in none, and those of 2, 9 and 16 February have no day of spend; that of
    26 January ends on 1 February, and that of 23 February holds 1 March. Blocks go by the calendar:
    the eight weeks from 5 January end on 1 March.
    """
    paid = [
        *spend(("2026-01-05", "2026-01-31", 400.0), ("2026-03-01", "2026-03-08", 90.0)),
        *spend(("2026-03-09", "2026-03-15", 70.0), channel="seo", direction="inbound"),
    ]
    days = pd.date_range("2025-12-22", "2026-03-29", freq="D")
    tables = clinic([lead(str(day), "inbound") for day in days], spend=paid, as_of="2026-03-31")
    weeks = pt.running_weeks(tables)
    said = weeks.assign(week=weeks["week"].dt.strftime("%m-%d"))[["week", "running", "block"]]
    assert said.to_numpy().tolist() == [
        ["01-05", True, 0],
        ["01-12", True, 0],
        ["01-19", True, 0],
        ["01-26", True, 0],
        ["02-23", True, 0],
        ["03-02", True, 1],
        ["03-09", False, 1],
    ]


def test_the_weeks_of_several_clinics_are_each_clinics_own():
    """Outbound runs two weeks of each four: cedar's the first two, harbor's the last two.

    In 48 weeks cedar has 14 leads a week with it and 7 without, harbor 7 in all; each has one more
    in a week with it, as a clinic without any noise has no interval. Together outbound never
    pauses. Cedar's ratio is 337 / 168 and harbor's 169 / 168, their average the geometric mean.
    Pauses of two weeks: 12 of cedar, the last before the end, and 11 of harbor, between its runs.
    """
    monday, end = pd.Timestamp("2025-01-06"), "2025-12-07"
    days = pd.date_range(monday, end, freq="D")
    phase = (days - monday).days // 14 % 2
    clinics = []
    for name, on, more in (("cedar", 0, days[phase == 0]), ("harbor", 1, [])):
        starts = [monday + pd.Timedelta(weeks=4 * run + 2 * on) for run in range(12)]
        runs = [(str(day), str(day + pd.Timedelta(days=13)), 100.0) for day in starts]
        paid = [
            *spend(*runs),
            *spend(("2025-01-06", end, 900.0), channel="seo", direction="inbound"),
        ]
        leads = [lead(str(day)) for day in [starts[0], *days, *more]]
        clinics.append(in_clinic(name, end, clinic(leads, spend=paid)))
    both = pooled(clinics)
    weeks = pt.running_weeks(both)
    by_clinic = weeks.groupby(["clinic", "running"])["leads"].agg(["sum", "size"])
    assert by_clinic.to_numpy().tolist() == [[168, 24], [337, 24], [168, 24], [169, 24]]
    found = pt.halo(weeks).set_index("group")["estimate"]
    assert found.to_dict() == pytest.approx(
        {
            "inbound": np.sqrt(337 * 169) / 168,
            "cedar": 337 / 168,
            "harbor": 169 / 168,
        }
    )
    plan = pt.pause_test(both)
    assert plan["estimate"].isna().all()
    assert "one clinic" in plan["note"].iloc[0]
    paused = pt.pauses(both, weeks=2).set_index("channel")
    assert paused.loc["pay_per_click", ["pauses", "longest"]].tolist() == [23, 2]


def test_a_plan_says_how_long_and_of_what_by_hand():
    """10 and 14 leads a week by turns: 12 on average, whose noise is Poisson's own (16/2/12 < 1).

    Six pairs: t of 5 degrees of freedom is 2.571 at 97.5% and .920 at 80%, so that the drop d
    solves d^2 = 3.490^2 x 4 / (12 x 12) x (1 - d/2): .503. Clicks are named by 6 of 10 and 8 of
    14, 58% of all: 12 weeks, 6 of them off, show their loss. Flyers are named by one in 24.
    """
    weeks = pd.date_range("2025-12-29", periods=26, freq="W-MON")
    named = [
        lead(str(day), "outbound", channel=channel)
        for turn, day in enumerate(weeks)
        for channel, count in (("pay_per_click", 6 + 2 * (turn % 2)), ("flyers", turn % 2))
        for _ in range(count)
    ]
    rest = [lead(str(day)) for turn, day in enumerate(weeks) for _ in range(4 + turn % 2)]
    until = ("2026-04-01", "2026-06-28", 900.0)
    paid = [*spend(until), *spend(until, channel="flyers")]
    paid += spend(until, channel="seo", direction="inbound")
    plan = pt.pause_test(clinic([*named, *rest], spend=paid, as_of="2026-06-28"))
    plan = plan.set_index("group")
    assert plan["n"].to_dict() == {"outbound": 12, "pay_per_click": 12, "seo": 0, "flyers": 26}
    assert plan["estimate"]["pay_per_click"] == pytest.approx(0.503, abs=0.001)
    assert plan["note"]["pay_per_click"] == "58% of the leads name it"
    assert "4% of the leads name it, too few for 26 weeks" in plan["note"]["flyers"]
    assert "goes on bringing leads" in plan["note"]["seo"]
    assert "one of each two weeks" in plan["method"]["pay_per_click"]


def blocks(running: list[list[int]], without: list[list[int]]) -> pd.DataFrame:
    """Return the weeks of each block: those while the other side ran, and those without."""
    rows = [
        (block, on, leads)
        for on, every in ((True, running), (False, without))
        for block, of in enumerate(every)
        for leads in of
    ]
    return pd.DataFrame(rows, columns=["block", "running", "leads"])


def test_a_halo_by_hand():
    """Mantel-Haenszel: sums of on x weeks off / weeks, and without each block in turn.

    The sixth block has no week without: it says nothing.
    """
    on = [[6, 4], [8], [9, 9, 6], [5], [7, 5], [3, 3]]
    off = [[3], [5, 4], [4], [4, 2, 3], [6, 2], []]
    pairs = [
        (sum(a) * len(b) / (len(a) + len(b)), sum(b) * len(a) / (len(a) + len(b)))
        for a, b in zip(on[:5], off[:5], strict=True)
    ]
    found = pt.halo(blocks(on, off)).iloc[0]
    up, down = np.array(pairs).T
    assert found["estimate"] == pytest.approx(up.sum() / down.sum())
    left = np.log((up.sum() - up) / (down.sum() - down))
    error = np.sqrt(4 / 5 * np.sum((left - left.mean()) ** 2))
    weights = (up / up.sum() + down / down.sum()) / 2
    df = 1 / np.sum(weights**2) - 1
    high = np.exp(np.log(found["estimate"]) + stats.t.ppf(0.975, df) * error)
    assert found["ci_high"] == pytest.approx(high)
    assert found["n"] == sum(map(sum, [*on, *off]))


@pytest.mark.parametrize(
    ("running", "said"), [(True, "never paused in 24 weeks"), (False, "never ran")]
)
def test_without_a_pause_a_halo_is_not_identified(running, said):
    weeks = pd.DataFrame({"block": [0, 1, 2] * 8, "running": running, "leads": 4})
    assert said in pt.halo(weeks)["note"].iloc[0]


def drifting(rng, weeks: int, rate: float, spread: float = 0.3) -> np.ndarray:
    """Return weekly rates with a season of a third and a drift of AR .6 from month to month."""
    state, r = rng.normal(size=weeks), 0.6**0.25
    for week in range(1, weeks):
        state[week] = r * state[week - 1] + np.sqrt(1 - r**2) * state[week]
    season = 0.3 * np.cos(2 * np.pi * np.arange(weeks) / 52)
    return rate * np.exp(spread * state - spread**2 / 2 + season) * rng.gamma(16, 1 / 16, weeks)


def test_a_halo_is_covered_through_season_and_drift_and_plain_weeks_are_too_sure():
    """200 draws of two years, seven campaigns of 4 to 9 weeks, no halo; Monte-Carlo error 1.6."""
    rng, held = np.random.default_rng(1), []
    for _ in range(200):
        running = np.zeros(104, dtype=bool)
        for start in rng.integers(0, 100, 7):
            running[start : start + rng.integers(4, 10)] = True
        leads = rng.poisson(drifting(rng, 104, 5.0))
        weeks = pd.DataFrame({"block": np.arange(104) // 8, "running": running, "leads": leads})
        found = pt.halo(weeks).iloc[0]
        plain = stats.ttest_ind(leads[running], leads[~running]).pvalue > 0.05
        if np.isfinite(found["ci_low"]):
            held.append([found["ci_low"] <= 1 <= found["ci_high"], plain])
    assert len(held) > 150
    covered, plain = np.mean(held, axis=0)
    assert covered >= 0.92
    assert plain < covered - 0.05


def test_a_planned_pause_shows_its_drop_4_times_in_5():
    """600 draws of a season and drift, one week of each two paused; Monte-Carlo error 1.6 points.

    Without the drop it is announced in 5%; half of the weeks not drawn in pairs find 3 in 5.
    """
    rng, found = np.random.default_rng(2), []
    for _ in range(600):
        rates = drifting(rng, 42, 15.0)
        drop = shown_by_pausing(rng.poisson(rates[:26]), 16)
        first = rng.random(8) < 0.5
        off = np.c_[first, ~first].ravel()
        asked = []
        for lost in (drop, 0):
            leads = rng.poisson(rates[26:] * np.where(off, 1 - lost, 1))
            asked.append(stats.ttest_rel(leads[off], leads[~off]).pvalue <= 0.05)
        found.append(asked)
    power, false = np.mean(found, axis=0)
    assert 0.75 < power < 0.88
    assert false < 0.08
