"""Three things to do next: each a test or a repair, with its reason and its size.

A rule looks at what was found and proposes a step, or nothing; the first three proposals stand on
the page. No rule promises an effect: a test is proposed where only a test can tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from ptanalysis.display import phrases, words
from ptanalysis.display.numbers import bare_number, number

#: Weeks a test runs: a stop's leads are followed so long.
WEEKS = 12
#: Shares above which a gap in the records is worth a step.
MOST_UNSCREENED, MOST_UNKNOWN = 0.1, 0.05
#: A channel that brought fewer leads without recorded spend is not worth a step.
FEWEST_UNCOSTED = 10
_KEEP = {
    "kind": "repair",
    "do": "Keep recording as now",
    "why": "No gap in the records and no channel stands out.",
    "size": "Look again next quarter.",
}


def three_steps(document: Mapping, found: Mapping) -> list[dict[str, str]]:
    """Return up to three steps, the most pressing first.

    Parameters
    ----------
    document : mapping
        findings.json.
    found : mapping
        Its estimates by id and group.

    Returns
    -------
    list of dict
        ``kind`` (test or repair), ``do``, ``why``, ``size``.
    """
    proposed = (step for rule in RULES for step in rule(document, found))
    return list(islice(proposed, 3)) or [_KEEP]


def _repair(do: str, why: str, size: str) -> dict[str, str]:
    return {"kind": "repair", "do": do, "why": why, "size": size}


def _test_of(row: Mapping, document: Mapping, *, do: str, why: str) -> dict[str, str]:
    """Return the test of a channel, with what came back of its spend."""
    why = f"{_came_back(row, document)}. {why}"
    return {"kind": "test", "do": do, "why": why, "size": _stake(row, document)}


def missing_money(document: Mapping, found: Mapping) -> Iterator[dict]:
    """Propose to export what no amount can be judged without."""
    total = [row for row in document["money"] if row["line"] == "total"]
    if not total or total[0]["back"] is None:
        why = total[0]["reason"] if total else "no spend is recorded: export spend.csv"
        yield _repair(
            "Record what marketing costs and what patients pay",
            f"Without it no channel can be judged: {why}.",
            "One export each quarter.",
        )


def missing_screening(document: Mapping, found: Mapping) -> Iterator[dict]:
    """Propose to write down the outcome of screening where it never was."""
    quality = found["screened_to_sql_rate", "all"]
    if not quality.known and document["stages"]:
        yield _repair(
            "Write down who was called and whether they qualified",
            f"The quality of the leads is not known: {phrases.remark(quality)}.",
            "One line for each lead: date and outcome, also where it is no.",
        )


def losing_channel(document: Mapping, found: Mapping) -> Iterator[dict]:
    """Propose to pause, as a test, the channel that clearly lost the most."""
    losing = [row for row in _channels(document) if _below(row)]
    for row in sorted(losing, key=_lost)[:1]:
        yield _test_of(
            row,
            document,
            do=f"Pause {words.channel(row['channel'])} for {WEEKS} weeks",
            why="That is clearly less than it cost. The pause shows whether its leads come by other"
            " ways.",
        )


def poor_vendor(document: Mapping, found: Mapping) -> Iterator[dict]:
    """Propose to talk to the vendor whose leads clearly qualify less often than their peers."""
    gaps = [each for each in found.each("vendor_sql_share_difference") if each.known]
    poor = [each for each in gaps if phrases.clear_side(each, 0) == "below"]
    for each in sorted(poor, key=lambda gap: gap.value)[:1]:
        yield _repair(
            f"Ask {each.group} which leads it sends, and go through ten of them together",
            "Its screened leads qualify less often than the others of its side:"
            f" {phrases.brief(each)}.",
            f"{words.count(each.n, 'leads')} so far.",
        )


def unscreened(document: Mapping, found: Mapping) -> Iterator[dict]:
    """Propose to screen the leads that were never called."""
    sides = ("inbound", "outbound", "neither", "unknown")
    shares = [each for side in sides if (each := found["share_screened", side]).known]
    leads = sum(each.n for each in shares)
    waiting = sum(each.n * (1 - each.value) for each in shares)
    if leads and waiting / leads > MOST_UNSCREENED:
        yield _repair(
            f"Screen the {waiting:,.0f} leads that were never called, and every new one",
            f"{waiting / leads:.0%} of the leads old enough were not screened in time. They may be"
            " as good as the rest; it is not known.",
            f"{waiting:,.0f} calls, the newest first.",
        )


def unknown_source(document: Mapping, found: Mapping) -> Iterator[dict]:
    """Propose to ask callers for their source where many are unknown."""
    share = found["unknown_share", "unknown"]
    if share.known and share.value > MOST_UNKNOWN:
        n = share.value * share.n
        yield _repair(
            "Ask every caller how they found the clinic, and write it down",
            f"{n:,.0f} of the quarter's {share.n:,.0f} leads ({share.value:.0%}) have no known"
            " source, so no channel gets credit for them.",
            "One question for each call.",
        )


def open_channel(document: Mapping, found: Mapping) -> Iterator[dict]:
    """Propose to test the largest channel that has not earned its cost so far, without being clear.

    A channel that runs is switched off in some weeks only, drawn at random, so that weeks with and
    without it can be compared.
    """
    behind = [row for row in _channels(document) if row["back"] < 1 and not _below(row)]
    for row in sorted(behind, key=_lost)[:1]:
        yield _test_of(
            row,
            document,
            do=f"Switch {words.channel(row['channel'])} off in {WEEKS // 2} of the next {WEEKS}"
            " weeks, drawn at random",
            why="That is not clear either way. Comparing leads in weeks with and without it can"
            " settle that; waiting cannot.",
        )


def winning_channel(document: Mapping, found: Mapping) -> Iterator[dict]:
    """Propose to spend a little more, as a test, where the most clearly came back."""
    winning = [row for row in _channels(document) if (row["ci_low"] or 0) > 1]
    for row in sorted(winning, key=lambda row: -row["ci_low"])[:1]:
        yield _test_of(
            row,
            document,
            do=f"Spend a quarter more on {words.channel(row['channel'])} for {WEEKS} weeks",
            why="That is clearly more than it cost. Whether more of it does as well is not known;"
            " watch the cost per lead.",
        )


def uncosted_channel(document: Mapping, found: Mapping) -> Iterator[dict]:
    """Propose to record the spend of channels that bring leads and have none on record."""
    free = [
        row
        for row in document["money"]
        if row["line"] == "channel" and not row["spend"] and row["leads"] >= FEWEST_UNCOSTED
    ]
    if free:
        names = words.listed([words.channel(row["channel"]) for row in free])
        yield _repair(
            f"Record what {names} costs, agency fees and hours included",
            "Without it no cost per patient is complete.",
            f"{words.count(sum(row['leads'] for row in free), 'leads')} without a cost.",
        )


def lost_rows(document: Mapping, found: Mapping) -> Iterator[dict]:
    """Propose to fix the rows that could not be used, by the most frequent fault."""
    lost = [each for each in document["warnings"] if each["severity"] in ("rejected", "refused")]
    rows = sum(each["rows"] or 1 for each in lost)
    if rows:
        worst = max(lost, key=lambda each: each["rows"] or 1)
        yield _repair(
            f"Fix the {words.count(rows, 'rows')} of the exports that could not be used",
            f"Most often: {worst['message']}.",
            f"{words.head(worst['what_to_do'])}, then run again.",
        )


#: In the order of the harm that waiting does.
RULES: tuple[Callable[[Mapping, Mapping], Iterator[dict]], ...] = (
    missing_money,
    missing_screening,
    losing_channel,
    poor_vendor,
    unscreened,
    open_channel,
    winning_channel,
    unknown_source,
    uncosted_channel,
    lost_rows,
)


def _channels(document: Mapping) -> list[Mapping]:
    rows = [row for row in document["money"] if row["line"] == "channel"]
    return [row for row in rows if row["spend"] and row["back"] is not None]


def _below(row: Mapping) -> bool:
    return row["ci_high"] is not None and row["ci_high"] < 1


def _lost(row: Mapping) -> float:
    return row["collected"] - row["spend"]


def _came_back(row: Mapping, document: Mapping) -> str:
    unit = document["currency"].lower()
    ends = (row["ci_low"], row["ci_high"])
    one, spent, came = (
        bare_number(amount, unit, decimals=0) for amount in (1, row["spend"], row["collected"])
    )
    if None in ends:
        span = ", too few data for a range"
    else:
        span = " ({} to {})".format(*(bare_number(end, unit, decimals=2) for end in ends))
    back = bare_number(row["back"], unit, decimals=2)
    return f"Of {spent} old enough to judge, {came} came back: {back} per {one}{span}"


def _stake(row: Mapping, document: Mapping) -> str:
    whole = sum(each["spend"] for each in _channels(document))
    spent = number(row["spend"], document["currency"].lower())
    return f"{spent}, {row['spend'] / whole:.0%} of the spend old enough to judge."
