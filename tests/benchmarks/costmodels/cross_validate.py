"""Errors of the serving model on what it was not fitted on: whole sources, devices, sweeps left out.

Run `python tests/benchmarks/costmodels/cross_validate.py calibration_llm.csv`; it takes two to three
minutes on one core.
"""

from __future__ import annotations

import sys

from agentc.costmodels.serving.fit import main

if __name__ == "__main__":
    main([*sys.argv[1:], "--cross-validate"])
