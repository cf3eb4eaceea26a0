"""Labels people really write, and the channel each names; what names none stays unknown."""

from __future__ import annotations

import csv
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from ptanalysis.definitions import load_taxonomy
from ptanalysis.intake.classify.channels import channel_of

#: Source, medium and channel, each reasoned from the list named beside it before any rule ran.
TABLE = Path(__file__).with_name("channel_labels.csv")

#: Source, medium -> channel.
LABELS = {
    "seo": [
        ("google", "organic"),
        ("Organic search", ""),
        ("bing", ""),
        ("Goggle search", "organic"),
        ("ORGANIC_SEARCH", ""),
        ("searched online", ""),
    ],
    "paid_search": [
        ("google", "cpc"),
        ("Google Ads", ""),
        ("Adwords", ""),
        ("PPC", ""),
        ("Paid search", ""),
        ("PAID_SEARCH", ""),
        ("bing", "cpc"),
        ("google / cpc", ""),
    ],
    "paid_social": [
        ("facebook", "paid_social"),
        ("FB ads", ""),
        ("Paid social", ""),
        ("ig", "cpc"),
        ("Instagram Ads", ""),
        ("Facebook lead ads", ""),
        ("Facebook", "paid_social"),
    ],
    "social": [
        ("Facebook", ""),
        ("instagram", "social"),
        ("Organic social", ""),
        ("Social media", ""),
        ("linkedin.com", "referral"),
    ],
    "email": [
        ("newsletter", "email"),
        ("Email marketing", ""),
        ("mailchimp", ""),
        ("e-mail newsletter", ""),
    ],
    "purchased_email": [("Purchased List", ""), ("email", "purchased list"), ("cold email", "")],
    "print_newsletter": [("printed newsletter", ""), ("newsletter", "print")],
    "direct_mail": [
        ("Direct mail", ""),
        ("postcard", ""),
        ("EDDM", ""),
        ("flyer", ""),
        ("other", "postcard"),
    ],
    "cold_call": [("Cold call", ""), ("telemarketing", ""), ("outbound call", "")],
    "radio": [("Radio", ""), ("radio ad", ""), ("WXYZ 101.5 FM", "")],
    "paid_advertising": [
        ("Print ad", ""),
        ("newspaper ad", ""),
        ("Billboard", ""),
        ("TV", ""),
        ("google", "display"),
        ("Yellow Pages", ""),
    ],
    "local_press": [("Local newspaper", ""), ("local press", ""), ("Public Relations", "")],
    "directories": [
        ("Google Business Profile", ""),
        ("Google My Business", ""),
        ("yelp", ""),
        ("Healthgrades", ""),
        ("google maps", ""),
        ("Zocdoc", ""),
        ("google", "gmb"),
    ],
    "ai_referral": [("chatgpt.com", "referral"), ("AI Assistant", ""), ("x", "ai-assistant")],
    "content": [("blog", ""), ("webinar", ""), ("Website blog", "content")],
    "physician_referral": [
        ("Physician referral", ""),
        ("Dr. Patel", ""),
        ("MD referral", ""),
        ("phisician", ""),
        ("referred by my doctor", ""),
        ("surgeon", ""),
    ],
    "word_of_mouth": [
        ("Word of mouth", ""),
        ("word-of-mouth", ""),
        ("friend", ""),
        ("Friend / family", ""),
        ("patient referral", ""),
        ("Employee Referral", ""),
    ],
    "walk_in": [("Walk-in", ""), ("walkin", ""), ("drove by", ""), ("saw your sign", "")],
    "returning_patient": [("returning patient", ""), ("Former Patient", "")],
    "direct_traffic": [("(direct)", "(none)"), ("Direct traffic", ""), ("Direct", "")],
    "unknown": [
        ("Offline sources", ""),
        ("OFFLINE", ""),
        ("Other", ""),
        ("Other campaigns", ""),
        ("", ""),
        ("?", ""),
        ("phone", ""),
        ("website", ""),
        ("Referrals", ""),
        ("Partner", ""),
        ("(not set)", ""),
        ("billboard on the moon base 7", ""),
    ],
}


@pytest.mark.parametrize("channel", LABELS)
def test_label(channel):
    named = {label: channel_of(*label) for label in LABELS[channel]}
    assert named == dict.fromkeys(LABELS[channel], channel)


def test_sources_and_mediums_of_public_lists():
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    wrong = [row for row in rows if channel_of(row["source"], row["medium"]) != row["channel"]]
    assert wrong == []
    assert {row["channel"] for row in rows} <= set(load_taxonomy().channels)


def test_every_channel_but_the_kinds_of_unknown_has_a_rule():
    text = files("ptanalysis.intake.classify").joinpath("channel_rules.toml").read_text("utf-8")
    named = {rule["channel"] for rule in tomllib.loads(text)["rules"]}
    assert named == set(load_taxonomy().channels)


def test_what_says_it_was_paid_for_is_in_no_unpaid_channel():
    outbound = {
        name for name, each in load_taxonomy().channels.items() if each["default"] == "outbound"
    }
    unpaid = [label for name, labels in LABELS.items() if name not in outbound for label in labels]
    for word in ("paid", "Sponsored", "boosted"):
        for source, _ in unpaid:
            assert channel_of(f"{word} {source}") in outbound | {"purchased_email"}
            assert channel_of(source, word) in outbound | {"purchased_email"}


def test_a_medium_that_no_rule_knows_leaves_every_source_unknown():
    for labels in LABELS.values():
        assert {channel_of(source, "zzz-42") for source, _ in labels} == {"unknown"}


def test_case_and_separators_do_not_matter():
    for source, medium in LABELS["paid_social"]:
        for joint in ("_", "%20", "+", "-"):
            changed = source.upper().replace(" ", joint)
            assert channel_of(changed, medium.upper()) == "paid_social"


def test_the_clinics_own_names_come_first():
    assert channel_of("Google", own={"google": "directories"}) == "directories"
