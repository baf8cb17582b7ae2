"""Which targets were set when their result was known, told from the log's positions and for everybody alike."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies import access
from agencies.access import Actor
from indicators.models import Target
from indicators.target_marks import Mark
from reporting.commands import plan as plans
from reporting.commands.plan import TargetDraft
from reporting.queries.target_marks import marks_of
from tests.acts import approve, at, put_in_force, reading, submit
from tests.cast import SYSTEM, Cast

NOW = at("2027-02-01 10:00")
DRAFT = TargetDraft("P1.A1.M2", 2027, "900", "採択を増やす", baseline="600", baseline_year=2024)


def setter(cast: Cast) -> Callable[[TargetDraft], Target]:
    def put(draft: TargetDraft) -> Target:
        with reading():
            exists = Target.objects.filter(
                indicator=draft.indicator, agency=draft.agency, domain=draft.domain, to_position=None
            ).exists()
        propose = plans.revise_target if exists else plans.set_target
        plans.accept_target(actor=cast.kyoko, proposal=propose(actor=cast.hanako, draft=draft, now=NOW), now=NOW)
        with reading():
            return Target.objects.get(
                indicator=draft.indicator, agency=draft.agency, domain=draft.domain, to_position=None
            )

    return put


def mark(target: Target, actor: Actor = SYSTEM) -> Mark:
    with access.reading(actor):
        return marks_of(actor=actor, targets=[target])[target.pk]


def reported(cast: Cast, period: str, value: str) -> None:
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1.M2", period, {"P1.A1.M2": value})


def test_a_target_that_was_there_first_has_no_mark_even_when_it_is_met_on_the_dot(cast: Cast) -> None:
    target = setter(cast)(DRAFT)
    reported(cast, "FY2027", "900")
    assert mark(target) is Mark.NONE


def test_a_target_set_after_the_first_approved_figure_of_its_year_is_marked(cast: Cast) -> None:
    reported(cast, "FY2027Q1", "150")
    assert mark(setter(cast)(DRAFT)) is Mark.SET_AFTER_RESULT


def test_what_only_waits_for_approval_is_no_result_yet(cast: Cast) -> None:
    submit(cast.hanako, "JST.P1.A1.M2", "FY2027Q1", {"P1.A1.M2": "150"})
    put = setter(cast)
    early = put(DRAFT)
    assert mark(early) is Mark.NONE
    approve(cast.ichiro, "JST.P1.A1.M2@FY2027Q1")
    assert mark(early) is Mark.NONE
    assert mark(put(replace(DRAFT, value="950"))) is Mark.SET_AFTER_RESULT
    assert mark(early) is Mark.NONE  # each by what was known when it was set


def test_a_target_equal_to_a_result_of_any_year_is_marked_so(cast: Cast) -> None:
    for quarter in ("FY2026Q1", "FY2026Q2", "FY2026Q3"):
        reported(cast, quarter, "300")
    assert mark(setter(cast)(DRAFT)) is Mark.EQUALS_RESULT
    assert mark(setter(cast)(replace(DRAFT, value="901"))) is Mark.NONE


def test_the_years_own_figure_takes_the_place_of_its_quarters(cast: Cast) -> None:
    reported(cast, "FY2026Q1", "300")
    reported(cast, "FY2026", "900")
    assert mark(setter(cast)(DRAFT)) is Mark.EQUALS_RESULT


def test_of_a_running_total_the_total_so_far_is_the_result(cast: Cast) -> None:
    for period, value in (("FY2026", "10"), ("FY2027", "20")):
        put_in_force(cast.ichiro, cast.hoko, "CAO.P5.A2.M1", period, {"P5.A2.M1": value})
    for value, found in (("30", Mark.EQUALS_RESULT), ("20", Mark.NONE)):
        draft = TargetDraft("P5.A2.M1", 2030, value, "提案")
        propose = plans.set_target if value == "30" else plans.revise_target
        plans.accept_target(actor=cast.kyoko, proposal=propose(actor=cast.hoko, draft=draft, now=NOW), now=NOW)
        with reading():
            assert mark(Target.objects.get(indicator="P5.A2.M1", to_position=None)) is found


def test_an_agencys_own_target_is_held_against_its_own_figures(cast: Cast) -> None:
    put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", "FY2027Q1", {"IND-02": "1,400"})
    own = TargetDraft("IND-02", 2027, "1,400", "当機関の分", agency="JST", baseline="1,000", baseline_year=2024)
    target = setter(cast)(own)
    assert mark(target) is Mark.NONE
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", "FY2027Q1", {"IND-02": "350"})
    assert mark(setter(cast)(replace(own, value="1,500"))) is Mark.SET_AFTER_RESULT


def test_the_nations_mark_is_the_same_for_whoever_looks(cast: Cast) -> None:
    put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", "FY2030", {"IND-02": "1,400"})
    draft = TargetDraft("IND-02", 2030, "14,000", "上方修正")
    plans.accept_target(actor=cast.kyoko, proposal=plans.revise_target(actor=cast.taro, draft=draft, now=NOW), now=NOW)
    with reading():
        target = Target.objects.get(indicator="IND-02", agency=None, to_position=None)
    # Of JSPS's figures Hanako and Midori see nothing.
    for who in (cast.ichiro, cast.taro, cast.hanako, cast.midori, cast.jiro):
        assert mark(target, who) is Mark.SET_AFTER_RESULT


def test_any_number_of_targets_is_one_question(cast: Cast) -> None:
    put = setter(cast)
    first = put(DRAFT)
    for value in ("910", "920", "930"):
        put(replace(DRAFT, value=value))
    with reading():
        many = list(Target.objects.all())
        assert len(many) > 10
        counts = []
        for targets in ([first], many):
            with CaptureQueriesContext(connection) as captured:
                marks_of(actor=SYSTEM, targets=targets)
            counts.append(len(captured))
    assert counts == [1, 1]


@pytest.mark.parametrize("targets", [[]])
def test_of_no_target_nothing_is_asked(database: str, targets: list[Target]) -> None:
    with reading(), CaptureQueriesContext(connection) as captured:
        assert marks_of(actor=SYSTEM, targets=targets) == {}
    assert len(captured) == 0
