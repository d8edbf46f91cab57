"""Views of the tool dialect's ops. MLIR imports this when it first meets the dialect."""

from mlir import ir
from mlir._mlir_libs._mlir import register_dialect, register_operation

from agentc.dialects.attributes import AgentView, number, text, texts


@register_dialect
class Dialect(ir.Dialect):
    """Calls out of the agent."""

    DIALECT_NAMESPACE = "tool"


@register_operation(Dialect)
class InvokeOp(AgentView):
    """One call of a tool. `cpu` is cores, `latency_ms_p50` and `_p95` are of one call."""

    OPERATION_NAME = "tool.invoke"
    lowers_to = "`tool.lookup`, `tool.compute`"
    tool = text()
    inputs = texts()
    latency_ms_p50 = number()
    latency_ms_p95 = number()
    cpu = number()
    memory_mb = number()
    usd_per_call = number()


@register_operation(Dialect)
class LookupOp(AgentView):
    """Resolves the tool and checks the arguments, whose names are `inputs`."""

    OPERATION_NAME = "tool.lookup"
    tool = text()
    inputs = texts()


@register_operation(Dialect)
class ComputeOp(AgentView):
    """Runs the resolved tool."""

    OPERATION_NAME = "tool.compute"
    tool = text()
    latency_ms_p50 = number()
    latency_ms_p95 = number()
    cpu = number()
    memory_mb = number()
    usd_per_call = number()
