"""Imported as `agentc.costmodels`, never under its bare name."""

if __name__ != "agentc.costmodels":
    raise ImportError(f"import this room as 'agentc.costmodels', not as {__name__!r}")
