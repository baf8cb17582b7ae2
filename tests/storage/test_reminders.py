"""Reports are asked for once, whoever looks how often; what the database finds is what the rule says of each report."""

import time
from collections.abc import Callable
from datetime import date, datetime, timedelta

import psycopg
import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from agencies import access
from agencies.models import Membership, Role, in_force
from indicators.models import Assignment
from indicators.periods import JST, Frequency, reporting_periods
from reporting import alerts, tasks
from reporting.commands.charges import put_in_charge
from reporting.commands.deadlines import add_holiday, extend_deadline, withdraw_change
from reporting.commands.drafts import save_fields
from reporting.commands.reports import ask_for_correction
from reporting.domain.deadline import Kind
from reporting.domain.reminders import DUE, OVERDUE, counted_from, step
from reporting.models import Notice, Reminder, Report
from reporting.queries.calendar import calendar_of
from tests.acts import all_at_once, at, put_in_force, reading, send_back, submit, withdraw
from tests.cast import SYSTEM, Cast
from tests.departments import person

Superuser = psycopg.Connection[tuple[object, ...]]
Given = set[tuple[str, str, date, str, int]]
P1, Q1, Q2 = "JST.P1.A1", "FY2026Q1", "FY2026Q2"
DUE_ON = date(2026, 8, 17)  # of FY2026Q1
FIRST, SECOND, LATE = at("2026-07-31 10:00"), at("2026-08-12 10:00"), at("2026-08-18 10:00")


def remind(day: str, clock: str = "10:00") -> int:
    return alerts.remind(now=at(f"{day} {clock}"))


def given(**narrowed: object) -> Given:
    with reading():
        rows = Reminder.objects.filter(**narrowed)
        return set(rows.values_list("assignment", "period", "due_on", "kind", "number"))


def steps_of(assignment: str = P1, period: str = Q1) -> list[tuple[date, str, int]]:
    with reading():
        rows = Reminder.objects.filter(assignment=assignment, period=period).order_by("pk")
        return list(rows.values_list("due_on", "kind", "number"))


def told(assignment: str = P1, period: str = Q1, **narrowed: object) -> set[str]:
    """People by name, units by address."""
    with access.following():
        rows = Notice.objects.filter(reminder__assignment=assignment, reminder__period=period)
        named = {f"reminder__{name}": what for name, what in narrowed.items()}
        pairs = rows.filter(**named).values_list("person__username", "unit__email")
        return {person or unit for person, unit in pairs}


def by_the_rule(now: datetime) -> Given:
    """All that is to be asked for at that moment, report by report."""
    found: Given = set()
    today = now.astimezone(JST).date()
    with reading():
        calendar = calendar_of(agencies=None)
        reports = Report.objects.in_bulk()
        for row in Assignment.objects.filter(in_force()):
            for period in reporting_periods(Frequency(row.frequency), 2026, 2027):
                report = reports.get(f"{row.pk}@{period.code}")
                if now < calendar.plan(period).opens or (report and report.status in ("submitted", "approved")):
                    continue
                last_day, returned = calendar.of(row.agency_id, row.pk, period).due_on, None
                if report and report.status == "returned":
                    assert report.decided_at
                    returned = report.decided_at.astimezone(JST).date()
                due = counted_from(last_day, returned, calendar.is_holiday)
                what = step(due, today, calendar.is_holiday)
                if what and (what.kind == OVERDUE or due == last_day):  # nobody named the day of an answer
                    found.add((row.pk, period.code, due, what.kind, what.number))
    return found


def in_every_state(cast: Cast) -> None:
    """Reports of FY2026Q1 as they may be by mid-August: in time, withdrawn, returned early, late and after approval."""
    for name, answers in (("JST.P1.A1", {"IND-02": "350"}), ("JSPS.P1.A1", {"IND-02": "1400"})):
        actor = cast.hanako if name.startswith("JST") else cast.taro
        submit(actor, name, Q1, answers, now=at("2026-07-20 10:00"))
    send_back(cast.ichiro, "JST.P1.A1@FY2026Q1", now=at("2026-08-13 10:00"))
    withdraw(cast.taro, "JSPS.P1.A1@FY2026Q1", now=at("2026-07-21 10:00"))


