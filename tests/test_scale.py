"""Other tools that clean and classify the same files give the same tables."""

from __future__ import annotations

import pytest

from lab.benchmarks import big_clinic, scale


def test_polars_pandas_and_intake_make_the_same_table_of_inquiries(tmp_path):
    pytest.importorskip("polars", reason="Polars is not installed: pip install polars")
    from lab.benchmarks import peers

    big_clinic.write(tmp_path / "big", 2_000)
    made = peers.compared(tmp_path / "big")
    assert len(made["ours"]) > 2_000
    assert made["ours"]["reason"].nunique() > 3
    assert made["pandas"].equals(made["ours"])
    assert made["polars"].equals(made["ours"])


def test_an_exponent_is_of_the_least_and_the_most_rows():
    costs = {1_000: 2.0, 10_000: 9.0, 100_000: 200.0}
    rows = [{"name": "a", "rows": size, "cpu_s": cost} for size, cost in costs.items()]
    assert scale.exponents([*rows, {"name": "b", "rows": 10, "cpu_s": 1.0}]) == {"a": 1.0}
