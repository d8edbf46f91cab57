"""`agentc run`: results, inputs, traces, refusals before anything runs, and what Ctrl-C leaves behind."""

# ruff: noqa: E501 (MLIR is written in long lines)

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agentc.backends.table import find_backend
from agentc.cli.main import main
from agentc.frontends.load import load
from agentc.passes.pipeline import run as run_passes
from agentc.runtime import errors
from agentc.runtime.models import is_pulled

if TYPE_CHECKING:
    from collections.abc import Generator

ROOT = Path(__file__).parents[2]
PIPELINE = "inline,canonicalize,cse,dce,decompose,cse,dce,annotate"
MCP_STAND_IN = ROOT / "tests" / "unit" / "runtime" / "mcp_stand_in.py"
PULLED = is_pulled("smollm2-135m") and is_pulled("minilm-l6-v2")

GREET = """
module attributes {agent.fns = {greet = {python = "greet.py:greet"}}} {
  func.func @hello(%name: !agent.text {agent.name = "name"}, %times: i64 {agent.name = "times"}) -> !agent.text {
    %0 = "agent.compute"(%name, %times) {fn = "greet", id = "greeting", inputs = ["name", "times"]} : (!agent.text, i64) -> !agent.text
    return %0 : !agent.text
  }
}
"""


@pytest.fixture
def build(tmp_path):
    """Make a build of MLIR text or a source, with files beside it: `build(text, {"f.py": "..."})`."""

    def make(source: str, files: dict[str, str] | None = None) -> Path:
        folder = tmp_path / "src"
        folder.mkdir(exist_ok=True)
        for name, text in (files or {}).items():
            (folder / name).write_text(text)
        if "\n" in source:
            (folder / "agent.mlir").write_text(source)
            source = str(folder / "agent.mlir")
        loaded = load(source)
        run_passes(loaded.module, PIPELINE)
        out = tmp_path / "build"
        (out / "local").mkdir(parents=True)
        find_backend("local").emit(loaded.module, None, loaded, out / "local")
        return out

    return make


@pytest.fixture
def agentc(capsys):
    """Run the command line in this process: exit code, stdout, stderr."""

    def call(*arguments: object) -> tuple[int, str, str]:
        code = 0
        try:
            main([str(a) for a in arguments])
        except SystemExit as e:
            code = int(e.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.fixture
def hello(build):
    return build(GREET, {"greet.py": "def greet(name, times):\n    return 'hello ' * times + name\n"})


def test_the_result_is_printed(agentc, hello):
    assert agentc("run", hello, "--input", "name=A=B", "--input", "times=2") == (0, "hello hello A=B\n", "")


ORDERED = """
import time

import agentc as ac

kept = []


@ac.tool(latency_ms=(10, 20), effects="read")
def before(q: str) -> str:
    time.sleep(0.2)
    return ",".join(kept) or "nothing"


@ac.tool(latency_ms=(10, 20), effects="write")
def save(q: str) -> str:
    time.sleep(0.2)
    kept.append(q)
    return q


@ac.tool(latency_ms=(10, 20), effects="read")
def fetch(q: str) -> str:
    return ",".join(kept) or "nothing"


@ac.agent
def ordered(q: str) -> tuple[str, str, str]:
    return before(q), save(q), fetch(q)
"""


def test_a_read_sees_the_writes_before_it_and_none_after_it(agentc, build, tmp_path):
    (tmp_path / "ordered.py").write_text(ORDERED)
    code, out, _ = agentc("run", build(f"{tmp_path}/ordered.py:ordered"), "--input", "q=x", "--json")
    assert code == 0
    assert json.loads(out)["result"] == ["nothing", "x", "x"]


def test_json_is_one_object_and_nothing_else(agentc, hello):
    code, out, err = agentc("run", hello, "--input", "name=é", "--input", "times=1", "--json", "--trace")
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert (found["agent"], found["result"]) == ("hello", "hello é")
    (span,) = found["trace"]
    assert span["id"] == "greeting"
    assert span["end_ms"] >= span["start_ms"] >= 0
    assert list(json.loads(agentc("run", hello, "--input", "name=x", "--input", "times=1", "--json")[1])) == [
        "agent",
        "result",
    ]


def test_a_trace_has_each_operators_time(agentc, hello):
    code, out, _ = agentc("run", hello, "--input", "name=x", "--input", "times=1", "--trace")
    assert code == 0
    header, row = (
        line.split()
        for line in out.splitlines()
        if ("ms" in line and "loaded" not in line) or "greeting" in line
    )
    assert header[0] == "operator"
    assert row[0] == "greeting"
    assert float(row[3]) >= 0


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ([], "missing input name, times: hello takes name (text), times (i64)"),
        (["name=x"], "missing input times"),
        (["name=x", "times=1", "nane=x"], "no input 'nane'"),
        (["name=x", "times=two"], "the input 'times' must be int, not 'two'"),
        (["name"], "--input 'name' is not name=value"),
        (["name=x", "name=y", "times=1"], "the input 'name' is given twice"),
    ],
)
def test_wrong_inputs_are_told(agentc, hello, inputs, said):
    code, out, err = agentc("run", hello, *(part for i in inputs for part in ("--input", i)))
    assert (code, out) == (2, "")
    assert said in err


