"""Return: what is counted, by hand; what must not matter; and what is refused in words."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import ptanalysis as pt
from lab.simulate import SAMPLE, WORLDS, clinic_tables
from ptanalysis.dataset import conform
from ptanalysis.metrics.money.cost_per_outcome import UNITS, cost_per_ratio
from ptanalysis.metrics.money.roi_by_side import roi_ratio
from tests import asked
from tests.small_clinic import clinic, lead, weeks_after

#: Old enough on 2026-06-30 for the leads of a campaign's whole life to be followed 26 weeks.
START, END = "2025-01-06", "2025-03-30"
LATE = "2026-03-02"


def bought(amount: float, direction: str = "outbound", **rest) -> dict:
    """Return a spend row of one week in START's campaign."""
    channel = {"inbound": "seo", "outbound": "direct_mail", "neither": "front_desk"}[direction]
    return {
        "period_start": START,
        "period_end": weeks_after(START, 1),
        "direction": direction,
        "channel": channel,
        "kind": "media",
        "amount": amount,
    } | rest


def campaign(name: str, direction: str = "outbound", **rest) -> dict:
    return {
        "campaign": name,
        "direction": direction,
        "kind": "campaign",
        "starts_on": START,
        "ends_on": END,
        "channel": bought(0, direction)["channel"],
    } | rest


def mailing() -> list[dict]:
    """Six leads of one mailing: what became of each is said in the comment."""
    day = "2025-02-03"
    return [
        lead(at, "outbound", campaign="mail", **rest)
        for at, rest in [
            (
                day,
                {"mql_at": day, "sql_at": weeks_after(day, 3), "patient_at": weeks_after(day, 5)},
            ),
            (day, {"mql_at": day, "sql_at": weeks_after(day, 13)}),  # SQL on the last day
            (day, {"mql_at": day, "sql_at": weeks_after(day, 13.5)}),  # SQL too late
            (day, {}),  # lead alone
            (weeks_after(END, 12), {"mql_at": weeks_after(END, 12)}),  # in the 13 weeks' tail
            (weeks_after(END, 14), {"mql_at": weeks_after(END, 14)}),  # after it: not counted
        ]
    ]


def test_a_campaign_s_row_by_hand():
    day = "2025-02-03"
    paid = [("lead0", 5, 300.0), ("lead0", 20, 200.0), ("lead0", 21, -50.0), ("lead0", 27, 900.0)]
    tables = clinic(
        mailing(),
        campaigns=[campaign("mail")],
        spend=[
            bought(700, campaign="mail"),
            bought(200, campaign="mail", kind="labor"),
            bought(100, campaign="mail", kind="agency"),
        ],
        payments=[
            {"lead_id": who, "paid_at": weeks_after(day, weeks), "amount": amount}
            for who, weeks, amount in paid
        ],
    )
    (row,) = pt.units(tables).to_dict("records")
    assert (row["cluster"], row["kind"], row["direction"]) == ("mail", "campaign", "outbound")
    assert (row["leads"], row["mql"], row["sql"], row["patients"]) == (5, 4, 2, 1)
    # Of the five leads two were decided on in time, both SQL: 5 x 2 / 2 expected, of $1,000.
    assert (row["screenable"], row["screened"]) == (5, 2)
    # 300 + 200 - 50; the payment of week 27 comes after the horizon.
    assert row["revenue"] == 450
    assert (row["cost"], row["cost_labor"], row["cost_agency"]) == (1000, 200, 100)
    (back,) = asked.returns(tables)
    assert back.value == pytest.approx((450 - 1000) / 1000)
    assert (back.ci_low, back.ci_high) == (None, None)
    costs = {event: asked.costs(tables, event)[0].value for event in UNITS}
    assert costs == {"leads": 200, "mql": 250, "sql": 200, "patients": 1000}
    (bounds,) = asked.costs(tables, bounds=True)
    # None of the three unscreened qualifies: $1,000 / 2; all of them: $1,000 / 5.
    assert (bounds.ci_low, bounds.value, bounds.ci_high, bounds.n) == (200, 200, 500, 2)


def test_spend_too_young_to_have_paid_back_is_not_counted():
    tables = clinic(
        [lead("2025-02-03", "outbound", campaign="mail"), lead(LATE, "outbound", campaign="new")],
        campaigns=[campaign("mail"), campaign("new", starts_on=LATE, ends_on="2026-03-30")],
        spend=[
            bought(100, campaign="mail"),
            bought(900, campaign="new", period_start=LATE, period_end=LATE),
        ],
    )
    assert pt.units(tables)["cost"].tolist() == [100]


