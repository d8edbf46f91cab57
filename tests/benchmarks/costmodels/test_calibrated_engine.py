"""Profile and calibrate the embedded engine on this machine, then predict lengths it never saw.

    pytest tests/benchmarks/costmodels -m slow -s

prints predicted beside measured. Runs for the fit and for the test take turns, three times each, in
processor time, so that other programs on the machine disturb both alike; of the repetitions the
least is taken, in both. It takes two minutes on an idle machine.
"""

from pathlib import Path
from statistics import median

import pytest

from agentc.cli.calibrate import command as calibrate
from agentc.cli.profile import command as profile
from agentc.costmodels.calibration.points import Point, gather, read_records
from agentc.costmodels.estimate import Estimate, estimate
from agentc.costmodels.fleet import Tier, read_fleet
from agentc.diagnostics import Location
from agentc.ir.graph import Operator
from agentc.runtime.models import is_pulled

MODEL = "smollm2-135m"
FITTED = {48, 240, 640}, {6, 40}
UNSEEN = {110, 400, 800}, {20, 64}
BOUND = 0.10
REPEATS = 3
FLEET = """\
tiers:
  - {name: here, device: verda-CPU.8V.32G, usd_per_hour: 0.05, profile_file: here.yaml}
"""


def measure(path: Path, lengths: tuple[set[int], set[int]], repeats: int) -> None:
    """Add what is missing: `agentc profile` keeps the runs that a file holds."""
    inputs, outputs = (",".join(str(n) for n in sorted(part)) for part in lengths)
    how = ["--input-tokens", inputs, "--output-tokens", outputs, "--repeats", str(repeats)]
    profile(["local", "-o", str(path), *how], standalone_mode=False)


def predicted(point: Point, tier: Tier) -> tuple[float, float]:
    attrs = {"model": MODEL, "input_tokens": point.input_tokens, "output_tokens": point.output_tokens}
    made = [estimate(Operator(op, op, attrs, Location("x")), tier) for op in ("llm.prefill", "llm.call")]
    times = [m.latency_ms for m in made if isinstance(m, Estimate) and m.basis == "calibrated"]
    return times[0], times[1]


@pytest.mark.slow
@pytest.mark.skipif(not is_pulled(MODEL), reason=f"agentc pull {MODEL}")
def test_unseen_lengths_are_predicted_within_a_tenth(tmp_path: Path) -> None:
    fitted, unseen, here = (tmp_path / name for name in ("fitted.csv", "unseen.csv", "here.yaml"))
    for repeats in range(1, REPEATS + 1):
        measure(fitted, FITTED, repeats)
        measure(unseen, UNSEEN, repeats)
    calibrate([str(fitted), "--name", "here", "-o", str(here)], standalone_mode=False)
    (tmp_path / "fleet.yaml").write_text(FLEET)
    tier = read_fleet(tmp_path / "fleet.yaml").tier("here")

    errors: dict[str, list[float]] = {"ttft": [], "whole": []}
    print(
        f"\n{'prompt':>7} {'answer':>7}   {'ttft ms':>9} {'predicted':>9}   {'whole ms':>9} {'predicted':>9}"
    )
    for point in next(iter(gather(read_records(unseen), unseen).values())):
        ttft, whole = predicted(point, tier)
        assert point.ttft_ms is not None
        assert point.e2e_ms is not None
        errors["ttft"].append(abs(ttft / point.ttft_ms - 1))
        errors["whole"].append(abs(whole / point.e2e_ms - 1))
        print(
            f"{point.input_tokens:7.0f} {point.output_tokens:7.0f}   {point.ttft_ms:9.0f} {ttft:9.0f}"
            f"   {point.e2e_ms:9.0f} {whole:9.0f}"
        )
    off = {what: median(found) for what, found in errors.items()}
    print(f"off at the median: ttft {off['ttft']:.1%}, whole answer {off['whole']:.1%}")
    assert len(errors["whole"]) == len(UNSEEN[0]) * len(UNSEEN[1])
    assert off["ttft"] <= BOUND
    assert off["whole"] <= BOUND