TYPED = """
import agentc as ac

@ac.compute
def shown(n: int, flag: bool, items: list[str]) -> str:
    return repr((n, flag, items))

@ac.compute
def loud(item: str) -> str:
    return item.upper()

@ac.compute
def joined(items: list[str]) -> str:
    return ",".join(items)

@ac.agent
def typed(n: int, flag: bool, items: list[str]) -> tuple[str, str]:
    return shown(n, flag, items), joined(ac.map(loud, items))
"""


def typed_program(build, tmp_path):
    (tmp_path / "typed.py").write_text(TYPED)
    return build(f"{tmp_path / 'typed.py'}:typed")


def test_python_types_and_maps_run(agentc, build, tmp_path):
    program = typed_program(build, tmp_path)
    inputs = ("--input", "n=3", "--input", "flag=true", "--input", 'items=["a", "b"]')
    assert agentc("run", program, *inputs) == (0, "(3, True, ['a', 'b'])\n\nA,B\n", "")
    empty = (*inputs[:-1], "items=[]")
    assert (
        agentc("run", program, *empty, "--json")[1] == '{"agent": "typed", "result": ["(3, True, [])", ""]}\n'
    )


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("n=1e400", "the input 'n' must be int, not '1e400'"),
        ("flag=1", "the input 'flag' must be bool, not '1'"),
        ("items=5", "the input 'items' must be list[str], not '5'"),
    ],
)
def test_inputs_must_be_of_the_annotated_types(agentc, build, tmp_path, wrong, said):
    given = {"n": "n=3", "flag": "flag=true", "items": "items=[]"} | {wrong.partition("=")[0]: wrong}
    inputs = (part for one in given.values() for part in ("--input", one))
    code, out, err = agentc("run", typed_program(build, tmp_path), *inputs)
    assert (code, out) == (2, "")
    assert said in err


SEARCH = """import agentc as ac

docs = ac.store("texts")

@ac.agent
def find(q: str) -> str:
    return ac.llm("llama-3.1-8b", "{q}", output_tokens=9)(q=docs.search(q))
"""


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "there is no folder {at}"),
        ({"texts": "a file"}, "{at} is a file, and a store is a folder of text files"),
        ({"texts/data.bin": "no text"}, "the folder {at} holds no .md or .txt file"),
    ],
)
def test_a_store_without_text_is_refused_when_compiled(agentc, tmp_path, files, said):
    source = tmp_path / "find.py"
    for name, text in {**files, "find.py": SEARCH}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    fleet = ROOT / "examples" / "fleets" / "demo.yaml"
    code, out, err = agentc("compile", f"{source}:find", "--fleet", fleet, "-o", tmp_path / "out")
    assert (code, out) == (2, "")
    assert f"{source}:7:61: error: the store 'docs': {said.format(at=tmp_path / 'texts')}" in err
    assert not (tmp_path / "out").exists()


