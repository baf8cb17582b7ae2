"""Reports that ask for what the shipped plan does not: so many figures, in these units."""

from collections.abc import Mapping, Sequence

from agencies import access
from reporting import event_store
from reporting.domain import events as names
from reporting.event_store import NewEvent
from reporting.models import CurrentEvent
from reporting.projections import plan as projection
from tests.acts import reading
from tests.cast import FOUNDATION, SYSTEM


def ask_for(
    assignment: str,
    codes: Sequence[str],
    units: Sequence[str],
    lasting: Sequence[str] = (),
    kinds: Mapping[str, str] | None = None,
    weights: Mapping[str, str] | None = None,
) -> list[str]:
    """The agency's quarterly report asks for a figure in each of these units, and for nothing else; `lasting` are
    stocks, `kinds` says of some how they are aggregated, the others are flows. Returns their fields."""
    agency, _dot, node = assignment.partition(".")
    aggregation = dict.fromkeys(codes, "sum_of_flows") | dict.fromkeys(lasting, "stock_latest_sum") | dict(kinds or {})
    made = [
        _defined(code, node, unit, aggregation[code], order, weights or {})
        for order, (code, unit) in enumerate(zip(codes, units, strict=True), 500)
    ]
    entries = [{"indicator": code, "frequency": "quarterly"} for code in codes]
    made.append(
        NewEvent(
            stream=names.assignment_stream(assignment), type="AgencyAssigned", meta=SYSTEM.as_meta(),
            occurred_at=FOUNDATION,
            data={"id": assignment, "agency": agency, "node": node, "role": "lead", "frequency": "quarterly",
                  "via_group": "", "assumed": False, "indicators": entries},
        )
    )  # fmt: skip
    with access.acting(SYSTEM):
        projection.apply(made, event_store.append(made))
    return list(codes)


def _defined(code: str, node: str, unit: str, aggregation: str, order: int, weights: Mapping[str, str]) -> NewEvent:
    with reading():
        like = CurrentEvent.objects.filter(type="IndicatorDefined", data__code="P6.A3.M4").get().data
    data = {
        **like, "code": code, "node": node, "unit": unit, "aggregation": aggregation, "order": order, "checks": [],
        "weights": dict(weights),
        "name_ja": f"見本指標 {code}", "name_en": f"Sample indicator {code}",
    }  # fmt: skip
    return NewEvent(
        stream=names.indicator_stream(code), type="IndicatorDefined", meta=SYSTEM.as_meta(), occurred_at=FOUNDATION,
        data=data, schema_version=names.EVENTS["IndicatorDefined"],
    )  # fmt: skip
