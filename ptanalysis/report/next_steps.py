"""Three things to do next: each a test or a repair, with its reason and its size.

A rule looks at what was found and gives the facts of its step in next_steps.toml, or None; the
first three steps stand on the page. No rule promises an effect: a test is proposed where only a
test can tell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from ptanalysis.display import phrases, words
from ptanalysis.report.front_matter import texts
from ptanalysis.report.money_lines import is_young, total_of, why_no_spend
from ptanalysis.stats import Estimate

#: Weeks a channel is paused where no test was planned: a stop's leads are followed so long.
WEEKS = 12
#: Shares above which a gap in the records is worth a step.
MOST_UNSCREENED, MOST_UNKNOWN = 0.1, 0.05
#: A channel that brought fewer leads without recorded spend is not worth a step.
FEWEST_UNCOSTED = 10


def three_steps(document: Mapping, found: Mapping, lines: Sequence[Mapping]) -> list[dict]:
    """Return up to three steps, the most pressing first.

    Parameters
    ----------
    document : mapping
        findings.json.
    found : mapping
        Its estimates by id and group.
    lines : sequence of mapping
        Its money, of `money_lines.money_line`.

    Returns
    -------
    list of dict
        ``kind`` (test or repair), ``do``, ``why``, ``size``.
    """
    steps = texts("next_steps.toml")
    proposed = (
        {part: said.format(**facts) for part, said in steps[rule.__name__].items()}
        for rule in RULES
        if (facts := rule(document, found, lines)) is not None
    )
    return list(islice(proposed, 3)) or [steps["keep"]]


def missing_money(document: Mapping, found: Mapping, lines: Sequence[Mapping]) -> dict | None:
    """Return what no amount can be judged without."""
    total = total_of(document["money"])
    if is_young(document["money"]) or (total and total["back"] is not None):
        return None
    missing = {
        "what marketing costs": not (total and total["spend"]),
        "what patients pay": all(row.get("revenue") is None for row in document["stages"]),
    }
    asked = [each for each, is_missing in missing.items() if is_missing] or [*missing]
    return {
        "what": words.listed(asked),
        "why": total["reason"] if total else why_no_spend(document),
    }


def missing_screening(document: Mapping, found: Mapping, lines: Sequence[Mapping]) -> dict | None:
    """Return why the quality of the leads is not known."""
    quality, now = found["screened_to_sql_rate", "all"], found["quality_compared", "this quarter"]
    if quality.known or now.known or not document["stages"]:
        return None
    return {"why": phrases.remark(quality)}


def losing_channel(document: Mapping, found: Mapping, lines: Sequence[Mapping]) -> dict | None:
    """Return the channel that clearly lost the most."""
    return _channel(lines, found, min, lambda line: _end(line, "ci_high", 1) < 1)


def poor_vendor(document: Mapping, found: Mapping, lines: Sequence[Mapping]) -> dict | None:
    """Return the vendor whose leads clearly qualify less often than their peers."""
    gaps = [each for each in found.each("vendor_sql_share_difference") if each.known]
    poor = [each for each in gaps if phrases.clear_side(each, 0) == "below"]
    if not poor:
        return None
    worst = min(poor, key=lambda gap: gap.value)
    leads = words.count(worst.n, "leads")
    return {"vendor": worst.group, "gap": phrases.brief(worst), "leads": leads}


def unscreened(document: Mapping, found: Mapping, lines: Sequence[Mapping]) -> dict | None:
    """Return how many leads were not screened in time."""
    sides = ("inbound", "outbound", "neither", "unknown")
    shares = [each for side in sides if (each := found["share_screened", side]).known]
    leads = sum(each.n for each in shares)
    waiting = sum(each.n * (1 - each.value) for each in shares)
    if not leads or waiting / leads <= MOST_UNSCREENED:
        return None
    return {"waiting": waiting, "leads": leads, "share": waiting / leads}


def unknown_source(document: Mapping, found: Mapping, lines: Sequence[Mapping]) -> dict | None:
    """Return of how many leads the source is unknown."""
    share = found["unknown_share", "unknown"]
    if not share.known or share.value <= MOST_UNKNOWN:
        return None
    return {"unknown": share.value * share.n, "leads": share.n, "share": share.value}


def open_channel(document: Mapping, found: Mapping, lines: Sequence[Mapping]) -> dict | None:
    """Return the channel furthest behind its cost, not clearly, if a test of it would show much."""
    return _channel(lines, found, min, lambda line: _is_open(line) and _can_show(found, line))


def undecided_channel(document: Mapping, found: Mapping, lines: Sequence[Mapping]) -> dict | None:
    """Return the channel furthest behind its cost, not clearly, that no test would decide."""
    return _channel(lines, found, min, lambda line: _is_open(line) and not _can_show(found, line))


def winning_channel(document: Mapping, found: Mapping, lines: Sequence[Mapping]) -> dict | None:
    """Return the channel where the most clearly came back."""
    return _channel(lines, found, max, lambda line: _end(line, "ci_low", 0) > 1)


def uncosted_channel(document: Mapping, found: Mapping, lines: Sequence[Mapping]) -> dict | None:
    """Return the channels that bring leads and have no spend on record."""
    free = [
        row
        for row in document["money"]
        if row["line"] == "channel" and not row["spend"] and row["leads"] >= FEWEST_UNCOSTED
    ]
    if not free:
        return None
    names = words.listed([words.channel(row["channel"]) for row in free])
    return {"channels": names, "leads": words.count(sum(row["leads"] for row in free), "leads")}


def lost_rows(document: Mapping, found: Mapping, lines: Sequence[Mapping]) -> dict | None:
    """Return the rows that could not be used, by the most frequent fault."""
    lost = [each for each in document["warnings"] if each["severity"] in ("rejected", "refused")]
    if not lost:
        return None
    worst = max(lost, key=lambda each: each["rows"] or 1)
    rows = words.count(sum(each["rows"] or 1 for each in lost), "rows")
    return {"rows": rows, "fault": worst["message"], "fix": words.head(worst["what_to_do"])}


#: In the order of the harm that waiting does.
RULES = (
    missing_money,
    missing_screening,
    losing_channel,
    poor_vendor,
    unscreened,
    open_channel,
    winning_channel,
    undecided_channel,
    unknown_source,
    uncosted_channel,
    lost_rows,
)


def _end(line: Mapping, end: str, missing: float) -> float:
    return missing if line["row"][end] is None else line["row"][end]


def _is_open(line: Mapping) -> bool:
    return line["row"]["back"] < 1 <= _end(line, "ci_high", 1)


def _can_show(found: Mapping, line: Mapping) -> bool:
    """Return whether a test by pausing shows something; without any plan on record it may."""
    plan = _plan(found, line)
    return (plan.known or not found.each("pause_shows")) and not phrases.refused(plan)


def _plan(found: Mapping, line: Mapping) -> Estimate:
    """Return what a test by pausing a line's channel would show."""
    return found["pause_shows", line["row"]["channel"]]


