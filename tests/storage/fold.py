"""The log folded in plain Python, event by event from the first: what was so when it was so long.

It shares no line with the product's projections, and reads the events and nothing else.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.db import connection

from tests.storage.oracle import Facts, Said

Data = Mapping[str, Any]
Scope = tuple[str | None, ...]

STATUS = {
    "ReportSubmitted": "submitted",
    "ReportWithdrawn": "withdrawn",
    "ReportReturned": "returned",
    "ReportApproved": "approved",
}


@dataclass(frozen=True)
class State:
    """Where a report stands."""

    status: str
    version: int
    submitted_version: int
    submitted_name: str
    late: bool
    decided_name: str


@dataclass
class Fold:
    """What the events up to `position` come to."""

    position: int = 0
    facts: Facts = field(default_factory=Facts)
    states: dict[str, State] = field(default_factory=dict)
    targets: dict[Scope, tuple[Decimal, int]] = field(default_factory=dict)  # value and year
    standings: dict[Scope, str] = field(default_factory=dict)
    by_hand: dict[Scope, str] = field(default_factory=dict)  # classes that people have set
    _waiting: dict[str, list[Said]] = field(default_factory=dict)  # by report
    _in_force: dict[str, list[Said]] = field(default_factory=dict)

    def add(self, position: int, type_: str, data: Data, meta: Data) -> None:
        assert position == self.position + 1
        self.position = position
        if type_ in STATUS:
            self._report(type_, data, str(meta["actor"]))
        elif type_ == "AgencyRegistered":
            self._agency(data)
        elif type_ == "IndicatorDefined":
            self.facts.aggregation[data["code"]] = data["aggregation"]
            self.facts.weights[data["code"]] = data.get("weights", {})
        elif type_ == "AgencyAssigned":
            for entry in data["indicators"]:
                self.facts.frequency[entry["indicator"], data["agency"]] = entry["frequency"]
        elif type_ in ("TargetSet", "TargetRevised"):
            scope = (data["indicator"], data["agency"], data["domain"], data["component"])
            self.targets[scope] = (Decimal(str(data["value"])), data["year"])
        elif type_ == "StandingOverridden":
            self.by_hand[data["indicator"], data["agency"], data["domain"]] = data["class"]
        elif type_ in ("OverrideExpired", "OverrideWithdrawn"):
            del self.by_hand[data["indicator"], data["agency"], data["domain"]]
        elif type_.startswith(("Indicator", "Standing")):
            self.standings[data["indicator"], data["agency"], data["domain"]] = data["class"]

    def _agency(self, data: Data) -> None:
        code, facts = data["code"], self.facts
        facts.supervisors[code] = set(data["supervisors"])
        facts.kinds[code] = data["kind"]
        facts.ministries -= {code}
        facts.ministries |= {code} if data["kind"] == "ministry" else set()
        for cell in [c for c in facts.ever if c.scope == "agency" and c.agency == code]:
            facts.ever |= {replace(cell, scope=s, agency=home, kind=kind) for s, home, kind in facts.homes(code)}

    def _report(self, type_: str, data: Data, actor: str) -> None:
        report, agency, period = f"{data['assignment']}@{data['period']}", data["agency"], data["period"]
        before = self.states.get(report, State("open", 0, 0, "", False, ""))
        version = before.version + 1
        decided = actor if type_ in ("ReportReturned", "ReportApproved") else ""
        submitted = (before.submitted_version, before.submitted_name, before.late)
        if type_ == "ReportSubmitted":
            submitted = (version, actor, data["late"])
            self._drop_waiting(report)
            self._waiting[report] = [self._said(figure, agency, period) for figure in data["figures"]]
            for said in self._waiting[report]:
                self.facts.figures[series_of(said)].append(said)
                self.facts.has_had(said)
        elif type_ == "ReportApproved":
            for said in self._in_force.pop(report, []):
                self._remove(said)
            for said in self._waiting[report]:
                said.approved = True
            self._in_force[report] = self._waiting.pop(report)
        else:
            self._drop_waiting(report)
        self.states[report] = State(STATUS[type_], version, *submitted, decided)

    def _drop_waiting(self, report: str) -> None:
        for said in self._waiting.pop(report, []):
            self._remove(said)

    def _remove(self, said: Said) -> None:
        rows = self.facts.figures[series_of(said)]
        rows[:] = [row for row in rows if row is not said]

    def _said(self, figure: Data, agency: str, period: str) -> Said:
        def number(name: str) -> Decimal | None:
            return Decimal(figure[name]) if name in figure else None

        return Said(
            indicator_id=figure["indicator"], agency_id=agency, period=period, year_period=fiscal_year(period),
            domain_id=figure.get("domain"), component=figure.get("component"), answer=figure["answer"],
            value=number("value"), numerator=number("numerator"), denominator=number("denominator"),
            counted_elsewhere=number("counted_elsewhere") or Decimal(0), approved=False,
        )  # fmt: skip


def series_of(said: Said) -> tuple[str, str, str | None, str | None]:
    return said.indicator_id, said.agency_id, said.domain_id, said.component


def fiscal_year(period: str) -> str:
    """ "FY2026Q1" lies in FY2026, "2027-03" too."""
    if period.startswith("FY"):
        return period[:6]
    year, month = map(int, period.split("-"))
    return f"FY{year - (month < 4)}"


def folds(positions: list[int]) -> Iterator[Fold]:
    """The fold of the first N events, for each N in order: one pass from the first event. What is given is the same
    object as it grows. In a transaction that sees everything."""
    fold, wanted = Fold(), sorted(set(positions))
    with connection.cursor() as cursor:
        for upto in wanted:
            while fold.position < upto:
                cursor.execute(
                    "SELECT position, type, data, meta FROM event WHERE position > %s AND position <= %s"
                    " ORDER BY position LIMIT 5000",
                    [fold.position, upto],
                )
                rows = cursor.fetchall()
                assert rows, f"the log ends at {fold.position}"
                for position, type_, data, meta in rows:
                    fold.add(position, type_, loaded(data), loaded(meta))
            yield fold


def fold_at(position: int) -> Fold:
    [fold] = folds([position])
    return fold


def loaded(value: Any) -> Any:
    """JSON as Django's connection gives it: text."""
    return json.loads(value) if isinstance(value, str) else value
