"""A sweep: interleaved, resumable, and a server's streams read right."""

import csv
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from agentc.cli.profile import command
from agentc.costmodels.calibration.points import Subject
from agentc.diagnostics import AgentcError
from agentc.profiling.sweep import Run, plan_runs, runs_left, sweep
from agentc.profiling.target import Timing, Workload, measure_ruler, prompt_text


class Fake:
    """Answers at once, and stops after `most` runs as a person who presses Ctrl-C would."""

    subject = Subject("m", "fake")
    clock = "cpu"

    def __init__(self, most: int = 1000) -> None:
        self.seen: list[str] = []
        self.most = most

    def prepare(self) -> None: ...
    def close(self) -> None: ...

    def run(self, workload: Workload, seed: int) -> Timing:
        if len(self.seen) == self.most:
            raise KeyboardInterrupt
        self.seen.append(workload.name)
        return Timing(workload.input_tokens, workload.output_tokens, 10.0, 20.0)


RUNS = plan_runs((8, 16), (4,), (1,), repeats=2)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


def test_repetitions_are_interleaved() -> None:
    assert [(r.workload.input_tokens, r.repetition) for r in RUNS] == [(8, 0), (16, 0), (8, 1), (16, 1)]


def test_a_sweep_goes_on_where_it_stopped(tmp_path: Path) -> None:
    path, done = tmp_path / "deep" / "p.csv", list[Run]()
    with pytest.raises(KeyboardInterrupt):
        sweep(Fake(most=3), RUNS, path, day="2026-11-23", on_done=done.append)
    assert len(done) == 3
    left = runs_left(path, Fake.subject, RUNS)
    assert left == [RUNS[3]]
    sweep(Fake(), left, path, day="2026-11-23", on_done=done.append)
    assert runs_left(path, Fake.subject, RUNS) == []
    assert len({r["row_id"] for r in rows(path)}) == len(rows(path)) == 8


def test_a_torn_line_is_cut_off_and_measured_again(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    sweep(Fake(), RUNS, path, day="2026-11-23", on_done=lambda _: None)
    path.write_text(path.read_text()[:-15])
    left = runs_left(path, Fake.subject, RUNS)
    assert left == [RUNS[3]]
    sweep(Fake(), left, path, day="2026-11-23", on_done=lambda _: None)
    assert all(r["value"] for r in rows(path))


def test_another_engine_s_points_are_its_own(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    sweep(Fake(), RUNS, path, day="2026-11-23", on_done=lambda _: None)
    assert runs_left(path, Subject("other", "fake"), RUNS) == RUNS


def test_a_file_of_something_else_is_not_appended_to(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("model,input_len,output_len,metric,value,row_id\nm,1,1,ttft_ms,1,x\n")
    with pytest.raises(AgentcError, match="name a new file"):
        runs_left(path, Fake.subject, RUNS)


def test_prompts_have_the_length_that_was_asked_for() -> None:
    ruler = measure_ruler((10, 35.0), (60, 85.0))
    assert ruler.words(225) == 200
    assert len(prompt_text(50, 1).splitlines()[0].split()) == 50
    assert prompt_text(50, 1) != prompt_text(50, 2)


class Handler(BaseHTTPRequestHandler):
    """A server that streams as many tokens as it is asked for, and refuses `ignore_eos`."""

    def do_POST(self) -> None:
        body: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if "ignore_eos" in body:
            self.send_response(400)
            self.end_headers()
            self.wfile.write(b'{"error": "unknown field ignore_eos"}')
            return
        words = len(body["messages"][0]["content"].split())
        self.send_response(200)
        self.end_headers()
        for _ in range(body["max_tokens"]):
            self.event({"choices": [{"delta": {"content": "x"}}]})
        self.event(
            {"choices": [], "usage": {"prompt_tokens": words, "completion_tokens": body["max_tokens"]}}
        )
        self.wfile.write(b"data: [DONE]\n\n")

    def event(self, event: dict[str, Any]) -> None:
        self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())

    def log_message(self, format: str, *args: Any) -> None: ...


@pytest.fixture
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_server_is_measured_over_its_stream(url: str, tmp_path: Path) -> None:
    out = tmp_path / "p.csv"
    sizes = ["--input-tokens", "40,80", "--output-tokens", "4,9", "--concurrency", "1,2", "--repeats", "1"]
    result = CliRunner().invoke(
        command, [url, "-o", str(out), "--model", "m", *sizes], catch_exceptions=False
    )
    assert result.exit_code == 0
    found = rows(out)
    assert {r["metric"] for r in found} == {"ttft_ms", "tpot_ms", "e2e_latency_s"}
    assert len(found) == 8 * 3
    assert {(r["kind"], r["batch_or_concurrency"]) for r in found} == {("static", "1"), ("closed", "2")}
    assert {float(r["output_len"]) for r in found} == {4, 9}
    assert all(
        abs(float(r["input_len"]) - n) <= 2 for r in found for n in (40, 80) if f"-i{n}-" in r["row_id"]
    )


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        (["localhost", "--model", "m"], "neither `local` nor a URL"),
        (["http://x", "--repeats", "1"], "needs --model"),
        (["local", "--concurrency", "4"], "take turns"),
        (["local", "--input-tokens", "x"], "whole numbers"),
        (["local", "--input-tokens", "0"], "at least 1"),
        (["local", "--input-tokens", "4000"], "context"),
        (["http://127.0.0.1:9", "--model", "m"], "cannot be reached"),
        (["http://x", "--model", "m", "--device", "H1000"], "unknown device"),
    ],
)
def test_what_cannot_be_measured_is_refused(tmp_path: Path, arguments: list[str], wrong: str) -> None:
    with pytest.raises(AgentcError, match=wrong):
        CliRunner().invoke(command, [*arguments, "-o", str(tmp_path / "p.csv")], catch_exceptions=False)
