"""The fit finds what made the data, shrinks what little data says, and its file holds no rows."""

from __future__ import annotations

import numpy as np
import pytest

from agentc.costmodels.serving import fit as fit_command
from agentc.costmodels.serving.constants import constants_of
from agentc.costmodels.serving.crossval import log_errors
from agentc.costmodels.serving.fitting import fit
from agentc.costmodels.serving.problem import make_problem
from agentc.costmodels.serving.profile import document, table
from agentc.costmodels.serving.rows import Row, read_row


def _rows(value=1.0, device="H100-SXM"):
    made = []
    for model in ("Llama-2-7B", "Llama-3.1-70B"):
        for batch in (1, 16, 64):
            for prompt in (128, 1024):
                record = {
                    "source": "made",
                    "software": "newengine 1.0",
                    "model": model,
                    "precision": "bf16",
                    "device": device,
                    "n_devices": "4",
                    "tp": "4",
                    "input_len": str(prompt),
                    "output_len": "128",
                    "batch_or_concurrency": str(batch),
                    "kind": "static",
                    "metric": "e2e_latency_s",
                    "value": str(value),
                }
                row = read_row(record)
                assert isinstance(row, Row)
                made.append(row)
    return made


def _measured(slower: float):
    """Rows whose values the present profiles make, all slower by one factor."""
    from dataclasses import replace

    rows = _rows()
    values = make_problem(rows).values(constants_of(table(), [row.levels for row in rows]))
    return [replace(row, value=float(v) * slower) for row, v in zip(rows, values, strict=True)]


def test_fitting_halves_the_error_of_an_engine_that_is_slower():
    rows = _measured(1.5)
    before = np.median(np.abs(log_errors(fit(rows, 0), rows)))
    after = np.median(np.abs(log_errors(fit(rows), rows)))
    assert after < before / 2


def test_odd_rows_do_not_bend_the_fit():
    from dataclasses import replace

    rows = _measured(1.0)
    odd = [replace(rows[0], value=rows[0].value * 30), *rows[1:]]
    clean, bent = fit(rows), fit(odd)
    difference = np.abs(log_errors(bent, rows) - log_errors(clean, rows))
    assert np.median(difference) < 0.1


def test_the_file_states_its_errors_and_every_level_its_rows():
    held = document()
    assert held["fit"]["rows"] > 1000
    assert 0 < held["fit"]["error_percent"] < held["fit"]["error_percent_source_left_out"] < 20
    for levels in held["levels"].values():
        for level in levels.values():
            assert level["basis"] in {"fitted", "judged", "fitted on a judged prior"}
            assert (level["rows"] > 0) == ("sources" in level)


def test_bands_widen_with_what_is_not_known():
    bands = document()["bands"]
    for group in ("rate", "first_token"):
        assert bands["release"][group] < bands["stack"][group] < bands["nothing"][group]


def test_the_command_wants_a_file(capsys):
    with pytest.raises(SystemExit) as stopped:
        fit_command.main([])
    assert stopped.value.code == 2
    assert "csv" in capsys.readouterr().err
