"""The serving model for plans: one replica of a model under a stack, and how long its steps take.

`Replica` states all that the formulas need; its functions take tokens and sequences and give
milliseconds. What a replica needs is laid out once, so asking again is cheap.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from agentc.costmodels.serving import kinds, timing
from agentc.costmodels.serving.constants import scaled
from agentc.costmodels.serving.facts import Case, Facts, make_facts
from agentc.costmodels.serving.precision import FORMATS, Format
from agentc.costmodels.serving.profile import band_of, constants_for, knowledge_of
from agentc.costmodels.serving.stacks import LAYER_SPLIT, Stack, levels_of, usual_stack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentc.costmodels.catalog.records import Device, Model
    from agentc.costmodels.serving.constants import Constants
    from agentc.costmodels.serving.facts import Floats

__all__ = [
    "Replica",
    "Stack",
    "decode_ms",
    "loaded_ms",
    "max_batch",
    "memory_bytes",
    "prefill_ms",
    "room_bytes",
    "step_ms",
    "throughput_tok_s",
    "usual_stack",
]

S_TO_MS = 1e3


@dataclass(frozen=True)
class Replica:
    """A model on `tp` x `pp` devices of one kind under one stack.

    `attention_dp` of the `tp` devices share sequences in place of attention heads; `weights` and
    `kv` say how numbers are stored. `factors` multiply the catalog's constants: a user's calibration,
    whose own band is `measured_band` (a logarithm).
    """

    model: Model
    device: Device
    stack: Stack
    tp: int = 1
    pp: int = 1
    weights: Format = FORMATS["bf16"]
    kv: Format = FORMATS["bf16"]
    attention_dp: int = 1
    expert_parallel: int = 1
    factors: tuple[tuple[str, float], ...] = ()
    measured_band: float | None = None

    @cached_property
    def facts(self) -> Facts:
        """The replica's facts, as columns of one."""
        tp, pp, pipelined = self.tp, self.pp, True
        if self.stack.engine in LAYER_SPLIT and tp > 1:
            tp, pp, pipelined = 1, tp * pp, False
        case = Case(
            self.model,
            self.device,
            self.weights,
            self.kv,
            tp,
            pp,
            self.attention_dp,
            self.expert_parallel,
            pipelined,
        )
        return make_facts([case])

    @cached_property
    def levels(self) -> Mapping[str, str]:
        """The levels that the replica's constants come from."""
        s = self.stack
        return levels_of(s.engine, s.era, self.device, self.weights, tuning=s.tuning)

    @cached_property
    def constants(self) -> Constants:
        """The replica's constants, as columns of one."""
        base = constants_for([self.levels])
        return scaled(base, dict(self.factors)) if self.factors else base

    @property
    def basis(self) -> str:
        """`calibrated` where this stack was measured on this family of chips, else `datasheet`."""
        if self.measured_band is not None:
            return "calibrated"
        return "datasheet" if knowledge_of(self.levels) == "nothing" else "calibrated"

    def band(self, metric: str = "tpot_ms") -> float:
        """Factor within which four measurements of five lie, above and below."""
        if self.measured_band is not None:
            return math.exp(self.measured_band)
        return math.exp(band_of(knowledge_of(self.levels), metric))


def step_ms(replica: Replica, *, batch: float, context_tokens: float) -> float:
    """Time between two tokens of each of `batch` sequences that have `context_tokens` behind them."""
    f, c = replica.facts, replica.constants
    return S_TO_MS * float(timing.decode_step_s(f, c, _one(batch), _one(context_tokens))[0])


def prefill_ms(
    replica: Replica, *, prompt_tokens: float, prompts: float = 1.0, prefix_tokens: float = 0.0
) -> float:
    """Time to the first token of `prompts` prompts computed together on an idle replica.

    `prefix_tokens` of each prompt are cached: attended to, not computed.
    """
    f, c = replica.facts, replica.constants
    past = min(prefix_tokens, max(prompt_tokens - 1.0, 0.0))
    new = max(prompt_tokens - past, 1.0)
    time = timing.prefill_s(f, c, _one(prompts), _one(new), _one(past))
    return S_TO_MS * float(time[0]) + float(c.request_ms[0])


def decode_ms(replica: Replica, *, batch: float, prompt_tokens: float, output_tokens: float) -> float:
    """Time of all tokens after the first: steps at the mean context."""
    steps = max(output_tokens - 1.0, 0.0)
    return steps * step_ms(replica, batch=batch, context_tokens=prompt_tokens + output_tokens / 2.0)


def loaded_ms(
    replica: Replica, *, batch: float, prompt_tokens: float, output_tokens: float
) -> tuple[float, float]:
    """Time to first token and time a token while `batch` clients ask again as soon as answered."""
    f, c = replica.facts, replica.constants
    work = _work(batch, prompt_tokens, output_tokens)
    b = kinds.running(f, c, work)
    cycle = kinds.cycle_s(f, c, work, (b - 1.0) / b)
    first = kinds.first_token_s(f, c, work)
    return S_TO_MS * float(first[0]), S_TO_MS * float(cycle[0]) / output_tokens


def throughput_tok_s(replica: Replica, *, batch: float, prompt_tokens: float, output_tokens: float) -> float:
    """Output tokens a second with work always waiting and at most `batch` sequences at once."""
    f, c = replica.facts, replica.constants
    work = _work(batch, prompt_tokens, output_tokens)
    b = kinds.running(f, c, work)
    return float((b * work.output / kinds.cycle_s(f, c, work, np.ones_like(b)))[0])


def max_batch(replica: Replica, *, tokens_each: float) -> int:
    """Sequences of this many tokens that fit beside the weights; 0 when not even one does."""
    fit = timing.sequences_that_fit(replica.facts, replica.constants, _one(tokens_each))
    return max(0, math.floor(float(fit[0])))


def memory_bytes(replica: Replica, *, tokens_each: float) -> tuple[float, float]:
    """What the weights take on all devices together, and the KV cache of one sequence."""
    weights = timing.held_weight_bytes(replica.facts)
    return float(weights[0]), float(timing.held_kv_bytes(replica.facts, _one(tokens_each))[0])


def room_bytes(replica: Replica) -> float:
    """What weights and KV may fill on all devices together."""
    return float(timing.room_bytes(replica.facts, replica.constants)[0])


def _one(value: float) -> Floats:
    return np.array([float(value)])


def _work(batch: float, prompt_tokens: float, output_tokens: float) -> kinds.Work:
    columns = (prompt_tokens, output_tokens, batch, 1.0, 1.0)
    return kinds.Work(*(_one(value) for value in columns))
