"""The sample's truth: what each inquiry really is, and what is true of the world it came from."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pandas as pd

from lab.simulate.clinic import AS_OF, SEED, Sample
from lab.simulate.truth import truth
from lab.simulate.worlds import EXPECTED, SAMPLE


def truth_of_sample(found: Sample) -> dict:
    """Return world, seed, true values, expected verdicts, and the true label of each inquiry.

    Returns
    -------
    dict
        ``inquiries`` holds columns of equal length: inquiry_id; label (lead, touch: a further
        inquiry of a lead; else the kind of junk); lead (inquiry_id of the lead it belongs to, or
        null); person (number: equal for the same person); channel; campaign; mql, sql, patient
        (known at the as-of date).

    Notes
    -----
    Leads that a family member's phone or a shared placeholder joins are different persons here.
    """
    return {
        "synthetic": "Nobody in these files exists.",
        "seed": SEED,
        "as_of": str(AS_OF.date()),
        "world": json.loads(json.dumps(asdict(SAMPLE))),
        "true_values": truth(SAMPLE),
        "expected_verdicts": EXPECTED["SAMPLE"],
        "inquiries": _columns(_labels(found)),
    }


def _labels(found: Sample) -> pd.DataFrame:
    table = found.inquiries.reset_index(drop=True)
    known = (AS_OF - pd.Timestamp(SAMPLE.start)).days + 1.0
    people = found.drawn.leads.reindex(table["lead"]).reset_index(drop=True)
    is_lead = table["lead"] >= 0
    first = found.leads.set_index("lead")["inquiry_id"]
    return table[["inquiry_id", "label", "person", "channel", "campaign"]].assign(
        lead=table["lead"].map(first),
        mql=is_lead & people["mql"].eq(True),
        sql=people["sql"] < known,
        patient=people["patient"] < known,
    )


def _columns(table: pd.DataFrame) -> dict[str, list]:
    blank = table.astype(object).where(table.notna(), None)
    return {
        name: [value.item() if isinstance(value, np.generic) else value for value in blank[name]]
        for name in blank
    }
