"""Build the synthetic sample clinic again: the same files each time, with their truth.json."""

from __future__ import annotations

from lab.simulate.sample import write_sample
from ptanalysis.definitions import Places

if __name__ == "__main__":
    folder = Places.default().raw("sample")
    print("simulating ten quarters ...")
    write_sample(folder)
    print(f"The sample clinic, nobody in it exists: {folder}")