@pytest.mark.after(done=in_every_state)
@pytest.mark.parametrize(
    "day",
    ["2026-08-14", "2026-08-17", "2026-08-18", "2026-08-20", "2026-08-21", "2026-08-25", "2026-09-08", "2026-09-15",
     "2026-10-20", "2026-11-02", "2027-05-06", "2027-06-30", "2027-07-01"],
)  # fmt: skip
def test_what_the_database_finds_is_what_the_rule_says_of_each_report(cast: Cast, day: str) -> None:
    grant = {"actor": cast.kyoko, "reason": "災害", "now": at("2026-07-15 10:00")}
    extend_deadline(**grant, agency="JSPS", period=Q1, until=date(2026, 8, 31))
    extend_deadline(**grant, agency="JST", period=Q1, assignment="JST.P1.A1.M2", until=date(2026, 9, 1))
    add_holiday(actor=cast.misao, day=date(2026, 8, 13), reason="閉庁", now=at("2026-07-15 10:00"))
    expected = by_the_rule(at(f"{day} 10:00"))
    assert remind(day) == len(expected)
    assert given() == expected


def test_day_after_day_each_is_asked_for_as_the_rule_says_and_never_twice(cast: Cast) -> None:
    day = date(2026, 7, 28)
    while day < date(2026, 9, 20):
        remind(day.isoformat())
        day += timedelta(days=1)
    assert steps_of() == [(DUE_ON, DUE, 10), (DUE_ON, DUE, 3), *((DUE_ON, OVERDUE, n) for n in (1, 2, 3, 4))]
    with reading():
        assert Reminder.objects.count() == len(given())


# --- when


def test_it_is_looked_once_a_business_day_in_office_hours(cast: Cast) -> None:
    assert remind("2026-08-01") == remind("2026-08-11") == 0  # a Saturday, a holiday
    assert remind("2026-08-12", "08:59") == remind("2026-08-12", "18:00") == 0
    submit(cast.hanako, P1, Q1, {"IND-02": "350"}, now=at("2026-08-12 08:00"))
    assert remind("2026-08-12", "09:00") > 0
    withdraw(cast.hanako, f"{P1}@{Q1}", now=at("2026-08-12 11:00"))
    assert remind("2026-08-12", "17:59") == 0
    assert remind("2026-08-13") == 1  # of the others it was said yesterday
    assert steps_of() == [(DUE_ON, DUE, 3)]


def test_of_two_workers_at_once_one_reminds(cast: Cast) -> None:
    one, other = all_at_once([lambda: remind("2026-08-12"), lambda: remind("2026-08-12")])
    assert min(one, other) == 0
    assert max(one, other) == len(given()) > 50
    with access.following():
        assert Notice.objects.filter(reminder__isnull=False).count() >= len(given())


def test_no_second_reminder_and_no_second_notice_of_one_can_be_written(cast: Cast) -> None:
    remind("2026-08-12")
    with access.following():
        row = Notice.objects.filter(reminder__isnull=False).first()
        reminder = Reminder.objects.first()
    assert row is not None
    assert reminder is not None
    for again in (row, reminder):
        again.pk = None
        with pytest.raises(IntegrityError), access.following():
            again.save(force_insert=True)


def test_nobody_is_reminded_while_a_past_is_replayed(
    cast: Cast, superuser: Superuser, set_clock: Callable[[datetime], None]
) -> None:
    set_clock(SECOND)
    superuser.execute("UPDATE log_head SET sample = 'replaying'")
    tasks.remind()
    assert given() == set()
    superuser.execute("UPDATE log_head SET sample = 'replayed'")
    tasks.remind()
    assert given()


@pytest.fixture
def set_clock(settings: Settings) -> Callable[[datetime], None]:
    def stand_at(moment: datetime) -> None:
        settings.BUSINESS_CLOCK = moment

    return stand_at


# --- of what


def test_what_is_in_is_not_asked_for(cast: Cast) -> None:
    submit(cast.hanako, P1, Q1, {"IND-02": "350"}, now=at("2026-07-20 10:00"))
    put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", Q1, {"IND-02": "1400"})
    for day in ("2026-08-12", "2026-08-18"):
        remind(day)
    assert steps_of() == steps_of("JSPS.P1.A1") == []
    assert steps_of("JST.P1.A1.M2")


