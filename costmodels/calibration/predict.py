"""Predicting rows under a user's profile, where it covers them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from agentc.costmodels.calibration import stack
from agentc.costmodels.serving.kinds import formula_of
from agentc.costmodels.serving.predict import Prediction
from agentc.costmodels.serving.profile import constants_for
from agentc.costmodels.serving.rows import Row, read_row
from agentc.diagnostics import error

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agentc.costmodels.calibration.profile import StackProfile, UserProfile
    from agentc.costmodels.serving.predict import NoPrediction


def rows_of(records: Sequence[Mapping[str, str]]) -> list[Row | None]:
    """The records that the serving model can predict; None in the place of others."""
    read = (read_row(record) for record in records)
    return [row if isinstance(row, Row) and _modelled(row) else None for row in read]


def recalibrated(
    records: Sequence[Mapping[str, str]],
    made: Sequence[Prediction | NoPrediction],
    profile: UserProfile,
) -> list[Prediction | NoPrediction]:
    """Replace the predictions of rows of the profile's stack and device; the others stay.

    Raises:
        AgentcError: the profile was fitted on other constants than the catalog's.
    """
    fitted = profile.stack
    if fitted is None:
        return list(made)
    if fitted.base != stack.base_stamp():
        message = f"profile {profile.profile!r} was fitted on other constants than the catalog has now"
        raise error(message, hint="fit its measurements again: agentc calibrate")
    rows = rows_of(records)
    numbers = [i for i, row in enumerate(rows) if row is not None and _covers(profile, fitted, row)]
    covered = [row for i in numbers if (row := rows[i]) is not None]
    if not covered:
        return list(made)
    how = stack.StackFit(fitted.factors, fitted.seen, fitted.rows, fitted.error, fitted.band)
    values = stack.predict(covered, constants_for([row.levels for row in covered]), how)
    width, why = math.exp(fitted.band), f"calibrated by profile {profile.profile!r}"
    found = list(made)
    for number, value in zip(numbers, values.tolist(), strict=True):
        found[number] = Prediction(value, value / width, value * width, "calibrated", why)
    return found


def _covers(profile: UserProfile, fitted: StackProfile, row: Row) -> bool:
    same_device = not profile.device or row.case.device.name == profile.device
    return same_device and row.levels["stack"] == fitted.stack


def _modelled(row: Row) -> bool:
    known = formula_of(row.kind, row.metric) is not None
    return known and row.case.model.kind in {"decoder", "encoder_causal"}