def _channel(lines: Sequence[Mapping], found: Mapping, most, fits) -> dict | None:
    """Return the facts of a channel whose spend can be judged and fits: of the most extreme one."""
    judged = [line for line in lines if line["line"] == "channel" and line["row"]["spend"]]
    judged = [line for line in judged if line["row"]["back"] is not None]
    fitting = [line for line in judged if fits(line)]
    if not fitting:
        return None
    line = most(fitting, key=lambda each: _extreme(each, most))
    span = f" ({line['range']})" if line["range"] else ", too few data for a range"
    part = line["row"]["spend"] / sum(each["row"]["spend"] for each in judged)
    plan = _plan(found, line)
    of = {"weeks": int(plan.n), "half": int(plan.n) // 2, "drop": plan.value or 0.0}
    kind = ("few" if phrases.refused(plan) else "enough") if plan.known else "unknown"
    said = texts("next_steps.toml")
    length = of if kind == "enough" else {"weeks": WEEKS, "half": WEEKS // 2}
    channel = words.channel(line["row"]["channel"])
    tests = {name: each.format(channel=channel, **length) for name, each in said["tests"].items()}
    return {
        "channel": channel,
        "test": tests["switch" if kind == "enough" else "pause"],
        "switch": tests["switch"],
        "weeks": WEEKS,
        "shows": said["shows"][kind].format(**of, named=phrases.remark(plan)),
        "came_back": f"Of {line['spend']} old enough to judge, {line['collected']} came back:"
        f" {line['back']} per {line['one']}{span}",
        "stake": f"{line['spend']}, {part:.0%} of the spend old enough to judge.",
    }


def _extreme(line: Mapping, most) -> float:
    row = line["row"]
    return row["ci_low"] if most is max else row["collected"] - row["spend"]