def test_an_asset_is_counted_for_its_first_year_however_long_it_runs():
    tables = clinic(
        [lead(weeks_after(START, weeks), campaign="article") for weeks in (2, 51, 53)],
        campaigns=[campaign("article", "inbound", kind="asset", ends_on=None)],
        spend=[
            bought(400, "inbound", campaign="article"),
            bought(
                50,
                "inbound",
                campaign="article",
                period_start=weeks_after(START, 60),
                period_end=weeks_after(START, 61),
            ),
        ],
    )
    # The first year ended on 2026-01-05, 25 weeks and a day before the as-of date: 13 weeks are
    # enough for SQLs, 26 are not.
    assert pt.units(tables).empty
    (row,) = pt.units(tables, followed=13).to_dict("records")
    assert (row["leads"], row["cost"], row["kind"]) == (2, 400, "asset")


def test_spend_adds_up_to_the_cent():
    tables = clinic_tables(SAMPLE, 4, as_of=pd.Timestamp("2026-06-30"))
    unnamed = replace(
        tables, campaigns=tables.campaigns.iloc[:0], spend=tables.spend.assign(campaign=None)
    )
    counted = pt.units(unnamed, followed=0)["cost"].sum()
    sided = tables.spend["direction"].isin(["inbound", "outbound"])
    assert round(counted, 2) == round(tables.spend.loc[sided, "amount"].sum(), 2)


@pytest.fixture(scope="module")
def article():
    return clinic_tables(WORLDS["ARTICLE"], 3)


def swapped(tables):
    other = {"inbound": "outbound", "outbound": "inbound"}
    return replace(
        tables,
        **{
            name: getattr(tables, name).assign(
                direction=getattr(tables, name)["direction"].map(lambda side: other.get(side, side))
            )
            for name in ("leads", "spend", "campaigns")
        },
    )


def dearer(tables, factor):
    return replace(
        tables,
        spend=tables.spend.assign(amount=tables.spend["amount"] * factor),
        payments=tables.payments.assign(amount=tables.payments["amount"] * factor),
    )


def test_swapping_the_sides_turns_every_comparison_over(article):
    for ask in (cost_per_ratio, roi_ratio):
        one, other = ask(article), ask(swapped(article))
        assert one.value * other.value == pytest.approx(1)
        assert one.ci_low * other.ci_high == pytest.approx(1)
        assert one.p_value == pytest.approx(other.p_value)
    one, other = asked.roi_difference(article), asked.roi_difference(swapped(article))
    assert one.value == pytest.approx(-other.value)
    assert one.ci_low == pytest.approx(-other.ci_high)


def test_another_currency_changes_costs_and_no_return(article):
    yen = dearer(article, 150)
    for ask in (roi_ratio, asked.roi_difference, cost_per_ratio):
        one, other = ask(article), ask(yen)
        assert (one.value, one.ci_low, one.ci_high) == pytest.approx(
            (other.value, other.ci_low, other.ci_high)
        )
    for one, other in zip(asked.returns(article), asked.returns(yen), strict=True):
        assert one.value == pytest.approx(other.value)
    for one, other in zip(asked.costs(article), asked.costs(yen), strict=True):
        assert other.value == pytest.approx(150 * one.value)


def two_sides():
    """One campaign a side: $400 for 4 SQLs, one of whom paid $1,200; $600 for 2, one paid $900."""
    day, names = "2025-02-03", {"inbound": "blog", "outbound": "mail"}
    sides = ["inbound"] * 4 + ["outbound"] * 2
    return clinic(
        [lead(day, side, campaign=names[side], sql_at=weeks_after(day, 2)) for side in sides],
        campaigns=[campaign(name, side) for side, name in names.items()],
        spend=[bought(400, "inbound", campaign="blog"), bought(600, campaign="mail")],
        payments=[
            {"lead_id": who, "paid_at": weeks_after(day, 3), "amount": amount}
            for who, amount in (("lead0", 1200), ("lead4", 900))
        ],
    )