def test_an_extension_moves_what_is_asked_for_and_repeats_nothing_of_the_same_day(cast: Cast) -> None:
    remind("2026-07-31")
    grant = {"actor": cast.kyoko, "agency": "JST", "period": Q1, "reason": "災害"}
    extend_deadline(**grant, until=date(2026, 8, 31), now=at("2026-08-03 10:00"))
    remind("2026-08-12")
    later = date(2026, 8, 31)
    assert steps_of() == [(DUE_ON, DUE, 10)]
    remind("2026-08-17")
    assert steps_of() == [(DUE_ON, DUE, 10), (later, DUE, 10)]
    withdraw_change(**grant, kind=Kind.EXTENDED, now=at("2026-08-17 12:00"))
    remind("2026-08-18")
    extend_deadline(**grant, until=later, now=at("2026-08-18 12:00"))
    remind("2026-08-19")
    assert steps_of() == [(DUE_ON, DUE, 10), (later, DUE, 10), (DUE_ON, OVERDUE, 1)]


def test_what_is_returned_is_asked_for_by_its_day_or_a_week_later(cast: Cast) -> None:
    submit(cast.hanako, P1, Q1, {"IND-02": "350"}, now=at("2026-07-20 10:00"))
    send_back(cast.ichiro, f"{P1}@{Q1}", now=at("2026-07-22 10:00"))
    remind("2026-08-12")
    assert steps_of() == [(DUE_ON, DUE, 3)]
    submit(cast.hanako, P1, Q1, {"IND-02": "351"}, now=at("2026-08-12 12:00"))
    remind("2026-08-18")
    send_back(cast.ichiro, f"{P1}@{Q1}", now=at("2026-09-01 10:00"))
    answer = date(2026, 9, 8)
    for day in ("2026-09-02", "2026-09-04", "2026-09-08"):
        remind(day)
    assert steps_of() == [(DUE_ON, DUE, 3)]
    remind("2026-09-09")
    assert steps_of() == [(DUE_ON, DUE, 3), (answer, OVERDUE, 1)]


def test_a_correction_that_was_asked_for_is_asked_for_again_until_it_is_in(cast: Cast) -> None:
    put_in_force(cast.ichiro, cast.hanako, P1, Q1, {"IND-02": "350"})
    ask_for_correction(
        actor=cast.ichiro, report=f"{P1}@{Q1}", seen_version=2, comments={"": "桁"}, now=at("2026-12-21 10:00")
    )
    remind("2026-12-28")
    remind("2027-01-04")
    assert steps_of() == [(date(2026, 12, 28), OVERDUE, 1)]


# --- who


def test_with_nobody_at_it_all_who_report_are_told_and_their_units(cast: Cast) -> None:
    person("kenji", "JST", "research", Role.REPORTER)
    remind("2026-08-12")
    assert told() == {"hanako", "kenji", "planning@jst.example", "research@jst.example"}


def test_who_is_in_charge_or_has_typed_is_told_and_the_unit_in_charge(cast: Cast) -> None:
    kenji = person("kenji", "JST", "research", Role.REPORTER)
    person("yoko", "JST", "third", Role.REPORTER)
    put_in_charge(actor=cast.hanako, people={P1: kenji.person_id}, now=FIRST)
    save_fields(actor=cast.hanako, assignment=P1, period=Q1, changes={"figure:IND-02:value": ("3", 0)}, now=FIRST)
    remind("2026-08-12")
    assert told() == {"kenji", "hanako", "research@jst.example"}
    units = {f"{unit}@jst.example" for unit in ("planning", "research", "third")}
    assert told("JST.P1.A1.M2") == {"kenji", "hanako", "yoko"} | units


def test_who_left_is_told_no_more_and_another_takes_their_place(cast: Cast) -> None:
    kenji = person("kenji", "JST", "research", Role.REPORTER)
    save_fields(actor=kenji, assignment=P1, period=Q1, changes={"figure:IND-02:value": ("3", 0)}, now=FIRST)
    with access.acting(SYSTEM):
        Membership.objects.filter(person=kenji.person_id).update(ended_on=FIRST.date())
    remind("2026-08-12")
    assert told() == {"hanako", "planning@jst.example"}


