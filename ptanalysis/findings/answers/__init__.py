"""The sentences of the notebooks and of the report, one module a question; every number computed.

Each function returns Markdown for `ptanalysis.findings.say`, or a small table.
"""

from ptanalysis.findings.answers import claims, decay, money, quality, volume
from ptanalysis.findings.answers.volume import sides

__all__ = ["claims", "decay", "money", "quality", "sides", "volume"]
