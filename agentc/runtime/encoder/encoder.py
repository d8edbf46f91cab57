"""Runs a sentence encoder: texts in, unit vectors out; also one vector a token, for reranking."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportMissingTypeStubs=false
# pyright: reportUnknownArgumentType=false
# (onnxruntime, tokenizers and safetensors are only partly typed)

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
import numpy as np

from agentc.runtime.errors import StepError
from agentc.runtime.files import write_whole
from agentc.runtime.models import cache_root, find_embedded, model_folder, need_models

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Array = np.ndarray[Any, np.dtype[Any]]

MAX_TOKENS = 256  # sentence_bert_config.json of the model: longer texts are cut
BATCH = 16
PROGRAM_VERSION = 1  # counts changes of graph.py: an older program in the cache is not used


class Encoder(Protocol):
    """Turns texts into vectors."""

    name: str
    dimensions: int

    def embed(self, texts: Sequence[str]) -> Array:
        """Return float32[len(texts), dimensions], each row of length 1."""
        ...

    def embed_tokens(self, texts: Sequence[str]) -> list[Array]:
        """Return one float32[tokens, dimensions] a text, each row of length 1."""
        ...

    def stop(self) -> None:
        """Let work that is under way end early: its result is wanted no more."""
        ...


class OnnxEncoder:
    """MiniLM (or any BERT in the same files) on ONNX Runtime; one thread unless told otherwise."""

    def __init__(self, name: str, threads: int = 1) -> None:
        """Load the program (writing it on first use) and the tokenizer. Raises when not pulled."""
        need_models(name)
        self.name = name
        self._session = _session(program_path(name), threads)
        self._tokenizer = _tokenizer(model_folder(name) / "tokenizer.json")
        self._lock = threading.Lock()
        self._stopped = False
        self.dimensions = int(self._session.get_outputs()[1].shape[1])

    def embed(self, texts: Sequence[str]) -> Array:
        """Return float32[len(texts), dimensions], each row of length 1."""
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        for rows in _batches(texts):
            _, sentence, _ = self._run([texts[row] for row in rows])
            vectors[rows] = sentence
        return vectors

    def embed_tokens(self, texts: Sequence[str]) -> list[Array]:
        """Return one float32[tokens, dimensions] a text, each row of length 1."""
        found: list[Array] = [np.zeros((0, self.dimensions), np.float32)] * len(texts)
        for rows in _batches(texts):
            tokens, _, mask = self._run([texts[row] for row in rows])
            unit = tokens / np.maximum(np.linalg.norm(tokens, axis=-1, keepdims=True), 1e-12)
            for row, vectors, real in zip(rows, unit, mask, strict=True):
                found[row] = vectors[real.astype(bool)]
        return found

    def stop(self) -> None:
        """Let work that is under way end after its present batch."""
        self._stopped = True

    def _run(self, texts: list[str]) -> tuple[Array, Array, Array]:
        if self._stopped:
            raise StepError("the run has ended")
        encodings = self._tokenizer.encode_batch(texts)
        ids = np.array([e.ids for e in encodings], np.int64)
        mask = np.array([e.attention_mask for e in encodings], np.int64)
        with self._lock:  # one thread's worth of work at a time: more would only slow each other down
            tokens, sentence = self._session.run(None, {"input_ids": ids, "attention_mask": mask})
        return np.asarray(tokens), np.asarray(sentence), mask


def maxsim(query: Array, passage: Array) -> float:
    """Mean over the query's tokens of the best cosine with any passage token.

    Khattab and Zaharia 2020 (ColBERT, arXiv 2004.12832) sum it; the mean ranks alike and stays in
    [-1, 1]. Both are float32[tokens, dimensions] with rows of length 1.
    """
    if not len(query) or not len(passage):
        return 0.0
    return float((query @ passage.T).max(axis=1).mean())


def program_path(name: str) -> Path:
    """Return the encoder's `.onnx` in the user's cache, writing it on first use."""
    weights = next(f for f in find_embedded(name).files if f.name.endswith(".safetensors"))
    path = cache_root() / "onnx" / f"{name}-v{PROGRAM_VERSION}-{weights.sha256[:12]}.onnx"
    if not path.is_file():
        write_program(name, path)
    return path


def write_program(name: str, path: Path) -> None:
    """Write the encoder of a pulled model as an ONNX program; it appears whole or not at all."""
    from safetensors.numpy import load_file  # noqa: PLC0415 (only on first use)

    from agentc.runtime.encoder.graph import BertShape, bert_program  # noqa: PLC0415

    folder = model_folder(name)
    shape = msgspec.json.decode((folder / "config.json").read_bytes(), type=BertShape)
    program = bert_program(load_file(folder / "model.safetensors"), shape)
    write_whole(path, program.SerializeToString(deterministic=True))


def _session(path: Path, threads: int) -> Any:
    import onnxruntime  # noqa: PLC0415 (0.2 s, only where used)

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _tokenizer(path: Path) -> Any:
    from tokenizers import Tokenizer  # noqa: PLC0415

    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.enable_padding()
    return tokenizer


def _batches(texts: Sequence[str]) -> list[list[int]]:
    """Rows of similar length together: less padding."""
    order = sorted(range(len(texts)), key=lambda row: (len(texts[row]), row))
    return [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
