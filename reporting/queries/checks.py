"""What the checks compare with: the rules of the plan, and the figures an agency has in force."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache

from agencies.models import in_force
from indicators.models import IndicatorDefinition
from indicators.periods import Period
from reporting.domain.checks import PLAIN, Finding, Past, Rule
from reporting.domain.entries import Question
from reporting.models import Answer, CurrentEvent, Figure, Report
from reporting.queries.forms import Asked

History = Mapping[str, Mapping[str, Sequence[Past]]]
_period = lru_cache(maxsize=512)(Period.parse)


def all_rules(*, as_of: int | None = None) -> list[Rule]:
    """Every rule of the plan, in its order. One query, whatever is checked with them."""
    rows = IndicatorDefinition.objects.filter(in_force(as_of)).exclude(checks=[]).order_by("indicator__order")
    return [Rule.of(code, data) for code, checks in rows.values_list("indicator_id", "checks") for data in checks]


def about(questions: Iterable[Question], rules: Iterable[Rule]) -> list[Rule]:
    """The rules that speak of any of the questions."""
    asked = {question.indicator for question in questions}
    return [rule for rule in rules if rule.indicators & asked]


def history(agencies: Collection[str], indicators: Collection[str], *, as_of: int | None = None) -> History:
    """The numbers in force of these agencies and indicators, by agency and field: totals, no domains. One query.

    Some twenty rows a field at most: for a hundred thousand fields ask agency by agency, or in groups of them.
    """
    if not agencies or not indicators:
        return {}
    rows = Figure.objects.filter(
        in_force(as_of), agency__in=agencies, indicator__in=indicators, domain__isnull=True, answer=Answer.VALUE
    ).values_list("agency_id", "indicator_id", "component", "period", "value", "approved")
    found: dict[str, dict[str, list[Past]]] = {}
    for agency, indicator, component, period, value, approved in rows.iterator(chunk_size=10_000):
        field = f"{indicator}/{component}" if component else indicator
        assert value is not None  # the table's own constraint, of an answer that is a value
        found.setdefault(agency, {}).setdefault(field, []).append(Past(_period(period), value, approved))
    return found


def warned(report: Report, asked: Sequence[Asked]) -> list[Finding]:
    """What was asked about in the report's last submission, and explained; numbers as they were then."""
    if report.submitted_event is None:
        return []
    units = {row.question.field: row.question.unit.name for row in asked}

    def unit_of(found: Mapping[str, str]) -> str:
        return "" if found["code"] == PLAIN else units.get(found["field"], "")

    data = CurrentEvent.objects.values_list("data", flat=True).get(event_id=report.submitted_event)
    return [
        Finding(found["field"], found["code"], False, found["numbers"], unit_of(found))
        for found in data.get("warnings", ())
    ]
