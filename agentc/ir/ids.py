"""Ids: every operator and control-flow construct has one, stated or numbered.

The n-th `llm.call` of a function, counted from 0 over all of them, is `call_n`; an `scf.if` is
`if_n`. A number that somebody has stated already is passed over.
"""

from __future__ import annotations

from collections import Counter

from mlir import ir

from agentc.ir.graph import ROLES
from agentc.ir.location import each

CONSTRUCTS = ("scf.if", "scf.index_switch", "scf.while", "scf.for", "scf.forall")


def give_ids(function: ir.Operation) -> None:
    """Write an `id` on every operator and construct of a function that has none."""
    for op, id in ids_of(function).items():
        if "id" not in op.attributes:
            op.attributes["id"] = ir.StringAttr.get(id, op.context)


def ids_of(function: ir.Operation) -> dict[ir.Operation, str]:
    """Return the id of every operator and construct of a function, in source order."""
    ops: list[ir.Operation] = []
    each(function, lambda op: ops.append(op) if op.name in ROLES or op.name in CONSTRUCTS else None)
    ids = {op: ir.StringAttr(op.attributes["id"]).value for op in ops if "id" in op.attributes}
    taken = set(ids.values())
    count: Counter[str] = Counter()
    for op in ops:
        kind = op.name.rpartition(".")[2]
        if op not in ids:
            ids[op] = fresh(f"{kind}_{count[kind]}", taken)
            taken.add(ids[op])
        count[kind] += 1
    return {op: ids[op] for op in ops}


def fresh(name: str, taken: set[str]) -> str:
    """Return `name`, or with the first `_1`, `_2`, ... that is free."""
    n, found = 0, name
    while found in taken:
        n += 1
        found = f"{name}_{n}"
    return found
