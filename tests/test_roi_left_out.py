"""What the comparison leaves out, by hand: too young, too late, begun before the data."""

from pathlib import Path

import pandas as pd
import pytest

import ptanalysis as pt
from lab.simulate import WORLDS, clinic_tables
from ptanalysis.metrics.money.cost_per_outcome import cost_per_ratio
from tests.small_clinic import clinic, lead, weeks_after

START = "2025-01-06"


def bought(campaign: str | None, amount: float, at: str = START) -> dict:
    return {
        "period_start": at,
        "period_end": at,
        "direction": "outbound",
        "kind": "media",
        "channel": "direct_mail",
        "campaign": campaign,
        "amount": amount,
    }


def mailing(name: str, starts_on: str, weeks: float) -> dict:
    return {
        "campaign": name,
        "direction": "outbound",
        "channel": "direct_mail",
        "kind": "campaign",
        "starts_on": starts_on,
        "ends_on": weeks_after(starts_on, weeks),
    }


def leads_at(campaign: str, *weeks: float) -> list[dict]:
    return [lead(weeks_after(START, week), "outbound", campaign=campaign) for week in weeks]


def counted(tables, followed: float = 13) -> dict:
    frame = pt.units(tables, followed=followed).set_index("cluster")
    return frame[["cost", "leads"]].apply(tuple, axis=1).to_dict()


def test_what_is_too_young_too_late_or_begun_too_early_is_not_counted():
    """The old one began 13 weeks before the first lead; the new one ends 20 weeks before today.

    Of mail's spend $50 came after its time, 24 weeks after START, and of spend that names no
    campaign $30 before the first lead: of 1070 spent, 370 are not judged, for the causes that
    notebook 3 names where it shows the two sums.
    """
    old, new = weeks_after(START, -13), weeks_after(START, 52)
    tables = clinic(
        leads_at("mail", 0, 1, 2, 3, 4, 5, 6, 7, 8, 24)
        + leads_at("old", 1)
        + leads_at("new", 53, 54),
        campaigns=[mailing("mail", START, 10), mailing("old", old, 20), mailing("new", new, 5)],
        spend=[
            bought("mail", 700),
            bought("mail", 50, weeks_after(START, 24)),
            bought("old", 90),
            bought("new", 200, new),
            bought(None, 30, old),
        ],
    )
    assert tables.spend["amount"].sum() - pt.units(tables)["cost"].sum() == 90 + 200 + 50 + 30
    causes = ["too young", "after the time in which a unit's leads", "older than the records"]
    text = Path("notebooks/3-inbound-vs-outbound.ipynb").read_text("utf-8")
    assert [text.count(cause) for cause in causes] == [2, 2, 2]
    # One lead of mail came after its time, 24 weeks after START.
    assert counted(tables) == {"mail": (700, 9)}
    # 57 + 13 weeks after START, and not a day of following asked for: old enough.
    assert counted(tables, followed=0) == {"mail": (700, 9), "new": (200, 2)}


@pytest.mark.parametrize(("days", "counted"), [(28, 1), (29, 0)])
def test_four_weeks_before_the_first_lead_are_no_gap(days, counted):
    began = str(pd.Timestamp(START) - pd.Timedelta(days=days))
    tables = clinic(
        leads_at("mail", 0, 3), campaigns=[mailing("mail", began, 12)], spend=[bought("mail", 500)]
    )
    assert len(pt.units(tables)) == counted


@pytest.mark.parametrize(("leads_from", "spend_from"), [(-20, 0), (0, -20)])
def test_a_campaign_begun_before_either_leads_or_spend_are_on_record(leads_from, spend_from):
    """It began 20 weeks before START; the clinic has the one since then, the other since START."""
    began, first_spend = weeks_after(START, -20), weeks_after(START, spend_from)
    tables = clinic(
        [lead(weeks_after(START, leads_from), "neither"), *leads_at("old", 1)],
        campaigns=[mailing("old", began, 30)],
        spend=[bought("old", 90), bought(None, 10, first_spend) | {"channel": "radio"}],
    )
    assert "old" not in counted(tables)


@pytest.mark.parametrize(
    ("late", "early", "counted"),
    [
        (4, 10, 10),  # 29% late, but four leads make no pattern
        (5, 45, 45),  # 10% is not more than a tenth
        (5, 44, 49),
    ],
)
def test_campaigns_get_the_year_where_their_leads_come_late(late, early, counted):
    """Ended after 10 weeks: early leads in week 2, late ones in week 40, one too late in 53."""
    tables = clinic(
        leads_at("mail", *[2] * early, *[40] * late, 53),
        campaigns=[mailing("mail", START, 10)],
        spend=[bought("mail", 500)],
    )
    assert pt.units(tables, followed=0)["leads"].tolist() == [counted]


def test_a_young_campaign_waits_where_old_ones_of_its_side_were_late():
    new = weeks_after(START, 30)
    young = leads_at("new", 31, 32, 33)
    early = leads_at("mail", *[2] * 10)
    of = {
        "campaigns": [mailing("mail", START, 10), mailing("new", new, 5)],
        "spend": [bought("mail", 500), bought("new", 300, new)],
    }
    assert pt.units(clinic(early + young, **of), followed=0)["cost"].tolist() == [500, 300]
    slow = clinic(early + leads_at("mail", *[40] * 9) + young, **of)
    assert pt.units(slow, followed=0)["cost"].tolist() == [500]


def test_long_tails_do_not_make_outbound_dear():
    """In MIXED half of the response is left 10 weeks after the stop; cost per lead is 1.8 to 1.

    Cut at 13 weeks it read 2.5 in the mean of clinics (`docs/method-log.md`).
    """
    ratios = [
        cost_per_ratio(clinic_tables(WORLDS["MIXED"], seed), "leads").value for seed in range(12)
    ]
    assert 1.4 < pd.Series(ratios).median() < 2.15
