"""An analyst's one-line changes to notebook 3, with effects counted by hand on small clinics."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pandas as pd
import pytest
from scipy import stats

import ptanalysis as pt
from ptanalysis.display import phrases, words
from ptanalysis.metrics.clinic_facts import FrameError
from ptanalysis.stats import Estimate, Estimates
from tests.notebook_cells import cells, run_cell, run_cells, text_of
from tests.small_clinic import clinic, lead, weeks_after
from tests.test_empty_clinics import NO_WORD
from tests.test_empty_clinics import clinic as odd_clinic

#: Two campaigns of either side, 8 weeks each; nothing later than a year before the as-of date.
CAMPAIGNS = {
    "guide": ("inbound", "2024-06-03", "Ink"),
    "blog": ("inbound", "2024-09-02", "Quill"),
    "cards": ("outbound", "2024-06-03", "Post"),
    "flyers": ("outbound", "2024-09-02", "Mail"),
}


def small():
    """Return 4 leads a campaign, all screened after 1 week; see the tests for what became of them.

    Weeks to SQL of a campaign's leads: 2, 10, never, never. The first lead of each pays $600
    20 weeks after it came, and the first of `guide` another $300 after 30. Each campaign cost $400,
    a quarter of it staff time.
    """
    leads, payments = [lead("2024-01-02", "neither")], []
    for name, (side, start, vendor) in CAMPAIGNS.items():
        for number, to_sql in enumerate((2, 10, None, None)):
            at = weeks_after(start, 1 + number)
            stages = {"mql_at": at, "screened_at": weeks_after(at, 1), "campaign": name}
            end = (
                {"sql_at": weeks_after(at, to_sql)}
                if to_sql
                else {"lost_at": stages["screened_at"]}
            )
            leads.append(lead(at, side, vendor=vendor, **stages, **end))
            if number == 0:
                paid_at = weeks_after(at, 20)
                leads[-1]["patient_at"] = paid_at
                who = f"lead{len(leads) - 1}"
                payments.append({"lead_id": who, "paid_at": paid_at, "amount": 600.0})
                if name == "guide":
                    later = {"paid_at": weeks_after(at, 30), "amount": 300.0}
                    payments.append({"lead_id": who, **later})
    listed = [
        lead(start, side, campaign=name, vendor=vendor, kind="campaign")
        | {"starts_on": start, "ends_on": weeks_after(start, 8)}
        for name, (side, start, vendor) in CAMPAIGNS.items()
    ]
    spend = [
        each
        | {"period_start": each["starts_on"], "period_end": each["ends_on"]}
        | {"amount": amount, "kind": kind}
        for each in listed
        for kind, amount in (("media", 300.0), ("labor", 100.0))
    ]
    return clinic(leads, campaigns=listed, spend=spend, payments=payments)


@pytest.fixture
def run(monkeypatch):
    return lambda *edits, data=None: run_cells("3-", data or small(), monkeypatch, edits)


def of(found, group: str, measure: str | None = None) -> float:
    rows = found if measure is None else found[found["measure"] == measure]
    return rows.set_index("group")["estimate"][group]


def test_as_written(run):
    names = run()
    assert of(names["costs"], "inbound", "cost_per_sql") == pytest.approx(800 / 4)
    assert of(names["returns"], "inbound") == pytest.approx(1200 / 800 - 1)
    for what, part in names["turns"].dropna().items():  # moved, the sides are level
        got, cost = names["got"][what], names["paid_for"][what]
        better, worse = names["rate"][what].idxmax(), names["rate"][what].idxmin()
        moved = part * got[better]
        level = (got[better] - moved) / cost[better]
        assert level == pytest.approx((got[worse] + moved) / cost[worse])
    assert len(names["turns"].dropna())


def test_eight_weeks_to_sql_instead_of_thirteen(run):
    names = run((".assuming()", ".assuming(weeks_to_sql=8)"))
    assert of(names["costs"], "inbound", "cost_per_sql") == pytest.approx(800 / 2)


def test_a_year_for_patients_instead_of_half(run):
    names = run((".assuming()", ".assuming(weeks_to_patient=40)"))
    assert of(names["returns"], "inbound") == pytest.approx(1500 / 800 - 1)
    assert of(names["returns"], "outbound") == pytest.approx(1200 / 800 - 1)


def test_a_campaign_left_out_is_in_no_number(run):
    names = run((".assuming()", '.assuming(excluded_campaigns=["guide"])'))
    assert names["spend"]["inbound"].sum() == 400  # all spend, by what it paid for
    assert names["paid"]["amount"].sum() == 3 * 600.0  # all that was paid
    assert names["sums"].loc["inbound", "cost"] == 400
    assert "guide" not in {*names["stops"]["campaign"], *names["waits"]["campaign"]}
    assert (
        names["costs"].query("measure == 'cost_per_lead' and group == 'inbound'")["n"].item() == 4
    )


def test_by_vendor_instead_of_channel(run):
    data = small()
    spend = data.spend.assign(vendor=data.spend["vendor"].replace("Mail", None))
    leads = data.leads.assign(vendor=data.leads["vendor"].replace("Mail", None))
    listed = data.campaigns.assign(vendor=data.campaigns["vendor"].replace("Mail", None))
    data = replace(data, spend=spend, leads=leads, campaigns=listed)
    names = run(('by = "channel"', 'by = "vendor"'), data=data)
    found = names["costs"].query("measure == 'cost_per_lead'")
    vendors = {"Ink", "Quill", "Post", "unknown vendor"}
    assert {"inbound", "outbound", *vendors} <= set(found["group"])
    assert of(found, "Ink") == of(found, "unknown vendor") == pytest.approx(400 / 4)
    assert set(names["shown"]["group"]) == {"inbound", "outbound", *vendors}


def test_without_staff_time(run):
    """Inbound's 800 hold 200 for staff, outbound's 600 none: both ratios move by 800 / 600."""
    data = small()
    staff = (data.spend["kind"] == "labor") & (data.spend["direction"] == "outbound")
    names = run(data=replace(data, spend=data.spend[~staff]))
    shown = names["by_cost"].set_index(["measure", "group"])["estimate"]
    for ratio in ("cost_per_sql_ratio", "roi_ratio"):
        moved = shown[ratio, "no staff time"] / shown[ratio, "full cost"]
        assert moved == pytest.approx(800 / 600)


def test_an_unscreened_lead_is_unknown_and_never_a_failure():
    data = small()
    third = data.leads["campaign"].eq("cards") & data.leads["lost_at"].notna()
    stages = ["screened_at", "lost_at"]
    leads = data.leads.mask(third, data.leads.assign(**dict.fromkeys(stages, pd.NaT)))
    sql_units = pt.units(replace(data, leads=leads), followed=13)
    # 8 leads of which 6 screened and 4 SQL: 8 x 4/6 expected; bounds 800/6 and 800/4.
    assert of(pt.cost_per(sql_units), "outbound") == pytest.approx(800 / (8 * 4 / 6))
    ends = pt.cost_per(sql_units, bounds=True).set_index("group").loc["outbound"]
    assert (ends["ci_low"], ends["ci_high"]) == pytest.approx((800 / 6, 800 / 4))


def test_words_that_are_not_allowed_are_answered_with_those_that_are():
    found = pt.units(small())
    with pytest.raises(FrameError, match=r"'leads', 'mql', 'sql', 'patients', not 'lead'"):
        pt.cost_per(found, "lead")
    with pytest.raises(FrameError, match=r"'direction', 'channel', 'vendor', .*not 'chanel'"):
        pt.cost_per(found, by="chanel")
    with pytest.raises(FrameError, match=r"'ratio', 'difference', not 'both'"):
        pt.roi(found, compare="both")
    with pytest.raises(FrameError, match=r"filter what pt.units, pt.stops"):
        pt.roi(pd.DataFrame(found.to_dict("list")))
    with pytest.raises(FrameError, match=r"filter what pt.units, pt.stops"):
        pt.persistence(pd.DataFrame(pt.stops(small()).to_dict("list")))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", ["nothing at all", "one lead", "no spend", "no payment"])
def test_a_clinic_with_next_to_nothing_is_answered_in_words(run, name, monkeypatch):
    shown = run(data=odd_clinic(name)).shown
    said = " ".join(text for text in shown if "mathjax_ignore" in text and "<table" not in text)
    assert "not known" in said
    assert not NO_WORD.search(said)
    if name in ("no spend", "no payment"):
        assert "−100%" not in said
        assert ("Not known: no payment is recorded: export payments.csv." in said) == (
            name == "no payment"
        )


@pytest.mark.parametrize(
    ("name", "missing", "known"),
    [
        ("no payment", ["patients", "revenue"], ["mql", "screened", "sql", "cost"]),
        ("no screening", ["screened", "sql"], ["mql", "patients", "revenue", "cost"]),
    ],
)
def test_what_was_never_recorded_is_missing_and_not_zero(name, missing, known):
    units = pt.units(odd_clinic(name))
    assert units[missing].isna().all(axis=None)
    assert units[known].notna().all(axis=None)
    found = pt.cost_per(units, {"no payment": "patients", "no screening": "sql"}[name])
    assert found[["estimate", "ci_low", "ci_high"]].isna().all(axis=None)
    assert found["note"].str.contains("recorded: export|ever screened: export").all()
    if name == "no payment":
        back = pd.concat([pt.roi(units), pt.roi(units, compare="ratio")])
        assert set(back["note"]) == {"no payment is recorded: export payments.csv"}
        assert back["estimate"].isna().all()


def test_what_came_late_is_told_by_side_and_a_year_counts_it(run):
    """Inbound's 1500 hold 300 of week 27 to 40; outbound's 1200 came in time."""
    names = run()
    assert names["late"].to_dict() == pytest.approx({"inbound": 300 / 1500, "outbound": 0})
    assert of(names["after_a_year"], "inbound", "roi_52_weeks") == pytest.approx(1500 / 800 - 1)


def of_two_clinics(measure: str, label: str, value: float) -> Estimates:
    """Return an average of two clinics and each clinic's own, half and twice as much."""
    named = {label: value, "cedar": value / 2, "harbor": 2 * value}
    return Estimates.of(
        Estimate(
            value=each, ci_low=each / 3, ci_high=3 * each, unit="ratio", n=9, method="by hand"
        ).labelled(measure, "roi", group)
        for group, each in named.items()
    )


