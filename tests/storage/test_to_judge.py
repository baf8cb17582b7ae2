"""The clock judges what has changed, and everything once a day and once an hour: never the whole plan each time."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies import access
from indicators.assessment import EvidenceError
from reporting import event_store
from reporting.commands import judge as judging
from reporting.commands import plan as plans
from reporting.commands.judge import judge
from reporting.models import JudgedIndicator, Standing
from reporting.projections import rollups, to_judge
from reporting.queries.series import Series
from reporting.tasks import catch_up_rollups
from tests.acts import at, put_in_force, reading, submit
from tests.cast import Cast

Superuser = psycopg.Connection[tuple[Any, ...]]
NOON = at("2027-07-01 12:00")
EVENING, NEXT_DAY = at("2027-07-01 23:59"), at("2027-07-02 00:00")


def chosen(now: Any = NOON) -> list[str]:
    with access.following():
        found = to_judge.choose(now=now)
    return found.indicators if found else []


@pytest.fixture
def judged(cast: Cast) -> int:
    """All has been judged at noon. How many indicators there are."""
    catch_up_rollups()
    everything = len(chosen())
    judge(now=NOON)
    assert chosen() == []
    return everything


def test_what_a_report_touches_is_judged_and_nothing_else(cast: Cast, judged: int) -> None:
    assert judged > 50
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "1"})
    catch_up_rollups()
    assert chosen() == ["IND-02"]
    judge(now=NOON)
    assert chosen() == []


def test_a_judgement_of_little_reads_little(cast: Cast, judged: int) -> None:
    def rows() -> int:
        with CaptureQueriesContext(connection) as queries:
            judge(now=NOON)
        return len(queries)

    assert rows() < 8  # nothing to judge: nothing is loaded
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "1"})
    catch_up_rollups()
    one = rows()
    put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A2.M1", "FY2026Q1", {"IND-03": "1"})
    submit(cast.hanako, "JST.P1.A1", "FY2026Q2", {"IND-02": "1"})
    catch_up_rollups()
    assert rows() == one


def test_a_target_that_is_set_has_its_indicator_judged(cast: Cast, judged: int) -> None:
    proposal = plans.schedule_milestone(
        actor=cast.hoko, indicator="P6.A3.M1", stage=1, due_on=at("2028-03-31").date(), reason="理由", now=NOON
    )
    plans.accept_target(actor=cast.kyoko, proposal=proposal, now=NOON)
    catch_up_rollups()
    assert chosen() == ["P6.A3.M1"]


def test_what_names_no_indicator_may_be_about_all(cast: Cast, judged: int) -> None:
    agency = {
        "code": "NEW", "name_ja": "新機関", "name_en": "New", "kind": "institute", "supervisors": ["MEXT"],
        "corporate_number": "", "groups": [],
    }  # fmt: skip
    plans.register_agencies(actor=cast.system, agencies=[agency], now=NOON)
    catch_up_rollups()
    assert len(chosen()) == judged


def test_what_the_clock_finds_does_not_make_it_look_again(cast: Cast, judged: int) -> None:
    for who, assignment in ((cast.taro, "JSPS.P1.A1"), (cast.hanako, "JST.P1.A1")):
        put_in_force(cast.ichiro, who, assignment, "FY2026", {"IND-02": "3,000"})
    catch_up_rollups()
    assert judge(now=NOON) == 1
    catch_up_rollups()  # which reads what was found
    assert chosen() == []


def test_deadlines_end_with_a_day_and_on_a_new_one_all_is_judged_once(cast: Cast, judged: int) -> None:
    assert chosen(EVENING) == []
    assert len(chosen(NEXT_DAY)) == judged
    judge(now=NEXT_DAY)
    assert chosen(NEXT_DAY) == []


def test_whatever_else_was_forgotten_is_judged_within_the_hour(cast: Cast, judged: int, superuser: Superuser) -> None:
    superuser.execute("UPDATE reporting_judgedindicator SET at = now() - interval '59 min'")
    assert chosen() == []
    superuser.execute(
        "UPDATE reporting_judgedindicator SET at = now() - interval '61 min' WHERE indicator_id = 'IND-02'"
    )
    assert chosen() == ["IND-02"]


def test_of_many_some_are_judged_at_a_time_those_longest_ago_first(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    catch_up_rollups()
    everything = set(chosen())
    monkeypatch.setattr(to_judge, "AT_ONCE", 20)
    looks = []
    while page := chosen():
        looks.append(len(page))
        judge(now=NOON)
    assert (max(looks), sum(looks)) == (20, len(everything))


def test_what_cannot_be_judged_is_tried_at_each_look_and_keeps_no_other_from_it(
    cast: Cast, judged: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge_one = judging._judge_one

    def failing(series: Any, *rest: Any) -> Any:
        if series.key[0] == "IND-02":
            raise EvidenceError("contradicts itself")
        return judge_one(series, *rest)

    for who, assignment in ((cast.midori, "MIHON-A.P1.A6"), (cast.aoi, "MIHON-B.P1.A6")):
        put_in_force(cast.ichiro, who, assignment, "FY2026", {"IND-05": {"numerator": "9", "denominator": "9"}})
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "1"})
    catch_up_rollups()
    monkeypatch.setattr(judging, "_judge_one", failing)
    for _ in range(2):
        with pytest.raises(ExceptionGroup):
            judge(now=NOON)
        assert chosen() == ["IND-02"]
    with reading():
        assert Standing.objects.get(indicator="IND-05", to_position=None).cls == "achieved"


def test_what_is_touched_while_it_is_judged_is_judged_again_and_not_on_mixed_numbers(cast: Cast, judged: int) -> None:
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "1"})
    submit(cast.hanako, "JST.P1.A2.M1", "FY2026Q1", {"IND-03": "1"})
    catch_up_rollups()
    with access.following():
        found = to_judge.choose(now=NOON)
        assert found is not None
        before = dict(JudgedIndicator.objects.values_list("indicator", "position"))
        # Between its reading and its writing another page is read.
        to_judge._mark(["IND-02"], event_store.head().position + 1, everything=False)
        assert to_judge.settle(found) == {"IND-03"}
        after = dict(JudgedIndicator.objects.values_list("indicator", "position"))
    assert after["IND-02"] == before["IND-02"] < found.position == after["IND-03"]
    assert chosen() == ["IND-02"]


def test_of_what_is_touched_while_it_is_judged_nothing_is_said_yet(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    catch_up_rollups()
    series = judging.all_series

    def touched_meanwhile(**asked: Any) -> Iterator[Series]:
        yield from series(**asked)
        to_judge._mark(["IND-02"], event_store.head().position + 1, everything=False)

    monkeypatch.setattr(judging, "all_series", touched_meanwhile)
    judging.judge(now=NOON)
    with reading():
        said = set(Standing.objects.values_list("indicator", flat=True))
    assert "IND-03" in said
    assert "IND-02" not in said


def test_an_open_cell_keeps_its_indicator_waiting(cast: Cast, judged: int) -> None:
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "1"})
    submit(cast.hanako, "JST.P1.A2.M1", "FY2026Q1", {"IND-03": "1"})
    with access.following():
        while rollups.read_page():
            pass
    assert chosen() == []
    catch_up_rollups()
    assert chosen() == ["IND-02", "IND-03"]
