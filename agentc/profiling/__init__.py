"""Measuring engines: the embedded one or an OpenAI-compatible server, over a sweep of workloads."""
