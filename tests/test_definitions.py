"""Quarters, configuration and taxonomy: the words everything else stands on."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptanalysis.definitions import (
    DIRECTIONS,
    ClinicConfig,
    ConfigError,
    Problem,
    Quarter,
    load_config,
    load_taxonomy,
)

# Published examples of the two sides: the definitions of design.md section 2.
SIDES = {
    "inbound": "seo content social email local_press print_newsletter directories",
    "outbound": "cold_call direct_mail paid_advertising paid_search paid_social",
    "neither": "physician_referral word_of_mouth walk_in returning_patient",
    "unknown": "unknown",
}


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(1, 12))
def test_a_day_lies_in_the_quarter_that_contains_it(day, start_month):
    quarter = Quarter.containing(day, start_month)
    assert quarter.start <= day <= quarter.end
    assert 89 <= (quarter.end - quarter.start).days + 1 <= 92  # 89: February to April
    assert quarter.next().start.toordinal() == quarter.end.toordinal() + 1
    assert Quarter.parse(str(quarter), start_month) == quarter == quarter.next(5).previous(5)


def test_a_fiscal_year_is_named_by_the_year_it_starts_or_ends_in(tmp_path):
    july = "quarter_start_month = 7\n"
    start = load_config(write(tmp_path, july)).first_month
    end = load_config(write(tmp_path, july + 'fiscal_year_named_by = "end"')).first_month
    assert Quarter.parse("2027Q1", start).start == date(2027, 7, 1)
    assert Quarter.parse("2027Q1", end).start == date(2026, 7, 1)
    assert Quarter.parse("2026Q4", end).end == date(2026, 6, 30)
    assert str(Quarter.containing(date(2026, 7, 1), end)) == "2027Q1"
    calendar = load_config(write(tmp_path, 'fiscal_year_named_by = "end"')).first_month
    assert Quarter.parse("2026Q1", calendar).start == date(2026, 1, 1)


@pytest.mark.parametrize("text", ["2026", "2026Q5", "26Q1", "2026 Q1", "Q12026", ""])
def test_a_mistyped_quarter_is_refused(text):
    with pytest.raises(ValueError, match="like 2026Q2"):
        Quarter.parse(text)


def write(folder, text):
    (folder / "clinic.toml").write_text(text, "utf-8")
    return folder / "clinic.toml"


def test_services_add_and_are_taken_away(tmp_path):
    text = 'services = ["Lymphedema", "KNEE"]\nservices_removed = ["Telehealth"]'
    own = load_config(write(tmp_path, text))
    usual = [each for each in load_config(None).services if each != "telehealth"]
    assert own.services == (*usual, "lymphedema")
    assert ClinicConfig.model_validate(own.model_dump(mode="json")) == own


def test_a_clinic_changes_only_what_it_names(tmp_path):
    default = load_config(None)
    own = load_config(write(tmp_path, 'staff_hourly_rate = 40\nservices = ["Aquatic Therapy"]'))
    assert own.staff_hourly_rate == 40
    assert own.services == (*default.services, "aquatic therapy")
    assert own.relead_window_days == default.relead_window_days
    assert load_config(tmp_path / "absent.toml") == default


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("staff_rate = 40", "unknown key staff_rate; did you mean staff_hourly_rate"),
        ("zzz = 40", "unknown key zzz; take it out"),
        ('staff_hourly_rate = "40"', "must be a number"),
        ("staff_hourly_rate = -1", "between 0 and"),
        ("staff_hourly_rate = nan", "between 0 and"),
        ("quarter_start_month = 13", "between 1 and 12"),
        ('fiscal_year_named_by = "ends"', "one of start, end; did you mean end"),
        ('date_order = "us"', "one of month_first, day_first"),
        ('time_zone = "Boston"', "IANA"),
        ('time_zone = "America"', "IANA"),
        ('time_zone = ""', "IANA"),
        ('currency = "dollar"', "currency must be the three letters of ISO 4217"),
        ('currency = "£"', "currency must be the three letters"),
        ('currency = ""', "currency must be the three letters"),
        ('phone_region = "USA"', "phone_region must be the two letters"),
        ('phone_region = "UK"', "GB .for the United Kingdom"),
        ("relead_window_days = true", "must be a whole number"),
        ("services = [", "not valid TOML"),
        ("services = [1]", "services must hold text"),
        ('services = ["knee", " "]', "not blank"),
        ('services_removed = "knee"', "services_removed must be a list"),
        ('services_removed = ["tele health"]', "names tele health; did you mean telehealth"),
        ('[channels]\nExpo = "inbound"', "a table for Expo"),
        ("[channels]\nExpo = {}", "of Expo: direction must be given: one of inbound"),
        ('[channels]\nExpo = {direction = "inbond"}', "did you mean inbound"),
        ('[channels]\nExpo = {direction = "inbound", side = 1}', "of Expo: unknown key side"),
        ('[channels]\nExpo = {direction = "inbound", labels = "x"}', "labels must be a list"),
        ('[channels]\nSEO = {direction = "inbound"}', "has SEO already"),
        ('[channels]\nExpo = {direction = "inbound", label = ""}', "label must be a text"),
        ('[channel_overrides]\nx = "Expo"', "names Expo; known are"),
        (
            '[channels]\nA = {direction = "inbound", labels = ["x"]}\n[channel_overrides]\nX = "A"',
            "a source twice",
        ),
        ('[channel_overrides]\n"morning show" = "tv"', "channel_overrides"),
        ("[channel_overrides]\nradio = 1", "channel_overrides names 1; known are"),
        ('[channel_overrides]\n"" = "radio"', "a blank label"),
        ('[channel_overrides]\n"Drive-Show" = "radio"\ndrive_show = "seo"', "a source twice"),
        ("[margins]\nno_such_claim = 1.2", "margins"),
        ("[margins]\noutbound_costs_more_per_sql = 0.8", "above 1"),
        ('[margins]\noutbound_costs_more_per_sql = "1.2"', "must be a number above 1"),
        ("[margins]\ninbound_leads_more_often_sql = 5", "above 0 and below 1"),
    ],
)
def test_a_wrong_setting_is_refused_with_its_rule(tmp_path, text, rule):
    with pytest.raises(ConfigError, match=rule):
        load_config(write(tmp_path, text))


def test_every_wrong_setting_is_named_at_once_and_nothing_else(tmp_path):
    text = 'currency = "dollar"\nphone_region = "USA"\ndate_order = "day_first"\nnme = "x"\n'
    with pytest.raises(ConfigError) as refusal:
        load_config(write(tmp_path, text))
    lines = str(refusal.value).splitlines()
    assert [line.split()[:3] for line in lines] == [
        ["clinic.toml:", "unknown", "key"],
        ["clinic.toml:", "currency", "must"],
        ["clinic.toml:", "phone_region", "must"],
    ]


def test_the_case_of_codes_and_a_byte_order_mark_do_not_matter(tmp_path):
    path = tmp_path / "clinic.toml"
    path.write_text('currency = "eur"\nphone_region = "gb"\n', "utf-8-sig")
    own = load_config(path)
    assert (own.currency, own.phone_region, own.money) == ("EUR", "GB", "eur")


@pytest.mark.parametrize("pair", ["USD US", "EUR IE", "GBP GB", "CAD CA", "NZD NZ", "CHF CH"])
def test_currencies_and_regions_that_there_are_pass(tmp_path, pair):
    currency, region = pair.split()
    load_config(write(tmp_path, f'currency = "{currency}"\nphone_region = "{region}"'))


@pytest.mark.parametrize(
    ("side", "channel"), [(side, name) for side, names in SIDES.items() for name in names.split()]
)
def test_the_default_taxonomy_is_the_design_s(side, channel):
    assert load_taxonomy().direction(channel) == side


def test_the_platform_convention_differs_where_it_says():
    taxonomy = load_taxonomy()
    assert taxonomy.direction("paid_search", "platform") == "inbound"
    assert taxonomy.direction("paid_social", "platform") == "inbound"
    assert taxonomy.direction("purchased_email", "platform") == "outbound"
    assert all(
        channel[side] in DIRECTIONS
        for channel in taxonomy.channels.values()
        for side in ("default", "platform")
    )


def test_a_clinic_s_own_channel_has_its_sides_and_its_sources(tmp_path):
    text = """[channels]
"Running club" = { direction = "inbound", labels = ["Tuesday_Run"] }
Expo = { direction = "outbound", platform = "inbound" }
gym = { direction = "inbound", label = "Iron Gym & Spa" }
[channel_overrides]
"the RC" = "Running club"
ironworks = "gym"
"""
    own = load_config(write(tmp_path, text))
    assert own.channels["Running club"]["platform"] == "inbound"
    assert (own.channels["Expo"]["default"], own.channels["Expo"]["platform"]) == (
        "outbound",
        "inbound",
    )
    sources = {"running club", "tuesday run", "the rc"}
    assert own.sources == dict.fromkeys(sources, "Running club") | {
        "expo": "Expo",
        **dict.fromkeys(("gym", "iron gym and spa", "ironworks"), "Iron Gym & Spa"),
    }
    assert ClinicConfig.model_validate(own.model_dump(mode="json")) == own


def test_a_problem_has_a_known_severity():
    with pytest.raises(ValueError, match="severity"):
        Problem(code="x", severity="fatal", file="a.csv", what="w", fix="f")
