"""Tracing: a Python agent runs once on symbolic values; what it calls is recorded as a graph."""
