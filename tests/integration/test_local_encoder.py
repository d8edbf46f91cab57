"""The ONNX encoder against an independent NumPy forward pass over the same weights."""

from __future__ import annotations

import json
from math import erf, sqrt

import numpy as np
import onnx
import pytest
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from agentc.runtime.encoder.encoder import OnnxEncoder, maxsim, program_path
from agentc.runtime.models import is_pulled, model_folder

pytestmark = pytest.mark.skipif(
    not is_pulled("minilm-l6-v2"), reason="needs `agentc pull minilm-l6-v2` (make test does it)"
)

TEXTS = [
    "The KV cache grows with each token.",
    "a",
    "Prefill is bound by compute, decode by memory bandwidth: " * 12,
    "Ünïcödé, 日本語 and emoji 🙂",
    "",
]
GELU = np.vectorize(lambda x: 0.5 * x * (1 + erf(x / sqrt(2))), otypes=[np.float64])


@pytest.fixture(scope="module")
def encoder():
    return OnnxEncoder("minilm-l6-v2")


def layer_norm(x, w, name):
    mean = x.mean(-1, keepdims=True)
    variance = ((x - mean) ** 2).mean(-1, keepdims=True)
    return (x - mean) / np.sqrt(variance + 1e-12) * w[f"{name}.weight"] + w[f"{name}.bias"]


def linear(x, w, name):
    return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]


def forward(ids, w, config):
    """Last hidden states of one text, in float64, one head at a time: written apart from the ONNX graph."""
    x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][: len(ids)]
    x = layer_norm(x + w["embeddings.token_type_embeddings.weight"][0], w, "embeddings.LayerNorm")
    heads = config["num_attention_heads"]
    size = config["hidden_size"] // heads
    for n in range(config["num_hidden_layers"]):
        p = f"encoder.layer.{n}"
        q, k, v = (linear(x, w, f"{p}.attention.self.{part}") for part in ("query", "key", "value"))
        mixed = np.zeros_like(x)
        for head in range(heads):
            cut = slice(head * size, (head + 1) * size)
            scores = q[:, cut] @ k[:, cut].T / np.sqrt(size)
            shares = np.exp(scores - scores.max(-1, keepdims=True))
            mixed[:, cut] = shares / shares.sum(-1, keepdims=True) @ v[:, cut]
        attended = linear(mixed, w, f"{p}.attention.output.dense")
        x = layer_norm(x + attended, w, f"{p}.attention.output.LayerNorm")
        wide = GELU(linear(x, w, f"{p}.intermediate.dense"))
        x = layer_norm(x + linear(wide, w, f"{p}.output.dense"), w, f"{p}.output.LayerNorm")
    return x


@pytest.fixture(scope="module")
def expected():
    """Token vectors of TEXTS by NumPy, each text alone."""
    folder = model_folder("minilm-l6-v2")
    weights = {k: v.astype(np.float64) for k, v in load_file(folder / "model.safetensors").items() if v.ndim}
    config = json.loads((folder / "config.json").read_text())
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(256)
    tokenizer.no_padding()
    return [forward(tokenizer.encode(text).ids, weights, config) for text in TEXTS]


def test_sentence_vectors_agree_with_numpy(encoder, expected):
    """All texts in one batch: padding must change nothing."""
    pooled = np.array([states.mean(0) for states in expected])
    pooled /= np.linalg.norm(pooled, axis=1, keepdims=True)
    found = encoder.embed(TEXTS)
    assert found.shape == (len(TEXTS), 384)
    assert np.abs(found - pooled).max() < 1e-5
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)


def test_token_vectors_agree_with_numpy(encoder, expected):
    for found, states in zip(encoder.embed_tokens(TEXTS), expected, strict=True):
        unit = states / np.linalg.norm(states, axis=1, keepdims=True)
        assert found.shape == unit.shape
        assert np.abs(found - unit).max() < 1e-5


def test_a_text_has_the_same_vector_in_any_company(encoder):
    alone = encoder.embed(TEXTS[:1])[0]
    crowded = encoder.embed([*TEXTS, *TEXTS] * 3)[0]
    assert np.abs(alone - crowded).max() < 1e-5


def test_meaning_is_near_meaning(encoder):
    cat, kitten, stocks = encoder.embed(["a cat", "a kitten", "the stock market fell"])
    assert cat @ kitten > 0.6
    assert cat @ stocks < 0.3


def test_maxsim_prefers_the_passage_that_answers(encoder):
    asked, good, bad = encoder.embed_tokens(
        ["Who wrote the opera?", "Verdi composed the opera in 1871.", "The bridge is closed on Mondays."]
    )
    assert maxsim(asked, good) > maxsim(asked, bad)
    assert maxsim(asked, asked) == pytest.approx(1.0, abs=1e-5)
    assert maxsim(asked, asked[:0]) == 0.0


def test_the_program_is_a_valid_onnx_file_in_the_cache():
    path = program_path("minilm-l6-v2")
    onnx.checker.check_model(str(path), full_check=True)
    assert path.parent.name == "onnx"
