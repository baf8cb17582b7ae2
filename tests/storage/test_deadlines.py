"""Extensions and reopenings as commands, tables and events: now, of the past, and built again from the log."""

from collections.abc import Callable
from datetime import date, datetime

import pytest
from django.db import IntegrityError, ProgrammingError, connection

from agencies import access
from indicators.models import Assignment
from indicators.periods import Period
from reporting.commands import deadlines
from reporting.domain import errors
from reporting.domain.deadline import Kind, Window
from reporting.event_store import Recorded
from reporting.models import DeadlineChange, Event, EventText
from reporting.queries.calendar import calendar_of, window_of
from reporting.queries.work import Todo, duties
from tests.acts import all_at_once, at, reading, row_of, submit
from tests.cast import Cast
from tests.storage.test_rebuild import Superuser, guards_off, rebuild

A, B = "JST.P1.A1", "JST.P1.A1.M2"
Q1 = "FY2026Q1"  # due 17 August 2026, locked from 1 July 2028
JULY, LATER = at("2026-07-20 10:00"), at("2028-08-01 10:00")
FIGURES = {"IND-02": "350"}


def extend(
    cast: Cast, until: str, *, now: datetime = JULY, assignment: str | None = None, reason: str = "水害のため"
) -> Recorded:
    return deadlines.extend_deadline(
        actor=cast.kyoko, agency="JST", period=Q1, assignment=assignment, until=date.fromisoformat(until),
        reason=reason, now=now,
    )  # fmt: skip


def reopen(cast: Cast, until: str, *, now: datetime = LATER) -> Recorded:
    return deadlines.reopen_period(
        actor=cast.ichiro, agency="JST", period=Q1, until=date.fromisoformat(until), reason="誤記の訂正", now=now
    )


def withdraw(
    cast: Cast, kind: Kind = Kind.EXTENDED, *, now: datetime = JULY, assignment: str | None = None
) -> Recorded:
    return deadlines.withdraw_change(
        actor=cast.kyoko, agency="JST", period=Q1, kind=kind, assignment=assignment, reason="不要となった", now=now
    )


def window(assignment: str = A, *, as_of: int | None = None) -> Window:
    with reading():
        return window_of(Assignment.objects.get(id=assignment), Period.parse(Q1), as_of=as_of)


def test_within_an_extension_a_report_is_not_late_and_after_it_it_is(cast: Cast) -> None:
    extend(cast, "2026-08-31")
    submit(cast.hanako, A, Q1, FIGURES, now=at("2026-08-31 23:59:59.999"))
    assert not row_of(f"{A}@{Q1}").late
    submit(cast.hanako, B, Q1, {"P1.A1.M2": "1"}, now=at("2026-09-01 00:00"))
    assert row_of(f"{B}@{Q1}").late
    submit(cast.taro, "JSPS.P1.A1", Q1, {"IND-02": "1"}, now=at("2026-08-20 10:00"))
    assert row_of(f"JSPS.P1.A1@{Q1}").late  # another agency's deadline stays where it was


def test_an_extension_for_one_assignment_is_for_that_one(cast: Cast) -> None:
    extend(cast, "2026-08-31", assignment=B)
    assert (window(B).due_on, window(A).due_on) == (date(2026, 8, 31), date(2026, 8, 17))


def test_a_second_extension_follows_the_first_and_a_withdrawn_one_is_as_if_it_had_not_been(cast: Cast) -> None:
    extend(cast, "2026-08-31")
    extend(cast, "2026-09-15")
    assert window().due_on == date(2026, 9, 15)
    withdraw(cast)
    assert window().due_on == date(2026, 8, 17)
    with pytest.raises(errors.NothingGranted):
        withdraw(cast)
    extend(cast, "2026-08-20")  # shorter than before, once that is withdrawn
    assert window().due_on == date(2026, 8, 20)
    with reading():
        assert [e.type for e in Event.objects.filter(stream=f"deadline/JST/{Q1}").order_by("version")] == [
            "DeadlineExtended", "DeadlineExtended", "ExtensionWithdrawn", "DeadlineExtended",
        ]  # fmt: skip


def test_what_was_in_when_an_extension_was_withdrawn_stays_in_time(cast: Cast) -> None:
    extend(cast, "2026-08-31")
    submit(cast.hanako, A, Q1, FIGURES, now=at("2026-08-20 10:00"))
    withdraw(cast, now=at("2026-08-21 10:00"))
    assert not row_of(f"{A}@{Q1}").late


