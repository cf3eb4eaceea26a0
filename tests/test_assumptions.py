"""What an analyst assumes in clinic.toml reaches the engine, and is named."""

from dataclasses import replace

import pandas as pd
import pytest

import ptanalysis as pt
from ptanalysis.claims.choices import Cell, weeks_of
from ptanalysis.dataset import ClinicData, assumed, conform, empty
from ptanalysis.definitions import Assumptions, ConfigError, Quarter, load_config
from ptanalysis.intake.load_quarter import open_quarter
from ptanalysis.report.assemble import lead_line

START = pd.Timestamp("2025-01-06")
DAY = pd.Timedelta(days=1)


def clinic(leads, **assumptions):
    """Return a clinic of leads: (campaign, likelihood, weeks to SQL or None)."""
    rows = pd.DataFrame(
        {
            "lead_id": f"l{number}",
            "clinic": "c",
            "campaign": campaign,
            "last_campaign": campaign,
            "likelihood": likelihood,
            "lead_at": START,
            "broad_lead_at": START,
            "inquiry_at": START,
            "mql_at": START,
            "screened_at": START + 7 * DAY,
            "sql_at": None if weeks is None else START + 7 * weeks * DAY,
            "lost_at": START + 7 * DAY if weeks is None else None,
            "screening_outcome": "disqualified" if weeks is None else "qualified",
            "direction": "inbound",
            "direction_platform": "inbound",
            "channel": "seo",
            "touches": 1,
        }
        for number, (campaign, likelihood, weeks) in enumerate(leads)
    )
    leads = conform("leads", rows.reindex(columns=empty("leads").columns))
    paid = pd.DataFrame({"clinic": "c", "lead_id": rows["lead_id"], "paid_at": START + 9 * DAY})
    touched = rows.assign(touched_at=START).reindex(columns=empty("touches").columns)
    spent = rows[["clinic", "campaign", "channel", "direction", "direction_platform"]].assign(
        period_start=START, period_end=START, vendor=None, kind="media", hours=None, amount=10.0
    )
    listed = spent.assign(starts_on=START, ends_on=None, kind="campaign").drop_duplicates(
        "campaign"
    )
    return ClinicData(
        clinic="c",
        quarter=Quarter.parse("2026Q4"),
        as_of=pd.Timestamp("2026-12-31"),
        leads=leads,
        touches=conform("touches", touched),
        payments=conform("payments", paid.assign(amount=100.0)),
        spend=conform("spend", spent),
        campaigns=conform("campaigns", listed),
        config=load_config(None).model_copy(update={"assumptions": Assumptions(**assumptions)}),
    )


LEADS = [("spring", 5, 4), ("spring", 3, 4), ("Fall  Mailer", 4, 10), ("spring", None, 12)]
LEADS += [("spring", 5, None)]


def screened_share(tables):
    (row,) = [each for each in pt.screening(tables).each() if each.id == "screened_to_sql_rate"]
    return row.value, row.n


def test_nothing_assumed_changes_nothing():
    tables = clinic(LEADS)
    assert assumed(tables) is tables
    assert tables.assumptions.changed() == []
    assert Assumptions() == load_config(None).assumptions
    assert screened_share(tables) == (4 / 5, 5)


def test_8_weeks_instead_of_13():
    tables = assumed(clinic(LEADS, weeks_to_sql=8))
    assert screened_share(tables) == (2 / 5, 5)  # those of weeks 4
    assert tables.assumed == ("SQLs within 8 weeks instead of 13",)
    assert pt.units(tables)["sql"].sum() == 2
    assert [weeks_of(Cell(horizon=level), tables) for level in ("13", "26")] == [8, 26]


def test_at_the_other_level_of_the_grid_the_usual_weeks_are_the_alternative():
    tables = clinic(LEADS, weeks_to_sql=26)
    assert [weeks_of(Cell(horizon=level), tables) for level in ("13", "26")] == [26, 13]


