"""Every test has a cache and a data folder of its own, and no word of the user's environment."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("AGENTC_DATA", str(tmp_path / "data"))
    for name in ("AGENTC_LLM_URL", "AGENTC_LLM_KEY", "AGENTC_LLM_MODEL", "AGENTC_LLM_THREADS"):
        monkeypatch.delenv(name, raising=False)
