"""What the volume notebook says: how many leads, from where, and whether that is changing."""

from __future__ import annotations

import pandas as pd

from ptanalysis.dataset import ClinicData
from ptanalysis.definitions import DIRECTIONS
from ptanalysis.display import phrases, words
from ptanalysis.metrics import volume
from ptanalysis.stats.estimate import Estimate


def short(tables: ClinicData) -> str:
    """Return the short answer: the quarter's leads, the largest source, the change, the trend."""
    everyone = _all(volume.change(tables, tables.quarter.previous()))
    groups = volume.shares(tables)
    if not groups:
        return f"No lead came in {tables.quarter} ({words.as_of(tables.as_of)})."
    first = groups[0]
    return " ".join(
        [
            f"**{words.count(first.n, 'leads')} came in {tables.quarter}**"
            f" ({words.as_of(tables.as_of)}); {words.channel(first.group)} brought the most,"
            f" {phrases.phrase(first)}.",
            _changed(everyone, str(tables.quarter.previous())),
            _trend(volume.trend(tables)),
        ]
    )


def sides(tables: ClinicData) -> dict[str, str]:
    """Return the direction of each channel with leads or spend, and of each direction itself."""
    pairs = pd.concat([tables.leads, tables.spend])[["channel", "direction"]].drop_duplicates()
    own = {direction: direction for direction in DIRECTIONS}
    return own | dict(zip(pairs["channel"], pairs["direction"], strict=True))


def definition(tables: ClinicData) -> str:
    """Return which rule made an inquiry a lead here, and how many passed it."""
    ledger = tables.ledger
    rule = {
        "strict": "an interest in a service was stated or shown, and contact information was left",
        "broad": "contact information was left and nothing speaks against interest",
    }[tables.config.lead_definition]
    return (
        f"An inquiry is a lead here when {rule}. Of {words.count(ledger['rows_in'], 'inquiries')}"
        f" up to the end of {tables.quarter}, {words.count(ledger['leads'], 'leads')} passed;"
        f" {ledger['duplicates']:,} were the same person again within the same episode,"
        f" {ledger['not_leads']:,} were not leads and {ledger['rejected']:,} could not be used."
    )


def files(tables: ClinicData) -> pd.DataFrame:
    """Return the rows of every kind of file: read, used, and why not."""
    counts = ["rows_in", "used", "duplicates", "rejected", "excluded"]
    rows = pd.DataFrame(tables.ledger["by_file"], columns=["kind", *counts])
    kinds = rows.groupby("kind", sort=False)[counts].sum()
    kinds.insert(0, "files", rows.groupby("kind", sort=False).size())
    return kinds.reset_index().rename(columns={"kind": "kind of file", "rows_in": "rows"})


def sources(tables: ClinicData) -> str:
    """Return how much of the quarter has no known source."""
    unknown = volume.unknown_share(tables)
    return (
        f"The source is not known for {phrases.phrase(unknown)} of the quarter's leads. They stay"
        " in sight as *unknown*; none is guessed onto a side."
    )


def season(tables: ClinicData) -> str:
    """Return what can be said of a yearly season."""
    found = volume.season(tables)
    if isinstance(found, str):
        return f"No season is stated: {found}."
    high = found.loc[found["index"].idxmax()]
    low = found.loc[found["index"].idxmin()]
    return (
        f"The strongest month so far is {_month(high)} and the weakest {_month(low)}, relative to"
        f" the trend. No month was seen in more than"
        f" {words.count(found['years'].max(), 'years')}: this is a hint and no forecast."
    )


def conclude(tables: ClinicData) -> str:
    """Return what the notebook concludes, as a list."""
    by_direction = volume.by_group(tables, "direction")
    counted = words.listed(
        [
            f"{words.label(each.group).lower()} {each.value:,.0f}"
            f" (likely {phrases.bare_interval(each)})"
            for each in by_direction
        ]
    )
    trends = [volume.trend(tables, direction=each.group) for each in by_direction]
    moved = words.listed(
        [
            f"{each.group} leads {phrases.brief(each)}"
            for each in trends
            if phrases.clear_side(each, 1)
        ]
    )
    year = volume.change(tables, tables.quarter.previous(4))
    return "\n".join(
        [
            f"- Leads in {tables.quarter} by direction: {counted}.",
            f"- {_changed(_all(year), _year_ago(tables))}",
            f"- Clearly changing over the whole record: {moved}.",
        ]
    )


def flips(tables: ClinicData) -> str:
    """Return how many unknown leads would have to be on one side to turn the larger side."""
    counts = {each.group: int(each.value) for each in volume.by_group(tables, "direction")}
    inbound, outbound, unknown = (
        counts.get(name, 0) for name in ("inbound", "outbound", "unknown")
    )
    larger, smaller = ("inbound", "outbound") if inbound >= outbound else ("outbound", "inbound")
    gap = abs(inbound - outbound)
    head = (
        f"- In {tables.quarter} {larger} brought {words.count(gap, 'more leads')} than {smaller}."
    )
    if unknown < gap:
        return f"{head} The {unknown:,} of unknown source cannot turn that, whatever they were."
    needed = (unknown + gap) // 2 + 1
    return (
        f"{head} If {needed:,} or more of the {unknown:,} of unknown source were {smaller},"
        " the order would turn."
    )


def next_data(tables: ClinicData) -> str:
    """Return what to record next so that this notebook can say more."""
    unknown = volume.unknown_share(tables)
    weeks = len(volume.weekly(tables))
    wanted = [
        f"- Ask every caller how they found the clinic: {phrases.phrase(unknown)} of the quarter's"
        " leads have no known source."
    ]
    if weeks < volume.SEASON_WEEKS:
        wanted.append(
            f"- Keep recording: {weeks} weeks are here, {volume.SEASON_WEEKS} are needed to tell"
            " a season from a trend."
        )
    withheld = tables.ledger.get("not_leads_by_reason", {}).get("no_contact", 0)
    if withheld:
        wanted.append(
            f"- Take a phone number or an email at first contact: {withheld:,} inquiries left"
            " neither and could not count."
        )
    return "\n".join(wanted)


def _all(found: list[Estimate]) -> Estimate:
    return next(each for each in found if each.group == "all")


def _changed(change: Estimate, before: str) -> str:
    said = phrases.compared(
        change,
        1,
        above=f"More leads than in {before}",
        below=f"Fewer leads than in {before}",
        unclear=f"No clear change from {before}",
        unknown=f"No change from {before} is stated",
    )
    return f"{said}."


def _trend(trend: Estimate) -> str:
    said = phrases.compared(
        trend,
        1,
        above="Over the whole record leads grow from year to year",
        below="Over the whole record leads fall from year to year",
        unclear="Over the whole record there is no clear trend",
        unknown="No trend is stated",
    )
    return f"{said}."


def _month(row: pd.Series) -> str:
    name = pd.Timestamp(2000, int(row["month"]), 1).month_name()
    return f"{name} ({row['index']:.2f} times, {row['ci_low']:.2f} to {row['ci_high']:.2f})"


def _year_ago(tables: ClinicData) -> str:
    return f"the same quarter a year before, {tables.quarter.previous(4)}"
