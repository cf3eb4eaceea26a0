"""What the notebook says of the calibration: every figure computed from the stored results."""

from __future__ import annotations

import pandas as pd

from lab.calibrate.cells import CLAIMS, GATED
from lab.calibrate.replicate import OURS
from lab.calibrate.run import fingerprint
from lab.calibrate.stored import by_chance, cause_of, causes, draws, marks
from lab.calibrate.summary import ANY_PRIMARY

_PRIMARY = [name for name, claim in CLAIMS.items() if claim.primary]


def covered(results: pd.DataFrame, *, primary: bool = True) -> pd.DataFrame:
    """Return the rows that have a coverage, of claims in worlds that can answer them."""
    rows = results[results["coverage"].notna() & ~results["world"].isin(GATED)]
    return rows[rows["claim"].isin(_PRIMARY)] if primary else rows


def short(results: pd.DataFrame) -> str:
    """Return the short answer: what the intervals hold, how often a verdict is wrong."""
    rows = covered(results)
    ours, peers = rows[rows["method"] == OURS], rows[rows["method"] != OURS]
    beyond = {
        side: int(((marks(ours) == side) & ~by_chance(ours)).sum()) for side in ("below", "above")
    }
    families = results[(results["claim"] == ANY_PRIMARY) & (results["world"] == "NULL")]
    return (
        f"**Where 95% is promised, our intervals hold the truth in {_span(ours['coverage'])} of "
        f"clinics** (median {_percent(ours['coverage'].median())}; {len(ours)} combinations of "
        f"primary claim, world and size, {draws(results)} simulated draws each). The usual ways "
        f"hold it in {_span(peers['coverage'])} (median {_percent(peers['coverage'].median())}). "
        f"Of our {len(ours)} combinations {beyond['below']} lie below 93.5% and {beyond['above']} "
        "above 96.5% by more than chance; each is named below. Where nothing differs, at least "
        f"one primary claim gets a wrong verdict in {_span(families['false_verdicts'])} of draws, "
        "by size of the clinic."
        f"{_changed(results)}"
    )


def gates(results: pd.DataFrame) -> str:
    """Return what became of claims in worlds that cannot answer them."""
    rows = results[results["world"].isin(GATED) & (results["claim"] == ANY_PRIMARY)]
    parts = [
        f"{row['world']}: {_percent(row['false_verdicts'])} of {row['replicates']} draws "
        "with a wrong verdict on any primary claim"
        for _, row in rows.iterrows()
    ]
    return "; ".join(parts) + "."


def shortfalls(results: pd.DataFrame) -> pd.DataFrame:
    """Return our combinations outside the band by more than chance, the worst first."""
    rows = covered(results, primary=False)
    rows = rows[rows["method"] == OURS]
    rows = rows.assign(side=marks(rows))[~by_chance(rows) & marks(rows).isin(["below", "above"])]
    reason = [str(cause_of(row, row["side"]) or "?") for _, row in rows.iterrows()]
    rows = rows.rename(columns={"identified": "with interval"}).assign(reason=reason)
    shown = ["claim", "world", "size", "coverage", "with interval", "reason"]
    return rows.sort_values("coverage")[shown].reset_index(drop=True)


def reasons() -> str:
    """Return the reasons of those combinations as a numbered list."""
    return "\n".join(f"{n}. {cause['text']}" for n, cause in enumerate(causes(), start=1))


def power(results: pd.DataFrame) -> pd.DataFrame:
    """Return, by primary claim and size, the share of draws with the true verdict in ARTICLE."""
    rows = results[(results["world"] == "ARTICLE") & (results["method"] == OURS)]
    rows = rows[rows["claim"].isin(_PRIMARY)]
    sizes = list(rows["size"].unique())
    table = rows.pivot(index="claim", columns="size", values="power").loc[_PRIMARY, sizes]
    return table.rename_axis(columns=None).reset_index()


def _changed(results: pd.DataFrame) -> str:
    """Return a warning where the methods are no longer those that were measured."""
    if set(results["methods"]) == {fingerprint()}:
        return ""
    return " The methods have changed since this was measured: run `make calibrate`."


def _span(shares: pd.Series) -> str:
    return f"{100 * shares.min():.0f}-{_percent(shares.max())}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"
