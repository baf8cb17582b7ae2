"""When the plan changes what a number means or whose it is, the numbers that stand follow."""

import re

from agencies import access
from indicators.models import IndicatorDefinition
from reporting import event_store
from reporting.commands.plan import load_plan, register_agencies
from reporting.domain import events as names
from reporting.event_store import NewEvent
from reporting.management.commands.load_plan import SHIPPED
from reporting.models import CurrentEvent
from reporting.projections import plan as projection
from reporting.tasks import catch_up_rollups
from tests.acts import at, put_in_force, reading
from tests.cast import SYSTEM, Cast
from tests.storage.oracle import Cell, Numbers, differences, shown

LATER = at("2027-05-01 10:00")
TEXT = SHIPPED.read_text(encoding="utf-8")


def load(pattern: str, new: str) -> None:
    """The plan with one passage changed, and a reason."""
    text, changed = re.subn(pattern, new, TEXT, count=1, flags=re.DOTALL)
    assert changed
    assert text != TEXT
    assert load_plan(actor=SYSTEM, text=text, file="plan7.yaml", reason="見直し", now=LATER) > 0
    catch_up_rollups()


def redefined(indicator: str, **said: object) -> None:
    """An event that no command writes under figures, but that a log may hold: the numbers follow it."""
    with reading():
        like = CurrentEvent.objects.filter(type="IndicatorDefined", data__code=indicator).latest("position").data
    event = NewEvent(
        stream=names.indicator_stream(indicator), type="IndicatorDefined", meta=SYSTEM.as_meta(), occurred_at=LATER,
        data=like | said, schema_version=names.EVENTS["IndicatorDefined"],
    )  # fmt: skip
    with access.acting(SYSTEM):
        projection.apply([event], event_store.append([event]))
    catch_up_rollups()


def numbers(indicator: str, scope: str = "nation", agency: str | None = None, period: str = "FY2026") -> Numbers:
    catch_up_rollups()
    with reading():
        return shown()[Cell(indicator, period, scope, agency, None, None)]


def test_who_joins_later_is_expected_in_the_cells_that_exist(cast: Cast) -> None:
    put_in_force(cast.ichiro, cast.midori, "MIHON-A.P1.A3.M2", "FY2026", {"IND-04": "2950"})
    assert numbers("IND-04").expected == 3
    new = {"code": "NEW", "name_ja": "新", "name_en": "New", "kind": "university", "supervisors": ["MEXT"],
           "corporate_number": "", "groups": ["UNIV"]}  # fmt: skip
    register_agencies(actor=SYSTEM, agencies=[new], now=LATER)
    assert (numbers("IND-04").expected, numbers("IND-04").answered) == (4, 1)
    assert differences() == {}


def test_an_agency_that_gets_another_supervisor_is_counted_there(cast: Cast) -> None:
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1.M2", "FY2026Q1", {"P1.A1.M2": "150"})
    assert numbers("P1.A1.M2", "ministry", "MEXT").value == 150
    load(r"(- id: JST\n(?:  .*?\n)*?  supervisors:\n  )- MEXT\n", r"\1- METI\n")
    assert numbers("P1.A1.M2", "ministry", "METI").value == 150
    assert numbers("P1.A1.M2", "ministry", "MEXT").value is None
    assert numbers("P1.A1.M2").value == 150
    assert differences() == {}


def test_an_indicator_that_is_added_up_in_another_way_is_added_up_anew(cast: Cast) -> None:
    for quarter, value in (("FY2026Q1", "150"), ("FY2026Q2", "160")):
        put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1.M2", quarter, {"P1.A1.M2": value})
    assert numbers("P1.A1.M2").value == 310
    redefined("P1.A1.M2", aggregation="stock_latest_sum")
    assert numbers("P1.A1.M2").value == 160
    assert differences() == {}


def test_a_mean_is_weighed_as_the_plan_says_and_all_alike_where_it_is_silent(cast: Cast) -> None:
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1.M2", "FY2026", {"P1.A1.M2": "150"})
    put_in_force(cast.ichiro, cast.shingo, "MEXT.P1.A1.M2", "FY2026", {"P1.A1.M2": "250"})
    found = numbers("P1.A1.M2")
    assert (found.value, found.expected_weight, found.complete_weight) == (400, 2, 2)
    redefined("P1.A1.M2", aggregation="weighted_mean")
    assert (numbers("P1.A1.M2").value, definition("P1.A1.M2").weights) == (200, {})
    redefined("P1.A1.M2", weights={"JST": "3"})
    found = numbers("P1.A1.M2")
    assert (found.value, found.expected_weight, found.complete_weight) == (175, 4, 4)
    assert differences() == {}


def definition(indicator: str) -> IndicatorDefinition:
    with reading():
        return IndicatorDefinition.objects.get(indicator=indicator, to_position=None)