def test_a_decoder_is_no_embedder(agentc, tmp_path):
    source = tmp_path / "find.py"
    source.write_text(SEARCH.replace('"texts"', '"texts", embedder="llama-3.1-8b"'))
    fleet = ROOT / "examples" / "fleets" / "demo.yaml"
    code, _, err = agentc("compile", f"{source}:find", "--fleet", fleet, "-o", tmp_path / "out")
    assert code == 2
    assert "find.py:7:61: error: llama-3.1-8b is a model of kind decoder: llm.embed needs encoder" in err
    assert "hint: models that can: all-minilm-l6-v2, bge-small-en-v1.5" in err


def test_what_is_no_build_is_told(agentc, tmp_path):
    code, _, err = agentc("run", tmp_path / "none")
    assert code == 2
    assert f"error: no build here: {tmp_path / 'none'} does not exist" in err
    assert "holds no program" in agentc("run", tmp_path)[2]
    (tmp_path / "settings.json").write_text("{}")
    assert "not a program's settings" in agentc("run", tmp_path)[2]


def test_the_folder_runs_by_itself(hello):
    command = [sys.executable, str(hello / "local" / "hello"), "--name", "Ada", "--times", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "hello Ada\n"
    wrong = subprocess.run([*command[:-1], "x"], capture_output=True, text=True, check=False)
    assert wrong.returncode == 2
    assert "must be int" in wrong.stderr


def test_a_run_writes_nothing_into_the_build(agentc, hello):
    before = sorted(hello.rglob("*"))
    agentc("run", hello, "--input", "name=x", "--input", "times=1")
    assert sorted(p for p in hello.rglob("*") if "__pycache__" not in p.parts) == before


SPEECH = """
module attributes {agent.fns = {f = {python = "f.py:f"}}} {
  func.func @voice(%a: !agent.audio {agent.name = "speech"}) -> !agent.audio {
    %0 = "llm.transcribe"(%a) {model = "whisper-large-v3", id = "hear"} : (!agent.audio) -> !agent.text
    %1 = "agent.compute"(%0) {fn = "f", id = "f"} : (!agent.text) -> !agent.text
    %2 = "llm.speak"(%1) {model = "kokoro-82m", id = "say"} : (!agent.text) -> !agent.audio
    return %2 : !agent.audio
  }
}
"""


def test_speech_is_refused_before_anything_runs(agentc, build, tmp_path):
    made = build(SPEECH, {"f.py": "def f(x):\n    raise SystemExit('must not run')\n", "a.wav": "RIFF"})
    code, out, err = agentc("run", made, "--input", f"speech={tmp_path / 'src' / 'a.wav'}")
    assert (code, out) == (2, "")
    assert (
        "agent.mlir:4:10: error: operator 'hear' (llm.transcribe, whisper-large-v3) cannot run here: " in err
    )
    assert "agent.mlir:6:10: error: operator 'say' (llm.speak, kokoro-82m) cannot run here: " in err


@pytest.mark.parametrize(
    ("bound", "said"),
    [
        ("{}", "operator 'a' cannot run here: the function 'f' is bound to nothing"),
        ('{f = {python = "f.py:g"}}', "f.py has no function 'g'"),
        ('{f = {python = "gone.py:f"}}', "importing gone.py failed"),
    ],
)
def test_what_a_name_is_not_bound_to_is_told_before_anything_runs(agentc, build, bound, said):
    text = f"""
    module attributes {{agent.fns = {bound}}} {{
      func.func @agent(%q: !agent.text {{agent.name = "q"}}) -> !agent.text {{
        %0 = "agent.compute"(%q) {{fn = "f", id = "a"}} : (!agent.text) -> !agent.text
        return %0 : !agent.text
      }}
    }}"""
    code, _, err = agentc("run", build(text, {"f.py": "def f(x): return x\n"}), "--input", "q=x")
    assert code == 2
    assert said in err
    assert "agent.mlir:4:14" in err


RAG = f"{ROOT}/examples/rag.py:answer"


def test_without_weights_the_command_is_told(agentc, build, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "empty"))
    made = build(RAG)
    code, out, err = agentc("run", made, "--input", "question=x")
    assert (code, out) == (2, "")
    assert err == "error: the weights are not here: run `agentc pull smollm2-135m minilm-l6-v2`\n"
    err = agentc("run", made, "--input", "question=x", "--llm-url", "http://127.0.0.1:9/v1")[2]
    assert err == "error: the weights are not here: run `agentc pull minilm-l6-v2`\n"


