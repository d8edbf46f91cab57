"""Views of the memory dialect's ops. MLIR imports this when it first meets the dialect."""

from mlir import ir
from mlir._mlir_libs._mlir import register_dialect, register_operation

from agentc.dialects.attributes import AgentView, integer, number, optional_text, text


@register_dialect
class Dialect(ir.Dialect):
    """Stores that an agent searches, reads and writes."""

    DIALECT_NAMESPACE = "memory"


@register_operation(Dialect)
class SearchOp(AgentView):
    """The best `k` passages of a store of `vectors` vectors with `dim` numbers each."""

    OPERATION_NAME = "memory.search"
    lowers_to = "`llm.embed`, `memory.lookup`, and `llm.rerank` where `rerank` is stated"
    store = text()
    k = integer(low=1)
    embedder = optional_text()
    rerank = optional_text()
    vectors = integer()
    dim = integer(low=1)
    input_tokens = number()
    passage_tokens = number()


@register_operation(Dialect)
class LookupOp(AgentView):
    """The search itself, once the query is a vector."""

    OPERATION_NAME = "memory.lookup"
    store = text()
    k = integer(low=1)
    vectors = integer()
    dim = integer(low=1)
    passage_tokens = number()


@register_operation(Dialect)
class LoadOp(AgentView):
    """The value under a key."""

    OPERATION_NAME = "memory.load"
    store = text()


@register_operation(Dialect)
class StoreOp(AgentView):
    """Puts a value under a key, and gives the value back."""

    OPERATION_NAME = "memory.store"
    store = text()
