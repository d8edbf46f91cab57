"""The published schema of `manifest.json`: the one that the classes make, and one that refuses."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import agentc.plan
from agentc.plan import Plan, read_plan, schema, to_json

PUBLISHED = Path(agentc.plan.__file__).with_name("manifest.schema.json")


@pytest.fixture
def manifest(plan: Plan) -> dict[str, Any]:
    return json.loads(to_json(plan))


def test_the_published_schema_is_that_of_the_classes():
    made = json.loads(json.dumps(schema()))
    assert json.loads(PUBLISHED.read_text()) == made, "plan.py changed: run `make schema`"


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(schema())


def test_a_manifest_is_accepted(manifest: dict[str, Any]):
    jsonschema.validate(manifest, schema())


def test_the_fixed_names_are_there(manifest: dict[str, Any]):
    top = {"agentc", "agent", "source", "fleet", "objective", "solver", "pools", "operators", "transfers"}
    assert top | {"critical_path", "totals", "slo"} <= set(manifest)
    assert {"from", "to", "bytes", "latency_ms", "link"} <= set(manifest["transfers"][0])


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("solver", "status"), "perfect"),
        (("pools", 0, "replicas"), "three"),
        (("operators", 0, "basis"), "guess"),
        (("totals",), None),
        (("operators", 0, "surplus"), 1),
        (("critical_path",), "a"),
    ],
)
def test_a_broken_manifest_is_refused(
    manifest: dict[str, Any], where: tuple[str | int, ...], value: object, tmp_path: Path
):
    holder: Any = manifest
    for key in where[:-1]:
        holder = holder[key]
    holder[where[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(manifest, schema())
    broken = tmp_path / "manifest.json"
    broken.write_text(json.dumps(manifest))
    with pytest.raises(agentc.plan.AgentcError, match="not a manifest"):
        read_plan(broken)


@pytest.mark.parametrize("name", ["agent", "operators", "totals"])
def test_a_missing_field_is_refused(manifest: dict[str, Any], name: str):
    del manifest[name]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(manifest, schema())


def test_a_plan_survives_the_file(plan: Plan, tmp_path: Path):
    path = tmp_path / "manifest.json"
    path.write_bytes(to_json(plan))
    assert read_plan(path) == plan
    assert to_json(read_plan(path)) == path.read_bytes()
