"""Volume: counts by hand, the interval of a period, and when a change may be announced."""

import numpy as np
import pandas as pd
import pytest

import ptanalysis as pt
from lab.simulate import SAMPLE, clinic_tables
from ptanalysis.definitions import Quarter
from ptanalysis.metrics import volume
from tests.small_clinic import clinic, lead

Q1 = Quarter.parse("2026Q1")


def test_weeks_without_leads_count_as_zero_and_the_unfinished_week_is_left_out():
    tables = clinic(
        [lead("2026-06-01"), lead("2026-06-02 09:30"), lead("2026-06-15"), lead("2026-06-29")]
    )
    counts = pt.weekly(tables)["leads"]
    # Mondays 1, 8, 15, 22 June; the week of the 29th ends after the as-of date.
    assert counts.tolist() == [2, 0, 1, 0]
    assert pt.weekly(tables, by="direction")["group"].unique().tolist() == ["inbound"]


def test_a_quarter_s_channels_add_up_and_the_largest_comes_first():
    tables = clinic_tables(SAMPLE, 4, as_of=pd.Timestamp("2026-06-30"))
    found = pt.count(tables, by="channel").each()
    in_quarter = tables.leads["lead_at"] >= "2026-04-01"
    assert sum(each.value for each in found) == in_quarter.sum()
    assert [each.value for each in found] == sorted((e.value for e in found), reverse=True)
    assert sum(
        each.value for each in pt.count(tables, by="channel", share=True).each()
    ) == pytest.approx(1)


def test_change_is_refused_where_the_data_do_not_reach_back():
    tables = clinic([lead("2026-05-01"), lead("2026-06-01")])
    (found,) = pt.change(tables, Quarter.parse("2026Q1")).each()
    assert not found.known
    assert "2026Q1" in found.reason


def steady(weekly: int, weeks: int = 131) -> list[dict]:
    days = pd.date_range("2024-01-01", periods=weeks, freq="7D")
    return [lead(str(day), channel="seo") for day in days for _ in range(weekly)]


def test_equal_quarters_show_no_change_and_a_doubled_one_twice():
    same = pt.change(clinic(steady(4)), Quarter.parse("2026Q1")).each()[0]
    assert same.value == pytest.approx(1, rel=0.01)
    assert same.ci_low < 1 < same.ci_high
    days = pd.date_range("2026-04-01", "2026-06-30", freq="7D")
    more = clinic(steady(4) + [lead(str(day)) for day in days for _ in range(4)])
    doubled = pt.change(more, Quarter.parse("2026Q1")).each()[0]
    assert doubled.value == pytest.approx(2, rel=0.03)
    assert doubled.ci_low > 1


def test_a_change_is_announced_in_at_most_6_percent_of_quarters_when_nothing_changed():
    """Monte-Carlo SE 0.9 points at 600 clinics; overdispersed weeks (size 7)."""
    from ptanalysis.stats import count_change, overdispersion

    rng = np.random.default_rng(5)
    announced = 0
    for _ in range(600):
        weeks = rng.poisson(rng.gamma(7, 10 / 7, size=130))
        found = count_change(weeks[-13:], weeks[-26:-13], spread=overdispersion(weeks))
        announced += not found.ci_low <= 1 <= found.ci_high
    assert 0.02 < announced / 600 < 0.078


def test_a_count_has_no_interval_from_weeks_after_an_export_ends():
    whole, cut = clinic(steady(4)), clinic(steady(4, weeks=124))
    assert pt.count(whole)["ci_low"].notna().all()
    found = pt.count(cut)
    assert found["estimate"].item() == 24  # 6 of the quarter's weeks, from April 6 on
    assert found["ci_low"].isna().all()
    assert "stop" in found["note"].item()


