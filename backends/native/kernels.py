"""The kernels as MLIR: loops over rows (scf), their insides over vectors of 16 numbers (vector).

A row has `dim` numbers, fixed when the kernel is made; how many rows there are is known when it runs. The
rest of a row that fills no vector is done number by number. Sums run in 16 lanes that are added at the
end: with n numbers the error is below that of adding one after the other.

    lookup(rows: n x dim, query: dim, scores: k, where: k)    the k rows with the greatest dot products
    maxsim(query: m x dim, rows: n x dim, out: 1)             the sum over query rows of the best dot product
    mean_pool(rows: n x dim, weights: n, out: dim)            the weighted mean of the rows
    normalize(rows: n x dim)                                  each row to length 1, in place
"""

from __future__ import annotations

LANES = 16
NAMES = ("lookup", "maxsim", "mean_pool", "normalize")
SMALLEST = 1e-12  # what a length is taken to be at least: a row of zeros stays


def module(dim: int) -> str:
    """Return the text of all kernels for rows of `dim` numbers."""
    parts = [_dot(dim), _lookup(dim), _maxsim(dim), _mean_pool(dim), _normalize(dim)]
    return "module {\n" + "\n".join(parts) + "\n}\n"


def _rows(dim: int) -> str:
    return f"memref<?x{dim}xf32>"


def _constants(dim: int) -> str:
    return f"""\
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %lanes = arith.constant {LANES} : index
  %full = arith.constant {dim - dim % LANES} : index
  %dim = arith.constant {dim} : index
  %zero = arith.constant 0.0 : f32
  %zeros = arith.constant dense<0.0> : vector<{LANES}xf32>"""


def _dot(dim: int) -> str:
    rows, vec = _rows(dim), f"vector<{LANES}xf32>"
    return f"""\
func.func private @dot(%a: {rows}, %i: index, %b: {rows}, %j: index) -> f32 {{
{_constants(dim)}
  %lanewise = scf.for %x = %c0 to %full step %lanes iter_args(%sum = %zeros) -> ({vec}) {{
    %u = vector.load %a[%i, %x] : {rows}, {vec}
    %v = vector.load %b[%j, %x] : {rows}, {vec}
    %next = vector.fma %u, %v, %sum : {vec}
    scf.yield %next : {vec}
  }}
  %most = vector.reduction <add>, %lanewise : {vec} into f32
  %all = scf.for %x = %full to %dim step %c1 iter_args(%sum = %most) -> (f32) {{
    %u = memref.load %a[%i, %x] : {rows}
    %v = memref.load %b[%j, %x] : {rows}
    %product = arith.mulf %u, %v : f32
    %next = arith.addf %sum, %product : f32
    scf.yield %next : f32
  }}
  return %all : f32
}}"""


def _lookup(dim: int) -> str:
    """Rows are compared with the worst kept; a better one moves up past those that it beats.

    Of equal rows the earlier one stands first, as a stable sort puts them.
    """
    rows = _rows(dim)
    return f"""\
func.func @lookup(%rows: {rows}, %query: {rows}, %scores: memref<?xf32>, %where: memref<?xi64>)
    attributes {{llvm.emit_c_interface}} {{
{_constants(dim)}
  %lowest = arith.constant 0xFF800000 : f32
  %nowhere = arith.constant -1 : i64
  %n = memref.dim %rows, %c0 : {rows}
  %k = memref.dim %scores, %c0 : memref<?xf32>
  %last = arith.subi %k, %c1 : index
  scf.for %s = %c0 to %k step %c1 {{
    memref.store %lowest, %scores[%s] : memref<?xf32>
    memref.store %nowhere, %where[%s] : memref<?xi64>
  }}
  scf.for %i = %c0 to %n step %c1 {{
    %score = func.call @dot(%rows, %i, %query, %c0) : ({rows}, index, {rows}, index) -> f32
    %worst = memref.load %scores[%last] : memref<?xf32>
    %better = arith.cmpf ogt, %score, %worst : f32
    scf.if %better {{
      %slot = scf.while (%at = %last) : (index) -> index {{
        %inside = arith.cmpi ugt, %at, %c0 : index
        %before = arith.subi %at, %c1 : index
        %safe = arith.select %inside, %before, %c0 : index
        %above = memref.load %scores[%safe] : memref<?xf32>
        %beats = arith.cmpf ogt, %score, %above : f32
        %up = arith.andi %inside, %beats : i1
        scf.condition(%up) %at : index
      }} do {{
      ^bb0(%at: index):
        %before = arith.subi %at, %c1 : index
        %above = memref.load %scores[%before] : memref<?xf32>
        %place = memref.load %where[%before] : memref<?xi64>
        memref.store %above, %scores[%at] : memref<?xf32>
        memref.store %place, %where[%at] : memref<?xi64>
        scf.yield %before : index
      }}
      %number = arith.index_cast %i : index to i64
      memref.store %score, %scores[%slot] : memref<?xf32>
      memref.store %number, %where[%slot] : memref<?xi64>
    }}
  }}
  return
}}"""


