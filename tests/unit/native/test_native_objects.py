"""Object files and PTX are of the machine that was asked for, with every kernel in them."""

from __future__ import annotations

import struct

import pytest

from agentc.backends.native.kernels import NAMES
from agentc.backends.native.objects import TARGETS, ptx, write_object
from agentc.diagnostics import AgentcError

ELF_MACHINES = {"x86-64": 62, "aarch64": 183}


@pytest.mark.parametrize("target", TARGETS)
def test_an_object_file_is_of_its_machine(target, tmp_path) -> None:
    found = write_object(48, target, tmp_path / "kernels.o").read_bytes()
    assert found[:4] == b"\x7fELF"
    kind, machine = struct.unpack_from("<HH", found, 16)
    assert (kind, machine) == (1, ELF_MACHINES[target])  # 1: relocatable
    for name in NAMES:
        assert f"_mlir_ciface_{name}\0".encode() in found


def test_ptx_is_of_its_chip() -> None:
    text = ptx(48)
    assert ".target sm_90" in text
    assert ".entry scores(" in text
    assert "fma.rn.f32" in text
    assert ".target sm_80" in ptx(48, "sm_80")


def test_an_unknown_target_is_refused(tmp_path) -> None:
    with pytest.raises(AgentcError, match="unknown target 'arm65'"):
        write_object(48, "arm65", tmp_path / "kernels.o")
    assert not list(tmp_path.iterdir())
