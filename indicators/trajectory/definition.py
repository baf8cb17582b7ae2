"""From a stored definition to a trajectory."""

from collections.abc import Mapping, Sequence
from typing import Final

from indicators.trajectory.exact import TrajectoryError, exact
from indicators.trajectory.shapes import (
    Band,
    Geometric,
    Linear,
    Milestones,
    Points,
    Ramp,
    Rank,
    Trajectory,
    cumulative_linear,
)

_LINE_KEYS: Final = ("from_time", "from_value", "to_time", "to_value")
_BAND_KEYS: Final = ("low", "high", "from_time", "to_time")
_LINES: Final[Mapping[str, type[Linear]]] = {"linear": Linear, "geometric": Geometric, "rank": Rank}
_KEYS: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(_LINES, frozenset(_LINE_KEYS)),
    "ramp": frozenset({"start_flow", "years", "target"}),
    "cumulative_linear": frozenset({"years", "target"}),
    "milestones": frozenset({"points"}),
    "band": frozenset(_BAND_KEYS),
}
_MAY_HAVE: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(("linear", "geometric", "rank", "ramp", "cumulative_linear"), frozenset({"interim"})),
    "milestones": frozenset({"stepped"}),
}


def trajectory_from(definition: Mapping[str, object]) -> Trajectory:
    """The trajectory of a stored definition: `shape` and exactly the keys of that shape; numbers as in `exact`.

    linear, geometric, rank: from_time, from_value, to_time, to_value. ramp: start_flow, years, target.
    cumulative_linear: years, target. These may have interim, a list of [time, value], on the way to the target.
    milestones: points, a list of [time, value], and if wanted stepped (a stage plan), true or false.
    band: low, high, from_time, to_time.
    Raises TrajectoryError for an unknown shape, a missing or unknown key, a number that is not exact.
    """
    shape = definition.get("shape")
    keys = _KEYS.get(shape) if isinstance(shape, str) else None
    if keys is None or not isinstance(shape, str):
        raise TrajectoryError(f"unknown shape: {shape!r}")
    if definition.keys() - {"shape"} - _MAY_HAVE.get(shape, frozenset()) != keys:
        raise TrajectoryError(f"{shape} needs exactly {', '.join(sorted(keys))}")
    if shape == "milestones":
        stepped = definition.get("stepped", False)
        if not isinstance(stepped, bool):
            raise TrajectoryError("stepped is true or false")
        return Milestones(_points(definition["points"]), stepped)
    interim = _points(definition.get("interim", ()))
    numbers = {key: exact(definition[key]) for key in keys}
    if shape in _LINES:
        return _LINES[shape](**{key: numbers[key] for key in _LINE_KEYS}, interim=interim)
    if shape == "band":
        return Band(*(numbers[key] for key in _BAND_KEYS))
    if numbers["years"].denominator != 1:
        raise TrajectoryError("a window of part of a year")
    years = int(numbers["years"])
    if shape == "cumulative_linear":
        return cumulative_linear(numbers["target"], years, interim)
    return Ramp(numbers["start_flow"], years, numbers["target"], interim)


def _points(given: object) -> Points:
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise TrajectoryError("points are a list of [time, value]")
    points = []
    for point in given:
        if not isinstance(point, Sequence) or isinstance(point, str) or len(point) != 2:
            raise TrajectoryError("a point is [time, value]")
        points.append((exact(point[0]), exact(point[1])))
    return tuple(points)
