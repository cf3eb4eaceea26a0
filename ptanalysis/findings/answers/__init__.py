"""The sentences of the notebooks and of the report, one module a question; every number computed.

Each function returns Markdown for `ptanalysis.findings.say`.
"""
