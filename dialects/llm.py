"""Views of the llm dialect's ops. MLIR imports this when it first meets the dialect."""

from mlir import ir
from mlir._mlir_libs._mlir import register_dialect, register_operation

from agentc.dialects.attributes import AgentView, flag, integer, number, optional_text, text, texts

PRECISIONS = ("bf16", "fp8", "int8", "fp4")


@register_dialect
class Dialect(ir.Dialect):
    """Language, embedding and speech models."""

    DIALECT_NAMESPACE = "llm"


@register_operation(Dialect)
class CallOp(AgentView):
    """One generation: `prompt` is a template whose `{name}`s are the operands called so in `inputs`.

    Token counts are expected values; `max_tokens` bounds the answer.
    """

    OPERATION_NAME = "llm.call"
    lowers_to = "`llm.prefill`, `llm.decode`; with `decompose{parallel=N}` the parts on N devices"
    model = text()
    prompt = optional_text()
    inputs = texts()
    system = optional_text()
    temperature = number()
    stream = flag()
    precision = optional_text(*PRECISIONS)
    input_tokens = number()
    prefix_tokens = number()
    prefix_of = optional_text()
    output_tokens = number()
    max_tokens = integer(low=1)
    stop = texts()


@register_operation(Dialect)
class PrefillOp(AgentView):
    """Reads the prompt into a KV cache."""

    OPERATION_NAME = "llm.prefill"
    model = text()
    prompt = optional_text()
    inputs = texts()
    system = optional_text()
    stream = flag()
    precision = optional_text(*PRECISIONS)
    input_tokens = number()
    prefix_tokens = number()
    prefix_of = optional_text()


@register_operation(Dialect)
class DecodeOp(AgentView):
    """Writes the answer token by token from a KV cache of `input_tokens`."""

    OPERATION_NAME = "llm.decode"
    model = text()
    temperature = number()
    stream = flag()
    precision = optional_text(*PRECISIONS)
    input_tokens = number()
    output_tokens = number()
    max_tokens = integer(low=1)
    stop = texts()


class PartOp(AgentView):
    """Base of the parts of a model on several devices: part `shard` of `shards`, of one phase."""

    model = text()
    precision = optional_text(*PRECISIONS)
    phase = optional_text("prefill", "decode")
    shards = integer(low=1)
    input_tokens = number()
    prefix_tokens = number()
    output_tokens = number()


@register_operation(Dialect)
class GateOp(PartOp):
    """Reads the prompt and chooses the experts of each token; the paper's `gate.select`."""

    OPERATION_NAME = "llm.gate"
    prompt = optional_text()
    inputs = texts()
    system = optional_text()
    prefix_of = optional_text()


@register_operation(Dialect)
class ExpertPrefillOp(PartOp):
    """One device's share of a prefill: its experts, or its slice of every layer."""

    OPERATION_NAME = "llm.expert_prefill"
    shard = integer()


@register_operation(Dialect)
class ExpertDecodeOp(PartOp):
    """One device's share of a decode."""

    OPERATION_NAME = "llm.expert_decode"
    shard = integer()
    temperature = number()
    max_tokens = integer(low=1)
    stop = texts()


@register_operation(Dialect)
class MergeOp(PartOp):
    """Adds up what the chosen experts made, by the gate's weights."""

    OPERATION_NAME = "llm.merge"


@register_operation(Dialect)
class AllReduceOp(PartOp):
    """Sums the devices' shares over the links between them; after it every device has the whole."""

    OPERATION_NAME = "llm.all_reduce"
    temperature = number()
    max_tokens = integer(low=1)
    stream = flag()


@register_operation(Dialect)
class EmbedOp(AgentView):
    """One embedding vector of `dim` numbers."""

    OPERATION_NAME = "llm.embed"
    model = text()
    input_tokens = number()
    dim = integer(low=1)


@register_operation(Dialect)
class RerankOp(AgentView):
    """The best `k` of the passages for a query, best first."""

    OPERATION_NAME = "llm.rerank"
    model = text()
    k = integer(low=1)
    input_tokens = number()
    passage_tokens = number()


@register_operation(Dialect)
class TranscribeOp(AgentView):
    """Speech of `seconds` to text."""

    OPERATION_NAME = "llm.transcribe"
    model = text()
    seconds = number()
    output_tokens = number()


@register_operation(Dialect)
class SpeakOp(AgentView):
    """Text to speech of `seconds`."""

    OPERATION_NAME = "llm.speak"
    model = text()
    seconds = number()
    input_tokens = number()
    voice = optional_text()
