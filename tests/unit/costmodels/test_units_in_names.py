"""Units never mix: every number that a public function takes or gives says in its name what it is.

A parameter's or function's last word is a unit (`latency_ms`, `usd_per_hour`), or the whole name is
a count or a share that has none (`batch`, `tp`). Names that fit neither fail here, and so does a
function that is named after one unit and multiplies it into another's name.
"""

import importlib
import inspect
import pkgutil
import types
import typing
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import pytest

import agentc.costmodels

UNITS = {
    *("ms", "us", "s", "minutes", "hour", "h", "years", "days", "month"),
    *("usd", "gco2", "kwh", "watts", "kw"),
    *("bytes", "gb", "gbs", "gbps", "mb", "flops", "tflops", "gflop", "elements"),
    *("tokens", "token", "tok", "texts", "text", "vectors", "dim", "k", "sequence", "sequences", "requests"),
    *(
        "cores",
        "vcpus",
        "calls",
        "call",
        "devices",
        "layers",
        "replicas",
        "stages",
        "documents",
        "points",
        "rows",
    ),
    *("share", "error", "band", "factor", "quantile", "visit", "transfer", "unit", "parameters"),
}
# `amount(operator, name)` gives an attribute, whose own name holds the unit.
# Counts and shares that have no unit, and the letters of the queueing formulas.
BARE = {
    "amount",
    *("tp", "pp", "batch", "count", "concurrency", "nodes", "seed", "year", "line", "column"),
    *("interest", "pue", "utilisation", "q", "c", "a", "p50", "p95", "mu", "sigma", "norm", "overcommit"),
    *("precision", "accounting", "value", "low", "high", "left", "parameters", "active_parameters", "number"),
    *("x_half", "active_b", "params_b", "scaleup_domain", "kv_shards", "erlang_b", "erlang_c", "max_batch"),
    *("layers", "hidden", "heads", "kv_heads", "head_dim", "ffn", "vocab", "ffn_mats", "experts", "active"),
    *(
        "expert_ffn",
        "shared_experts",
        "dense_layers",
        "q_lora",
        "kv_lora",
        "rope",
        "nope",
        "v",
        "global_every",
    ),
    *("encoder_layers", "window_frames", "expert", "moe_layers", "head", "embedding", "dense", "draw_share"),
    *("eta_bw", "eta_compute", "eta_kv", "eta_attention", "eta_encoder", "era", "attention_dp"),
    *(
        "expert_parallel",
        "error_ttft",
        "error_e2e",
        "minimum",
        "maximum",
        "prompts",
        "max_batch_by_memory",
        "frames",
        "tokens_each",
        "streams",
        "up",
        "availability",
    ),
}
NUMBERS = (int, float)


def modules() -> Iterator[Any]:
    package = agentc.costmodels
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        # The serving model's inside works on columns of numbers; its door is `api`.
        inside = found.name.startswith(f"{package.__name__}.serving.") and not found.name.endswith(".api")
        if not inside and not found.name.endswith("write_programs"):
            yield importlib.import_module(found.name)


def is_number(hint: Any) -> bool:
    if typing.get_origin(hint) in {typing.Union, types.UnionType}:
        return any(is_number(part) for part in typing.get_args(hint))
    return hint in NUMBERS


def has_unit(name: str) -> bool:
    words = name.lower().removesuffix("_p95").removesuffix("_p50").strip("_").split("_")
    return name in BARE or words[-1] in UNITS or ("per" in words and words[words.index("per") - 1] in UNITS)


def hints_of(thing: Callable[..., Any]) -> dict[str, Any]:
    """Names of types stay text in these modules; a number's is `float` or `int`, maybe or none."""
    words = {"float": float, "int": int, "float | None": float, "int | None": int}
    raw = inspect.get_annotations(thing)
    return {name: words.get(hint, hint) if isinstance(hint, str) else hint for name, hint in raw.items()}


def functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    for module in modules():
        for name, thing in vars(module).items():
            if name.startswith("_") or getattr(thing, "__module__", "") != module.__name__:
                continue
            plain = inspect.unwrap(thing) if callable(thing) else thing
            if inspect.isfunction(plain):
                yield f"{module.__name__}.{name}", plain
            elif inspect.isclass(plain):
                for inner, member in vars(plain).items():
                    found = member.fget if isinstance(member, property) else member
                    if not inner.startswith("_") and inspect.isfunction(found):
                        yield f"{module.__name__}.{name}.{inner}", found


def classes() -> Iterator[tuple[str, type]]:
    for module in modules():
        for name, thing in vars(module).items():
            if inspect.isclass(thing) and is_dataclass(thing) and thing.__module__ == module.__name__:
                yield f"{module.__name__}.{name}", thing


FUNCTIONS = dict(functions())


def test_there_is_something_to_look_at() -> None:
    assert len(FUNCTIONS) > 100
    assert len(dict(classes())) > 20


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_numbers_say_what_they_are(name: str) -> None:
    hints = hints_of(FUNCTIONS[name])
    last = name.rsplit(".", 1)[-1]
    wrong = [
        n if n != "return" else f"{last}()" for n, h in hints.items() if is_number(h) and not has_unit(n)
    ]
    if is_number(hints.get("return")) and has_unit(last):
        wrong.remove(f"{last}()")
    assert wrong == [], f"without a unit in {name}"


@pytest.mark.parametrize(("name", "made"), sorted(classes()))
def test_fields_say_what_they_are(name: str, made: type) -> None:
    hints = hints_of(made)
    wrong = [f.name for f in fields(made) if is_number(hints.get(f.name)) and not has_unit(f.name)]
    assert wrong == [], f"without a unit in {name}"


@pytest.mark.parametrize(
    ("name", "has"), [("latency", False), ("latency_ms", True), ("usd_per_hour", True), ("x", False)]
)
def test_the_rule_tells_them_apart(name: str, has: bool) -> None:
    assert has_unit(name) is has
