"""θ of the parts of a model on n devices: gate, experts, merge, all-reduce (the paper's Figure 7(c)).

The parts of one phase add up to the whole: flops, weights and KV cache of `llm.prefill` or `llm.decode`,
split so that the gate has the router, the merge the weighted sum of what k experts made, and each device
an equal share of the rest. Beside them stands what only the parallel form has: `network_bytes`, which one
all-reduce sends from each device, 2(n-1)/n of the activations, twice a layer.

Letters: L layers, d hidden size, E experts, k experts a token, n devices, x tokens of the step.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from agentc.costmodels import shape
from agentc.costmodels.catalog.read import find_model, knows_model
from agentc.costmodels.demand import amount
from agentc.costmodels.resources import resources as resources_of

if TYPE_CHECKING:
    from agentc.costmodels.catalog.records import Model
    from agentc.ir.graph import Operator

PARTS = ("llm.gate", "llm.expert_prefill", "llm.expert_decode", "llm.merge", "llm.all_reduce")
REDUCTIONS_PER_LAYER = 2  # after attention and after the feed-forward layer


def resources(operator: Operator) -> dict[str, float]:
    """Return θ of one visit of a part; empty for a model that the catalog does not know."""
    if operator.model is None or not knows_model(operator.model):
        return {}
    model = find_model(operator.model)
    phase = str(operator.attrs.get("phase", "prefill"))
    whole = resources_of(replace(operator, op=f"llm.{phase}"))
    n = float(operator.attrs.get("shards", 1))
    x = tokens(operator, phase)
    gate, merge = _gate(model, x, operator), _merge(model, x)
    match operator.op:
        case "llm.gate":
            return gate
        case "llm.merge":
            return merge
        case "llm.all_reduce":
            return {"network_bytes": all_reduce_bytes(model, n, x)}
        case _:
            rest = _less(_less(whole, gate if phase == "prefill" else {}), merge)
            return {name: value / n for name, value in rest.items()}


def tokens(operator: Operator, phase: str) -> float:
    """Tokens that one visit computes: of the prompt, what is not cached; of the answer, all."""
    whole = replace(operator, op=f"llm.{phase}")
    if phase == "decode":
        return amount(whole, "output_tokens")
    return max(0.0, amount(whole, "input_tokens") - amount(whole, "prefix_tokens"))


def all_reduce_bytes(model: Model, tp: float, new_tokens: float) -> float:
    """Bytes each device sends in all reductions of a step: 2L · 2(n-1)/n · d · 2 bytes · x."""
    activations = model.hidden * shape.BF16_BYTES * new_tokens
    return REDUCTIONS_PER_LAYER * model.layers * 2.0 * (tp - 1.0) / tp * activations


def _gate(model: Model, x: float, operator: Operator) -> dict[str, float]:
    """The router: a d x E matrix in each layer that has experts. None in a dense model."""
    if model.moe is None:
        return {"flops": 0.0}
    weights = shape.shape(model).moe_layers * model.hidden * model.moe.experts
    size = weights * shape.WEIGHT_BYTES[str(operator.attrs.get("precision") or "bf16")]
    return {"flops": 2.0 * weights * x, "weight_bytes": size, "memory_bytes": size}


def _merge(model: Model, x: float) -> dict[str, float]:
    """The sum of k experts' results for each token, by the gate's weights: 2kd a layer."""
    if model.moe is None:
        return {"flops": 0.0}
    return {"flops": 2.0 * model.moe.active * model.hidden * shape.shape(model).moe_layers * x}


def _less(whole: dict[str, float], part: dict[str, float]) -> dict[str, float]:
    return {name: value - part.get(name, 0.0) for name, value in whole.items()}
