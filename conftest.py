"""Doctests of what needs Spark, where there is none, are not looked for."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("pyspark") else ["ptanalysis/intake/spark_engine.py"]
