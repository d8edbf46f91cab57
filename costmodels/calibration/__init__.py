"""Calibration: a user's own measurements, fitted into a profile that plans use and name.

`points` reads what `agentc profile` wrote, `fit` finds the few constants of one engine, `engine`
predicts with them, `profile` keeps them in a file.
"""