def test_from_the_second_time_on_the_responsible_are_told_too(cast: Cast) -> None:
    for day in ("2026-08-12", "2026-08-18", "2026-08-25"):
        remind(day)
    assert "tomoko" not in told(kind=DUE) | told(kind=OVERDUE, number=1)
    assert told(kind=OVERDUE, number=2) == {"hanako", "tomoko", "planning@jst.example"}


def test_a_report_that_was_returned_is_told_to_who_and_whose_unit_submitted_it(cast: Cast) -> None:
    person("yoko", "JST", "third", Role.REPORTER)
    submit(cast.hanako, P1, Q1, {"IND-02": "350"}, now=at("2026-07-20 10:00"))
    send_back(cast.ichiro, f"{P1}@{Q1}", now=at("2026-07-22 10:00"))
    remind("2026-08-12")
    assert told() == {"hanako", "planning@jst.example"}


# --- how much


def made_up(superuser: Superuser, agencies: int, assignments: int) -> None:
    """Agencies with a reporter each, and as many assignments of all, written past the log."""
    superuser.execute(
        b"INSERT INTO agencies_agency (code, name_ja, name_en, corporate_number, sample)"
        b" SELECT 'MU' || n, 'M' || n, 'M' || n, '', true FROM generate_series(1, %s::int) n",
        [agencies],
    )
    superuser.execute(
        b"INSERT INTO agencies_unit (agency_id, code, name_ja, name_en, email, told_of_lag)"
        b" SELECT code, 'u', 'u', 'u', lower(code) || '@x.example', false FROM agencies_agency WHERE code LIKE 'MU%'"
    )
    superuser.execute(
        b"INSERT INTO agencies_person (username, password, is_superuser, first_name, last_name, email, is_staff,"
        b" is_active, date_joined, name) SELECT code, '', false, '', '', lower(code) || '.p@x.example', true, true,"
        b" now(), code FROM agencies_agency WHERE code LIKE 'MU%'"
    )
    superuser.execute(
        b"INSERT INTO agencies_membership (person_id, unit_id, agency_id, role)"
        b" SELECT p.id, u.id, u.agency_id, 'reporter' FROM agencies_person p JOIN agencies_unit u"
        b" ON u.agency_id = p.username"
    )
    superuser.execute(
        b"INSERT INTO indicators_assignment"
        b" (id, agency_id, node_id, role, frequency, via_group, assumed, from_position)"
        b" SELECT a.code || '.' || n.code, a.code, n.code, 'lead', 'quarterly', '', true, 1 FROM agencies_agency a,"
        b" (SELECT code FROM indicators_plannode ORDER BY code LIMIT %s) n WHERE a.code LIKE 'MU%%'",
        [assignments],
    )


def queries(act: Callable[[], int]) -> tuple[int, int]:
    with CaptureQueriesContext(connection) as captured:
        done = act()
    return done, len(captured)


def test_two_thousand_reports_take_as_many_queries_as_a_few(cast: Cast, superuser: Superuser) -> None:
    few, asked = queries(lambda: remind("2026-07-31"))
    written, mailed = queries(lambda: alerts.queue_reminder_mails(now=FIRST))
    made_up(superuser, 40, 50)
    begun = time.monotonic()
    many, asked_then = queries(lambda: remind("2026-08-12"))
    took = time.monotonic() - begun
    assert (many - few, asked_then) == (2_000, asked)
    written_then, mailed_then = queries(lambda: alerts.queue_reminder_mails(now=SECOND))
    assert (written_then, mailed_then) == (written + 4_000, mailed)
    assert took < 10


@pytest.mark.long
def test_a_hundred_thousand_reports_are_found_in_seconds(
    cast: Cast, superuser: Superuser, capsys: pytest.CaptureFixture[str]
) -> None:
    made_up(superuser, 800, 100)
    begun = time.monotonic()
    many = remind("2026-08-12")
    took = time.monotonic() - begun
    mails = time.monotonic()
    while alerts.queue_reminder_mails(now=SECOND):
        pass
    with capsys.disabled():
        print(f"\n{many:,} reminders in {took:.1f} s; their mails in {time.monotonic() - mails:.1f} s")
    assert many > 75_000
    assert took < 30