def test_a_reopened_period_takes_reports_until_its_last_day_and_they_are_late(cast: Cast) -> None:
    with pytest.raises(errors.PeriodLocked):
        submit(cast.hanako, A, Q1, FIGURES, now=LATER)
    reopen(cast, "2028-08-31")
    submit(cast.hanako, A, Q1, FIGURES, now=at("2028-08-31 23:59:59.999"))
    assert row_of(f"{A}@{Q1}").late
    with pytest.raises(errors.PeriodLocked):
        submit(cast.hanako, B, Q1, {"P1.A1.M2": "1"}, now=at("2028-09-01 00:00"))
    with pytest.raises(errors.PeriodLocked):
        submit(cast.taro, "JSPS.P1.A1", Q1, {"IND-02": "1"}, now=at("2028-08-10 10:00"))


def test_a_reopening_that_is_withdrawn_locks_the_period_again(cast: Cast) -> None:
    reopen(cast, "2028-08-31")
    withdraw(cast, Kind.REOPENED, now=LATER)
    with pytest.raises(errors.PeriodLocked):
        submit(cast.hanako, A, Q1, FIGURES, now=LATER)


def test_the_desk_goes_by_what_was_granted(cast: Cast) -> None:
    now = at("2026-08-25 10:00")
    with access.reading(cast.hanako):
        assert (A, Q1) in {(d.assignment.id, d.period.code) for d in duties(cast.hanako, now)[Todo.OVERDUE]}
    extend(cast, "2026-08-31")
    with access.reading(cast.hanako):
        [duty] = [d for d in duties(cast.hanako, now)[Todo.DUE_SOON] if (d.assignment.id, d.period.code) == (A, Q1)]
    assert (duty.due_on, duty.days_left) == (date(2026, 8, 31), 6)
    assert duty.window.extension is not None
    assert duty.window.extension.reason == "水害のため"
    gone = {d.period.code for rows in _read(cast, LATER).values() for d in rows if d.report is None}
    assert Q1 not in gone
    reopen(cast, "2028-08-31")
    assert (A, Q1) in {(d.assignment.id, d.period.code) for d in _read(cast, LATER)[Todo.OVERDUE]}


def _read(cast: Cast, now: datetime) -> dict[Todo, list[object]]:
    with access.reading(cast.hanako):
        return duties(cast.hanako, now)  # type: ignore[return-value]


def test_what_was_granted_by_a_position_is_what_held_there(cast: Cast) -> None:
    first = extend(cast, "2026-08-31").position
    second = extend(cast, "2026-09-15").position
    third = withdraw(cast).position
    asked = {at_: window(as_of=at_).due_on.isoformat() for at_ in (first - 1, first, second, third)}
    assert list(asked.values()) == ["2026-08-17", "2026-08-31", "2026-09-15", "2026-08-17"]


def test_a_holiday_added_moves_what_falls_due_on_it_and_one_removed_moves_it_back(cast: Cast) -> None:
    day = date(2026, 8, 17)
    position = deadlines.add_holiday(actor=cast.misao, day=day, reason="臨時の休日", now=JULY).position
    assert window().due_on == date(2026, 8, 18)
    assert window(as_of=position - 1).due_on == day
    with pytest.raises(errors.AlreadyHoliday):
        deadlines.add_holiday(actor=cast.misao, day=day, reason="臨時の休日", now=JULY)
    submit(cast.hanako, A, Q1, FIGURES, now=at("2026-08-18 12:00"))
    assert not row_of(f"{A}@{Q1}").late
    deadlines.remove_holiday(actor=cast.misao, day=day, reason="取りやめ", now=JULY)
    assert window().due_on == day
    deadlines.add_holiday(actor=cast.misao, day=day, reason="やはり休日", now=JULY)
    assert window().due_on == date(2026, 8, 18)


@pytest.mark.parametrize("name", ["hanako", "jiro", "fumiko", "misao", "taro"])
def test_only_csti_moves_deadlines(cast: Cast, name: str) -> None:
    actor = getattr(cast, name)
    with pytest.raises(errors.NotAllowed):
        deadlines.extend_deadline(
            actor=actor, agency="JST", period=Q1, until=date(2026, 8, 31), reason="理由", now=JULY
        )
    with pytest.raises(errors.NotAllowed):
        deadlines.reopen_period(actor=actor, agency="JST", period=Q1, until=date(2028, 8, 31), reason="理由", now=LATER)
    with pytest.raises(errors.NotAllowed):
        deadlines.withdraw_change(actor=actor, agency="JST", period=Q1, kind=Kind.EXTENDED, reason="理由", now=JULY)