def test_the_comparisons_by_hand():
    tables = two_sides()
    costs = asked.costs(tables)
    # The dearest first: 600 / 2, 400 / 4; outbound over inbound.
    assert [(each.group, each.value) for each in costs] == [("outbound", 300), ("inbound", 100)]
    assert cost_per_ratio(tables).value == pytest.approx(3)
    # 1200 / 400 = 3 dollars back of each, 900 / 600 = 1.5; inbound over outbound.
    assert [(each.group, each.value) for each in asked.returns(tables)] == [
        ("inbound", pytest.approx(2)),
        ("outbound", pytest.approx(0.5)),
    ]
    assert roi_ratio(tables).value == pytest.approx(2)
    assert asked.roi_difference(tables).value == pytest.approx(1.5)


def test_without_spend_nothing_is_free():
    tables = clinic(mailing(), campaigns=[campaign("mail")])
    refused = [
        *asked.costs(tables),
        *asked.returns(tables),
        cost_per_ratio(tables),
        roi_ratio(tables),
        asked.roi_difference(tables),
    ]
    assert not any(each.known for each in refused)
    assert all(
        "no cost is recorded" in each.reason or "no payment" in each.reason for each in refused
    )


def test_without_payments_the_file_to_export_is_named():
    tables = clinic(mailing(), campaigns=[campaign("mail")], spend=[bought(9, campaign="mail")])
    assert "payments.csv" in roi_ratio(tables).reason
    assert "spend.csv" in cost_per_ratio(tables).reason
    assert "inbound" in cost_per_ratio(tables).reason


def test_total_revenue_of_patients_by_hand():
    day = "2025-02-03"
    tables = clinic(
        [lead(day) for _ in range(10)] + [lead(LATE)],
        payments=[
            {"lead_id": f"lead{number}", "paid_at": weeks_after(day, 2), "amount": 1000.0}
            for number in range(10)
        ]
        + [{"lead_id": "lead10", "paid_at": weeks_after(LATE, 2), "amount": 5000.0}],
    )
    (found,) = asked.revenue(tables)
    # Equal payments: Garwood's 4.795 to 18.39 of 10 patients; the young lead is not in it.
    assert (found.value, found.n) == (10_000, 10)
    assert (found.ci_low, found.ci_high) == pytest.approx((4795, 18390), rel=1e-3)


def test_late_and_refunded_payments_by_hand():
    """$1,000 each of two patients in time; $500 more in week 27; $100 paid and $300 refunded."""
    day = "2025-02-03"
    paid = [
        ("lead0", 2, 1000.0),
        ("lead0", 27, 500.0),
        ("lead1", 26, 1000.0),
        ("lead2", 2, 100.0),
        ("lead2", 3, -300.0),
    ]
    tables = clinic(
        [lead(day) for _ in range(3)],
        payments=[
            {"lead_id": who, "paid_at": weeks_after(day, weeks), "amount": amount}
            for who, weeks, amount in paid
        ],
    )
    (found,) = asked.revenue(tables)
    # Garwood's .2422 to 7.225 of 2 patients; who got more back than was paid counts as none.
    assert (found.value, found.n) == (2000, 2)
    assert (found.ci_low, found.ci_high) == pytest.approx((242.2, 7225), rel=1e-3)


def test_clinics_may_call_their_campaigns_by_the_same_names():
    """Six clinics' campaigns, named apart and then numbered within each clinic alike."""
    tables = clinic_tables(replace(WORLDS["ARTICLE"], clinics=6), 3)
    number = tables.campaigns.groupby("clinic").cumcount().astype("str")
    alike = dict(zip(tables.campaigns["campaign"], "campaign-" + number, strict=True))
    assert len(set(alike.values())) < len(alike)
    renamed = replace(
        tables,
        **{
            name: table.assign(campaign=table["campaign"].map(alike).astype("str"))
            for name in ("leads", "spend", "campaigns")
            for table in [getattr(tables, name)]
        },
    )
    for event in ("leads", "sql", "patients"):
        one, other = cost_per_ratio(renamed, event), cost_per_ratio(tables, event)
        assert (one.value, one.se, one.df) == pytest.approx((other.value, other.se, other.df))
    apart, same = pt.units(tables), pt.units(renamed)
    assert len(same) == len(apart)
    totals = [
        frame.groupby(["clinic", "direction", "kind"])["cost"].sum() for frame in (apart, same)
    ]
    pd.testing.assert_series_equal(*totals)


