"""LLM serving: how long prefill and decode take under a software stack, fitted on measurements.

`api` is the door for plans (`step_ms`, `prefill_ms`), `predict` the door for rows of measurements.
"""
