"""The search index of a store: exact vectors and BM25 keywords over passages, fused.

Reciprocal rank fusion (Cormack, Clarke, Buettcher 2009): score(d) = sum over rankings of
1 / (60 + rank of d). An index is cached in the user's cache under a key made of the files' contents, the
encoder and the way of cutting; a changed folder is indexed anew.
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportMissingTypeStubs=false
# pyright: reportUnknownArgumentType=false, reportReturnType=false
# (bm25s is untyped, and returns what its flags say)

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from agentc.runtime.errors import StepError
from agentc.runtime.files import whole_folder
from agentc.runtime.models import cache_root
from agentc.runtime.stores.passages import Document, Passage, document, read_passages, text_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agentc.runtime.encoder.encoder import Encoder

Array = np.ndarray[Any, np.dtype[Any]]

INDEX_VERSION = 1  # counts changes of how texts are cut and embedded
FUSION = 60  # the constant of the paper
DEPTH = 50  # how far down each ranking counts


class Index:
    """Passages of one folder with their vectors and keyword statistics, in memory."""

    def __init__(self, passages: list[Passage], vectors: Array) -> None:
        """Hold float32[len(passages), dimensions] with rows of length 1, and count the words."""
        self.passages = passages
        self.vectors = vectors
        self._words = _bm25([p.searchable for p in passages])

    def search(self, vector: Array | None, text: str, k: int) -> list[Document]:
        """Return the k best passages for a vector, a text, or both; best first."""
        rankings = [r for r in (self._by_vector(vector), self._by_words(text)) if r is not None]
        scores: dict[int, float] = {}
        for ranking in rankings:
            for rank, row in enumerate(ranking, 1):
                scores[row] = scores.get(row, 0.0) + 1 / (FUSION + rank)
        best = sorted(scores, key=lambda row: (-scores[row], row))[:k]
        return [document(self.passages[row], scores[row]) for row in best]

    def _by_vector(self, vector: Array | None) -> list[int] | None:
        if vector is None:
            return None
        if vector.shape != (self.vectors.shape[1],):
            raise StepError(f"the query has {vector.size} dimensions and the index {self.vectors.shape[1]}")
        return _ranked(self.vectors @ vector)

    def _by_words(self, text: str) -> list[int] | None:
        words = _tokens([text])[0]
        if not words or self._words is None:
            return None
        scores = np.asarray(self._words.get_scores(words))
        return [row for row in _ranked(scores) if scores[row] > 0]


def _ranked(scores: Array) -> list[int]:
    return np.argsort(-scores, kind="stable")[:DEPTH].tolist()


def _tokens(texts: list[str]) -> list[list[str]]:
    import bm25s  # noqa: PLC0415 (0.1 s, only where used)

    return bm25s.tokenize(texts, stopwords="en", return_ids=False, show_progress=False)


def _bm25(texts: list[str]) -> Any:
    """Return keyword statistics, or None where no text has a word."""
    import bm25s  # noqa: PLC0415

    words = _tokens(texts)
    if not any(words):
        return None
    model = bm25s.BM25()
    model.index(words, show_progress=False)
    return model


def open_index(folder: Path, encoder: Encoder, say: Callable[[str], None] = lambda _: None) -> Index:
    """Return a folder's index from the cache, or make it and keep it there.

    `say` hears that indexing takes place. Raises StepError for a folder without text.
    """
    kept = cache_root() / "stores" / index_key(folder, encoder)
    try:
        return _read(kept)
    except (OSError, ValueError, msgspec.MsgspecError):
        pass  # not there yet, or not whole: made anew below
    passages = read_passages(folder, say)
    say(f"indexing {len(passages)} passages of {folder}")
    vectors = encoder.embed([p.searchable for p in passages])
    with whole_folder(kept) as fresh:
        (fresh / "passages.json").write_bytes(msgspec.json.encode(passages))
        np.save(fresh / "vectors.npy", vectors)
    return Index(passages, vectors)


def index_key(folder: Path, encoder: Encoder) -> str:
    """Return a key that changes with any file's name or content, the encoder, or the way of cutting."""
    digest = sha256(f"{INDEX_VERSION} {encoder.name} {encoder.dimensions}\n".encode())
    for path in text_files(folder):
        content = sha256(path.read_bytes()).hexdigest()
        digest.update(f"{content} {path.relative_to(folder).as_posix()}\n".encode())
    return digest.hexdigest()[:32]


def _read(folder: Path) -> Index:
    passages = msgspec.json.decode((folder / "passages.json").read_bytes(), type=list[Passage])
    vectors = np.load(folder / "vectors.npy", allow_pickle=False)
    if len(passages) != len(vectors):
        raise ValueError("passages and vectors do not belong together")
    return Index(passages, vectors)
