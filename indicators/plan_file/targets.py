"""The targets of a plan file: of the nation, of parts, technology domains and agencies, each with the path to it.

target:
  value: 13000                          # or, to be kept between: low and high
  year: FY2030
  interim:                              # through which the path goes; a running total's as totals
  - {year: FY2028, value: 10000}        # basis: document, else shown as 仮定
  trajectory: {shape: geometric}        # its own, in place of the indicator's
  by_domain: [{domain: D12, value: 900, baseline: {…}}]
  by_agency: [{agency: JST, value: 7000, baseline: {…}}]
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from indicators.plan_file.facts import Fact, text_of
from indicators.plan_file.lines import Lined, PlanFileError
from indicators.quantities import unit_named
from indicators.target_path import Aim, PathError, check_path


@dataclass(frozen=True)
class Measured:
    """An indicator as far as its targets go. `reporters`: the agencies and members of groups that enter it."""

    code: str
    row: Lined
    unit: str
    higher_is_better: bool
    by_domain: bool
    reporters: frozenset[str]


@dataclass(frozen=True)
class Targets:
    """Reads targets. `year`: reads a fiscal year of a row; `domains`: those of the plan."""

    first_year: int
    domains: frozenset[str]
    year: Callable[[Lined, str], int]

    def of(self, measured: Measured) -> Iterator[Fact]:
        """The indicator's facts, the nation's first."""
        row, code = measured.row, measured.code
        target = row.need("target", Lined)
        data = self._data(measured, target, row.get("baseline") or Lined(), row.get("trajectory") or Lined())
        yield Fact(target.line, "TargetSet", code, data)
        for component in row.rows("components"):
            part = data | {
                "component": component.need("id"), "value": _stored(measured, component.number("target")),
                "trajectory": {name: value for name, value in data["trajectory"].items() if name != "interim"},
                "assumed": ["year", "window"] + (["value"] if component.get("basis") != "document" else []),
            }  # fmt: skip
            yield Fact(component.line, "TargetSet", f"{code}/{component['id']}", part)
        for part in target.rows("by_domain"):
            yield self._of_domain(measured, target, part)
        for part in target.rows("by_agency"):
            yield self._of_agency(measured, target, part)

    def _of_domain(self, measured: Measured, target: Lined, part: Lined) -> Fact:
        domain = part.need("domain")
        if not measured.by_domain:
            raise PlanFileError(part.line, f"{measured.code} is not reported by technology domain")
        if domain not in self.domains:
            raise PlanFileError(part.line, f"unknown technology domain {domain}")
        data = self._part(measured, target, part) | {"domain": domain}
        return Fact(part.line, "TargetSet", f"{measured.code}/domain/{domain}", data)

    def _of_agency(self, measured: Measured, target: Lined, part: Lined) -> Fact:
        agency = part.need("agency")
        if agency not in measured.reporters:
            raise PlanFileError(part.line, f"{agency} does not report {measured.code}")
        data = self._part(measured, target, part) | {"agency": agency}
        return Fact(part.line, "TargetSet", f"{measured.code}/agency/{agency}", data)

    def _part(self, measured: Measured, target: Lined, part: Lined) -> dict[str, Any]:
        """In the year and over the window of the whole, where it does not say its own."""
        whole = Lined({name: target[name] for name in ("year", "kind", "window") if name in target} | part)
        whole.line = part.line
        trajectory = part.get("trajectory") or target.get("trajectory") or measured.row.get("trajectory") or Lined()
        data = self._data(measured, whole, part.get("baseline") or Lined(), trajectory)
        return data | ({} if part.get("basis") == "document" else {"assumed": ["value", *data["assumed"]]})

    def _data(self, measured: Measured, target: Lined, baseline: Lined, trajectory: Lined) -> dict[str, Any]:
        trajectory = target.get("trajectory") or trajectory
        shape = trajectory.get("shape") or "linear"
        kind = "rank" if shape == "rank" else target.get("kind") or "level"
        path: dict[str, Any] = {"shape": shape}
        if start := trajectory.get("start"):
            path["flow_before_window"] = _stored(measured, start.number("flow_before_window"))
        if trajectory.get("stepped"):
            path["stepped"] = True
        interim = target.rows("interim")
        if interim:
            path["interim"] = [
                {"year": self.year(step, "year"), "value": _stored(measured, _needed(step, "value"))}
                for step in interim
            ]
        value = target.number("value")
        if shape == "band":
            low, high = _needed(target, "low"), _needed(target, "high")
            path |= {"low": _stored(measured, low), "high": _stored(measured, high)}
            value = low if measured.higher_is_better else high  # the end it must not fall through
        data: dict[str, Any] = {
            "indicator": measured.code, "agency": None, "domain": None, "component": None, "kind": kind,
            "year": self.year(target, "year"), "value": _stored(measured, value),
            "approximate": bool(target.get("approx")),
            "window_from": self.first_year if kind == "cumulative" else None,
            "baseline_value": _stored(measured, baseline.number("value")),
            "baseline_year": _baseline_year(baseline), "baseline_period": str(baseline.get("period") or ""),
            "baseline_kind": baseline.get("kind") or "level", "trajectory": path,
            "assumed": [f for f in ("year", "window") if target.get(f"{f}_basis") == "assumed"]
            + (["interim"] if any(step.get("basis") != "document" for step in interim) else []),
            "reason": "", "source": "plan",
        }  # fmt: skip
        if value is None:
            raise PlanFileError(target.line, "'value' is missing")
        self._check(data, {"interim": interim, "baseline": baseline, "shape": trajectory, "flow_before": trajectory},
                    target)  # fmt: skip
        return data

    def _check(self, data: dict[str, Any], rows: dict[str, Any], target: Lined) -> None:
        numbers = {name: _decimal(data[name]) for name in ("value", "baseline_value", "baseline_year")}
        aim = Aim(
            kind=data["kind"], year=data["year"], value=numbers["value"] or Decimal(0), trajectory=data["trajectory"],
            first_year=self.first_year, window_from=data["window_from"],
            baseline_value=numbers["baseline_value"], baseline_year=numbers["baseline_year"],
        )  # fmt: skip
        try:
            check_path(aim)
        except PathError as error:
            row = rows.get(error.field) or target
            if error.field == "interim":
                row = rows["interim"][error.place] if error.place is not None else target
            raise PlanFileError(row.line, str(error)) from error


def _needed(row: Lined, key: str) -> Decimal:
    number = row.number(key)
    if number is None:
        raise PlanFileError(row.line, f"'{key}' is missing")
    return number


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _stored(measured: Measured, value: Decimal | None) -> str | None:
    """In the unit figures are stored in: money in 百万円."""
    return None if value is None else text_of(value * unit_named(measured.unit).shown_in)


def _baseline_year(baseline: Lined) -> str | None:
    """Where the baseline stands on the axis of fiscal years: FY2024 at 2024; a window of calendar years at its
    middle (2021-2023 at 2022); a calendar year at itself (within a quarter of the fiscal year)."""
    period = str(baseline.get("period") or "")
    if "-" in period:
        first, last = (int(year) for year in period.split("-"))
        return text_of(Decimal(first + last) / 2)
    return period.removeprefix("FY").removeprefix("CY") or None
