"""dialects/README.md is what the dialects say, and its examples verify."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentc.dialects import readme
from agentc.dialects.load import DIALECTS, views
from agentc.ir.parse import parse_text

ROOM = Path(readme.__file__).resolve().parent
SIGNATURES = {
    f"{dialect}.{op}": signature
    for dialect in DIALECTS
    for op, signature in readme.signatures((ROOM / f"{dialect}.mlir").read_text()).items()
}


def test_the_readme_is_written_from_the_dialects() -> None:
    again = "run `python -m agentc.dialects.readme`"
    assert (ROOM / "README.md").read_text() == readme.readme(), again


def test_every_op_of_the_views_is_in_an_irdl_text() -> None:
    assert set(SIGNATURES) == set(views())


@pytest.mark.parametrize("name", SIGNATURES)
def test_an_example_verifies(name) -> None:
    signature = SIGNATURES[name]
    arguments = ", ".join(f"%{slot.name}: {slot.example}" for slot in signature.operands)
    body = readme.example(name, signature)
    parse_text(f"func.func @f({arguments}) {{\n{body}\nreturn\n}}")


@pytest.mark.parametrize("name", [n for n in SIGNATURES if SIGNATURES[n].required])
def test_what_is_said_to_be_required_is(name) -> None:
    from agentc.diagnostics import AgentcError

    signature = SIGNATURES[name]
    arguments = ", ".join(f"%{slot.name}: {slot.example}" for slot in signature.operands)
    body = readme.example(name, signature)
    first = signature.required[0]
    without = body.replace(f'{first} = "{first}"', "", 1).replace("{, ", "{")
    with pytest.raises(AgentcError, match="is expected but not provided"):
        parse_text(f"func.func @f({arguments}) {{\n{without}\nreturn\n}}")
