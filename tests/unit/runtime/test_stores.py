"""Passages, the fused index with a stand-in encoder, and values under keys."""

from __future__ import annotations

import numpy as np
import pytest

from agentc.runtime.errors import StepError
from agentc.runtime.stores.index import Index, index_key, open_index
from agentc.runtime.stores.memory import Memory, memory_path
from agentc.runtime.stores.passages import LIMIT, cut, read_passages

TEXT = """# Caches

The KV cache grows with each token.

It limits the batch.

## Eviction
Old blocks leave first.
"""


class LetterEncoder:
    """Stand-in for MiniLM: a vector of how often each letter occurs."""

    name = "letters"
    dimensions = 26

    def __init__(self):
        self.calls = 0

    def embed(self, texts):
        self.calls += 1
        counts = np.array([[t.lower().count(chr(97 + n)) for n in range(26)] for t in texts], np.float32)
        return counts / np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1e-9)

    def embed_tokens(self, texts):
        return [self.embed(text.split()) for text in texts]

    def stop(self):
        pass


@pytest.fixture
def corpus(tmp_path):
    folder = tmp_path / "corpus"
    (folder / "deep").mkdir(parents=True)
    (folder / "kv.md").write_text(TEXT)
    (folder / "deep" / "b.txt").write_text("zebra zebra\n\nquartz")
    (folder / "picture.png").write_bytes(b"\x89PNG")
    (folder / ".hidden.md").write_text("secret")
    return folder


def test_passages_know_their_lines_and_headings():
    found = cut("kv.md", TEXT)
    assert [(p.line, p.end_line, p.title) for p in found] == [(1, 5, "Caches"), (7, 8, "Eviction")]
    assert found[1].text == "## Eviction\nOld blocks leave first."


def test_every_word_is_in_exactly_one_passage():
    words = [f"w{n}" for n in range(3000)]
    text = "\n\n".join(" ".join(words[n : n + 40]) for n in range(0, 3000, 40))
    found = cut("x.txt", text)
    assert " ".join(p.text for p in found).split() == words
    assert all(len(p.text) <= LIMIT for p in found)
    assert [p.line for p in found] == sorted(p.line for p in found)


@pytest.mark.parametrize("text", ["A. " * 2000, "x" * 5000, " ".join(["word"] * 1500)])
def test_a_line_longer_than_a_passage_is_cut_where_it_can_be(text):
    found = cut("long.txt", text)
    assert all(0 < len(p.text) <= LIMIT and p.line == p.end_line == 1 for p in found)
    assert "".join("".join(p.text.split()) for p in found) == "".join(text.split())


def test_a_heading_stays_with_its_text_and_an_empty_section_is_no_passage():
    found = cut("x.md", "# Title\n\n## First\n\n" + "a" * (LIMIT - 2) + "\n")
    assert [(p.title, p.line) for p in found] == [("First", 3)]
    assert found[0].text.endswith("a")


def test_only_text_files_are_read(corpus):
    assert {p.file for p in read_passages(corpus)} == {"kv.md", "deep/b.txt"}


def test_a_folder_that_is_missing_or_has_no_text_is_refused(tmp_path):
    with pytest.raises(StepError, match="there is no folder"):
        read_passages(tmp_path / "none")
    (tmp_path / "empty").mkdir()
    with pytest.raises(StepError, match=r"holds no \.md or \.txt file"):
        read_passages(tmp_path / "empty")


def test_a_file_in_place_of_a_folder_says_so(tmp_path):
    (tmp_path / "a.md").write_text("text")
    with pytest.raises(StepError, match=r"a\.md is a file, and a store is a folder of text files"):
        read_passages(tmp_path / "a.md")


def test_files_that_are_no_text_are_left_out_with_one_note(tmp_path):
    (tmp_path / "good.md").write_bytes(b"\xef\xbb\xbfplain words")
    (tmp_path / "latin.txt").write_bytes("d\xe9j\xe0".encode("latin-1"))
    (tmp_path / "binary.md").write_bytes(b"a\0b")
    said: list[str] = []
    assert [(p.file, p.text) for p in read_passages(tmp_path, said.append)] == [("good.md", "plain words")]
    assert said == [f"note: 2 files are left out of {tmp_path}, not UTF-8 text: binary.md, latin.txt"]
    (tmp_path / "good.md").unlink()
    with pytest.raises(StepError, match="hold no text"):
        read_passages(tmp_path)


