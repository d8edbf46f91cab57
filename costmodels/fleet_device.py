"""What a tier of a fleet file runs on: a device, its specs, and the engine's constants."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from agentc.costmodels.calibration.profile import UserProfile, find_profile, known_profiles, read_profile
from agentc.costmodels.catalog.read import find_device, stacks
from agentc.costmodels.catalog.records import PRECISIONS, Device
from agentc.diagnostics import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentc.costmodels.located import Value

PEAK_KEYS = {f"{p}_tflops": p for p in PRECISIONS} | {"int8_tops": "int8"}
NUMBER_SPECS = (
    "memory_gb",
    "bandwidth_gbs",
    "tdp_watts",
    "scaleup_gbs",
    "scaleup_domain",
    "nic_gbps",
    "host_vcpus",
    "host_memory_gb",
    "host_bandwidth_gbs",
)
SPEC_KEYS = (*NUMBER_SPECS, *PEAK_KEYS, "kind", "stack", "vendor")
REQUIRED_SPECS = ("memory_gb", "bandwidth_gbs", "bf16_tflops")
VENDOR_STACKS = {
    "amd": "amd",
    "intel": "gaudi",
    "google": "tpu",
    "aws": "neuron",
    "apple": "apple",
    "nvidia": "nvidia-pcie",
}


def one_of(key: str, value: Value, choices: tuple[str, ...]) -> str:
    """Read one word of a few; refuse others with the nearest."""
    word = value.text()
    if word not in choices:
        raise value.wrong(f"unknown {key} {word!r}", nearest(word, choices) or f"known: {', '.join(choices)}")
    return word


def device_of(keys: Mapping[str, Value]) -> Device | None:
    """The device that a tier names or specifies; None where it does neither."""
    stated = keys.get("device")
    known = find_device(stated.text(), stated.location) if stated else None
    return _with_specs(known, keys["specs"], keys["name"].text()) if "specs" in keys else known


def calibrated(device: Device | None, keys: Mapping[str, Value]) -> tuple[Device | None, UserProfile | None]:
    """The device under a named stack of the catalog, or the user's profile of its engine."""
    named, file = keys.get("stack"), keys.get("profile_file")
    if not named and not file:
        return device, None
    stated = named or file
    assert stated is not None
    if named and file:
        raise file.wrong("a tier takes one of stack and profile_file")
    if device is None:
        raise stated.wrong("an engine runs on a device: state device or specs too")
    if file:
        found = read_profile(Path(file.file).parent / file.text(), file.location)
    elif stated.text() in stacks():
        return replace(device, stack=stated.text()), None
    else:
        _check_known(stated)
        found = find_profile(stated.text(), stated.location)
    return device, _fitting(found, device, stated)


def _check_known(stated: Value) -> None:
    names = [*known_profiles(), *stacks()]
    if stated.text() not in names:
        hint = (
            nearest(stated.text(), names) or f"stacks: {', '.join(stacks())}; `agentc calibrate` makes more"
        )
        raise stated.wrong(f"no stack or profile {stated.text()!r}", hint)


def _fitting(found: UserProfile, device: Device, stated: Value) -> UserProfile:
    """A profile of another device than the tier's would lie."""
    if found.device and found.device != device.name:
        message = f"profile {found.profile!r} was measured on {found.device}, this tier is {device.name}"
        raise stated.wrong(message)
    return found


def _with_specs(known: Device | None, specs: Value, tier: str) -> Device:
    """A device of stated specs, or a known one with some facts replaced."""
    stated = specs.mapping(SPEC_KEYS)
    missing = [k for k in REQUIRED_SPECS if k not in stated] if known is None else []
    if missing:
        raise specs.wrong(f"the specs of tier {tier!r} lack {', '.join(missing)}")
    words = {k: _word(k, stated[k]) for k in ("kind", "stack", "vendor") if k in stated}
    base = known or _unknown_device(tier, words)
    numbers = {k: stated[k].number(above=k != "tdp_watts") for k in NUMBER_SPECS if k in stated}
    if "scaleup_domain" in numbers:
        numbers["scaleup_domain"] = stated["scaleup_domain"].count()
    peaks = {p: stated[k].number(above=True) for k, p in PEAK_KEYS.items() if k in stated}
    tflops = MappingProxyType({**base.tflops, **peaks})
    made = replace(base, tflops=tflops, source="fleet file", verified=False, **numbers, **words)
    return _host_filled(made)


def _unknown_device(tier: str, words: Mapping[str, str]) -> Device:
    """A device nobody knows: its constants are those of its kind, else of its vendor's devices."""
    kind = words.get("kind", "accelerator")
    stack = "cpu" if kind == "cpu" else VENDOR_STACKS.get(words.get("vendor", "").lower(), "nvidia-pcie")
    return Device(f"{tier} (specs)", "unknown", kind, 0.0, 0.0, {}, stack)


def _host_filled(device: Device) -> Device:
    """Fill in a host's memory: a CPU machine is its own host, others get 4 GB and 3.2 GB/s a vCPU."""
    vcpus, own = device.host_vcpus, device.kind == "cpu"
    memory = device.host_memory_gb or (device.memory_gb if own else 4.0 * vcpus)
    bandwidth = device.host_bandwidth_gbs or (device.bandwidth_gbs if own else 3.2 * vcpus)
    return replace(device, host_memory_gb=memory, host_bandwidth_gbs=bandwidth)


def _word(key: str, value: Value) -> str:
    choices = {"kind": ("accelerator", "cpu"), "stack": tuple(stacks())}.get(key)
    return one_of(key, value, choices) if choices else value.text()
