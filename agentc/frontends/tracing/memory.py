"""Stores as operators: `store` with `.search`, `.load` and `.store`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agentc.diagnostics import error
from agentc.frontends.tracing import arguments as args
from agentc.frontends.tracing.callsite import assigned_name, call_site
from agentc.frontends.tracing.record import Kind
from agentc.frontends.tracing.symbols import Symbol

if TYPE_CHECKING:
    from agentc.frontends.tracing.record import Trace


class Store:
    """A folder of text files that the agent searches, or values under keys."""

    def __init__(self, path: str, name: str | None, binding: dict[str, Any], search: dict[str, Any]) -> None:
        site = call_site()
        if not isinstance(path, str | Path) or not str(path).strip():  # pyright: ignore[reportUnnecessaryIsInstance]
            raise error(f"a store's path must be text, not {path!r}", site.location)
        self.path = Path(path)
        self.name = name or assigned_name(site) or self.path.stem or "store"
        self._folder = Path(os.path.abspath(site.file)).parent  # noqa: PTH100 (keeps links)
        self._binding = binding
        self._search = search

    def search(
        self, query: str, k: int = 4, *, input_tokens: float | None = None, id: str | None = None
    ) -> list[dict[str, Any]]:
        """Find the `k` passages nearest to a query: each has its text, its file and its score."""
        trace, site = args.tracing(f"{self.name}.search")
        args.check_number("k", k, least=1, whole=True)
        text = trace.cast(args.value_of(query, "the query", trace, site), Kind.TEXT, site)
        attrs = {
            "id": args.new_id(trace, site, id, f"{self.name}_search"),
            "store": self._bound(trace),
            "k": k,
            **self._search,
            **args.stated(input_tokens=input_tokens),
        }
        (hits,) = trace.add("memory.search", (text,), attrs, site, (Kind.DOCS,))
        return Symbol(hits)  # type: ignore[return-value]  # traced code sees symbols in place of values

    def load(self, key: str, *, id: str | None = None) -> Any:
        """Read the value under a key."""
        trace, site = args.tracing(f"{self.name}.load")
        value = args.value_of(key, "the key", trace, site)
        attrs = {"id": args.new_id(trace, site, id, f"{self.name}_load"), "store": self._bound(trace)}
        return Symbol(trace.add("memory.load", (value,), attrs, site, (Kind.JSON,))[0])

    def store(self, key: str, value: Any, *, id: str | None = None) -> Any:
        """Put a value under a key; gives the value back."""
        trace, site = args.tracing(f"{self.name}.store")
        operands = [
            args.value_of(key, "the key", trace, site),
            args.value_of(value, "the value", trace, site),
        ]
        attrs = {"id": args.new_id(trace, site, id, f"{self.name}_store"), "store": self._bound(trace)}
        return Symbol(trace.add("memory.store", operands, attrs, site, (operands[1].kind,))[0])

    def _bound(self, trace: Trace) -> str:
        """Name this store in the module's table; its path is relative to the agent's folder."""
        bindings = trace.program.bindings
        path = (
            self.path
            if self.path.is_absolute()
            else Path(os.path.relpath(self._folder / self.path, bindings.root))
        )
        return bindings.bind(bindings.stores, self.name, {"path": path.as_posix(), **self._binding})


def store(
    path: str,
    *,
    embedder: str = "minilm-l6-v2",
    name: str | None = None,
    rerank: str | None = None,
    vectors: int | None = None,
    dim: int | None = None,
) -> Store:
    """Open a folder of text files, relative to this file, as a store.

    Args:
        path: the folder.
        embedder: the model that turns text into vectors.
        name: its name in plans; otherwise the variable's.
        rerank: a model that sorts what a search finds.
        vectors: how many vectors it holds, for the cost of a search.
        dim: how long a vector is.
    """
    args.check_number("vectors", vectors, whole=True)
    args.check_number("dim", dim, whole=True)
    search = args.stated(embedder=embedder, rerank=rerank, vectors=vectors, dim=dim)
    return Store(path, name, args.stated(embedder=embedder, rerank=rerank), search)
