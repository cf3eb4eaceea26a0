"""The same worlds drawn as clusters at once, without tables: a thousand draws in seconds."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lab.adverse.drawn import SIDES, Adverse, Side, _drift, _expit, _units
from ptanalysis.stats import cost_ratio, roi_ratio, share_difference

#: Share of SQLs that pay.
_PAYING = 0.55


def drawn_clusters(world: Adverse, rng) -> dict[str, pd.DataFrame]:
    """Return each side's campaigns and 4-week blocks with what they cost and brought.

    Examples
    --------
    >>> drawn = drawn_clusters(Adverse(), np.random.default_rng(1))
    >>> len(drawn["inbound"]), drawn["inbound"]["cluster"].iloc[0]
    (78, 'seo/0')
    """
    return {name: _side(world, getattr(world, name), name, rng) for name in SIDES}


def _side(world: Adverse, side: Side, name: str, rng) -> pd.DataFrame:
    units = _units(world, name, rng)
    channel = (units["kind"] == "channel").to_numpy()
    weekly = units[["leads", "cost"]].to_numpy()
    campaigns = units[~channel]
    weeks = (campaigns["last"] - campaigns["first"]).to_numpy()
    (r, sd), blocks = world.volume, -(-world.weeks // 4)
    always = int(channel.sum())
    wave = _drift(rng, always, world.weeks, r, sd)[:, ::4] - sd**2 / 2
    at = np.arange(blocks) / 13
    wave = wave + world.season * np.sin(2 * np.pi * at) + world.growth * at
    quality = units["quality"].to_numpy()
    moved = _drift(rng, always, world.weeks, *world.quality)[:, ::4]
    names = [f"{each}/{block}" for each in units["channel"][channel] for block in range(blocks)]
    mean = np.r_[(4 * weekly[channel, :1] * np.exp(wave)).ravel(), campaigns["leads"] * weeks]
    chance = _expit(np.r_[(quality[channel][:, None] + moved).ravel(), quality[~channel]])
    leads = rng.poisson(mean * rng.gamma(16, 1 / 16, len(mean)))
    screened = rng.binomial(leads, side.screened)
    sql = rng.binomial(screened, chance)
    patients = rng.binomial(sql, _PAYING)
    paid = rng.lognormal(-0.245, 0.7, patients.sum()) * side.paid
    return pd.DataFrame(
        {
            "cluster": [*names, *(f"campaign {number}" for number in range(len(campaigns)))],
            "cost": np.r_[np.repeat(4 * weekly[channel, 1], blocks), campaigns["cost"] * weeks],
            "leads": leads,
            "screened": screened,
            "sql": sql,
            "patients": patients,
            "revenue": np.bincount(np.repeat(np.arange(len(mean)), patients), paid, len(mean)),
        }
    )


def asked_of(drawn: dict[str, pd.DataFrame]) -> dict:
    """Return the three numbers of a draw: cost per SQL and ROI as ratios, quality in points."""
    into, out = drawn["inbound"], drawn["outbound"]
    names = {"names_a": into["cluster"], "names_b": out["cluster"]}
    return {
        "cost per SQL": cost_ratio(
            out["cost"],
            out["sql"],
            into["cost"],
            into["sql"],
            coverage_a=(out["screened"], out["leads"]),
            coverage_b=(into["screened"], into["leads"]),
            names_a=out["cluster"],
            names_b=into["cluster"],
        ),
        "ROI": roi_ratio(
            into["revenue"],
            into["cost"],
            out["revenue"],
            out["cost"],
            patients_a=into["patients"],
            patients_b=out["patients"],
            **names,
        ),
        "SQL share": share_difference(
            into["sql"], into["screened"], out["sql"], out["screened"], **names
        ),
    }
