"""Views of the place dialect's ops. MLIR imports this when it first meets the dialect."""

from mlir import ir
from mlir._mlir_libs._mlir import register_dialect, register_operation

from agentc.dialects.attributes import AgentView, integer, number, optional_text, text


@register_dialect
class Dialect(ir.Dialect):
    """What the partition pass decided."""

    DIALECT_NAMESPACE = "place"


@register_operation(Dialect)
class TierOp(AgentView):
    """A tier of the fleet that the plan uses."""

    OPERATION_NAME = "place.tier"
    tier_name = text(name="name")
    device = optional_text()
    count = integer()
    usd_per_hour = number()


@register_operation(Dialect)
class PoolOp(AgentView):
    """Identical replicas on one tier; `devices` is devices a replica."""

    OPERATION_NAME = "place.pool"
    pool_name = text(name="name")
    tier = text()
    device = optional_text()
    role = optional_text()
    model = optional_text()
    tp = integer(low=1)
    pp = integer(low=1)
    replicas = integer()
    devices = integer()
    max_batch = integer()
    usd_per_hour = number()


@register_operation(Dialect)
class TransferOp(AgentView):
    """A value that crosses from the tier of the operator `from` to that of its reader."""

    OPERATION_NAME = "place.transfer"
    source = text(name="from")
    link = text()
    latency_ms = number()