@pytest.mark.parametrize("name", ["hanako", "jiro", "fumiko", "kyoko", "ichiro"])
def test_only_operators_add_holidays(cast: Cast, name: str) -> None:
    for act in (deadlines.add_holiday, deadlines.remove_holiday):
        with pytest.raises(errors.NotAllowed):
            act(actor=getattr(cast, name), day=date(2026, 8, 17), reason="理由", now=JULY)


@pytest.mark.parametrize(
    ("agency", "period", "assignment"),
    [("NOBODY", Q1, None), ("JST", "FY2026H1", None), ("JST", "FY2035Q1", None), ("JST", "x", None),
     ("JST", Q1, "JSPS.P1.A1"), ("JST", Q1, "JST.NO")],
)  # fmt: skip
def test_what_is_not_reported_cannot_be_extended(cast: Cast, agency: str, period: str, assignment: str | None) -> None:
    with pytest.raises(errors.NotFound):
        deadlines.extend_deadline(
            actor=cast.kyoko, agency=agency, period=period, assignment=assignment, until=date(2026, 8, 31),
            reason="理由", now=JULY,
        )  # fmt: skip


def test_the_database_refuses_a_change_for_another_agency_s_assignment(cast: Cast) -> None:
    with pytest.raises(IntegrityError), access.acting(cast.system):
        DeadlineChange.objects.create(
            agency_id="JST", period=Q1, assignment_id="JSPS.P1.A1", kind="extended", until=date(2026, 8, 31),
            event_id="00000000-0000-0000-0000-000000000000", from_position=1,
        )  # fmt: skip


def test_the_reason_stands_beside_its_event_and_not_in_it(cast: Cast) -> None:
    event_id = extend(cast, "2026-08-31").event_id
    with reading():
        event = Event.objects.get(event_id=event_id)
        assert "水害" not in str(event.data)
        text = EventText.objects.get(event_id=event_id)
    assert (text.field, text.text, text.agency_id) == ("reason", "水害のため", "JST")
    assert event.agency == "JST"


def test_two_who_extend_at_once_do_not_both(cast: Cast) -> None:
    cast.kyoko  # noqa: B018 - signed in before the threads start
    results = all_at_once([lambda: extend(cast, "2026-08-31"), lambda: extend(cast, "2026-08-31")])
    refused = [r for r in results if isinstance(r, errors.StaleVersion | errors.NotYetLater | errors.Busy)]
    assert len(refused) == 1, results
    with reading():
        assert DeadlineChange.objects.filter(to_position=None).count() == 1


def test_what_was_granted_is_read_in_one_query_however_much_it_is(
    cast: Cast, django_assert_num_queries: Callable[..., object]
) -> None:
    for until, assignment in (("2026-08-31", None), ("2026-09-15", A), ("2026-09-18", B)):
        extend(cast, until, assignment=assignment)
    with reading(), django_assert_num_queries(1):  # type: ignore[attr-defined]
        calendar = calendar_of(agencies=None)
    assert len(calendar.granted["JST", Q1]) == 3


def test_they_are_built_again_from_the_log(cast: Cast, superuser: Superuser) -> None:
    extend(cast, "2026-08-31")
    extend(cast, "2026-09-15")
    extend(cast, "2026-10-15", assignment=A)
    withdraw(cast, assignment=A)
    reopen(cast, "2028-08-31")
    for act in (deadlines.add_holiday, deadlines.remove_holiday, deadlines.add_holiday):
        act(actor=cast.misao, day=date(2026, 8, 17), reason="臨時の休日", now=JULY)
    deadlines.add_holiday(actor=cast.misao, day=date(2026, 8, 18), reason="臨時の休日", now=JULY)
    said = rebuild(check=True)
    assert "no difference" in said, said
    with guards_off(superuser):
        superuser.execute("UPDATE reporting_deadlinechange SET until = '2026-12-01' WHERE to_position IS NULL")
        superuser.execute("DELETE FROM reporting_addedholiday WHERE day = '2026-08-18'")
    said = rebuild("deadlines")
    assert "reporting_deadlinechange differs" in said, said
    assert "reporting_addedholiday differs" in said, said
    assert "no difference" in rebuild(check=True)
    assert window().due_on == date(2026, 9, 15)


def test_the_run_time_role_closes_a_change_and_alters_nothing_else_of_it(cast: Cast) -> None:
    extend(cast, "2026-08-31")
    for statement in (
        "UPDATE reporting_deadlinechange SET until = '2030-01-01'",
        "DELETE FROM reporting_deadlinechange",
    ):
        refused = pytest.raises(ProgrammingError, match="permission denied")
        with refused, access.acting(cast.system), connection.cursor() as cursor:
            cursor.execute(statement)
