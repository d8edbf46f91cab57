"""Imported as `agentc.backends`, never under its bare name."""

if __name__ != "agentc.backends":
    raise ImportError(f"import this room as 'agentc.backends', not as {__name__!r}")
