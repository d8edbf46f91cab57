"""`Do`: the words that emitted programs are written in; each starts one step and returns its value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agentc.runtime.control import Control
from agentc.runtime.values import convert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentc.runtime.flow import Value
    from agentc.runtime.host import Host

    After = Sequence[Value]


class Do(Control):
    """One method an operator of the IR; `after` names steps that must have ended first."""

    @property
    def _host(self) -> Host:
        return self.run.host

    def generate(self, id: str, *inputs: Any, after: After = (), **how: Any) -> Value:
        """`llm.call`: prompt in, answer out."""
        return self.operate(id, self._host.generate, inputs, after, operator=id, **how)

    def prefill(self, id: str, *inputs: Any, after: After = (), **how: Any) -> Value:
        """`llm.prefill`: the prompt is read into a cache."""
        return self.operate(id, self._host.prefill, inputs, after, operator=id, **how)

    def decode(self, id: str, cache: Any, *, after: After = (), **how: Any) -> Value:
        """`llm.decode`: the answer continues from the cache."""
        return self.operate(id, self._host.decode, (cache,), after, **how)

    def embed(self, id: str, text: Any, *, after: After = (), **how: Any) -> Value:
        """`llm.embed`: a vector of length 1."""
        return self.operate(id, self._host.embed, (text,), after, **how)

    def rerank(self, id: str, query: Any, docs: Any, *, after: After = (), **how: Any) -> Value:
        """`llm.rerank`: the passages that fit best, best first."""
        return self.operate(id, self._host.rerank, (query, docs), after, **how)

    def transcribe(self, id: str, audio: Any, *, after: After = (), **how: Any) -> Value:
        """`llm.transcribe`: no engine for it here."""
        return self.operate(id, self._host.no_engine, (audio,), after, **how)

    def speak(self, id: str, text: Any, *, after: After = (), **how: Any) -> Value:
        """`llm.speak`: no engine for it here."""
        return self.operate(id, self._host.no_engine, (text,), after, **how)

    def search(self, id: str, query: Any, *, after: After = (), **how: Any) -> Value:
        """`memory.search`: embed, look up, and rerank where a model is named."""
        return self.operate(id, self._host.search, (query,), after, **how)

    def lookup(self, id: str, vector: Any, *query: Any, after: After = (), **how: Any) -> Value:
        """`memory.lookup`: the nearest passages of a store."""
        return self.operate(id, self._host.lookup, (vector, *query), after, **how)

    def load(self, id: str, key: Any, *, after: After = (), **how: Any) -> Value:
        """`memory.load`: the value under a key."""
        return self.operate(id, self._host.load, (key,), after, **how)

    def store(self, id: str, key: Any, value: Any, *, after: After = (), **how: Any) -> Value:
        """`memory.store`: a value under a key; it gives the value back."""
        return self.operate(id, self._host.keep, (key, value), after, **how)

    def observe(self, id: str, *values: Any, after: After = (), **how: Any) -> Value:
        """`agent.observe`: values appended to a store's log."""
        return self.operate(id, self._host.observe, values, after, **how)

    def compute(self, id: str, *values: Any, after: After = (), **how: Any) -> Any:
        """`agent.compute`: a function of the user's."""
        return self._results(
            self.operate(id, self._host.toolbox.compute, values, after, **how), how.get("kinds", ("",))
        )

    def test(self, id: str, *values: Any, after: After = (), **how: Any) -> Value:
        """`agent.test`: a yes or no."""
        return self.operate(id, self._host.toolbox.compute, values, after, kinds=("i1",), **how)

    def tool(self, id: str, *values: Any, after: After = (), **how: Any) -> Any:
        """`tool.invoke`: resolve, check and run."""
        return self._results(
            self.operate(id, self._host.toolbox.tool, values, after, **how), how.get("kinds", ("",))
        )

    def tool_lookup(self, id: str, *values: Any, after: After = (), **how: Any) -> Value:
        """`tool.lookup`: the tool is found and its arguments are checked."""
        return self.operate(id, self._host.toolbox.tool_lookup, values, after, **how)

    def tool_compute(self, id: str, request: Any, *, after: After = (), **how: Any) -> Any:
        """`tool.compute`: the tool runs."""
        return self._results(
            self.operate(id, self._host.toolbox.tool_compute, (request,), after, **how),
            how.get("kinds", ("",)),
        )

    def cast(self, value: Any, kind: str) -> Value:
        """`agent.cast`: the value shown as another kind."""
        return self.calc(convert, value, kind)

    def _results(self, value: Value, kinds: Sequence[str]) -> Any:
        """One value for one result, a tuple of them for several."""
        if len(kinds) <= 1:
            return value
        return tuple(self.calc(_nth, value, number) for number in range(len(kinds)))


def _nth(results: Sequence[Any], number: int) -> Any:
    return results[number]
