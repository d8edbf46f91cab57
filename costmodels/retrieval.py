"""Retrieval: searching a store by vector and by keyword, and reading or writing one entry.

Exact search scans all vectors: N·D·4 bytes stream from host memory at a fraction of its bandwidth,
on all cores. A scan of 20,000 x 384 by NumPy on two shared cores was measured at 3.9 ms, 7.9 GB/s.

An approximate index (a graph such as HNSW, recall 0.93 and above) looks at a few thousand vectors on
one core, and its work grows slowly with N:

    core time = 5.4 ms · (N/10^6)^0.34 · D/768

the geometric mean of four servers (VectorDBBench, 768 dimensions, cores/QPS: Milvus 2.95, Elastic 3.9,
OpenSearch 5.7, Qdrant 12.9 ms of a core at 1M vectors; 6.4, 7.7, 10.9, 35.8 at 10M). Below a million
nobody measured, and the time at a million is taken. A library without a server is faster (USearch: 0.5
ms of a core at 256 dimensions). Of the two, a search takes the faster one: so a small store is scanned,
as the embedded index does it, and millions of vectors cost what they cost in practice.

Keyword search (BM25) reads the postings of the query's words: about 8 words, each in one
document of twenty, 8 bytes a posting.
"""

from __future__ import annotations

VECTOR_BYTES = 4.0
SCAN_EFFICIENCY = 0.5
SEARCH_OVERHEAD_MS = 0.3
QUERY_WORDS = 8.0
POSTING_SHARE = 0.05
POSTING_BYTES = 8.0
ENTRY_OVERHEAD_MS = 0.5
ANN_CORE_MS = 5.4
ANN_EXPONENT = 0.34
ANN_VECTORS = 1e6
ANN_DIM = 768.0
ANN_CALL_MS = 1.0
GRAPH_SHARE = 0.3
"""Links of a graph index, as a share of the vectors' bytes: 2·16 links of 4 bytes at 100 dimensions."""
BYTES_PER_MS_PER_GBS = 1e6
GB = 1e9


def index_bytes(vectors: float, dim: float) -> float:
    """Size of the vectors in memory."""
    return vectors * dim * VECTOR_BYTES


def vector_scan_ms(vectors: float, dim: float, host_bandwidth_gbs: float) -> float:
    """Time to compare a query with all vectors."""
    rate = host_bandwidth_gbs * BYTES_PER_MS_PER_GBS * SCAN_EFFICIENCY
    return index_bytes(vectors, dim) / rate + SEARCH_OVERHEAD_MS


def ann_ms(vectors: float, dim: float) -> float:
    """Time of one search in an approximate index, on one core."""
    size = max(1.0, vectors / ANN_VECTORS)
    return ANN_CALL_MS + ANN_CORE_MS * size**ANN_EXPONENT * dim / ANN_DIM


def is_approximate(vectors: float, dim: float, host_bandwidth_gbs: float) -> bool:
    """Whether an approximate index is the faster way to search this store on this host."""
    return ann_ms(vectors, dim) < vector_scan_ms(vectors, dim, host_bandwidth_gbs)


def held_bytes(vectors: float, dim: float, host_bandwidth_gbs: float) -> float:
    """Memory of the store's index: vectors, and links where it is a graph."""
    graph = is_approximate(vectors, dim, host_bandwidth_gbs)
    return index_bytes(vectors, dim) * (1.0 + GRAPH_SHARE if graph else 1.0)


def search_ms(vectors: float, dim: float, host_bandwidth_gbs: float) -> float:
    """Time of a search by vector, exact or approximate, whichever is faster."""
    return min(vector_scan_ms(vectors, dim, host_bandwidth_gbs), ann_ms(vectors, dim))


def keyword_ms(documents: float, host_bandwidth_gbs: float) -> float:
    """Time to score all documents that hold a word of the query."""
    read = documents * POSTING_SHARE * QUERY_WORDS * POSTING_BYTES
    return read / (host_bandwidth_gbs * BYTES_PER_MS_PER_GBS * SCAN_EFFICIENCY) + SEARCH_OVERHEAD_MS


def hybrid_ms(vectors: float, dim: float, host_bandwidth_gbs: float) -> float:
    """Time of a search by vector and by keyword, one after the other."""
    return search_ms(vectors, dim, host_bandwidth_gbs) + keyword_ms(vectors, host_bandwidth_gbs)


def entry_ms(entry_bytes: float, host_bandwidth_gbs: float) -> float:
    """Time to load or store one entry of agent memory that is held in host memory."""
    return ENTRY_OVERHEAD_MS + entry_bytes / (host_bandwidth_gbs * BYTES_PER_MS_PER_GBS)
