"""What to do next, and how long there is."""

import pytest

from indicators.quantities import unit_named
from reporting.domain.desk import Left, TimeLeft, Todo, time_left, urgency
from reporting.domain.entries import Question
from reporting.domain.errors import NothingToHandOver, SamePerson, SuccessorDisabled
from reporting.domain.handover import Held, Passing, pass_on
from reporting.domain.inquiries import draft_changes, summed
from tests.acts import at

DEADLINE = at("2026-08-01 00:00")  # the end of 31 July


@pytest.mark.parametrize(
    ("now", "left"),
    [
        ("2026-07-01 09:00", TimeLeft(Left.DAYS, 30)),
        ("2026-07-29 23:59", TimeLeft(Left.DAYS, 2)),
        ("2026-07-30 00:00", TimeLeft(Left.TOMORROW, 1)),
        ("2026-07-30 23:59", TimeLeft(Left.TOMORROW, 1)),
        ("2026-07-31 00:00", TimeLeft(Left.HOURS, 24)),
        ("2026-07-31 22:59", TimeLeft(Left.HOURS, 1)),
        ("2026-07-31 23:00", TimeLeft(Left.HOURS, 1)),
        ("2026-07-31 23:01", TimeLeft(Left.MINUTES, 59)),
        ("2026-07-31 23:59:30", TimeLeft(Left.MINUTES, 1)),
        ("2026-08-01 00:00", TimeLeft(Left.PAST, 1)),
        ("2026-08-01 23:59", TimeLeft(Left.PAST, 1)),
        ("2026-08-02 00:00", TimeLeft(Left.PAST, 2)),
    ],
)
def test_what_is_left_is_said_as_people_say_it(now: str, left: TimeLeft) -> None:
    assert time_left(DEADLINE, at(now)) == left


def test_what_can_still_be_on_time_tonight_comes_before_what_came_back_and_the_late_comes_last() -> None:
    now = at("2026-07-31 23:00")
    duties = {
        "tonight": (Todo.DUE_SOON, DEADLINE),
        "came back": (Todo.RETURNED, at("2026-05-01 00:00")),
        "came back tonight": (Todo.RETURNED, DEADLINE),
        "soon": (Todo.DUE_SOON, at("2026-08-05 00:00")),
        "later": (Todo.DUE, at("2026-11-01 00:00")),
        "late": (Todo.OVERDUE, at("2026-05-01 00:00")),
        "just late": (Todo.OVERDUE, at("2026-07-31 00:00")),
        "waits": (Todo.WAITING, DEADLINE),
    }
    order = sorted(duties, key=lambda name: urgency(*duties[name], now))
    assert order == ["tonight", "came back tonight", "came back", "soon", "later", "just late", "late", "waits"]


COUNT = Question("IND-02", unit_named("件"))
RATIO = Question("IND-09", unit_named("%"), is_ratio=True, ratio_unit=unit_named("件"))
BY_DOMAIN = Question("IND-03", unit_named("件"), domains=("D01", "D02"))


@pytest.mark.parametrize(
    ("question", "aggregation", "answers", "total"),
    [
        (COUNT, "sum_of_flows", [{"value": "1,200"}, {"value": "３００"}], {"answer": "value", "value": "1500"}),
        (COUNT, "sum_of_flows", [{"value": "1.5万"}, {"answer": "nothing", "reason": "なし"}],
         {"answer": "value", "value": "15000"}),
        (COUNT, "sum_of_flows", [{"value": "1"}], None),
        (COUNT, "external_rank", [{"value": "1"}, {"value": "2"}], None),
        (COUNT, "sum_of_flows", [{"value": "1"}, {"answer": "not_measurable", "reason": "調査中"}], None),
        (COUNT, "sum_of_flows", [{"value": "1"}, {"value": "だいたい"}], None),
        (COUNT, "sum_of_flows", [{"answer": "nothing", "reason": "な"}, {"answer": "nothing", "reason": "な"}], None),
        (COUNT, "sum_of_flows_dedup", [{"value": "5", "counted_elsewhere": "2"}, {"value": "5"}],
         {"answer": "value", "value": "10", "counted_elsewhere": "2"}),
        (RATIO, "ratio_of_sums", [{"numerator": "1", "denominator": "2"}, {"numerator": "3", "denominator": "10"}],
         {"answer": "value", "numerator": "4", "denominator": "12"}),
        (BY_DOMAIN, "sum_of_flows", [{"value": "5", "domain.D01": "2"}, {"value": "7", "domain.D01": "1"}],
         {"answer": "value", "value": "12", "domain.D01": "3"}),
    ],
)  # fmt: skip
def test_departments_are_added_up_where_a_sum_means_something(
    question: Question, aggregation: str, answers: list[dict[str, str]], total: dict[str, str] | None
) -> None:
    assert summed(question, aggregation, answers) == total


def test_what_an_answer_does_not_say_is_emptied_in_the_draft() -> None:
    assert draft_changes(BY_DOMAIN, {"answer": "nothing", "reason": "該当なし"}) == {
        "figure:IND-03:answer": "nothing",
        "figure:IND-03:reason": "該当なし",
        "figure:IND-03:domain.D01": "",
        "figure:IND-03:domain.D02": "",
        "figure:IND-03:value": "",
        "figure:IND-03:counted_elsewhere": "",
    }


APRIL = at("2026-04-01 09:00").date()
MARCH = at("2026-03-31 09:00").date()


def passing(held: list[Held], successors: tuple[Held, ...] = (), desk: int = 1, successor: int = 2) -> Passing:
    return pass_on(
        predecessor=1, successor=successor, successor_is_active=True, held=held, successors=successors, desk=desk
    )


def test_current_memberships_end_and_the_same_begin() -> None:
    held = [Held(1, 10, "reporter", None), Held(2, 11, "contributor", None), Held(3, 12, "reporter", MARCH)]
    assert passing(held) == Passing((1, 2), ((10, "reporter"), (11, "contributor")), ())


def test_what_the_successor_has_already_does_not_begin_again() -> None:
    held, has = [Held(1, 10, "reporter", None)], (Held(9, 10, "reporter", None),)
    assert passing(held, has) == Passing((1,), (), ())


def test_of_someone_who_has_left_those_memberships_begin_that_ended_last() -> None:
    held = [Held(1, 10, "reporter", MARCH), Held(2, 11, "reporter", APRIL), Held(3, 12, "contributor", APRIL)]
    assert passing(held) == Passing((), ((11, "reporter"), (12, "contributor")), ())


def test_what_operators_give_does_not_pass_on() -> None:
    held = [Held(1, 10, "reviewer", None), Held(2, 10, "operator", None), Held(3, 11, "reporter", None)]
    assert passing(held) == Passing((3,), ((11, "reporter"),), (1, 2))


def test_a_handover_that_means_nothing_is_refused() -> None:
    with pytest.raises(SamePerson):
        passing([Held(1, 10, "reporter", None)], successor=1)
    with pytest.raises(NothingToHandOver):
        passing([Held(1, 10, "reviewer", None)], desk=0)
    with pytest.raises(SuccessorDisabled):
        pass_on(predecessor=1, successor=2, successor_is_active=False, held=[], successors=[], desk=1)
