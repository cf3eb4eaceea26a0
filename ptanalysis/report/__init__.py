"""Runs the notebooks and assembles what they recorded."""

import sys

# jsonschema, which nbformat asks, would make a grammar of web addresses: a second, for nothing.
if "jsonschema" not in sys.modules and sys.modules.setdefault("rfc3987_syntax", None) is None:
    import nbformat  # noqa: F401

    del sys.modules["rfc3987_syntax"]
