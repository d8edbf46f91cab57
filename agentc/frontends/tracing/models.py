"""Models as operators: `llm`, `transcribe` and `speak`.

Model names are not checked here: the cost models know them, and report an unknown one at this call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agentc.diagnostics import error
from agentc.frontends.tracing import arguments as args
from agentc.frontends.tracing.callsite import call_site
from agentc.frontends.tracing.prompt import PLACEHOLDER, check_inputs
from agentc.frontends.tracing.record import Kind
from agentc.frontends.tracing.symbols import Symbol

if TYPE_CHECKING:
    from agentc.frontends.tracing.callsite import CallSite
    from agentc.frontends.tracing.record import Trace, Value

PRECISIONS = ("bf16", "fp8", "int8", "fp4")


class LLM:
    """A model with a prompt template: call it with the template's inputs."""

    def __init__(self, model: str, prompt: str, attrs: dict[str, Any], id: str | None) -> None:
        self.model = model
        self.prompt = prompt
        self._attrs = attrs
        self._id = id

    def __call__(self, **inputs: Any) -> str:
        """Record one generation; each `{name}` of the prompt takes the input called so."""
        trace, site = args.tracing("ac.llm")
        check_inputs(self.prompt, inputs, site.location)
        prompt, operands = self.prompt, dict[str, "Value"]()
        for name, given in inputs.items():
            if _is_fixed_text(given):
                prompt = prompt.replace(f"{{{name}}}", str(given))
            else:
                operands[name] = _text(given, f"{name}=", trace, site)
        attrs = {
            "id": args.new_id(trace, site, self._id, "llm", self),
            "model": self.model,
            "prompt": prompt,
            "inputs": list(operands),
            **self._attrs,
        }
        (answer,) = trace.add("llm.call", list(operands.values()), attrs, site, (Kind.TEXT,))
        return Symbol(answer)  # type: ignore[return-value]  # traced code sees symbols in place of values


def _is_fixed_text(given: object) -> bool:
    """Whether an input can stand in the template itself: nothing in it looks like a placeholder."""
    return isinstance(given, str | int | float) and not PLACEHOLDER.search(str(given))


def _text(given: object, what: str, trace: Trace, site: CallSite) -> Value:
    return trace.cast(args.value_of(given, what, trace, site), Kind.TEXT, site)


def llm(
    model: str,
    prompt: str,
    *,
    output_tokens: float | None = None,
    input_tokens: float | None = None,
    system: str | None = None,
    temperature: float | None = None,
    stream: bool | None = None,
    precision: str | None = None,
    max_tokens: int | None = None,
    id: str | None = None,
) -> LLM:
    """Make a language model operator: `ac.llm("llama-3.1-8b", "Answer {question}.")(question=q)`.

    Args:
        model: a model of `agentc catalog models`.
        prompt: the template; `{name}` stands for the input called so.
        output_tokens: tokens that an answer has, expected.
        input_tokens: tokens that the filled prompt has, expected.
        system: the system prompt.
        temperature: 0, the default, makes the operator repeatable: equal calls are shared.
        stream: hand the answer on token by token.
        precision: bf16 (the default), fp8, int8 or fp4.
        max_tokens: where an answer is cut.
        id: the operator's id; otherwise the name of the variable that takes the answer.
    """
    _check_texts(model=model, prompt=prompt)
    if precision is not None and precision not in PRECISIONS:
        raise error(
            f"precision={precision!r} is unknown", call_site().location, f"one of {', '.join(PRECISIONS)}"
        )
    args.check_number("output_tokens", output_tokens)
    args.check_number("input_tokens", input_tokens)
    args.check_number("max_tokens", max_tokens, whole=True)
    args.check_number("temperature", temperature, least=0)
    attrs = args.stated(
        output_tokens=output_tokens,
        input_tokens=input_tokens,
        system=system,
        temperature=None if temperature is None else float(temperature),
        stream=stream,
        precision=precision,
        max_tokens=max_tokens,
    )
    return LLM(model, prompt, attrs, id)


def transcribe(audio: bytes, model: str, *, seconds: float | None = None, id: str | None = None) -> str:
    """Turn speech into text. `seconds` is the length of the speech, expected."""
    return _speech("llm.transcribe", (audio, Kind.AUDIO), Kind.TEXT, model=model, seconds=seconds, id=id)


def speak(text: str, model: str, *, seconds: float | None = None, id: str | None = None) -> bytes:
    """Turn text into speech. `seconds` is the length of the speech, expected."""
    return _speech("llm.speak", (text, Kind.TEXT), Kind.AUDIO, model=model, seconds=seconds, id=id)


def _speech(
    op: str, given: tuple[object, Kind], result: Kind, *, model: str, seconds: float | None, id: str | None
) -> Any:
    name = op.removeprefix("llm.")
    trace, site = args.tracing(f"ac.{name}")
    _check_texts(model=model)
    args.check_number("seconds", seconds)
    value = args.value_of(given[0], f"the argument of ac.{name}", trace, site)
    if given[1] is Kind.AUDIO and value.kind is not Kind.AUDIO:
        raise error(
            f"{value.name!r} is {value.kind}, not speech",
            site.location,
            "annotate the agent's parameter as bytes",
        )
    attrs = {"id": args.new_id(trace, site, id, name), "model": model} | args.stated(seconds=seconds)
    (made,) = trace.add(op, (trace.cast(value, given[1], site),), attrs, site, (result,))
    return Symbol(made)


def _check_texts(**texts: object) -> None:
    for name, text in texts.items():
        if isinstance(text, Symbol):
            raise error(
                f"{name} must be fixed text, not the value {text.agentc_value.name!r}",
                call_site().location,
                "put {placeholders} in the prompt and give the values in the second call",
            )
        if not isinstance(text, str) or not text.strip():
            raise error(f"{name}={text!r} must be text", call_site().location)
