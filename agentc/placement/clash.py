"""Why nothing meets all demands: which of them clash, and how far each would have to give way.

A minimal clashing set is found by deletion: each demand is dropped in turn and stays out where the
rest still clash. Then every demand in the set is asked how little it could be while the others hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentc.diagnostics import Diagnostic, Infeasible
from agentc.placement.availability import reached as available
from agentc.placement.constraints import demands
from agentc.placement.evaluate import E2E, TPOT, TTFT, first_token_operators, returned_decodes, token_ms
from agentc.placement.problem import US_PER_MS
from agentc.placement.solve import Clashes, Nothing, least

if TYPE_CHECKING:
    from agentc.ir.graph import Operator
    from agentc.placement.constraints import Demand
    from agentc.placement.problem import Problem, Refused
    from agentc.placement.rules import Limit
    from agentc.placement.solve import Solution

SLA = {E2E, TTFT, TPOT}


# --- operators that no tier can run ----------------------------------------------------------------


def refuse_homeless(problem: Problem) -> None:
    """Raise Infeasible, at its place, for an operator that no tier can run.

    Says for each tier why, the nearest to being able first.
    """
    homeless = [o for i, o in problem.graph.operators.items() if not problem.options[i]]
    if homeless:
        raise Infeasible(_homeless(problem, homeless[0], [o.id for o in homeless[1:]]))


def _homeless(problem: Problem, operator: Operator, also: list[str]) -> Diagnostic:
    reasons = {t: why_no_option(problem, operator.id, t) for t in problem.counts}
    nearest = sorted(reasons, key=lambda t: _lack_gb(problem, operator.id, t))
    first = nearest[0]
    short = all(_lack_gb(problem, operator.id, t) < float("inf") for t in reasons)
    what = f"hold {operator.model} of" if short and operator.model else "run"
    message = f"no tier can {what} operator {operator.id}; nearest is {first}: {reasons[first]}"
    notes = [Diagnostic(f"tier {t}: {reasons[t]}", severity="note") for t in nearest[1:]]
    if also:
        notes.append(Diagnostic(f"nor can any tier run {', '.join(also)}", severity="note"))
    hint = "add a tier with more memory, or choose a smaller model or precision" if short else ""
    return Diagnostic(message, operator.location, hint, notes=tuple(notes))


def why_no_option(problem: Problem, operator: str, tier: str) -> str:
    """Why a tier has no option for an operator."""
    refused = problem.refusals.get((operator, tier))
    return refused.reason if refused else f"the load needs more than its {problem.counts[tier]} devices"


def _lack_gb(problem: Problem, operator: str, tier: str) -> float:
    refused: Refused | None = problem.refusals.get((operator, tier))
    return float("inf") if refused is None or refused.missing_gb is None else refused.missing_gb


# --- demands that clash ----------------------------------------------------------------------------


def why_infeasible(problem: Problem, time_limit_s: float) -> Infeasible:
    """The error for a problem that is proven infeasible: the clashing demands, in words and numbers."""
    every = demands(problem)
    clashing = minimal_clash(problem, every, time_limit_s)
    relaxed = [_relaxed(problem, d, every, clashing, time_limit_s) for d in clashing]
    graph = problem.graph
    if len(clashing) == 1:
        message = f"no placement of {graph.agent} keeps {relaxed[0][0]}: {relaxed[0][1]}"
        return Infeasible(Diagnostic(message, graph.location, relaxed[0][2]))
    message = f"no placement of {graph.agent} keeps all of these: {'; '.join(r[0] for r in relaxed)}"
    notes = tuple(
        Diagnostic(f"{limit}: with the others kept, {why}", severity="note") for limit, why, _ in relaxed
    )
    hint = " or ".join(h for _, _, h in relaxed if h)
    return Infeasible(Diagnostic(message, graph.location, hint, notes=notes))


def minimal_clash(problem: Problem, every: list[Demand], time_limit_s: float) -> list[Demand]:
    """Demands that clash, of which none can be left out; limits on time first, as people state those."""
    clashes = Clashes(problem, every, time_limit_s)
    stated = [d for d in every if d.name in SLA]
    kept = clashes.within(stated) or clashes.within(every) or every
    for demand in reversed(kept):
        rest = [d for d in kept if d is not demand]
        smaller = clashes.within(rest)
        if smaller is not None:
            kept = [d for d in rest if d in smaller]
    return kept


def _relaxed(
    problem: Problem, demand: Demand, every: list[Demand], clashing: list[Demand], time_limit_s: float
) -> tuple[str, str, str]:
    """(the demand, why it cannot be kept, what would do): with all others kept, or those that clash."""
    for others in (every, clashing):
        found = least(problem, demand, [d for d in others if d is not demand], time_limit_s)
        if not isinstance(found, Nothing):
            return limit_words(demand), _reached(problem, demand, found), _hint(demand, found)
    return limit_words(demand), "no plan was found without it in the time given", ""


def limit_words(demand: Demand) -> str:
    """A demand as people would say it."""
    if demand.rule:
        return rule_words(demand.rule)
    shown = _shown(demand, demand.limit)
    if demand.name in SLA:
        return f"the SLA {demand.name} = {shown}"
    if demand.unit == "devices":
        what = demand.name if demand.limit != 1 else demand.name.replace("devices", "device", 1)
        return f"the {demand.limit} {what}"
    return f"the {shown} of {demand.name}"


def rule_words(rule: Limit) -> str:
    """A rule as people would say it."""
    who = ", ".join(rule.operators)
    return {
        "budget": f"the budget of {rule.most:g} USD an hour",
        "availability": f"the availability of {rule.most:.6g}",
        "max_replicas": f"at most {rule.most:g} replicas for {who}",
    }.get(rule.kind, f"the rule: {rule.name}")


def _rule_reached(rule: Limit, value: float) -> str:
    many = f"{value:.10g}"
    return {
        "tiers": f"{many} of these operators must run elsewhere at least",
        "together": f"they need {many} tiers at least",
        "apart": f"{many} of them must share a tier at least",
        "kv": f"they must part ({rule.why})"
        if rule.parts
        else f"the cache must cross where it cannot ({rule.why})",
        "max_replicas": f"{many} replicas are needed at least",
        "budget": f"the cheapest plan costs {many} USD an hour",
        "availability": f"{available(int(value)):.9g} is the most there is",
    }[rule.kind]


def _rule_hint(rule: Limit, value: float) -> str:
    if rule.kind == "availability":
        return f"availability = {available(int(value)):.9g} can be kept"
    if rule.kind in {"budget", "max_replicas"}:
        return f"{rule.name}: {value:.10g} would do"
    return f"drop the rule: {rule.name}"


def _shown(demand: Demand, amount: int) -> str:
    return f"{amount / demand.per_unit:.10g} {demand.unit}"


def _reached(problem: Problem, demand: Demand, found: Solution) -> str:
    if demand.rule:
        return _rule_reached(demand.rule, found.value / demand.per_unit)
    reached = _shown(demand, found.value)
    if demand.name == E2E:
        return f"the fastest path, {path_text(problem, found, found.evaluation.path)}, takes {reached}"
    if demand.name == TTFT:
        last = first_token_operators(problem.graph)
        return f"the first token takes {reached} at best, with {path_text(problem, found, last)}"
    if demand.name == TPOT:
        slowest = max(
            returned_decodes(problem.graph), key=lambda i: token_ms(problem, _option(problem, found, i))
        )
        return f"the best pace is {reached} a token, with {path_text(problem, found, (slowest,))}"
    return f"{reached} are needed at least"


def _option(problem: Problem, found: Solution, operator: str):  # noqa: ANN202 (an Option)
    return problem.option(operator, found.assignment[operator])


def _hint(demand: Demand, found: Solution) -> str:
    shown = found.value / demand.per_unit
    if demand.rule:
        return _rule_hint(demand.rule, shown)
    if demand.name in SLA:
        return f"{demand.name} = {shown:.10g} can be kept"
    return f"{demand.name}: {shown:.10g} would do"


def path_text(problem: Problem, found: Solution, path: tuple[str, ...]) -> str:
    """A path in words: `prefill on HP (80 ms) -> 10 ms over HP--CO -> decode on CO (30 ms)`."""
    crossings = {(c.edge.src, c.edge.dst): c.hop for c in found.evaluation.crossings}
    parts: list[str] = []
    for before, i in zip(("", *path), path, strict=False):
        hop = crossings.get((before, i))
        if hop:
            parts.append(f"{hop.us / US_PER_MS:g} ms over {hop.link}")
        option = _option(problem, found, i)
        parts.append(f"{i} on {problem.pools[option.pool].tier} ({option.latency_p95_us / US_PER_MS:g} ms)")
    return " -> ".join(parts)
