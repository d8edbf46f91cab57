"""Operators whose body is arithmetic, compiled by MLIR and LLVM: lookup, MaxSim, pooling, normalization.

`kernels.py` writes them as MLIR, `jit.py` runs them here, `objects.py` makes object files for x86-64 and
AArch64 and PTX for NVIDIA's GPUs.
"""