def test_what_channels_brought_back_holds_for_all_of_them_together():
    """Two channels of four mailings alike in size: t(3) at 97.5% each, 95% together.

    By hand: ROI of one is sum(paid) / 400 - 1; leaving out mailing k moves its log by
    log((sum - paid k) / 300), and the variance is 3 / 4 of the squares about their mean.
    """
    paid = {"direct_mail": [90, 120, 60, 130], "cold_calling": [40, 70, 80, 50]}
    names = [(channel, f"{channel}-{k}") for channel in paid for k in range(4)]
    amounts = [each for of in paid.values() for each in of]
    leads = [
        lead("2025-02-03", "outbound", campaign=name, channel=channel, patient_at="2025-03-03")
        for channel, name in names
        for _ in range(2)
    ]
    tables = clinic(
        leads,
        campaigns=[campaign(name, channel=channel) for channel, name in names],
        spend=[bought(100, campaign=name, channel=channel) for channel, name in names],
    )
    halves = np.repeat(amounts, 2) / 2
    paid_rows = pd.DataFrame(
        {
            "clinic": tables.leads["clinic"],
            "lead_id": tables.leads["lead_id"],
            "paid_at": pd.Timestamp("2025-03-03"),
            "amount": halves,
        }
    )
    units = pt.units(replace(tables, payments=conform("payments", paid_rows)))
    found = pt.roi(units, by="channel").set_index("group")
    for channel, of in paid.items():
        whole = np.log(sum(of) / 400)
        moved = np.log([(sum(of) - each) / 300 for each in of])
        error = np.sqrt(3 / 4 * np.sum((moved - moved.mean()) ** 2))
        df = sum(weights_of(of)) ** 2 / sum(each**2 for each in weights_of(of)) - 1
        high = np.exp(whole + stats.t.ppf(1 - 0.025 / 2, df) * error) - 1
        assert found["ci_high"][channel] == pytest.approx(high)
    assert "2 channels together" in found["method"].iloc[0]
    alone = pt.roi(units[units["channel"] == "direct_mail"], by="channel")
    assert alone["ci_high"].iloc[0] < found["ci_high"]["direct_mail"]


def weights_of(paid: list[float]) -> list[float]:
    """Return each mailing's share of the revenue and of the cost, on average (Kish's weights)."""
    return [(each / sum(paid) + 0.25) / 2 for each in paid]


def test_several_clinics_are_averaged_and_each_is_shown():
    """Three clinics: the geometric mean of their own ratios, and each clinic's own row."""
    tables = clinic_tables(replace(WORLDS["ARTICLE"], clinics=3), 3)
    units = pt.units(tables, followed=13)
    found = pt.cost_per(units, "sql", compare=True).set_index("group")
    assert found.index.tolist() == ["outbound / inbound", "c001", "c002", "c003"]
    own = [
        pt.cost_per(units[units["clinic"] == name], "sql", compare=True) for name in found.index[1:]
    ]
    values = [each["estimate"].iloc[0] for each in own]
    assert found["estimate"].tolist()[1:] == values
    assert found["estimate"].iloc[0] == pytest.approx(np.exp(np.mean(np.log(values))))
    assert "these 3 clinics and no others" in found["method"].iloc[0]
    assert cost_per_ratio(tables).value == pytest.approx(found["estimate"].iloc[0])
    gaps = pt.quality_gap(tables)
    assert gaps["group"].tolist() == ["inbound - outbound"] * 2 + found.index.tolist()[1:]
    assert gaps["estimate"].iloc[0] == pytest.approx(gaps["estimate"].iloc[2:].mean())


def test_rates_of_two_clinics_are_of_these_and_campaigns_of_one_name_are_two():
    tables = clinic_tables(replace(WORLDS["ARTICLE"], clinics=2), 3)
    judged = pt.within(tables, 13)
    named = judged["campaign"].notna() & judged["cluster"].str.contains(": ")
    assert set(judged.loc[named, "cluster"].str.partition(":")[0]) == {"c001", "c002"}
    assert judged["cluster"].nunique() > 20
    share = pt.proportion(judged[judged["screened"]], "sql").set_index("group")
    assert share.loc[["inbound", "outbound"], "ci_high"].notna().all()
    many = clinic_tables(replace(WORLDS["ARTICLE"], clinics=5), 3)
    assert pt.within(many, 13)["cluster"].nunique() == 5