def test_of_several_clinics_figures_show_the_average_and_tell_equal_names_apart(monkeypatch):
    """Averages of 2, 3, 5 and 7 beside each clinic's half and double; both call a stop spring.

    Cedar's spring had 30 leads while it ran and harbor's 9: one line of cedar's two weeks, of 4
    and 3 leads. Two campaigns stopped, though they have one name.
    """
    averages = {"lead": 2.0, "mql": 3.0, "sql": 5.0, "patient": 7.0}
    ratios = pd.concat(
        of_two_clinics(f"cost_per_{name}_ratio", "outbound / inbound", value)
        for name, value in averages.items()
    )
    spring = {"campaign": "spring", "direction": "outbound"}
    weekly = pd.DataFrame(
        spring | {"clinic": name, "week": week, "leads": leads}
        for name, counts in (("cedar", (4, 3)), ("harbor", (2, 1)))
        for week, leads in enumerate(counts)
    )
    monkeypatch.setattr("ptanalysis.stops", lambda *_, **__: weekly)
    monkeypatch.setattr(
        "ptanalysis.cost_per",
        lambda frame, *_, **__: of_two_clinics("cost", "outbound / inbound", frame),
    )
    monkeypatch.setattr(
        "ptanalysis.roi", lambda frame, **__: of_two_clinics("roi", "inbound vs outbound", frame)
    )
    names = {"pt": pt, "pd": pd, "stats": stats, "phrases": phrases, "words": words, "data": None}
    names |= {
        "ratios": ratios.reset_index(drop=True),
        "per_sql_ratio": "Cost per SQL",
        "less": ["full cost", "no fees"],
        "reduced": dict(
            zip(
                product(["full cost", "no fees"], ["sql", "patients"]),
                [2.0, 5.0, 3.0, 7.0],
                strict=True,
            )
        ),
        "stops": pd.DataFrame({"clinic": ["harbor", "cedar"], "leads_during": [9, 30]} | spring),
    }
    shown = {}
    for start in ("average = ratios", "per = [", "weekly = pt.stops", "around = weekly"):
        (cell,) = (each for each in cells("3") if each.startswith(start))
        shown[start] = run_cell(cell, names)
    (figure,) = shown["average = ratios"]
    labels = [label.split() for label in names["labels"]]
    assert [float(number) for number, *_ in labels] == [2, 3, 5, 7]
    assert [of for *_, of in labels] == ["leads", "MQLs", "SQLs", "patients"]
    assert all(each in text_of(figure) for each in names["labels"])
    by_cost = names["by_cost"]
    assert by_cost["group"].tolist() == ["full cost", "no fees"] * 2
    assert by_cost["estimate"].tolist() == [2, 3, 5, 7]
    assert names["one"][["clinic", "leads"]].to_numpy().tolist() == [["cedar", 4], ["cedar", 3]]
    assert names["behind"] == "outbound: 2 stopped campaigns"
