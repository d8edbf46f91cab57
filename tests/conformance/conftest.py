"""How each backend's output is run: a backend without a runner here fails the suite."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from agentc.backends.table import backend_names, find_backend
from agentc.frontends.load import load
from agentc.passes.pipeline import run as run_passes
from agentc.runtime.engines.choice import LlmChoice
from agentc.runtime.program import open_program

AGENTS = Path(__file__).with_name("agents")
PIPELINE = "inline,canonicalize,cse,dce,decompose,cse,dce,annotate"


def run_local(folder: Path, given: dict[str, str], llm_url: str) -> tuple[Any, ...]:
    """Run what the local backend emitted; the agent's results."""
    program = open_program(next(folder.iterdir()))
    return program.run(given, llm=LlmChoice(llm_url), say=lambda _: None, timeout_s=60).results


RUNNERS = {"local": run_local}


@pytest.fixture(params=backend_names())
def run_agent(request, tmp_path, monkeypatch, llm_server):
    """Compile an agent of agents/ with one backend and run it on texts: `run_agent("straight", text="a")`."""
    monkeypatch.setenv("AGENTC_DATA", str(tmp_path / "data"))
    backend = find_backend(request.param)
    run_emitted = RUNNERS[request.param]

    def run(name: str, pipeline: str = PIPELINE, **given: str) -> tuple[Any, ...]:
        loaded = load(str(AGENTS / f"{name}.mlir"))
        run_passes(loaded.module, pipeline)
        out = tmp_path / f"{name}-{len(list(tmp_path.iterdir()))}"
        out.mkdir()
        backend.emit(loaded.module, None, loaded, out)
        return run_emitted(out, given, llm_server.url)

    return run


class StandInServer:
    """A stand-in for an OpenAI-compatible server: it answers with the model's name and what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                stand_in.asked.append(body)
                said = " / ".join(m["content"] for m in body["messages"])
                answer = {"choices": [{"message": {"content": f"<{body['model']}: {said}>"}}]}
                data = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: Any) -> None:
                """Keep quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"


@pytest.fixture
def llm_server():
    stand_in = StandInServer()
    thread = threading.Thread(target=stand_in.server.serve_forever, daemon=True)
    thread.start()
    yield stand_in
    stand_in.server.shutdown()
    stand_in.server.server_close()
