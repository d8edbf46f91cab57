"""`agentc predict`: columns added, rows refused with a reason, the score printed."""

from __future__ import annotations

import csv
import json

from click.testing import CliRunner

from agentc.cli.predict import command
from agentc.diagnostics import AgentcError

COLUMNS = (
    "row_id,source,software,model,params_b,precision,kv_precision,device,n_devices,tp,pp,input_len,output_len,"
    "batch_or_concurrency,kind,metric,value,notes"
)
GOOD = "1,s,vLLM 0.8,Llama-3.1-8B,8,bf16,bf16,H100-SXM,1,1,1,512,128,4,static,tpot_ms,8.0,"
BAD = "2,s,vLLM 0.8,Llama-3.1-8B,8,bf16,bf16,Abacus,1,1,1,512,128,4,static,tpot_ms,8.0,"


def _run(tmp_path, lines, *options):
    path = tmp_path / "rows.csv"
    path.write_text("\n".join((COLUMNS, *lines)) + "\n")
    return CliRunner().invoke(command, [str(path), *options])


def test_columns_are_added_and_refusals_say_why(tmp_path):
    out = tmp_path / "out.csv"
    result = _run(tmp_path, (GOOD, BAD), "-o", str(out))
    assert result.exit_code == 0, result.output
    first, second = csv.DictReader(out.open())
    assert float(first["low"]) < float(first["predicted"]) < float(first["high"])
    assert first["basis"] == "calibrated"
    assert second["predicted"] == ""
    assert second["basis"] == "refused"
    assert "Abacus" in second["why"]


def test_score_is_printed_by_group(tmp_path):
    result = _run(tmp_path, (GOOD, BAD), "--score")
    assert "median error" in result.output
    assert "1 rows, 1 refused" in result.output
    assert "H100-SXM" in result.output


def test_json_is_one_object(tmp_path):
    result = _run(tmp_path, (GOOD,), "--json")
    found = json.loads(result.stdout)
    assert found["score"]["overall"]["rows"] == 1


def test_a_file_without_the_columns_is_a_located_error(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("a,b\n1,2\n")
    result = CliRunner().invoke(command, [str(path)])
    assert isinstance(result.exception, AgentcError)
    assert "no column model" in str(result.exception)
