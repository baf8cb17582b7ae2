"""Inputs of a judgement, year by year, as tests write them."""

import copy
from typing import Any

YEARS = (2026, 2027, 2028, 2029, 2030)


def level(*values: str | None, **changes: Any) -> dict[str, Any]:
    """IND-02: 6,500 in FY2024 to 13,000 in FY2030, from FY2026 on; 1,083.33 a year."""
    return {
        "method": 2, "kind": "level", "direction": "up", "sigma": "0.03", "tolerance": "0.025", "pace_window": 5,
        "natural_limit": None, "target": {"time": "2030", "value": "13000"},
        "baseline": {"time": "2024", "value": "6500"},
        "trajectory": {"shape": "linear", "from_time": "2024", "from_value": "6500", "to_time": "2030",
                       "to_value": "13000"},
        "periods": [period(year, value) for year, value in zip(YEARS, values, strict=False)],
    } | changes  # fmt: skip


def period(year: int, value: str | None, **changes: Any) -> dict[str, Any]:
    return {
        "period": f"FY{year}", "time": str(year), "started": True, "observed": value, "coverage": "1",
        "lower_bound": False, "provisional": False, "age": 0, "denominator": None,
    } | changes  # fmt: skip


def total(*flows: str | None) -> dict[str, Any]:
    """IND-03: 30,000 people in five years, on a ramp from 3,623."""
    rows, so_far = [], 0
    for year, flow in zip(YEARS, flows, strict=False):
        so_far += int(flow or 0)
        row = period(year, str(so_far), time=str(year - 2025), flow=flow, lower_bound=flow is None)
        rows.append(row | {"coverage": "1" if flow else "0.9"})
    return level() | {
        "kind": "cumulative", "tolerance": "0", "target": {"time": "5", "value": "30000"}, "baseline": None,
        "trajectory": {"shape": "ramp", "start_flow": "3623", "years": 5, "target": "30000"}, "periods": rows,
    }  # fmt: skip


def with_period(inputs: dict[str, Any], number: int, **changes: Any) -> dict[str, Any]:
    changed = copy.deepcopy(inputs)
    changed["periods"][number].update(changes)
    return changed