def test_a_campaign_left_out_takes_all_that_is_its_own():
    tables = assumed(clinic(LEADS, excluded_campaigns=("fall mailer ", "winter")))
    assert tables.leads["lead_id"].tolist() == ["l0", "l1", "l3", "l4"]
    for name in ("touches", "payments", "spend"):
        assert len(getattr(tables, name)) == 4
    assert tables.campaigns["campaign"].tolist() == ["spring"]
    assert tables.assumed == ("without the campaigns fall mailer and winter",)
    assert screened_share(tables) == (3 / 4, 4)


def test_a_last_touch_left_out_is_the_touch_before():
    tables = clinic(LEADS, excluded_campaigns=("Fall Mailer",))
    moved = tables.leads.assign(last_campaign="Fall  Mailer")
    found = assumed(replace(tables, leads=moved)).leads
    assert found["last_campaign"].tolist() == ["spring"] * 4


def test_qualified_is_likelihood_4_or_more():
    tables = assumed(clinic(LEADS, least_likelihood=4))
    # l1 noted 3 falls; l3 without a note stays; l4 noted 5 and was turned away: never promoted.
    assert tables.leads["sql_at"].notna().tolist() == [True, False, True, True, False]
    assert screened_share(tables) == (3 / 5, 5)
    fallen = tables.leads.iloc[1]
    assert fallen["screening_outcome"] == "disqualified"
    assert fallen["lost_at"] == START + 28 * DAY
    assert tables.assumed == ("qualified = likelihood 4 or more, where the front desk noted it",)
    pd.testing.assert_frame_equal(assumed(tables).leads, tables.leads)


def test_who_falls_short_and_became_a_patient_stays_one():
    tables = clinic(LEADS, least_likelihood=4)
    paid = replace(tables, leads=tables.leads.assign(patient_at=START + 30 * DAY))
    found = assumed(paid).leads
    assert found["patient_at"].notna().all()
    assert pd.isna(found["lost_at"].iloc[1])


def test_the_stated_budget_counts_where_it_is_asked_for():
    tables = clinic(LEADS, budget_needed=True)
    noted = tables.leads.assign(budget_ok=["yes", "no", None, "yes", "yes"])
    found = assumed(replace(tables, leads=noted))
    assert found.leads["sql_at"].notna().tolist() == [True, False, True, True, False]


def same(one, other):
    """Whether two clinics hold the same rows, under the same assumptions."""
    names = ("leads", "touches", "payments", "spend", "campaigns")
    return one.assumed == other.assumed and all(
        getattr(one, name).equals(getattr(other, name)) for name in names
    )


def test_a_notebook_assumes_as_the_settings_do():
    setting = assumed(clinic(LEADS, excluded_campaigns=("Fall Mailer",), least_likelihood=4))
    notebook = clinic(LEADS).assuming(excluded_campaigns=["Fall Mailer"], least_likelihood=4)
    assert same(notebook, setting)
    assert same(
        clinic(LEADS).assuming(least_likelihood=4).assuming(excluded_campaigns=["Fall Mailer"]),
        setting,
    )
    whole = clinic(LEADS)
    assert whole.assuming() is whole.assuming(weeks_to_sql=13) is whole
    # What the settings leave out comes back where a notebook says so.
    assert same(setting.assuming(excluded_campaigns=[], least_likelihood=0), whole)


def test_leads_chosen_by_hand_take_their_payments_and_whole_campaigns_their_spend():
    whole = clinic(LEADS)
    mailer = whole.leads["campaign"] == "Fall  Mailer"
    left = whole.with_leads(whole.leads[~mailer])
    assert same(left, whole.assuming(excluded_campaigns=["Fall  Mailer"]))
    some = whole.with_leads(whole.leads[whole.leads["likelihood"] == 5])  # l0 and l4 of spring
    assert some.payments["lead_id"].tolist() == some.touches["lead_id"].tolist() == ["l0", "l4"]
    assert (len(some.spend), some.assumed) == (5, ("leads chosen or changed in a notebook",))
    # A campaign left out stays out, whatever leads are given.
    assert len(left.with_leads(whole.leads).leads) == 4
    with pytest.raises(ConfigError, match=r"call assuming\(...\) on what pt.load gave"):
        left.with_leads(left.leads.head(1)).assuming(excluded_campaigns=[])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weeks": 8}, "unknown key weeks; did you mean weeks_to_sql or weeks_to_patient?"),
        (
            {"horizon": 8},
            "unknown key horizon; known are weeks_to_sql, weeks_to_patient, excluded_",
        ),
        ({"weeks_to_sql": 0}, "weeks_to_sql must be between 1 and 260"),
        ({"excluded_campaigns": ["Sprign"]}, "no campaign is called Sprign; did you mean spring?"),
        ({"excluded_campaigns": ["mailer"]}, "is called mailer; did you mean Fall  Mailer?"),
        ({"excluded_campaigns": "spring"}, "excluded_campaigns must be a list"),
    ],
)
def test_what_cannot_be_assumed_is_answered_with_what_can(changes, message):
    with pytest.raises(ConfigError) as refusal:
        clinic(LEADS).assuming(**changes)
    assert message in str(refusal.value)