def _maxsim(dim: int) -> str:
    rows = _rows(dim)
    return f"""\
func.func @maxsim(%query: {rows}, %rows: {rows}, %out: memref<?xf32>) attributes {{llvm.emit_c_interface}} {{
{_constants(dim)}
  %lowest = arith.constant 0xFF800000 : f32
  %m = memref.dim %query, %c0 : {rows}
  %n = memref.dim %rows, %c0 : {rows}
  %sum = scf.for %i = %c0 to %m step %c1 iter_args(%so_far = %zero) -> (f32) {{
    %best = scf.for %j = %c0 to %n step %c1 iter_args(%best = %lowest) -> (f32) {{
      %score = func.call @dot(%query, %i, %rows, %j) : ({rows}, index, {rows}, index) -> f32
      %next = arith.maximumf %best, %score : f32
      scf.yield %next : f32
    }}
    %next = arith.addf %so_far, %best : f32
    scf.yield %next : f32
  }}
  memref.store %sum, %out[%c0] : memref<?xf32>
  return
}}"""


def _mean_pool(dim: int) -> str:
    """Written as linalg: a sum over rows, each times its weight, then a division."""
    rows = _rows(dim)
    return f"""\
func.func @mean_pool(%rows: {rows}, %weights: memref<?xf32>, %out: memref<{dim}xf32>)
    attributes {{llvm.emit_c_interface}} {{
{_constants(dim)}
  %n = memref.dim %rows, %c0 : {rows}
  linalg.fill ins(%zero : f32) outs(%out : memref<{dim}xf32>)
  %weight = scf.for %i = %c0 to %n step %c1 iter_args(%sum = %zero) -> (f32) {{
    %w = memref.load %weights[%i] : memref<?xf32>
    %next = arith.addf %sum, %w : f32
    scf.yield %next : f32
  }}
  linalg.generic {{
    indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (j)>],
    iterator_types = ["reduction", "parallel"]
  }} ins(%rows, %weights : {rows}, memref<?xf32>) outs(%out : memref<{dim}xf32>) {{
  ^bb0(%x: f32, %w: f32, %sum: f32):
    %product = arith.mulf %x, %w : f32
    %next = arith.addf %sum, %product : f32
    linalg.yield %next : f32
  }}
  linalg.generic {{indexing_maps = [affine_map<(j) -> (j)>], iterator_types = ["parallel"]}}
      outs(%out : memref<{dim}xf32>) {{
  ^bb0(%sum: f32):
    %mean = arith.divf %sum, %weight : f32
    linalg.yield %mean : f32
  }}
  return
}}"""


def _normalize(dim: int) -> str:
    rows = _rows(dim)
    return f"""\
func.func @normalize(%rows: {rows}) attributes {{llvm.emit_c_interface}} {{
{_constants(dim)}
  %smallest = arith.constant {SMALLEST:e} : f32
  %n = memref.dim %rows, %c0 : {rows}
  scf.for %i = %c0 to %n step %c1 {{
    %square = func.call @dot(%rows, %i, %rows, %i) : ({rows}, index, {rows}, index) -> f32
    %length = math.sqrt %square : f32
    %divisor = arith.maximumf %length, %smallest : f32
    %row = memref.subview %rows[%i, 0] [1, {dim}] [1, 1]
      : {rows} to memref<{dim}xf32, strided<[1], offset: ?>>
    linalg.generic {{indexing_maps = [affine_map<(j) -> (j)>], iterator_types = ["parallel"]}}
        outs(%row : memref<{dim}xf32, strided<[1], offset: ?>>) {{
    ^bb0(%x: f32):
      %unit = arith.divf %x, %divisor : f32
      linalg.yield %unit : f32
    }}
  }}
  return
}}"""


def gpu_module(dim: int) -> str:
    """Return the lookup's dot products for a GPU: one thread a row, blocks of any size."""
    rows = _rows(dim)
    return f"""\
module attributes {{gpu.container_module}} {{
gpu.module @kernels {{
  gpu.func @scores(%rows: {rows}, %query: {rows}, %scores: memref<?xf32>) kernel {{
{_constants(dim)}
    %block = gpu.block_id x
    %width = gpu.block_dim x
    %thread = gpu.thread_id x
    %first = arith.muli %block, %width : index
    %i = arith.addi %first, %thread : index
    %n = memref.dim %rows, %c0 : {rows}
    %mine = arith.cmpi ult, %i, %n : index
    scf.if %mine {{
      %score = scf.for %x = %c0 to %dim step %c1 iter_args(%sum = %zero) -> (f32) {{
        %u = memref.load %rows[%i, %x] : {rows}
        %v = memref.load %query[%c0, %x] : {rows}
        %next = math.fma %u, %v, %sum : f32
        scf.yield %next : f32
      }}
      memref.store %score, %scores[%i] : memref<?xf32>
    }}
    gpu.return
  }}
}}
}}
"""
