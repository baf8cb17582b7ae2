"""CSTI changes what an indicator is by an event with a reason; its unit only while nothing has been said in it."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from indicators.models import IndicatorDefinition
from reporting.commands import plan as plans
from reporting.commands.opening import command, in_todays_units
from reporting.domain.errors import (
    BadPlanFile,
    Busy,
    DefinitionChanged,
    DefinitionUnchanged,
    FigureInvalid,
    FiguresInForce,
    NotAllowed,
    NotFound,
    ReasonMissing,
    Refusal,
    TargetsInForce,
)
from reporting.management.commands.load_plan import SHIPPED
from reporting.models import CurrentEvent, Event
from tests.acts import Aside, at, put_in_force, reading, submit, withdraw
from tests.cast import SYSTEM, Cast

NOW = at("2026-05-01 10:00")
TEXT = SHIPPED.read_text(encoding="utf-8")
UNUSED = "P1.A1.M2"  # no target, no figure


def redefine(cast: Cast, indicator: str = "IND-04", reason: str = "実績のばらつきによる", **changes: str) -> int:
    return plans.redefine_indicator(actor=cast.kyoko, indicator=indicator, changes=changes, reason=reason, now=NOW)


def definition(indicator: str = "IND-04") -> IndicatorDefinition:
    with reading():
        return IndicatorDefinition.objects.get(indicator=indicator, to_position__isnull=True)


def load(text: str, reason: str = "改定") -> int:
    return plans.load_plan(actor=SYSTEM, text=text, file="plan7.yaml", reason=reason, now=NOW)


CHANGES: list[tuple[dict[str, str], dict[str, Any]]] = [
    ({"noise_sigma": "1.5"}, {"noise_sigma": "0.015"}),
    ({"noise_sigma": "２％", "tolerance": "2.5%"}, {"noise_sigma": "0.02", "tolerance": "0.025"}),
    ({"noise_sigma": ""}, {"noise_sigma": None}),
    ({"pace_window": "7"}, {"pace_window": 7}),
    ({"natural_limit": "5万"}, {"natural_limit": "50000"}),
    ({"responsible": "CAO"}, {"responsible": "CAO"}),
    ({"shape": "geometric"}, {"trajectory": {"shape": "geometric"}}),
    ({"disclosure": "closed"}, {"disclosure": "closed"}),
    ({"source_ja": "学校基本調査", "source_en": "School Basic Survey"},
     {"source": {"ja": "学校基本調査", "en": "School Basic Survey"}}),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "said"), CHANGES)
def test_a_change_is_an_event_of_the_whole_definition_with_its_reason(
    cast: Cast, changes: dict[str, str], said: Mapping[str, Any]
) -> None:
    before = definition()
    position = redefine(cast, **changes)
    with reading():
        event = Event.objects.get(position=position)
        old = Event.objects.get(position=before.from_position)
    assert (event.type, event.schema_version, event.stream) == ("IndicatorDefined", 3, "indicator/IND-04")
    assert event.data["reason"] == "実績のばらつきによる"
    assert event.meta["actor"] == "Kyoko"
    differ = {key: value for key, value in event.data.items() if value != old.data.get(key)}
    assert {key: value for key, value in differ.items() if key not in ("reason", "assumed")} == said
    now = definition()
    assert (now.from_position, now.reason) == (position, "実績のばらつきによる")


def test_the_decision_that_set_it_is_named_with_its_day(cast: Cast) -> None:
    redefine(cast, decision_ja="第7期科学技術・イノベーション基本計画（閣議決定）", decided_on="2026-03-27")
    decision = definition().decision
    assert (decision["decided_on"], decision["document_date"]) == ("2026-03-27", "2026-04-24")
    with pytest.raises(FigureInvalid) as refused:
        redefine(cast, decided_on="3月27日")
    assert refused.value.params["problems"] == {"decided_on": "not_a_day"}


def test_what_csti_has_decided_is_no_longer_assumed(cast: Cast) -> None:
    assert {"judgement", "responsible"} <= set(definition().assumed)
    redefine(cast, responsible="CAO")
    assert "responsible" not in definition().assumed
    redefine(cast, noise_sigma="1.5")  # the other numbers of judgement are still ours
    assert "judgement" in definition().assumed
    redefine(cast, confirms="judgement")
    assert "judgement" not in definition().assumed


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({"noise_sigma": "0"}, {"noise_sigma": "not_a_share"}),
        ({"noise_sigma": "100"}, {"noise_sigma": "not_a_share"}),
        ({"noise_sigma": "1.234567"}, {"noise_sigma": "too_many_decimals"}),
        ({"tolerance": "x"}, {"tolerance": "not_a_number"}),
        ({"pace_window": "1"}, {"pace_window": "not_a_window"}),
        ({"pace_window": "2.5"}, {"pace_window": "not_a_window"}),
        ({"responsible": "UNIV"}, {"responsible": "unknown_agency"}),
        ({"shape": "spiral"}, {"shape": "unknown_shape"}),
        ({"disclosure": "secret"}, {"disclosure": "unknown_disclosure"}),
        ({"unit": "5人"}, {"unit": "unknown_unit"}),
        ({"aggregation": "mean"}, {"aggregation": "unknown_aggregation"}),
        ({"colour": "red", "pace_window": "1"}, {"colour": "unexpected", "pace_window": "not_a_window"}),
        ({"source_ja": "長" * 201}, {"source_ja": "too_long"}),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    cast: Cast, changes: dict[str, str], problems: dict[str, str]
) -> None:
    before = definition()
    with pytest.raises(FigureInvalid) as refused:
        redefine(cast, **changes)
    assert refused.value.params["problems"] == problems
    assert definition().from_position == before.from_position


@pytest.mark.parametrize("who", ["hanako", "ichiro", "jiro", "fumiko", "misao"])
def test_only_the_secretariat_says_what_an_indicator_is(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        plans.redefine_indicator(
            actor=getattr(cast, who), indicator="IND-04", changes={"tolerance": "1"}, reason="理由", now=NOW
        )


def test_a_reason_an_indicator_and_a_change_are_needed(cast: Cast) -> None:
    with pytest.raises(ReasonMissing):
        redefine(cast, reason=" ", tolerance="1")
    with pytest.raises(NotFound):
        redefine(cast, "IND-99", tolerance="1")
    with pytest.raises(DefinitionUnchanged):
        redefine(cast, noise_sigma="1")
    with pytest.raises(DefinitionUnchanged):
        redefine(cast)


def test_who_looked_at_an_older_definition_is_told(cast: Cast) -> None:
    seen = definition().from_position
    redefine(cast, tolerance="1")
    with pytest.raises(DefinitionChanged):
        plans.redefine_indicator(
            actor=cast.kyoko, indicator="IND-04", changes={"tolerance": "2"}, reason="理由", now=NOW, seen=seen
        )


def test_the_unit_may_change_while_nothing_has_been_said_in_it(cast: Cast) -> None:
    redefine(cast, UNUSED, unit="%", aggregation="ratio_of_sums", numerator="採択", denominator="応募")
    now = definition(UNUSED)
    assert (now.unit, now.aggregation, now.numerator) == ("%", "ratio_of_sums", "採択")


@pytest.mark.parametrize("change", [{"unit": "社"}, {"aggregation": "cumulative_sum"}])
def test_under_figures_in_force_unit_and_aggregation_stay(cast: Cast, change: dict[str, str]) -> None:
    submit(cast.hanako, "JST.P1.A1.M2", "FY2026Q1", {UNUSED: "150"})  # waits for approval, and is a number too
    with pytest.raises(FiguresInForce) as refused:
        redefine(cast, UNUSED, **change)
    assert "define a new indicator" in str(refused.value)
    assert refused.value.params["number"] == 1
    redefine(cast, UNUSED, tolerance="1")  # how it is judged is another matter
    withdraw(cast.hanako, "JST.P1.A1.M2@FY2026Q1")
    redefine(cast, UNUSED, **change)


def test_a_target_says_nothing_in_a_unit_of_another_kind(cast: Cast) -> None:
    with pytest.raises(TargetsInForce):
        redefine(cast, unit="%")
    redefine(cast, unit="件")  # a count is a count


def test_nobody_submits_while_the_unit_is_changed_and_it_waits_for_those_who_do(cast: Cast) -> None:
    """Without the lock a figure typed in the old unit could come into force after the look that found none."""
    with Aside() as aside:
        with command(SYSTEM):
            in_todays_units()
            waiting = aside.start(lambda: _refusal(lambda: redefine(cast, UNUSED, unit="社")))
            assert isinstance(waiting.result(), Busy)
        assert _refusal(lambda: redefine(cast, UNUSED, unit="社")) is None


def _refusal(act: Any) -> Any:
    try:
        act()
    except Refusal as error:
        return error
    return None


def test_a_submission_holds_the_lock_under_which_units_stay(cast: Cast) -> None:
    with CaptureQueriesContext(connection) as captured:
        put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", "FY2026Q1", {"IND-02": "1,400"})
    assert any("pg_advisory_xact_lock_shared" in query["sql"] for query in captured.captured_queries)


def test_a_plan_file_does_not_take_back_what_csti_has_redefined(cast: Cast) -> None:
    redefine(cast, noise_sigma="1.5")
    assert load(TEXT) == 0
    elsewhere = TEXT.replace("name_en: Doctorates awarded", "name_en: Doctorates conferred")
    with pytest.raises(BadPlanFile) as refused:
        load(elsewhere.replace("noise_sigma_relative: 0.01\n", "noise_sigma_relative: 0.012\n"))
    assert "IND-04 was redefined since" in str(refused.value)
    assert "noise_sigma" in str(refused.value)
    agreeing = elsewhere.replace("noise_sigma_relative: 0.01\n", "noise_sigma_relative: 0.015\n")
    assert load(agreeing) == 1
    assert str(definition().noise_sigma) == "0.0150"


def test_a_plan_file_that_would_silently_go_back_is_refused_too(cast: Cast) -> None:
    redefine(cast, noise_sigma="1.5")
    with pytest.raises(BadPlanFile):
        load(TEXT.replace("name_en: Doctorates awarded", "name_en: Doctorates conferred"))
    assert str(definition().noise_sigma) == "0.0150"


def test_a_plan_file_does_not_change_the_unit_under_figures(cast: Cast) -> None:
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"})
    cut = TEXT.index("- id: IND-02\n")
    with pytest.raises(BadPlanFile) as refused:
        load(TEXT[:cut] + TEXT[cut:].replace("  unit: 件\n", "  unit: 人\n", 1))
    assert refused.value.params["line"] == TEXT[:cut].count("\n") + 1
    assert "IND-02 has 1 figures in force" in str(refused.value)


def test_a_definition_loaded_with_a_reason_says_it(cast: Cast) -> None:
    load(TEXT.replace("noise_sigma_relative: 0.01\n", "noise_sigma_relative: 0.015\n"), "ばらつきの見直し")
    assert definition().reason == "ばらつきの見直し"
    with reading():
        assert CurrentEvent.objects.get(position=definition().from_position).data["reason"] == "ばらつきの見直し"
