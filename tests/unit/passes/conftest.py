"""What programs mean, by the reference interpreter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agentc.ir.interpret import Outcome, interpret

if TYPE_CHECKING:
    from mlir import ir


@pytest.fixture
def meaning():
    """What a module returns and does, for eight ways its tests may come out, in half of which some fail."""

    def run(module: ir.Module) -> list[Outcome]:
        return [interpret(module, seed, failing=seed % 2 == 1) for seed in range(8)]

    return run