def test_the_interval_of_a_count_knows_when_campaigns_ran():
    """20 leads a week while one of 16 campaigns of 4 weeks runs, none in the 4 weeks between."""
    starts = pd.date_range("2024-01-08", periods=16, freq="56D")
    mailers = [
        {"campaign": f"mailer {n}", "direction": "outbound", "channel": "direct_mail"}
        | {"kind": "campaign", "starts_on": at, "ends_on": at + pd.Timedelta(days=27)}
        for n, at in enumerate(starts)
    ]
    days = [at + pd.Timedelta(days=7 * week) for at in starts for week in range(4)]
    sent = [lead(str(day), "outbound") for day in days for _ in range(20)]
    known, unknown = (pt.count(clinic(sent + steady(1), campaigns=c)) for c in (mailers, []))
    widths = [
        (each["ci_high"] - each["ci_low"]).set_axis(each["group"])["outbound"]
        for each in (known, unknown)
    ]
    assert widths[0] < widths[1] / 3


def test_season_is_not_told_from_trend_with_too_few_weeks():
    short = pt.season(clinic(steady(3, weeks=60), as_of="2025-02-23"))
    assert "not separable" in short["note"].item()
    assert pt.season(clinic(steady(3)))["estimate"].between(0.9, 1.1).all()


def test_unknown_sources_stay_visible():
    tables = clinic([lead("2026-05-01"), lead("2026-05-02", "unknown"), lead("2026-06-02")])
    (share,) = pt.unknown_share(tables).each()
    assert (share.value, share.n) == (pytest.approx(1 / 3), 3)


def test_two_quarters_alone_tell_their_own_spread():
    """13 weeks of the older quarter are too few for a spread: Welch of two quarters instead."""
    from ptanalysis.stats import count_change

    days = pd.date_range("2026-01-01", periods=180, freq="D")
    rng = np.random.default_rng(1)
    tables = clinic([lead(str(day)) for day in days for _ in range(rng.poisson(1))])
    now, before = (volume.in_quarter(tables, Quarter.parse(q)) for q in ("2026Q2", "2026Q1"))
    found = pt.change(tables, Quarter.parse("2026Q1")).each()[0]
    alone = count_change(now, before)
    assert (found.ci_low, found.ci_high) == (alone.ci_low, alone.ci_high)


def test_a_source_that_vanished_is_still_named():
    mailed = [lead(str(day), "outbound") for day in pd.date_range("2026-01-01", "2026-03-20")]
    found = {each.group: each for each in pt.change(clinic(steady(4) + mailed), Q1).each()}
    assert found["outbound"].value == 0
    assert found["outbound"].n == len(mailed)


def test_growth_alone_makes_no_season():
    """Leads double every year, no month is special: each index is 1 but for whole leads."""
    days = pd.date_range("2024-01-01", periods=130, freq="7D")
    counts = (10 * 2 ** (np.arange(130) / 52)).round().astype(int)
    rows = [lead(str(day)) for day, count in zip(days, counts, strict=True) for _ in range(count)]
    index = pt.season(clinic(rows))["estimate"]
    assert len(index) == 12
    assert index.between(0.97, 1.03).all()


def test_a_month_twice_as_strong_is_found():
    days = pd.date_range("2024-01-01", periods=130, freq="7D")
    rows = [lead(str(day)) for day in days for _ in range(20 if day.month == 3 else 10)]
    table = pt.season(clinic(rows)).set_index("group")
    assert table["estimate"].idxmax() == "March"
    assert table.loc["March", "ci_low"] > 1
    assert table["ci_low"].drop("March").max() < 1


def test_a_clinic_without_leads_is_told_in_words():
    empty = clinic([])
    assert pt.weekly(empty).empty
    assert pt.count(empty).empty
    assert pt.count(empty, share=True).empty
    refused = pd.concat([pt.trend(empty), pt.unknown_share(empty), pt.change(empty, Q1)])
    assert refused["estimate"].isna().all()
    assert "not separable" in pt.season(empty)["note"].item()


def test_the_first_days_of_a_clinic_have_counts_and_no_trend():
    new = clinic([lead("2026-06-29"), lead("2026-06-30")])
    assert pt.count(new)["estimate"].item() == 2
    assert "full week" in pt.trend(new)["note"].iloc[0]