def test_the_page_names_what_is_assumed():
    tables = assumed(clinic(LEADS, weeks_to_sql=8, least_interest=3))
    assert lead_line(tables, tables.assumed).endswith(
        "Assumed: SQLs within 8 weeks instead of 13; qualified = interest 3 or more, where the"
        " front desk noted it."
    )
    assert "Assumed" not in lead_line(clinic(LEADS), ())


def test_every_wrong_assumption_is_named_at_once(tmp_path):
    path = tmp_path / "clinic.toml"
    path.write_text(
        'date_order = "month_frist"\n[assumptions]\nweeks_to_sq = 8\nweeks_to_patient = 0\n'
        'least_likelihood = "4"\nbudget_needed = 1\nexcluded_campaigns = [1, ""]\n',
        "utf-8",
    )
    with pytest.raises(ConfigError) as refusal:
        load_config(path)
    assert str(refusal.value).splitlines() == [
        "clinic.toml: unknown key assumptions.weeks_to_sq; did you mean weeks_to_sql?",
        "clinic.toml: date_order must be one of month_first, day_first; did you mean month_first?",
        "clinic.toml: assumptions.weeks_to_patient must be between 1 and 260",
        "clinic.toml: assumptions.excluded_campaigns must hold texts that are not blank",
        "clinic.toml: assumptions.least_likelihood must be a whole number",
        "clinic.toml: assumptions.budget_needed must be true or false",
    ]


def test_assumptions_that_are_no_table_are_refused(tmp_path):
    path = tmp_path / "clinic.toml"
    path.write_text("assumptions = 8\n", "utf-8")
    with pytest.raises(ConfigError, match="assumptions must be a table"):
        load_config(path)


def test_a_quarter_is_opened_under_the_clinic_s_assumptions(tmp_path):
    folder = tmp_path / "data" / "raw" / "own"
    (folder / "2026Q1").mkdir(parents=True)
    rows = "".join(
        f"{n},2026-01-0{n},google,p{n}@example.org,knee pain,{campaign}\n"
        for n, campaign in ((1, "Spring"), (2, "Spring"), (3, "Mailer"))
    )
    (folder / "2026Q1" / "inquiries.csv").write_text(
        "inquiry_id,received_at,source,email,service_interest,campaign\n" + rows, "utf-8"
    )
    (folder / "2026Q1" / "campaigns.csv").write_text(
        "campaign,source,starts_on\nSpring,google,2026-01-01\nMailer,direct mail,2026-01-01\n",
        "utf-8",
    )
    (folder / "clinic.toml").write_text("", "utf-8")
    assert len(open_quarter("own", "2026Q1", root=tmp_path).leads) == 3
    (folder / "clinic.toml").write_text(
        '[assumptions]\nweeks_to_sql = 8\nexcluded_campaigns = ["mailer", "sprng"]\n', "utf-8"
    )
    opened = open_quarter("own", "2026Q1", root=tmp_path)
    assert (len(opened.leads), opened.assumptions.weeks_to_sql) == (2, 8)
    (told,) = [each for each in opened.problems if each.code == "no_campaign"]
    assert str(told).startswith(
        "clinic.toml - excluded_campaigns: no campaign is called sprng; did you mean Spring? - "
    )
    assert len(opened.assuming(excluded_campaigns=[]).leads) == 3
    stored = pd.read_parquet(tmp_path / "data" / "processed" / "own" / "2026Q1" / "leads.parquet")
    assert len(stored) == 3  # as recorded
