"""Labels people really write, and the channel each names; what names none stays unknown."""

from __future__ import annotations

import pytest

from ptanalysis.definitions import load_taxonomy

TAXONOMY = load_taxonomy()

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


@pytest.mark.parametrize(
    ("channel", "source", "medium"),
    [(channel, *label) for channel, labels in LABELS.items() for label in labels],
)
def test_label(channel, source, medium):
    assert TAXONOMY.channel(source, medium) == channel


def test_every_channel_but_the_kinds_of_unknown_has_a_rule():
    assert {rule["channel"] for rule in TAXONOMY.rules} == set(TAXONOMY.channels)


def test_case_and_separators_do_not_matter():
    for source, medium in LABELS["paid_social"]:
        changed = source.upper().replace(" ", "_")
        assert TAXONOMY.channel(changed, medium.upper()) == "paid_social"


def test_the_clinics_own_names_come_first():
    assert TAXONOMY.channel("Google", overrides={"google": "directories"}) == "directories"
