"""A user's profile: a small YAML file of fitted engines that fleets name.

`agentc calibrate` writes one, into the user's configuration folder or where it is told to. A tier
takes it with `stack: NAME` or `profile_file: PATH`, and plans say that they used it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from agentc.costmodels.calibration.engine import Engine  # noqa: TC001 (msgspec reads the fields' types)
from agentc.costmodels.calibration.seen import Seen  # noqa: TC001 (the same)
from agentc.diagnostics import Location, error, nearest

if TYPE_CHECKING:
    from agentc.costmodels.catalog.records import Model

SUFFIX = ".yaml"


class StackProfile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A calibrated serving stack: `stack` is its engine, era and vendor as the catalog calls them.

    `base` names the catalog's constants that the factors multiply: with others they would lie.
    """

    stack: str
    base: str = ""
    factors: dict[str, float]
    seen: tuple[Seen, ...] = ()
    rows: int = 0
    error: float = 0.0
    band: float = 0.0


class UserProfile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything that was calibrated under one name.

    `device` is what the measurements name, empty where they name none; `date` is the day of the
    latest measurement. `stack` is what rows of a serving stack gave: factors of its constants (see
    `stack.py`), and the engine and device that they hold for.
    """

    profile: str
    date: str = ""
    device: str = ""
    software: str = ""
    source: str = ""
    engines: tuple[Engine, ...] = ()
    stack: StackProfile | None = None

    def engine_of(self, model: Model, precision: str | None, tp: int, pp: int) -> Engine | None:
        """The engine that was measured with this model and layout; None where none was.

        An operator that states no precision takes the engine's, whatever it is.
        """
        names = {name.lower() for name in (model.name, *model.aliases)}
        for e in self.engines:
            fits = e.model.lower() in names and (e.tp, e.pp) == (tp, pp)
            if fits and precision in {None, e.precision}:
                return e
        return None

    @property
    def about(self) -> str:
        """One line for a plan: what it rests on and how far off it was."""
        day = f" of {self.date}" if self.date else ""
        parts = [
            f"{e.model} on {e.points} points{day}, {100 * e.error_e2e:.0f}% off at the median"
            for e in self.engines
        ]
        if self.stack is not None:
            off = f"{100 * self.stack.error:.0f}% off at the median"
            parts.append(f"the constants of {self.stack.stack} on {self.stack.rows} rows{day}, {off}")
        return f"profile {self.profile!r}: " + "; ".join(parts)


def profiles_folder() -> Path:
    """Where profiles are kept: `agentc/profiles` in XDG_CONFIG_HOME, else in ~/.config."""
    base = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(base).expanduser() / "agentc" / "profiles"


def known_profiles() -> list[str]:
    """Names of the profiles in the user's folder."""
    return sorted(p.stem for p in profiles_folder().glob(f"*{SUFFIX}"))


def write_profile(profile: UserProfile, path: Path) -> None:
    """Write a profile whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_name(f".{path.name}.{os.getpid()}")
        half.write_bytes(msgspec.yaml.encode(profile, order="deterministic"))
        half.replace(path)
    except OSError as e:
        raise error(f"cannot write the profile {path}: {e.strerror}") from e


def read_profile(path: Path, place: Location | None = None) -> UserProfile:
    """Read a profile file.

    Raises:
        AgentcError: it is missing or is none, said at `place` (where a fleet names it) if given.
    """
    try:
        return msgspec.yaml.decode(path.read_bytes(), type=UserProfile)
    except OSError as e:
        hint = "`agentc calibrate FILE` writes profiles"
        raise error(f"no profile at {path}: {e.strerror}", place, hint) from e
    except msgspec.MsgspecError as e:
        raise error(f"{path} is no profile: {e}", place or Location(str(path))) from e


def find_profile(name: str, place: Location | None = None) -> UserProfile:
    """The profile of this name in the user's folder; an error names the nearest ones."""
    path = profiles_folder() / f"{name}{SUFFIX}"
    if not path.is_file():
        known = known_profiles()
        hint = nearest(name, known) or f"there are {', '.join(known) or 'none'} in {profiles_folder()}"
        raise error(f"no profile {name!r}", place, hint)
    return read_profile(path, place)
