"""Imported as `agentc.dialects`, never under its bare name."""

if __name__ != "agentc.dialects":
    raise ImportError(f"import this room as 'agentc.dialects', not as {__name__!r}")
