"""Calibration: constants are found again, noise and odd runs are borne, profiles reach plans."""

import csv
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from agentc.cli.calibrate import command
from agentc.costmodels.calibration.engine import Engine, decode_ms, prefill_ms, step_ms
from agentc.costmodels.calibration.fit import fit_engine
from agentc.costmodels.calibration.points import E2E, TTFT, Point, Subject, gather, read_records, row
from agentc.costmodels.calibration.profile import UserProfile, find_profile, read_profile, write_profile
from agentc.costmodels.estimate import Estimate, estimate, max_batch
from agentc.costmodels.fleet import Tier, read_fleet
from agentc.costmodels.notes import notes_on_tiers
from agentc.diagnostics import AgentcError, Location
from agentc.ir.graph import Operator

SUBJECT = Subject("smollm2-135m", "agentc-local, 1 thread, cpu time")
TRUE = Engine(
    model="smollm2-135m",
    prefill_ms=20.0,
    prefill_ms_per_token=6.0,
    prefill_ms_per_square_token=0.001,
    decode_ms=30.0,
    step_ms=12.0,
    step_ms_per_token=0.01,
    sequence_ms=2.0,
)
INPUTS, OUTPUTS = (32, 128, 512, 1024), (8, 32, 64)


def point(inputs: int, outputs: int, noise: float = 1.0) -> Point:
    ttft = prefill_ms(TRUE, inputs) * noise
    return Point(inputs, outputs, 1, ttft, None, ttft + decode_ms(TRUE, inputs, outputs) * noise)


def write(path: Path, points: list[Point], *, repeats: int = 1, subject: Subject = SUBJECT) -> Path:
    lines: list[dict[str, str]] = []
    for p in points:
        for r in range(repeats):
            run = f"x-i{p.input_tokens:g}-o{p.output_tokens:g}-c1-r{r}"
            for metric, value in ((TTFT, p.ttft_ms), (E2E, (p.e2e_ms or 0) / 1e3)):
                assert value is not None
                made = row(
                    subject, p, run=run, metric=metric, value=value * (1 + r), notes="measured=2026-11-23"
                )
                lines.append(made)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
    return path


def test_constants_are_found_again() -> None:
    found = fit_engine(SUBJECT, [point(i, o) for i in INPUTS for o in OUTPUTS])
    for name in ("prefill_ms", "prefill_ms_per_token", "prefill_ms_per_square_token", "decode_ms", "step_ms"):
        assert getattr(found, name) == pytest.approx(getattr(TRUE, name), rel=0.01), name
    assert found.error_e2e < 0.01
    assert (found.input_tokens, found.output_tokens) == ((32, 1024), (8, 64))


def test_disturbed_runs_bend_the_fit_little() -> None:
    draw = random.Random(5)
    points = [point(i, o, 1 + 0.03 * draw.random()) for i in INPUTS for o in OUTPUTS]
    for n in (2, 9):
        points[n] = point(int(points[n].input_tokens), int(points[n].output_tokens), 3.0)
    found = fit_engine(SUBJECT, points)
    for inputs, outputs in ((64, 16), (700, 48)):
        whole = prefill_ms(found, inputs) + decode_ms(found, inputs, outputs)
        true = prefill_ms(TRUE, inputs) + decode_ms(TRUE, inputs, outputs)
        assert whole == pytest.approx(true, rel=0.05)


def test_what_further_sequences_cost_is_told_from_their_prompts() -> None:
    points = [point(i, o) for i in INPUTS for o in OUTPUTS]
    for b in (2, 4, 8):
        for i, o in ((128, 32), (512, 64)):
            prompts = (b - 1) / o * prefill_ms(TRUE, i)
            points.append(Point(i, o, b, None, step_ms(TRUE, i + o / 2, batch=b) + prompts))
    found = fit_engine(SUBJECT, points)
    assert found.sequence_ms == pytest.approx(2.0, rel=0.05)
    assert found.max_batch == 8


def test_without_concurrency_sequences_are_taken_to_take_turns() -> None:
    found = fit_engine(SUBJECT, [point(i, o) for i in INPUTS for o in OUTPUTS])
    assert step_ms(found, 100, batch=4) == pytest.approx(4 * step_ms(found, 100))
    assert found.max_batch == 1


def test_too_few_workloads_are_refused() -> None:
    with pytest.raises(AgentcError, match="fitting needs"):
        fit_engine(SUBJECT, [point(32, 8), point(64, 8)])


def test_times_never_fall_when_work_grows() -> None:
    draw = random.Random(1)
    points = [point(i, o, 0.5 + draw.random()) for i in INPUTS for o in OUTPUTS]
    found = fit_engine(SUBJECT, points)
    times = [
        prefill_ms(found, n) + decode_ms(found, n, m) for n, m in ((10, 2), (100, 2), (100, 90), (3000, 90))
    ]
    assert times == sorted(times)
    assert prefill_ms(found, 500, prefix_tokens=400) <= prefill_ms(found, 500)


