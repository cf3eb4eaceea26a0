"""The adverse worlds, and what is true in them."""

from __future__ import annotations

from dataclasses import replace

from lab.adverse.drawn import Adverse, Side

_DRIFT = {"volume": (0.6, 0.3), "quality": (0.6, 0.4)}
_CAMPAIGNS = {"channels": 0, "alike": 0.08, "sizes": "gamma"}
_MIXED = Side(channels=1, campaigns=10, alike=0.08, sizes="gamma", leads_a_week=3.0)


def _campaigns(inbound: int, outbound: int, **changes) -> Adverse:
    sides = (Side(**_CAMPAIGNS | changes, campaigns=number) for number in (inbound, outbound))
    return Adverse(*sides)


_ALWAYS = Adverse(named=True)
_DRIFTING = replace(_ALWAYS, **_DRIFT)

#: Both sides are alike in every world: ratios are 1 and differences 0, whatever else is going on.
ALIKE: dict[str, Adverse] = {
    "always on": _ALWAYS,
    "always on, drifting": _DRIFTING,
    "always on, drifting, a year": replace(_DRIFTING, weeks=66),
    "always on, drifting, one channel a side": _DRIFTING.sides(channels=1, leads_a_week=4.0),
    "always on, drifting, spend by month": replace(_DRIFTING, booked="monthly"),
    "always on, drifting, spend by quarter": replace(_DRIFTING, booked="quarterly"),
    "always on, season and growth": replace(_DRIFTING, season=0.3, growth=0.4),
    "3 and 3 campaigns, alike": _campaigns(3, 3, sizes="alike"),
    "5 and 5 campaigns, unequal": _campaigns(5, 5),
    "8 and 20 campaigns, unequal": _campaigns(8, 20),
    "12 and 12 campaigns, one holds most": _campaigns(12, 12, sizes="lognormal"),
    "evergreen and short campaigns": replace(Adverse(_MIXED, _MIXED), **_DRIFT),
    "screening late on one side": replace(
        _DRIFTING, outbound=Side(screened_weeks=5.0, screened=0.95), inbound=Side(screened=0.85)
    ),
}

_RATES = {"20 leads a month": 0.77, "45 leads a month": 1.73, "80 leads a month": 3.08}


def _by_campaigns(rate: float) -> Adverse:
    """Return the strong world with as many leads from 12 unequal campaigns a side."""
    leads = rate * 3 * 104 / 12
    of = Side(**_CAMPAIGNS | {"alike": 0.05}, campaigns=12, campaign_leads=leads)
    return Adverse(
        replace(of, qualified=0.40, campaign_cost=100 * leads / rate),
        replace(of, qualified=0.25, campaign_cost=250 * leads / rate),
    )


#: Outbound is 2.5 times dearer, inbound's quality is 15 points higher: strong and true.
STRONG: dict[str, Adverse] = {
    name: replace(
        _DRIFTING,
        inbound=Side(leads_a_week=rate, qualified=0.40, cost_a_week=100.0),
        outbound=Side(leads_a_week=rate, qualified=0.25, cost_a_week=250.0),
    )
    for name, rate in _RATES.items()
} | {f"{name}, by campaigns": _by_campaigns(rate) for name, rate in _RATES.items()}
