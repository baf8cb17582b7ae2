"""The acts of the sample, in order of time: who submits, returns or approves what, when."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zlib import crc32

from agencies.models import GroupMember
from indicators.models import AssignedIndicator, IndicatorDefinition
from indicators.periods import Grain, Period
from indicators.quantities import parse_quantity, show, unit_named
from reporting.queries.calendar import periods_of, window

LATEST = {"stock_latest_sum", "stock_latest_sum_dedup", "external_rank", "binary_all", "stages_0_4", "self_rating"}
Parts = dict[str, str]


@dataclass(order=True)
class Act:
    """One thing someone does at `at`."""

    at: datetime
    what: str = field(compare=False)  # submit, return, approve, judge
    agency: str = field(compare=False, default="")
    node: str = field(compare=False, default="")
    period: str = field(compare=False, default="")
    answers: Mapping[str, Parts] = field(compare=False, default_factory=dict)
    words: str = field(compare=False, default="")


def acts_of(sample: Mapping[str, Any], until: datetime) -> list[Act]:
    """All acts before `until`, each at a moment of its own, so that a replay can be taken up where it broke off."""
    acts = sorted([*_reports(sample), *_judgements(sample["foundation"], until)])
    for i, act in enumerate(acts):
        act.at += timedelta(milliseconds=i)
    return [act for act in acts if act.at < until]


def _reports(sample: Mapping[str, Any]) -> Iterator[Act]:
    definitions = {d.indicator_id: d for d in IndicatorDefinition.objects.filter(to_position__isnull=True)}
    members: dict[str, list[str]] = {}
    for row in GroupMember.objects.filter(to_position__isnull=True):
        members.setdefault(row.group_id, []).append(row.member_id)
    values = {
        (indicator, member): given
        for indicator, agencies in sample["reports"].items()
        for agency, given in agencies.items()
        for member in members.get(agency, [agency])
    }
    entries = AssignedIndicator.objects.filter(to_position__isnull=True).select_related("assignment")
    by_assignment: dict[str, list[AssignedIndicator]] = {}
    for entry in entries:
        if (entry.indicator_id, entry.agency_id) in values:
            by_assignment.setdefault(entry.assignment_id, []).append(entry)
    incidents = sample["incidents"]
    late = {tuple(row) for row in incidents["late"]}
    returned = {tuple(row[:3]): row[3] for row in incidents["returned"]}
    for group in by_assignment.values():
        assignment = group[0].assignment
        for period in periods_of(assignment.frequency, 2026, 2028):
            answers: dict[str, Parts] = {}
            for entry in group:
                definition = definitions[entry.indicator_id]
                given = values[entry.indicator_id, entry.agency_id]
                answers |= _answers(definition, given, period, assignment.frequency)
            if answers:
                key = (assignment.agency_id, assignment.node_id, period.code)
                yield from _life(key, period, answers, key in late, returned.get(key))


def _life(
    key: tuple[str, str, str], period: Period, answers: Mapping[str, Parts], late: bool, returned: str | None
) -> Iterator[Act]:
    """A report is submitted some days before it is due, decided some days later; sometimes it comes back once."""
    dice = crc32("/".join(key).encode())
    due = window(period).deadline
    at = due + timedelta(days=3) if late else due - timedelta(days=6 + dice % 8)
    at += timedelta(hours=9 + dice % 8, minutes=dice % 60)
    agency, node, code = key
    yield Act(at, "submit", agency, node, code, answers, "計画に沿って進めた。（見本）")
    at += timedelta(days=2 + dice % 3)
    if returned:
        yield Act(at, "return", agency, node, code, words=returned)
        yield Act(
            at + timedelta(days=1), "submit", agency, node, code, answers, "ご指摘の点を確認し、追記した。（見本）"
        )
        at += timedelta(days=2)
    yield Act(at, "approve", agency, node, code)


def _judgements(start: datetime, until: datetime) -> Iterator[Act]:
    """The clock looks on the 15th of each month."""
    month = start.replace(day=15, hour=18)
    while month < until:
        month = (month.replace(day=1) + timedelta(days=32)).replace(day=15)
        yield Act(month, "judge")


def _answers(definition: IndicatorDefinition, given: Any, period: Period, frequency: str) -> dict[str, Parts]:
    """The answers of one indicator in one period, by field; none when the sample has no value for it."""
    code = definition.indicator_id
    if isinstance(given, str):
        if period.ends_on.isoformat() > "2028-09-30":
            return {}
        return {code: {"answer": given, "reason": "該当する事業がないため。（見本）"}}
    if isinstance(given, Mapping) and "total" not in given:  # components
        found = {f"{code}/{part}": _one(definition, values, period, frequency) for part, values in given.items()}
        return {name: {"value": value} for name, value in found.items() if value is not None}
    rows = given if isinstance(given, Mapping) else {"total": given}
    whole = _one(definition, rows["total"], period, frequency)
    if whole is None:
        return {}
    parts = _ratio(whole) if definition.aggregation == "ratio_of_sums" else {"value": whole}
    for domain, values in rows.items():
        if domain != "total":
            parts[f"domain.{domain}"] = _one(definition, values, period, frequency) or "0"
    return {code: parts}


def _one(definition: IndicatorDefinition, values: list[str], period: Period, frequency: str) -> str | None:
    """The value typed for a period; for a final year what its periods come to."""
    shorter = [p for p in periods_of(frequency, 2026, 2028) if p.grain is not Grain.YEAR]
    if not shorter:
        place = period.fiscal_year - 2026
        return values[place] if place < len(values) else None
    if period in shorter:
        place = shorter.index(period)
        return values[place] if place < len(values) else None
    mine = [i for i, p in enumerate(shorter) if p.fiscal_year == period.fiscal_year]
    if mine[-1] >= len(values):
        return None
    typed = [values[i] for i in mine]
    if definition.aggregation in LATEST:
        return typed[-1]
    if definition.aggregation == "ratio_of_sums":
        pairs = [_ratio(text) for text in typed]
        return " / ".join(str(sum(int(pair[part]) for pair in pairs)) for part in ("numerator", "denominator"))
    unit = unit_named(definition.unit)
    return format(show(sum((parse_quantity(text, unit) for text in typed), Decimal(0)), unit).normalize(), "f")


def _ratio(text: str) -> Parts:
    numerator, denominator = text.split(" / ")
    return {"numerator": numerator, "denominator": denominator}
