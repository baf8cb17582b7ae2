"""Which paths a target can have, and what becomes of them: without a database."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from indicators.target_path import Aim, PathError, check_path, definition_of
from indicators.trajectory import trajectory_from

D = Decimal


def aim(shape: str = "linear", kind: str = "level", **also: Any) -> Aim:
    """From 600 in FY2024 to 1,200 in FY2030; a running total of 1,200 from FY2026 on."""
    path = {
        name: also.pop(name) for name in ("interim", "low", "high", "stepped", "flow_before_window") if name in also
    }
    if "interim" in path:
        path["interim"] = [{"year": year, "value": value} for year, value in path["interim"]]
    from_a_baseline = {"baseline_value": D(600), "baseline_year": D(2024)}
    given: dict[str, Any] = {"year": 2030, "value": D(1200)} | (
        {"window_from": 2026} if kind == "cumulative" else from_a_baseline
    )
    return Aim(kind=kind, first_year=2026, trajectory={"shape": shape, **path}, **(given | also))


def expected(path: Aim, time: int) -> Decimal:
    check_path(path)
    definition = definition_of(path)
    assert definition is not None
    at = trajectory_from(definition).expected(Fraction(time))
    return round(D(at.numerator) / D(at.denominator), 3)


@pytest.mark.parametrize(
    ("path", "time", "value"),
    [
        (aim(), 2027, "900"),
        (aim("geometric"), 2027, "848.528"),  # 600 × √2
        (aim(interim=[(2026, "620"), (2028, "700")]), 2026, "620"),
        (aim(interim=[(2026, "620"), (2028, "700")]), 2027, "660"),
        (aim(interim=[(2026, "620"), (2028, "700")]), 2029, "950"),
        (aim("milestones", interim=[(2027, "700")], stepped=True), 2026, "600"),
        (aim("milestones", interim=[(2027, "700")], stepped=True), 2029, "700"),
        (aim("milestones", interim=[(2027, "700")], stepped=True), 2030, "1200"),
        # Of a total, time is the years since its window began: FY2027 ends at 2.
        (aim(kind="cumulative"), 2, "480"),
        (aim(kind="cumulative", interim=[(2027, "100")]), 2, "100"),
        (aim(kind="cumulative", interim=[(2027, "100")]), 5, "1200"),
        (aim("ramp", "cumulative", flow_before_window="240"), 5, "1200"),
        (aim(kind="rank", value=D(3), baseline_value=D(13), baseline_year=D(2022)), 2025, "10"),
        (aim(kind="rank", value=D(3), baseline_value=D(13), baseline_year=D(2022), interim=[(2027, "4")]), 2027, "4"),
    ],
)
def test_a_path_goes_through_what_was_agreed(path: Aim, time: int, value: str) -> None:
    assert expected(path, time) == D(value)


def test_a_band_lies_between_its_ends_from_its_baseline_or_the_plans_first_year_on() -> None:
    for baseline, start in ((D(2024), D(2024)), (None, D(2026))):
        path = aim("band", low="40", high="50", baseline_year=baseline)
        check_path(path)
        wanted = {"shape": "band", "low": D(40), "high": D(50), "from_time": start, "to_time": D(2030)}
        assert definition_of(path) == wanted


def test_without_a_baseline_a_level_has_no_path_and_that_is_no_fault() -> None:
    bare = aim(baseline_value=None, baseline_year=None)
    check_path(bare)
    assert definition_of(bare) is None


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        (aim("spiral"), ("shape", "unknown_shape", None)),
        (aim("ramp"), ("shape", "unknown_shape", None)),
        (aim("geometric", "cumulative"), ("shape", "unknown_shape", None)),
        (aim("band", "rank"), ("shape", "unknown_shape", None)),
        (aim("geometric", baseline_value=D(0)), ("baseline", "not_above_zero", None)),
        (aim("geometric", baseline_value=D(-5)), ("baseline", "not_above_zero", None)),
        (aim("geometric", value=D(0)), ("value", "not_above_zero", None)),
        (aim("geometric", baseline_value=None), ("baseline", "baseline_needed", None)),
        (aim("geometric", interim=[(2026, "700"), (2027, "0")]), ("interim", "not_above_zero", 1)),
        (aim("milestones", baseline_year=None), ("baseline", "baseline_needed", None)),
        (aim("ramp", "cumulative"), ("flow_before", "flow_needed", None)),
        (aim("band"), ("low", "band_reversed", None)),
        (aim("band", low="50", high="50"), ("low", "band_reversed", None)),
        (aim("band", low="50", high="40"), ("low", "band_reversed", None)),
        (aim("band", low="40", high="50", interim=[(2028, "45")]), ("interim", "interim_unused", 0)),
        (aim(interim=[(2028, "700"), (2027, "650")]), ("interim", "interim_not_in_order", 1)),
        (aim(interim=[(2028, "700"), (2028, "701")]), ("interim", "interim_not_in_order", 1)),
        (aim(interim=[(2028, "700"), (2030, "800")]), ("interim", "interim_beyond_target", 1)),
        (aim(interim=[(2031, "700")]), ("interim", "interim_beyond_target", 0)),
        (aim(interim=[(2024, "600")]), ("interim", "interim_before_start", 0)),
        (aim(kind="cumulative", interim=[(2025, "10")]), ("interim", "interim_before_start", 0)),
        (aim(kind="cumulative", interim=[(2027, "500"), (2028, "400")]), ("interim", "total_falls", 1)),
        (aim(kind="cumulative", interim=[(2027, "1300")]), ("interim", "total_falls", 0)),
        (aim(kind="cumulative", interim=[(2027, "-1")]), ("interim", "total_falls", 0)),
        (aim("milestones", interim=[(2027, "1300")], stepped=True), ("value", "no_path", None)),
        (aim("ramp", "cumulative", flow_before_window="9000"), ("value", "no_path", None)),
        (aim(year=2024), ("value", "no_path", None)),
    ],
)
def test_a_path_nobody_can_follow_is_refused_where_its_fault_lies(path: Aim, fault: tuple[Any, ...]) -> None:
    with pytest.raises(PathError) as refused:
        check_path(path)
    assert (refused.value.field, refused.value.reason, refused.value.place) == fault
