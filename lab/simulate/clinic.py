"""The sample clinic's true records, before they are spelled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lab.simulate import records
from lab.simulate.dirt import Dirt
from lab.simulate.draw import Drawn, draw
from lab.simulate.inquiries import inquiries
from lab.simulate.people import WORDS
from lab.simulate.worlds import SAMPLE
from ptanalysis.definitions import Quarter

SEED = 20260663
AS_OF = pd.Timestamp("2026-06-30")
QUARTERS = [str(Quarter(2024, 1).next(number)) for number in range(10)]


@dataclass(frozen=True, kw_only=True)
class Sample:
    """The sample's true records, before they are spelled.

    Attributes
    ----------
    drawn : Drawn
    origin : DataFrame
        channel, campaign and vendor of each unit.
    inquiries : DataFrame
        See `lab.simulate.inquiries.inquiries`.
    leads : DataFrame
        One row a lead: `drawn.leads` with its inquiry_id.
    """

    drawn: Drawn
    origin: pd.DataFrame
    inquiries: pd.DataFrame
    leads: pd.DataFrame


def sample(seed: int = SEED, dirt: Dirt | None = None) -> Sample:
    """Draw the sample clinic."""
    drawn = draw(SAMPLE, seed)
    channel = drawn.units["channel"]
    names = records.campaign_names(drawn)
    hired = names.notna() | channel.isin(["paid_search", "seo"])
    origin = pd.DataFrame(
        {
            "channel": channel,
            "campaign": names,
            "vendor": channel.map(WORDS["vendors"]).where(hired).astype(object),
        }
    )
    known = (AS_OF - pd.Timestamp(SAMPLE.start)).days + 1.0
    rng = np.random.default_rng([seed, 1])
    table = inquiries(drawn, origin, known, rng, dirt=dirt or Dirt())
    ids = table.loc[table["label"] == "lead", ["lead", "inquiry_id"]]
    leads = ids.merge(drawn.leads, left_on="lead", right_index=True)
    return Sample(drawn=drawn, origin=origin, inquiries=table, leads=leads)