def test_without_the_extra_the_command_is_told(agentc, build, monkeypatch):
    monkeypatch.setattr(errors, "find_spec", lambda name: None if name in {"xllamacpp", "bm25s"} else name)
    code, _, err = agentc("run", build(RAG), "--input", "question=x")
    assert code == 2
    assert err == "error: running here needs xllamacpp, bm25s: run `pip install 'agentc[local]'`\n"


def test_a_store_that_is_gone_since_it_was_compiled_is_told(agentc, build):
    text = """
    module attributes {agent.stores = {docs = {path = "."}}} {
      func.func @agent(%q: !agent.text {agent.name = "q"}) -> !agent.docs {
        %0 = "memory.search"(%q) {store = "docs", id = "hits"} : (!agent.text) -> !agent.docs
        return %0 : !agent.docs
      }
    }"""
    made = build(text, {"notes.md": "words"})
    (made.parent / "src" / "notes.md").unlink()
    code, _, err = agentc("run", made, "--input", "q=x")
    assert code == 2
    assert "agent.mlir:4:14: error: operator 'hits.lookup' cannot run here: the folder" in err


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://x"])
def test_a_wrong_url_is_told(agentc, build, url):
    code, _, err = agentc("run", build(RAG), "--input", "question=x", "--llm-url", url)
    assert code == 2
    assert f"{url!r} is not the URL of a server" in err


def test_threads_must_be_a_number(agentc, build, monkeypatch):
    monkeypatch.setenv("AGENTC_ENCODER_THREADS", "many")
    monkeypatch.setenv("AGENTC_LLM_URL", "http://127.0.0.1:9")
    if not PULLED:
        pytest.skip("needs `agentc pull minilm-l6-v2`")
    code, _, err = agentc("run", build(RAG), "--input", "question=x")
    assert code == 2
    assert "AGENTC_ENCODER_THREADS='many' is not a number of threads" in err


def mcp_agent(command: str, inputs: str = "", tool: str = "shout") -> str:
    return f"""
    module {{
      func.func @agent(%q: !agent.text {{agent.name = "q"}}) -> !agent.text {{
        %0 = "tool.invoke"(%q) {{tool = "mcp:{command}#{tool}", id = "loud"{inputs}}} : (!agent.text) -> !agent.text
        return %0 : !agent.text
      }}
    }}"""


def test_an_mcp_tool_runs(agentc, build):
    made = build(mcp_agent(f"{sys.executable} {MCP_STAND_IN}"))
    assert agentc("run", made, "--input", "q=hi")[:2] == (0, "HI\n")


def test_wrong_arguments_for_an_mcp_tool_are_told_before_the_call(agentc, build):
    made = build(mcp_agent(f"{sys.executable} {MCP_STAND_IN}", ', inputs = ["txt"]'))
    code, _, err = agentc("run", made, "--input", "q=hi")
    assert code == 1
    assert (
        "agent.mlir:4:14: error: operator 'loud.lookup' failed: wrong arguments for shout: text missing"
        in err
    )


def test_a_server_that_is_not_there_is_told(agentc, build):
    code, _, err = agentc("run", build(mcp_agent("no-such-server --x")), "--input", "q=hi")
    assert code == 2
    assert "the MCP server `no-such-server --x` does not start" in err


