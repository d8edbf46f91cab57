"""Retrieval: searching a store by vector and by keyword, and reading or writing one entry.

Vectors are scanned exactly: N·D·4 bytes stream from host memory at a fraction of its bandwidth.
A scan of 20,000 x 384 by NumPy on two shared cores was measured at 3.9 ms, 7.9 GB/s. An approximate
index would be faster from about a million vectors on; it is not modeled, so such stores cost too
much here. Keyword search (BM25) reads the postings of the query's words: about 8 words, each in one
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
BYTES_PER_MS_PER_GBS = 1e6
GB = 1e9


def index_bytes(vectors: float, dim: float) -> float:
    """Size of the vectors in memory."""
    return vectors * dim * VECTOR_BYTES


def vector_scan_ms(vectors: float, dim: float, host_bandwidth_gbs: float) -> float:
    """Time to compare a query with all vectors."""
    rate = host_bandwidth_gbs * BYTES_PER_MS_PER_GBS * SCAN_EFFICIENCY
    return index_bytes(vectors, dim) / rate + SEARCH_OVERHEAD_MS


def keyword_ms(documents: float, host_bandwidth_gbs: float) -> float:
    """Time to score all documents that hold a word of the query."""
    read = documents * POSTING_SHARE * QUERY_WORDS * POSTING_BYTES
    return read / (host_bandwidth_gbs * BYTES_PER_MS_PER_GBS * SCAN_EFFICIENCY) + SEARCH_OVERHEAD_MS


def hybrid_ms(vectors: float, dim: float, host_bandwidth_gbs: float) -> float:
    """Time of a search by vector and by keyword, one after the other."""
    return vector_scan_ms(vectors, dim, host_bandwidth_gbs) + keyword_ms(vectors, host_bandwidth_gbs)


def entry_ms(entry_bytes: float, host_bandwidth_gbs: float) -> float:
    """Time to load or store one entry of agent memory that is held in host memory."""
    return ENTRY_OVERHEAD_MS + entry_bytes / (host_bandwidth_gbs * BYTES_PER_MS_PER_GBS)