def test_repetitions_of_the_local_engine_give_their_least(tmp_path: Path) -> None:
    path = write(tmp_path / "p.csv", [point(32, 8)], repeats=3)
    found = gather(read_records(path), path)[SUBJECT]
    assert len(found) == 1
    assert found[0].ttft_ms == pytest.approx(prefill_ms(TRUE, 32), rel=1e-4)
    served = replace(SUBJECT, software="vllm")
    path = write(tmp_path / "q.csv", [point(32, 8)], repeats=3, subject=served)
    assert gather(read_records(path), path)[served][0].ttft_ms == pytest.approx(
        2 * prefill_ms(TRUE, 32), rel=1e-4
    )


def test_a_torn_last_line_is_left_out(tmp_path: Path) -> None:
    path = write(tmp_path / "p.csv", [point(32, 8), point(64, 8)])
    path.write_text(path.read_text() + "x-i99-o9-c1-r0-ttft_ms,agentc")
    assert len(read_records(path)) == 4


@pytest.mark.parametrize(
    ("text", "wrong"), [("a,b\n1,2\n", "lacks the columns model"), ("", "lacks the columns")]
)
def test_a_file_of_something_else_is_refused(tmp_path: Path, text: str, wrong: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text(text)
    with pytest.raises(AgentcError, match=wrong):
        read_records(path)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


def calibrated(home: Path, *args: str) -> Any:
    path = write(home / "points.csv", [point(i, o) for i in INPUTS for o in OUTPUTS])
    return CliRunner().invoke(command, [str(path), *args], catch_exceptions=False)


def tier_of(home: Path, more: str) -> Tier:
    path = home / "fleet.yaml"
    path.write_text(f"tiers:\n  - {{name: t, device: m7i.2xlarge, usd_per_hour: 0.4, {more}}}\n")
    return read_fleet(path).tier("t")


def op(kind: str, **attrs: Any) -> Operator:
    return Operator("x", kind, {"input_tokens": 200, "output_tokens": 20, **attrs}, Location("app.py"))


def test_a_fleet_takes_a_saved_profile_and_plans_say_so(home: Path) -> None:
    result = calibrated(home, "--name", "mine")
    assert result.exit_code == 0
    assert "stack: mine" in result.output
    tier = tier_of(home, "stack: mine")
    made = estimate(op("llm.prefill", model="smollm2-135m"), tier)
    assert isinstance(made, Estimate)
    assert made.basis == "calibrated"
    assert made.latency_ms == pytest.approx(prefill_ms(TRUE, 200), rel=0.01)
    assert max_batch(op("llm.decode", model="smollm2-135m"), tier) == 1
    note = next(notes_on_tiers([tier]))
    assert "profile 'mine'" in note
    assert "12 points of 2026-11-23" in note


@pytest.mark.parametrize(
    "attrs",
    [{"model": "qwen3-0.6b"}, {"model": "smollm2-135m", "precision": "int8"}],
    ids=["model", "precision"],
)
def test_what_was_not_measured_is_still_modelled(home: Path, attrs: dict[str, Any]) -> None:
    calibrated(home, "-o", str(home / "here.yaml"))
    made = estimate(op("llm.decode", **attrs), tier_of(home, "profile_file: here.yaml"))
    assert isinstance(made, Estimate)
    assert made.basis == "datasheet"


def test_equal_points_give_equal_bytes(home: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        calibrated(home, "--name", "same", "-o", str(home / name))
    assert (home / "a.yaml").read_bytes() == (home / "b.yaml").read_bytes()


def test_a_profile_of_another_device_is_refused(home: Path) -> None:
    write_profile(UserProfile(profile="p", device="H100-SXM"), home / "p.yaml")
    with pytest.raises(AgentcError, match=r"measured on H100-SXM, this tier is m7i\.2xlarge"):
        tier_of(home, "profile_file: p.yaml")


def test_missing_and_broken_profiles_are_refused_where_they_are_named(home: Path) -> None:
    (home / "bad.yaml").write_text("profile: p\nmodle: x\n")
    for more, wrong in (("stack: mien", "no stack or profile"), ("profile_file: no.yaml", "no profile at")):
        with pytest.raises(AgentcError, match=wrong) as caught:
            tier_of(home, more)
        assert ":2:" in str(caught.value.diagnostics[0].location)
    with pytest.raises(AgentcError, match="modle"):
        tier_of(home, "profile_file: bad.yaml")
    with pytest.raises(AgentcError, match="no profile 'x'"):
        find_profile("x")


def test_a_stack_of_the_catalog_replaces_the_device_s(home: Path) -> None:
    tier = tier_of(home, "stack: nvidia-sxm")
    assert tier.device is not None
    assert tier.device.stack == "nvidia-sxm"


@pytest.mark.parametrize("name", ["nvidia-sxm", "a b", "../x"])
def test_names_that_a_profile_cannot_have(home: Path, name: str) -> None:
    with pytest.raises(AgentcError, match=r"of the catalog|is no name"):
        calibrated(home, "--name", name)


def test_nothing_to_fit_is_said(home: Path) -> None:
    path = write(home / "few.csv", [point(32, 8)])
    with pytest.raises(AgentcError, match="nothing in it can be fitted"):
        CliRunner().invoke(command, [str(path)], catch_exceptions=False)


def test_profiles_read_back(home: Path) -> None:
    calibrated(home, "-o", str(home / "p.yaml"))
    again = home / "again.yaml"
    write_profile(read_profile(home / "p.yaml"), again)
    assert again.read_bytes() == (home / "p.yaml").read_bytes()