HANGING = """
import sys, time

def hang(text):
    print("hanging", file=sys.stderr, flush=True)
    time.sleep(600)
"""


def hanging(build, tmp_path, tool: str = "") -> Path:
    command = f"{sys.executable} {MCP_STAND_IN} {tmp_path / 'pid'}"
    text = mcp_agent(command).replace(
        "module {", 'module attributes {agent.fns = {f = {python = "f.py:hang"}}} {'
    )
    text = text.replace(
        "return %0",
        '%1 = "agent.compute"(%0) {fn = "f", id = "hangs"} : (!agent.text) -> !agent.text\n        return %1',
    )
    return build(text, {"f.py": HANGING})


def test_time_runs_out_though_a_tool_hangs(agentc, build, tmp_path):
    code, out, err = agentc("run", hanging(build, tmp_path), "--input", "q=x", "--timeout", "0.7")
    assert (code, out) == (1, "")
    assert "error: no answer within 0.7 s; " in err


@contextmanager
def started(command: list[str]) -> Generator[subprocess.Popen[str]]:
    """A program at work, which does not outlive a test that fails."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        try:
            yield running
        finally:
            running.kill()


@pytest.mark.parametrize("entry", ["agentc", "folder"])
def test_ctrl_c_leaves_nothing_running(build, tmp_path, entry):
    made = hanging(build, tmp_path)
    command = {
        "agentc": [sys.executable, "-m", "agentc.cli.main", "run", str(made), "--input", "q=x"],
        "folder": [sys.executable, str(made / "local" / "agent"), "--q", "x"],
    }[entry]
    with started(command) as running:
        assert running.stderr is not None
        assert running.stderr.readline() == "hanging\n"
        server = int((tmp_path / "pid").read_text())
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=30)
    assert running.returncode == 130
    assert (out, err.strip()) == ("", "interrupted")
    with pytest.raises(ProcessLookupError):
        os.kill(server, 0)


@pytest.mark.skipif(not PULLED, reason="needs `agentc pull smollm2-135m minilm-l6-v2` (make test does it)")
def test_ctrl_c_stops_engines_that_load_or_work(build):
    """The note is said right before the LLM loads; a process that ends then must not be brought down by it."""
    command = [sys.executable, "-m", "agentc.cli.main", "run", str(build(RAG)), "--input", "question=x"]
    with started(command) as running:
        assert running.stderr is not None
        assert running.stderr.readline().startswith("note: LLM operators run on SmolLM2-135M")
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    assert (running.returncode, out, err.strip().splitlines()[-1]) == (130, "", "interrupted")


@pytest.mark.skipif(not PULLED, reason="needs `agentc pull smollm2-135m minilm-l6-v2` (make test does it)")
def test_the_example_answers_from_real_models_and_cites_its_corpus(agentc, build):
    made = build(RAG)
    asked = ("run", made, "--input", "question=Why does the KV cache limit the batch?", "--json", "--trace")
    code, out, err = agentc(*asked)
    assert code == 0, err
    assert err.count("note: LLM operators run on SmolLM2-135M here (1 thread), in place of llama-3.1-8b") == 1
    found = json.loads(out)
    answer, _, cited = found["result"].partition("Sources: ")
    assert answer.strip()
    files = {source.partition(":")[0] for source in cited.split(", ")}
    assert files <= {path.name for path in (ROOT / "examples" / "corpus").iterdir()}
    assert "kv-cache.md" in files
    spans = {span["id"]: span for span in found["trace"]}
    assert spans["draft.prefill"]["ms"] > 0
    assert spans["draft.decode"]["start_ms"] >= spans["draft.prefill"]["end_ms"]
    assert spans["draft.prefill"]["figures"]["prompt_tokens"] > 100
    assert json.loads(agentc(*asked)[1])["result"] == found["result"], "the same answer twice"
