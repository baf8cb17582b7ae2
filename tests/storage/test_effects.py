"""What approving would do is told before, and is exactly what it does."""

from collections.abc import Sequence
from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies import access
from reporting import event_store
from reporting.commands import reports
from reporting.commands.judge import judge
from reporting.models import Rollup, Standing
from reporting.queries.effects import Effect, effects_of
from reporting.tasks import catch_up_rollups
from tests.acts import approve, at, put_in_force, submit
from tests.cast import SYSTEM, Cast

JULY = at("2028-07-03 10:00")
JST, JSPS = "JST.P1.A1@FY2027", "JSPS.P1.A1@FY2027"


def told(cast: Cast, *reports: str, now: datetime = JULY) -> list[Effect]:
    with access.reading(cast.ichiro):
        return effects_of(actor=cast.ichiro, reports=reports, now=now)


def one_year_and_half_of_the_next(cast: Cast) -> None:
    put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", "FY2026", {"IND-02": "6,700"})
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", "FY2026", {"IND-02": "2,000"})
    put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", "FY2027", {"IND-02": "7,000"})
    catch_up_rollups()
    judge(now=JULY)


pytestmark = pytest.mark.after(done=one_year_and_half_of_the_next)


def happened(effects: Sequence[Effect]) -> None:
    """The figures and standings are now what was told."""
    catch_up_rollups()
    judge(now=JULY)
    with access.reading(SYSTEM):
        for effect in effects:
            of = {"indicator": effect.indicator, "domain": effect.domain}
            row = Rollup.objects.get(**of, period=effect.year, scope="nation", component=None)
            assert (row.value, row.answered) == (effect.then, effect.answered)
            standing = Standing.objects.filter(**of, agency=None, to_position=None).first()
            assert effect.standing_then == (standing.cls if standing else None)


def test_a_report_that_turns_a_standing_says_so_before_it_is_approved(cast: Cast) -> None:
    submit(cast.hanako, "JST.P1.A1", "FY2027", {"IND-02": "100"})
    with access.reading(SYSTEM):
        position = event_store.head().position
    [effect] = told(cast, JST)
    assert (effect.indicator.code, effect.year, effect.now, effect.then) == ("IND-02", "FY2027", 7000, 7100)
    assert (effect.answered, effect.expected) == (2, 2)
    assert effect.turns
    assert effect.standing_then == "off_track"
    with access.reading(SYSTEM):
        assert event_store.head().position == position
    approve(cast.ichiro, JST, now=JULY)
    happened([effect])


def test_a_report_that_changes_no_class_says_that_it_stays(cast: Cast) -> None:
    submit(cast.hanako, "JST.P1.A1", "FY2027", {"IND-02": "2,800"})
    [effect] = told(cast, JST)
    approve(cast.ichiro, JST, now=JULY)
    happened([effect])
    assert not effect.turns or effect.standing_now == "unknown"


@pytest.mark.parametrize("value", ["9,000", "1,000"])
def test_a_correction_is_told_against_what_it_replaces(cast: Cast, value: str) -> None:
    reports.submit_report(
        actor=cast.taro, assignment="JSPS.P1.A1", period="FY2027", answers={"IND-02": {"value": value}},
        narrative={}, now=JULY, correction="集計の誤り",
    )  # fmt: skip
    [effect] = told(cast, JSPS)
    assert (effect.now, effect.then) == (7000, int(value.replace(",", "")))
    approve(cast.ichiro, JSPS, now=JULY)
    happened([effect])


def test_of_several_reports_the_effect_is_told_of_all_together(cast: Cast) -> None:
    submit(cast.hanako, "JST.P1.A1", "FY2027", {"IND-02": "2,000"})
    submit(cast.hanako, "JST.P1.A2.M1", "FY2027", {"IND-03": "300"})
    waiting = [JST, "JST.P1.A2.M1@FY2027"]
    effects = told(cast, *waiting)
    assert [e.indicator.code for e in effects] == ["IND-02", "IND-03"]
    for report in waiting:
        approve(cast.ichiro, report, now=JULY)
    happened(effects)


def test_what_others_have_waiting_is_not_assumed(cast: Cast) -> None:
    submit(cast.hanako, "JST.P1.A1", "FY2027", {"IND-02": "2,000"})
    submit(cast.hanako, "JST.P1.A2.M1", "FY2027", {"IND-03": "300"})
    assert [e.indicator.code for e in told(cast, "JST.P1.A2.M1@FY2027")] == ["IND-03"]
    for assignment, actor in (("JSPS.P1.A1", cast.taro), ("JST.P1.A1", cast.hanako)):
        submit(actor, assignment, "FY2028", {"IND-02": "1,000"})
    [effect] = told(cast, "JSPS.P1.A1@FY2028")
    assert (effect.then, effect.answered) == (1000, 1)  # of the same figure too


def test_the_number_of_queries_does_not_grow_with_the_reports(cast: Cast) -> None:
    submit(cast.hanako, "JST.P1.A1", "FY2027", {"IND-02": "2,000"})
    submit(cast.hanako, "JST.P1.A2.M1", "FY2027", {"IND-03": "300"})

    def queries(*reports: str) -> int:
        with access.reading(cast.ichiro), CaptureQueriesContext(connection) as captured:
            effects_of(actor=cast.ichiro, reports=reports, now=JULY)
        return len(captured)

    assert queries(JST, "JST.P1.A2.M1@FY2027") == queries(JST) <= 25


def test_only_who_sees_every_agency_is_told(cast: Cast) -> None:
    submit(cast.hanako, "JST.P1.A1", "FY2027", {"IND-02": "2,000"})
    for actor in (cast.hanako, cast.jiro):
        with access.reading(actor):
            assert effects_of(actor=actor, reports=[JST], now=JULY) == []
