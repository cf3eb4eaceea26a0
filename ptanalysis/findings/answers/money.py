"""What is said of return: what a lead, an SQL and a patient cost, and what it brought back."""

from __future__ import annotations

from ptanalysis.dataset import ClinicData
from ptanalysis.definitions import currency_name
from ptanalysis.display import phrases, words
from ptanalysis.display.numbers import number
from ptanalysis.metrics import money
from ptanalysis.stats.estimate import Estimate

_NOUNS = {"leads": "lead", "mql": "MQL", "sql": "SQL", "patients": "patient"}


def short(tables: ClinicData) -> str:
    """Return the short answer: cost per SQL and ROI of the two sides, as of the date."""
    costs = {each.group: each for each in money.cost_per_event(tables, "sql")}
    returns = {each.group: each for each in money.roi(tables)}
    if not any(each.known for each in costs.values()):
        reason = money.cost_per_ratio(tables).reason
        return f"**Cannot be said**: {reason} ({words.as_of(tables.as_of)})."
    priced = [f"{side} {phrases.phrase(each, of='SQLs')}" for side, each in costs.items()]
    brought = [f"{side} {phrases.phrase(each, of='patients')}" for side, each in returns.items()]
    return (
        f"**Full cost per expected SQL: {words.listed(priced)}.** ROI, {words.as_of(tables.as_of)}:"
        f" {words.listed(brought)}. {compared(money.roi_ratio(tables), tables)}"
    )


def compared(ratio: Estimate, tables: ClinicData) -> str:
    """Return what the ratio of revenue per unit of money, inbound to outbound, says."""
    coin = _coin(tables)
    said = phrases.compared(
        ratio,
        1,
        above=f"A {coin} of inbound brought back more than a {coin} of outbound",
        below=f"A {coin} of inbound brought back less than a {coin} of outbound",
        unclear=f"No clear difference in revenue per {coin}, inbound to outbound",
        unknown=f"Revenue per {coin} cannot be compared",
    )
    return f"{said}."


def ratios(tables: ClinicData) -> list[Estimate]:
    """Return outbound's cost over inbound's for each event, named by the event."""
    return [
        money.cost_per_ratio(tables, event).labelled(f"cost_per_{noun}_ratio", "roi", f"Per {noun}")
        for event, noun in _NOUNS.items()
    ]


def left_out(tables: ClinicData) -> str:
    """Return the money that is on neither side, and how much few patients weigh."""
    if tables.spend.empty:
        return "No spend is recorded, so no cost per lead, SQL or patient can be stated."
    shared_cost = number(money.shared_cost(tables), tables.config.money)
    said = (
        f"{shared_cost} of spend belongs to no side (front desk,"
        " software, sources that are not known). It is shown here and counted on neither."
    )
    top = money.concentration(tables)
    if top is None:
        none = tables.none_of_a_lead("payments") or "No payment is recorded"
        return f"{said} {none}, so ROI cannot be stated."
    return f"{said} The top 5% of patients hold {number(top, 'share')} of the revenue."


def counted(tables: ClinicData) -> str:
    """Return how much of each side's spend the ROI counts, and why the rest is not in it."""
    table = money.left_out(tables, event="revenue")
    said = [
        f"of {side}'s {number(own['cost'].sum(), tables.config.money)} "
        + words.listed(
            [
                f"{number(row.cost_share, 'share', decimals=0)} {_STANDINGS[row.standing]}"
                for row in own.itertuples()
                if row.cost_share > 0
            ]
        )
        for side, own in table.groupby("direction")
        if own["cost"].sum() > 0
    ]
    return f"What the ROI counts: {'; '.join(said)}." if said else ""


_STANDINGS = {
    "counted": "is counted",
    "too_young": "is too young to have paid back",
    "after_the_unit_s_time": "came after a unit's time (its first year, or 13 weeks past its end)",
    "began_before_the_data": "belongs to units that began before the data",
}


def shared(tables: ClinicData) -> str:
    """Return what the comparison becomes with the cost of no side put on the sides."""
    if money.shared_cost(tables) == 0 or not money.roi_ratio(tables).known:
        return "No cost belongs to no side, or the sides cannot be compared."
    said = words.listed(
        [
            f"{number(share, 'share', decimals=0)} of it on inbound, {phrases.brief(ratio)}"
            for share, ratio in money.shared_cost_sensitivity(tables).items()
        ]
    )
    return (
        f"Put on the sides, it would make revenue per {_coin(tables)}, inbound to outbound: {said}."
        " That is a choice, not an error of measurement, so it is in no interval."
    )


def break_even(even: money.BreakEven) -> str:
    """Return from which month on inbound's cash stays ahead, and how sure that is."""
    if even.not_within is None:
        return f"From which month on inbound's cash stays ahead is not stated: {even.reason}."
    if even.month is None:
        return (
            f"Within the {even.months} months of data inbound's cash does not stay ahead of"
            " outbound's; nothing is said of later months."
        )
    latest = f"month {even.latest}" if even.latest else "beyond the data"
    never = (
        "no redraw" if even.not_within == 0 else f"{number(even.not_within, 'share')} of redraws"
    )
    return (
        f"Inbound's cash (payments less full cost, all added up) stays ahead of outbound's from"
        f" month {even.month} on; the data fit month {even.earliest or 1} to {latest}. In {never}"
        f" of the campaigns it is behind at the end of the {even.months} months."
    )


def tipping_point(tables: ClinicData) -> str:
    """Return the unrecorded staff time on inbound at which the two sides would be even."""
    hours = money.labour_tipping_point(tables)
    if tables.config.staff_hourly_rate == 0:
        return "Staff hours cost nothing (`staff_hourly_rate` is 0), so none would turn it."
    if hours is None:
        return "The tipping point cannot be stated: one side has no cost or no revenue on record."
    rate = number(tables.config.staff_hourly_rate, tables.config.money)
    if hours < 0:
        return (
            f"Inbound is behind already: it would need {-hours:,.0f} fewer staff hours a month (at"
            f" {rate} an hour) to bring back as much of a {_coin(tables)} as outbound."
        )
    return (
        f"If inbound took **{hours:,.0f} hours a month** of staff time that nobody wrote down (at"
        f" {rate} an hour), both sides would bring back the same of each {_coin(tables)}; with"
        f" more, outbound would be ahead.{_verdict_goes(tables)}"
    )


def _coin(tables: ClinicData) -> str:
    return currency_name(tables.config.currency)


def _verdict_goes(tables: ClinicData) -> str:
    """Return from how many hours on the interval no longer excludes equality."""
    low = money.roi_ratio(tables).ci_low
    if low is None or low <= 1:
        return " As it is, the interval does not exclude that they are even already."
    hours = money.labour_tipping_point(tables, ratio=low)
    return (
        f" From {hours:,.0f} hours a month on, the interval no longer excludes that they are even."
    )
