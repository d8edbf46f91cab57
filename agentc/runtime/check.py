"""What must hold before anything runs: engines for all operators, packages, weights, bindings, folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentc.diagnostics import AgentcError, Diagnostic
from agentc.runtime.encoder import choice as encoder
from agentc.runtime.engines import choice as llm
from agentc.runtime.engines.openai import completions_url
from agentc.runtime.errors import StepError, need_packages
from agentc.runtime.host import ENCODER_OPS, LLM_OPS, SEARCH_OPS, SPEECH_OPS
from agentc.runtime.mcp import split_name
from agentc.runtime.models import need_models
from agentc.runtime.stores.passages import text_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentc.runtime.host import Host
    from agentc.runtime.settings import OperatorSetting, Settings

NO_SPEECH = "no engine here runs speech models"


def check(host: Host, choice: llm.LlmChoice) -> None:
    """Raise one error with everything that keeps a program from running here."""
    found = [*_no_engine(host.settings), *_unbound(host)]
    if found:
        raise AgentcError(*found)
    packages, models = _needs(host, choice)
    need_packages(*packages)
    need_models(*models)


def _no_engine(settings: Settings) -> Iterator[Diagnostic]:
    for id, operator in settings.operators.items():
        if operator.op in SPEECH_OPS:
            yield Diagnostic(
                f"operator '{id}' ({operator.op}, {operator.model}) cannot run here: {NO_SPEECH}",
                operator.location,
                "its placement stands; run the agent where its tier has such an engine",
            )


def _unbound(host: Host) -> Iterator[Diagnostic]:
    for id, operator in host.settings.operators.items():
        try:
            _check_bindings(host, operator)
        except StepError as e:
            yield Diagnostic(f"operator '{id}' cannot run here: {e.reason}", operator.location, e.hint)


def _check_bindings(host: Host, operator: OperatorSetting) -> None:
    """Find what the operator names, without calling or loading it.

    Raises:
        StepError: it is not there.
    """
    if operator.tool:
        setting = host.toolbox.tool_setting(operator.tool)
        if setting.mcp:
            split_name(setting.mcp)
        else:
            host.toolbox.code.find(setting)
    if operator.fn:
        setting = host.toolbox.function(operator.fn)
        if not setting.value:
            host.toolbox.find(operator.fn, setting)
    if operator.op in SEARCH_OPS:
        text_files(host.store_folder(operator.store))


def _needs(host: Host, choice: llm.LlmChoice) -> tuple[list[str], list[str]]:
    """Return the packages and the models that a program's operators need."""
    ops = {operator.op for operator in host.settings.operators.values()}
    packages: list[str] = []
    models: list[str] = []
    if ops & set(LLM_OPS) and choice.url:
        completions_url(choice.url)
        packages += llm.SERVER_PACKAGES
    elif ops & set(LLM_OPS):
        packages += llm.EMBEDDED_PACKAGES
        models.append(llm.EMBEDDED)
    if ops & set(ENCODER_OPS):
        packages += encoder.PACKAGES
        models.append(encoder.ENCODER)
    if ops & set(SEARCH_OPS):
        packages.append("bm25s")
    if host.toolbox.server_tools():
        packages.append("mcp")
    return packages, models
