"""Quarters, configuration and taxonomy: the words everything else stands on."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptanalysis.definitions import (
    DIRECTIONS,
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


@pytest.mark.parametrize("text", ["2026", "2026Q5", "26Q1", "2026 Q1", "Q12026", ""])
def test_a_mistyped_quarter_is_refused(text):
    with pytest.raises(ValueError, match="like 2026Q2"):
        Quarter.parse(text)


def write(folder, text):
    (folder / "clinic.toml").write_text(text, "utf-8")
    return folder / "clinic.toml"


def test_a_clinic_changes_only_what_it_names(tmp_path):
    default = load_config(None)
    own = load_config(write(tmp_path, 'staff_hourly_rate = 40\nservices = ["Aquatic Therapy"]'))
    assert own.staff_hourly_rate == 40
    assert own.services == ("aquatic therapy",)
    assert own.relead_window_days == default.relead_window_days
    assert load_config(tmp_path / "absent.toml") == default


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("staff_rate = 40", "unknown keys staff_rate"),
        ('staff_hourly_rate = "40"', "must be a float"),
        ("staff_hourly_rate = -1", "between 0 and 1000"),
        ("quarter_start_month = 13", "between 1 and 12"),
        ('date_order = "us"', "one of month_first, day_first"),
        ('time_zone = "Boston"', "IANA"),
        ("relead_window_days = true", "must be a int"),
        ("services = [", "not valid TOML"),
        ("services = [1]", "services must hold text"),
        ('[channel_overrides]\n"morning show" = "tv"', "channel_overrides"),
        ("[margins]\nno_such_claim = 1.2", "margins"),
    ],
)
def test_a_wrong_setting_is_refused_with_its_rule(tmp_path, text, rule):
    with pytest.raises(ConfigError, match=rule):
        load_config(write(tmp_path, text))


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


def test_the_clinic_s_own_source_names_come_first():
    overrides = {"Google Ads": "radio"}
    assert load_taxonomy().channel("GOOGLE_ADS", overrides=overrides) == "radio"


def test_a_problem_has_a_known_severity():
    with pytest.raises(ValueError, match="severity"):
        Problem(code="x", severity="fatal", file="a.csv", what="w", fix="f")
