"""Views of the agent dialect's ops. MLIR imports this when it first meets the dialect."""

from mlir import ir
from mlir._mlir_libs._mlir import register_dialect, register_operation

from agentc.dialects.attributes import AgentView, number, text, texts


@register_dialect
class Dialect(ir.Dialect):
    """Plain computation, tests and observations."""

    DIALECT_NAMESPACE = "agent"


@register_operation(Dialect)
class ComputeOp(AgentView):
    """Runs the function `fn` on its operands; `cpu_ms` is its time on one core."""

    OPERATION_NAME = "agent.compute"
    fn = text()
    cpu_ms = number()
    inputs = texts()


@register_operation(Dialect)
class TestOp(AgentView):
    """Asks the function `fn` for a yes or no: what `scf.if` and `scf.while` go by."""

    OPERATION_NAME = "agent.test"
    fn = text()
    cpu_ms = number()
    inputs = texts()


@register_operation(Dialect)
class ObserveOp(AgentView):
    """Appends its operands to a store and gives nothing back."""

    OPERATION_NAME = "agent.observe"
    store = text()
    cpu_ms = number()
    inputs = texts()


@register_operation(Dialect)
class CastOp(AgentView):
    """Shows a value as another type. Free: no operator, no transfer."""

    OPERATION_NAME = "agent.cast"


@register_operation(Dialect)
class ScatterOp(AgentView):
    """A JSON list as the items of a map. Free."""

    OPERATION_NAME = "agent.scatter"


@register_operation(Dialect)
class GatherOp(AgentView):
    """A map's results as a JSON list. Free."""

    OPERATION_NAME = "agent.gather"
