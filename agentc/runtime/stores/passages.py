"""Cuts a folder of text files into passages that can be cited: file, first and last line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypedDict

import msgspec

from agentc.runtime.errors import StepError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SUFFIXES = (".md", ".txt")
LIMIT = 900  # characters a passage: about 200 tokens, well inside the encoder's 256
NAMED = 3  # of many files, this many are named
HEADING = re.compile(r"#{1,6}\s+(.*\S)")
SENTENCE = re.compile(r"(?<=[.!?])\s+")


class Passage(msgspec.Struct, frozen=True):
    """A piece of a file. Lines count from 1; `title` is the heading that it stands under."""

    file: str
    line: int
    end_line: int
    title: str
    text: str

    @property
    def searchable(self) -> str:
        """The text with its heading, which often holds the words that a question uses."""
        return self.text if self.text.startswith("#") or not self.title else f"{self.title}\n{self.text}"


class Document(TypedDict):
    """A found passage as programs and tools see it: plain JSON."""

    file: str
    line: int
    end_line: int
    text: str
    score: float


def document(passage: Passage, score: float) -> Document:
    """Return a passage as an agent's value."""
    return Document(
        file=passage.file,
        line=passage.line,
        end_line=passage.end_line,
        text=passage.text,
        score=round(score, 6),
    )


def text_files(folder: Path) -> list[Path]:
    """Return the folder's text files, nested ones too, hidden ones not, in a fixed order.

    Raises:
        StepError: the folder is missing, is a file, or holds no text file.
    """
    if folder.exists() and not folder.is_dir():
        raise StepError(f"{folder} is a file, and a store is a folder of text files", "name its folder")
    if not folder.is_dir():
        raise StepError(
            f"there is no folder {folder}", "a store's path is relative to the agent's source file"
        )
    found = [
        p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file() and _shown(p, folder)
    ]
    if not found:
        raise StepError(f"the folder {folder} holds no {' or '.join(SUFFIXES)} file")
    return sorted(found, key=lambda p: p.relative_to(folder).as_posix())


def _shown(path: Path, folder: Path) -> bool:
    return not any(part.startswith(".") for part in path.relative_to(folder).parts)


def read_passages(folder: Path, say: Callable[[str], None] = lambda _: None) -> list[Passage]:
    """Cut every text file of a folder; `say` hears how many were left out because they are not UTF-8 text.

    Raises:
        StepError: there is no text at all.
    """
    passages: list[Passage] = []
    strange: list[str] = []
    for path in text_files(folder):
        name = path.relative_to(folder).as_posix()
        text = _text_of(path)
        if text is None:
            strange.append(name)
        else:
            passages += cut(name, text)
    if strange:
        files = "1 file is" if len(strange) == 1 else f"{len(strange)} files are"
        say(f"note: {files} left out of {folder}, not UTF-8 text: {_some(strange)}")
    if not passages:
        raise StepError(f"the files of {folder} hold no text")
    return passages


def _text_of(path: Path) -> str | None:
    """Return a file's text; None where it is none. NUL is valid UTF-8, and a sign of a binary file."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    except OSError as e:
        raise StepError(f"{path} cannot be read: {e.strerror}") from e
    return None if "\0" in text else text


def _some(names: list[str]) -> str:
    return ", ".join(names[:NAMED]) + (", ..." if len(names) > NAMED else "")


def cut(file: str, text: str) -> list[Passage]:
    """Cut one text: at headings always, at blank lines where a passage would pass LIMIT."""
    passages: list[Passage] = []
    title, gathered = "", list[tuple[int, str]]()

    def close() -> None:
        if not _bare(gathered):
            passages.append(_passage(file, title, gathered))
        gathered.clear()

    for block in _blocks(text):
        heading = HEADING.fullmatch(block[0][1].strip())
        if heading or (_size(gathered) + _size(block) > LIMIT and not _bare(gathered)):
            close()
        if heading:
            title = heading[1]
        gathered.extend(block)
    close()
    return passages


def _passage(file: str, title: str, lines: list[tuple[int, str]]) -> Passage:
    text = "\n".join(line for _, line in lines).strip()
    numbers = [number for number, line in lines if line.strip()]
    return Passage(file, numbers[0], numbers[-1], title, text)


def _bare(lines: list[tuple[int, str]]) -> bool:
    """Whether there is no text, or only headings: they wait for what they stand over."""
    return all(HEADING.fullmatch(line.strip()) for _, line in lines if line.strip())


def _size(lines: list[tuple[int, str]]) -> int:
    return sum(len(line) + 1 for _, line in lines)


def _blocks(text: str) -> Iterator[list[tuple[int, str]]]:
    """Paragraphs with their blank lines before them, as (line number, line); a heading starts one."""
    block: list[tuple[int, str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        starts = HEADING.fullmatch(line.strip()) or not line.strip()
        for piece in _pieces(line):
            if block and (starts or _size(block) + len(piece) > LIMIT):
                yield block
                block = []
            block.append((number, piece))
    if block:
        yield block


def _pieces(line: str) -> Iterator[str]:
    """A line, cut at sentence ends (or anywhere, in need) where it is longer than LIMIT."""
    if len(line) <= LIMIT:
        yield line
        return
    piece = ""
    for sentence in SENTENCE.split(line):
        for chunk in (sentence[start : start + LIMIT] for start in range(0, len(sentence), LIMIT)):
            if piece and len(piece) + len(chunk) + 1 > LIMIT:
                yield piece
                piece = ""
            piece = f"{piece} {chunk}".strip()
    if piece:
        yield piece
