"""What a tier of a fleet file runs on: a device, its specs, and the engine's constants."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from agentc.costmodels.calibration.profile import UserProfile, find_profile, known_profiles, read_profile
from agentc.costmodels.catalog.read import find_device, stacks
from agentc.costmodels.catalog.records import PRECISIONS, Device
from agentc.costmodels.serving.stacks import TITLES, named_stack
from agentc.diagnostics import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentc.costmodels.calibration.profile import StackProfile
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


@dataclass(frozen=True)
class Engine:
    """What a tier says of its engine: the device under it, a user's profile, a stack by its name."""

    device: Device | None
    calibration: UserProfile | None = None
    stack: str = ""


def engine_of(device: Device | None, keys: Mapping[str, Value]) -> Engine:
    """The device under a named stack, or the user's profile of its engine."""
    named, file = keys.get("stack"), keys.get("profile_file")
    if not named and not file:
        return Engine(device)
    stated = named or file
    assert stated is not None
    if named and file:
        raise file.wrong("a tier takes one of stack and profile_file")
    if device is None:
        raise stated.wrong("an engine runs on a device: state device or specs too")
    if file:
        found = read_profile(Path(file.file).parent / file.text(), file.location)
    elif stated.text() in stacks():
        return Engine(replace(device, stack=stated.text()), stack=stated.text())
    elif named_stack(stated.text()) and stated.text() not in known_profiles():
        return Engine(device, stack=stated.text())
    else:
        _check_known(stated)
        found = find_profile(stated.text(), stated.location)
    return Engine(device, _fitting(found, device, stated))


def _check_known(stated: Value) -> None:
    names = [*known_profiles(), *stacks(), *TITLES]
    if stated.text() not in names:
        hint = nearest(stated.text(), names) or f"stacks: {', '.join(TITLES)}; `agentc calibrate` makes more"
        raise stated.wrong(f"no stack or profile {stated.text()!r}", hint)


def _fitting(found: UserProfile, device: Device, stated: Value) -> UserProfile:
    """A profile of another device than the tier's would lie."""
    if found.device and found.device != device.name:
        message = f"profile {found.profile!r} was measured on {found.device}, this tier is {device.name}"
        raise stated.wrong(message)
    if found.stack is not None:
        _check_stack(found.profile, found.stack, device, stated)
    return found


def _check_stack(name: str, fitted: StackProfile, device: Device, stated: Value) -> None:
    """Factors hold for one vendor's devices and for the constants that they were fitted on."""
    from agentc.costmodels.calibration.stack import base_stamp  # noqa: PLC0415 -- numpy, for few fleets

    vendor = device.vendor if device.kind == "accelerator" else "cpu"
    if fitted.stack.split("/")[0] != vendor:
        raise stated.wrong(f"profile {name!r} is of the stack {fitted.stack}, this tier is {device.name}")
    if fitted.base != base_stamp():
        message = f"profile {name!r} was fitted on other constants than the catalog has now"
        raise stated.wrong(message, "fit its measurements again: agentc calibrate")


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
