"""Figures of what is published: drawn from the published groups and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from matplotlib.axes import Axes

from ptanalysis.definitions import DIRECTIONS
from ptanalysis.display import marks, style, words
from ptanalysis.display.drawing import Drawing
from ptanalysis.display.style import COLORS, INK

_STAGES = {"leads": "Leads", "mql": "MQLs", "sql": "SQLs", "patients": "Patients"}


def directions_of(group: Mapping) -> str:
    """Return the name of a group of directions.

    Examples
    --------
    >>> directions_of({"directions": ["neither", "unknown"]})
    'Neither and unknown'
    """
    return group.get("name") or words.listed(group["directions"]).capitalize()


def rows_of(document: Mapping) -> list[Mapping]:
    """Return the groups of directions, and everything together where there are several."""
    groups = list(document["directions"])
    if len(groups) > 1 and document["together"]:
        groups.append(document["together"] | {"name": "All together"})
    return groups


def channels_of(group: Mapping) -> str:
    """Return the name of a group of channels.

    Examples
    --------
    >>> channels_of({"channels": [["inbound", "email"], ["outbound", "radio"]]})
    'Email and newsletter + Radio'
    """
    return " + ".join(words.label(channel) for _, channel in group["channels"])


@style.themed
def stages(groups: Sequence[Mapping], *, source: str, as_of: date) -> Drawing:
    """Draw leads and the stages they reached so far, one panel a group of directions.

    Parameters
    ----------
    groups : sequence of mapping
        ``directions`` of the published document, at least one.
    source : str
        Whose data.
    as_of : date
    """
    shown = [name for name in _STAGES if groups[0][name] is not None]
    figure, axes = style.canvas(0.9 + 0.42 * len(shown), panels=len(groups), sharex=True)
    labels = [_STAGES[name] for name in shown]
    for ax, group in zip(axes, groups, strict=True):
        _bars(ax, labels, [group[name] for name in shown], colors=_color(group["directions"]))
        name = words.wrapped(directions_of(group), 48 // len(groups))
        ax.set_title(name, loc="left", fontsize=11, fontweight="bold")
    title = "Leads, and how far they have come so far"
    _finish(
        figure, title, people=sum(group["leads"] for group in groups), source=source, as_of=as_of
    )
    alt = "; ".join(
        f"{directions_of(group)}: "
        + ", ".join(f"{_STAGES[name]} {group[name]:,}" for name in shown)
        for group in groups
    )
    return Drawing(figure=figure, name="stages", title=title, alt=f"{alt}.")


@style.themed
def channels(groups: Sequence[Mapping], *, source: str, as_of: date) -> Drawing:
    """Draw leads so far by channel, channels with few of them together.

    Parameters
    ----------
    groups : sequence of mapping
        ``channels`` of the published document, at least one.
    source : str
        Whose data.
    as_of : date
    """
    groups = sorted(groups, key=lambda group: -group["leads"])
    labels = [words.wrapped(channels_of(group), 44) for group in groups]
    lines = sum(1 + label.count("\n") for label in labels)
    figure, (ax,) = style.canvas(1.3 + 0.32 * lines)
    _bars(
        ax,
        labels,
        [group["leads"] for group in groups],
        colors=[_color({side for side, _ in group["channels"]}) for group in groups],
    )
    sides = {side for group in groups for side, _ in group["channels"]}
    marks.name_marks(ax, [side for side in DIRECTIONS if side in sides])
    title = "Leads so far, by channel"
    _finish(
        figure, title, people=sum(group["leads"] for group in groups), source=source, as_of=as_of
    )
    alt = "; ".join(f"{channels_of(group)} {group['leads']:,}" for group in groups)
    return Drawing(figure=figure, name="leads-by-channel", title=title, alt=f"{alt}.")


def _bars(ax: Axes, labels: list[str], counts: list[int], *, colors: str | list[str]) -> None:
    ax.barh(range(len(counts)), counts, color=colors, height=0.68)
    ax.set_yticks(range(len(counts)), labels, color=INK)
    ax.set_ylim(len(counts) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    for place, count in enumerate(counts):
        ax.annotate(f"{count:,}", (count, place), (5, 0), textcoords="offset points", va="center")
    ax.margins(x=0.14)
    ax.xaxis.set_visible(False)
    ax.spines[["left", "bottom"]].set_visible(False)


def _finish(figure, title: str, *, people: int, source: str, as_of: date) -> None:
    style.finish(
        figure,
        title,
        n=words.count(people, "leads"),
        as_of=as_of,
        source=source,
        note="Groups with few people are counted together",
    )


def _color(directions) -> str:
    (first, *more) = directions
    return COLORS["unknown"] if more else COLORS[first]
