"""Passes over the agent IR, one a file, run by name from `pipeline.py`."""
