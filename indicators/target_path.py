"""The path to a target, from what is stored with the target to what `trajectory_from` takes. Pure.

Stored, in the words people use: `{"shape": …, "interim": [{"year": 2028, "value": "40"}], …}`, years as fiscal years,
values in the unit figures are stored in. A running total's year N is its total by the end of year N. A geometric path
has growth by a factor; a band is to be kept from the baseline's year (or the plan's first) until the target's; of
milestones, when `stepped`, each interim target holds from its year on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from indicators.trajectory import TrajectoryError, exact, trajectory_from

# By the kind of target. The first is what a target has that names no shape; a running total's straight line is its
# cumulative_linear.
SHAPES_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "level": ("linear", "geometric", "milestones", "band"),
    "cumulative": ("linear", "ramp"),
    "rank": ("rank",),
    "stage": ("milestones",),
}
SHAPES: Final = frozenset(shape for shapes in SHAPES_OF.values() for shape in shapes)
WITHOUT_BASELINE: Final = frozenset({"band", "ramp"})
PROBLEMS: Final[Mapping[str, str]] = {
    "unknown_shape": "there is no such trajectory for this kind of target",
    "baseline_needed": "this trajectory begins at a baseline",
    "not_above_zero": "a geometric trajectory is between values above zero",
    "flow_needed": "a ramp begins at the yearly flow before its window",
    "band_reversed": "a band has a low and a high end, the low one first",
    "interim_unused": "this trajectory goes through no interim targets",
    "interim_not_in_order": "the interim targets are not in order of their years",
    "interim_beyond_target": "an interim target is before the target's year",
    "interim_before_start": "an interim target is after where the trajectory begins",
    "total_falls": "a running total never falls",
    "no_path": "no path leads to this target",
}


class PathError(ValueError):
    """No such path. `reason` is one of PROBLEMS, `field` where it lies, `place` which interim target, from 0."""

    def __init__(self, field: str, reason: str, place: int | None = None) -> None:
        super().__init__(PROBLEMS[reason])
        self.field, self.reason, self.place = field, reason, place


@dataclass(frozen=True)
class Aim:
    """A target as far as its path goes. `first_year`: the plan's."""

    kind: str
    year: int
    value: Decimal
    trajectory: Mapping[str, Any]
    first_year: int
    window_from: int | None = None
    baseline_value: Decimal | None = None
    baseline_year: Decimal | None = None

    @property
    def shape(self) -> str:
        shape = str(self.trajectory.get("shape") or "linear")
        return "rank" if self.kind == "rank" and shape == "linear" else shape

    @property
    def interim(self) -> list[tuple[int, Decimal]]:
        return [(int(step["year"]), Decimal(step["value"])) for step in self.trajectory.get("interim", ())]

    @property
    def begins(self) -> int:
        """The first year of a running total."""
        return self.window_from or self.first_year

    @property
    def starts(self) -> Decimal:
        """The time before which nothing can be wanted: an interim target comes later."""
        if self.kind == "cumulative":
            return Decimal(self.begins - 1)
        return Decimal(self.first_year - 1) if self.baseline_year is None else self.baseline_year


def definition_of(aim: Aim) -> dict[str, Any] | None:
    """What `trajectory_from` takes; None without a baseline where one is needed."""
    interim = [[Decimal(year), value] for year, value in aim.interim]
    if aim.kind == "cumulative":
        years = aim.year - aim.begins + 1
        found: dict[str, Any] = {"shape": "cumulative_linear", "years": years, "target": aim.value}
        if aim.shape == "ramp":
            found |= {"shape": "ramp", "start_flow": Decimal(aim.trajectory["flow_before_window"])}
        return found | _through([[time + 1 - aim.begins, value] for time, value in interim])
    if aim.shape == "band":
        low, high = (Decimal(aim.trajectory[end]) for end in ("low", "high"))
        start = aim.first_year if aim.baseline_year is None else aim.baseline_year
        return {"shape": "band", "low": low, "high": high, "from_time": Decimal(start), "to_time": Decimal(aim.year)}
    if aim.baseline_value is None or aim.baseline_year is None:
        return None
    if aim.shape == "milestones":
        points = [[aim.baseline_year, aim.baseline_value], *interim, [Decimal(aim.year), aim.value]]
        return {"shape": "milestones", "points": points, "stepped": bool(aim.trajectory.get("stepped"))}
    line = {
        "shape": aim.shape, "from_time": aim.baseline_year, "from_value": aim.baseline_value,
        "to_time": Decimal(aim.year), "to_value": aim.value,
    }  # fmt: skip
    return line | _through(interim)


def check_path(aim: Aim) -> None:
    """Raises PathError for a path that no target of this kind can have, or that nothing can follow."""
    if aim.shape not in SHAPES_OF.get(aim.kind, ()):
        raise PathError("shape", "unknown_shape")
    _check_shape(aim)
    _check_interim(aim)
    try:
        if definition := definition_of(aim):
            trajectory_from(definition)
    except TrajectoryError as error:
        raise PathError("value", "no_path") from error


def _check_shape(aim: Aim) -> None:
    if aim.shape == "geometric":
        if aim.baseline_value is None or aim.baseline_year is None:
            raise PathError("baseline", "baseline_needed")
        if aim.baseline_value <= 0:
            raise PathError("baseline", "not_above_zero")
        if aim.value <= 0:
            raise PathError("value", "not_above_zero")
    if aim.shape == "milestones" and (aim.baseline_value is None or aim.baseline_year is None):
        raise PathError("baseline", "baseline_needed")
    if aim.shape == "ramp" and aim.trajectory.get("flow_before_window") is None:
        raise PathError("flow_before", "flow_needed")
    if aim.shape == "band":
        low, high = aim.trajectory.get("low"), aim.trajectory.get("high")
        if low is None or high is None or exact(low) >= exact(high):
            raise PathError("low", "band_reversed")


def _check_interim(aim: Aim) -> None:
    if aim.interim and aim.shape == "band":
        raise PathError("interim", "interim_unused", 0)
    for place, (year, value) in enumerate(aim.interim):
        if year >= aim.year:
            raise PathError("interim", "interim_beyond_target", place)
        if year <= aim.starts:
            raise PathError("interim", "interim_before_start", place)
        if aim.shape == "geometric" and value <= 0:
            raise PathError("interim", "not_above_zero", place)
    for place, (before, after) in enumerate(pairwise(aim.interim), start=1):
        if after[0] <= before[0]:
            raise PathError("interim", "interim_not_in_order", place)
    if aim.kind == "cumulative":
        totals = [Decimal(0), *(value for _, value in aim.interim), aim.value]
        for place, (earlier, later) in enumerate(pairwise(totals)):
            if later < earlier:
                raise PathError("interim", "total_falls", min(place, len(aim.interim) - 1) if aim.interim else None)


def _through(interim: list[list[Decimal]]) -> dict[str, Any]:
    return {"interim": interim} if interim else {}