def test_words_and_vectors_find_together(corpus):
    encoder = LetterEncoder()
    index = open_index(corpus, encoder)
    by_words = index.search(None, "which blocks leave?", 1)
    assert (by_words[0]["file"], by_words[0]["line"], by_words[0]["end_line"]) == ("kv.md", 7, 8)
    by_vector = index.search(encoder.embed(["zebra"])[0], "", 1)
    assert by_vector[0]["file"] == "deep/b.txt"
    both = index.search(encoder.embed(["zebra"])[0], "zebra", 3)
    assert both[0]["file"] == "deep/b.txt"
    assert [d["score"] for d in both] == sorted((d["score"] for d in both), reverse=True)
    assert both[0]["score"] == pytest.approx(2 / 61, abs=1e-6)


def test_a_query_without_words_finds_nothing_by_words(corpus):
    assert open_index(corpus, LetterEncoder()).search(None, "the of", 3) == []


def test_k_is_kept_and_more_than_there_are_is_all(corpus):
    index = open_index(corpus, LetterEncoder())
    vector = LetterEncoder().embed(["cache"])[0]
    assert len(index.search(vector, "cache", 2)) == 2
    assert len(index.search(vector, "cache", 99)) == len(index.passages)


def test_a_vector_of_another_encoder_is_refused(corpus):
    with pytest.raises(StepError, match="the query has 3 dimensions and the index 26"):
        open_index(corpus, LetterEncoder()).search(np.ones(3, np.float32), "x", 1)


def test_an_index_is_kept_until_a_file_changes(corpus):
    said, encoder = [], LetterEncoder()
    first = open_index(corpus, encoder, said.append)
    again = open_index(corpus, encoder, said.append)
    assert encoder.calls == len(said) == 1
    assert again.passages == first.passages
    assert np.array_equal(again.vectors, first.vectors)
    before = index_key(corpus, encoder)
    (corpus / "kv.md").write_text(TEXT + "\nMore.\n")
    assert index_key(corpus, encoder) != before
    open_index(corpus, encoder, said.append)
    assert encoder.calls == 2


def test_a_broken_index_is_made_anew(corpus, tmp_path):
    encoder = LetterEncoder()
    open_index(corpus, encoder)
    (kept,) = (tmp_path / "cache" / "agentc" / "stores").iterdir()
    (kept / "vectors.npy").write_bytes(b"\x93NUMPY broken")
    assert len(open_index(corpus, encoder).passages) == 3
    assert encoder.calls == 2


def test_texts_without_a_single_word_can_be_indexed():
    index = Index(cut("x.txt", "the"), np.ones((1, 2), np.float32))
    assert index.search(None, "anything", 1) == []


def test_memory_keeps_values_per_store_and_key():
    memory = Memory(memory_path("answer"))
    assert memory.load("notes", "a") is None
    assert memory.store("notes", "a", {"n": [1, "é"]}) == {"n": [1, "é"]}
    memory.store("other", "a", 2)
    memory.store("notes", "a", {"n": 3})
    again = Memory(memory_path("answer"))
    assert (again.load("notes", "a"), again.load("other", "a")) == ({"n": 3}, 2)
    assert again.load("notes", ["not", "text"]) is None


def test_observations_are_a_log():
    memory = Memory(memory_path("answer"))
    for value in ("first", {"second": 2}):
        memory.observe("log", value)
    assert list(memory.observed("log")) == ["first", {"second": 2}]


def test_an_agents_name_cannot_leave_the_folder(tmp_path):
    assert memory_path("../../etc/passwd").parent == tmp_path / "data" / "memory"


def test_memory_that_cannot_be_used_says_so(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StepError, match="cannot be used"):
        Memory(tmp_path / "file" / "m.sqlite").load("s", "k")
    with pytest.raises(StepError, match="cannot be kept"):
        Memory(memory_path("a")).store("s", "k", float("nan"))
