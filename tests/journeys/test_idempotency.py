"""A write of the API acts once, however often it is sent: its answer is kept with its events and given again."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext

from agencies import access
from agencies.models import Membership, Person, Role
from reporting.commands.once import AlreadyAnswered, Answer, Once
from reporting.commands.opening import command
from reporting.commands.reports import submit_report
from reporting.models import AnsweredRequest, Event
from reporting.tasks import forget_answers
from tests.acts import all_at_once, at
from tests.cast import SYSTEM, Cast, join
from tests.databases import RUN_TIME_URL, connect
from tests.journeys.test_api import SUBMISSION, Machine

SetClock = Callable[[datetime], None]
Superuser = psycopg.Connection[tuple[Any, ...]]
NOW = at("2026-08-01 10:00")
KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"
OTHER = SUBMISSION | {"narrative": {"summary": "遅れ気味"}}


@pytest.fixture
def hanako(cast: Cast, set_clock: SetClock) -> Machine:
    set_clock(NOW)
    return Machine("hanako")


def events(type_: str = "ReportSubmitted") -> int:
    with access.reading(SYSTEM):
        return Event.objects.filter(type=type_).count()


def kept() -> int:
    with access.reading(access.actor_for(Person.objects.get(username="hanako"))):
        return AnsweredRequest.objects.count()


# --- Once ------------------------------------------------------------------------------------------------------------


def test_the_same_request_again_is_answered_byte_by_byte_as_the_first_and_does_nothing(hanako: Machine) -> None:
    """An answer that was lost on the way, as when the server died between commit and answer, is asked for again."""
    first = hanako.post("/reports/", SUBMISSION, key=KEY)
    again = hanako.post("/reports/", SUBMISSION, key=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["Content-Type"] == first.headers["Content-Type"] == "application/json"
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert events() == 1


def test_white_space_and_the_order_of_names_are_no_other_content(hanako: Machine) -> None:
    first = hanako.post("/reports/", json.dumps(SUBMISSION), key=KEY)
    again = hanako.post("/reports/", json.dumps(dict(reversed(SUBMISSION.items())), indent=3), key=KEY)
    assert (again.status_code, again.content) == (201, first.content)


def test_the_same_key_with_other_content_is_refused_and_changes_nothing(hanako: Machine) -> None:
    first = hanako.post("/reports/", SUBMISSION, key=KEY)
    other = hanako.post("/reports/", OTHER, key=KEY)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert hanako.post("/reports/", SUBMISSION, key=KEY).content == first.content
    assert events() == 1


def test_a_refusal_wrote_nothing_so_its_key_may_be_tried_again_even_with_other_content(hanako: Machine) -> None:
    refused = hanako.post("/reports/", SUBMISSION | {"figures": {"IND-02": {"value": "たくさん"}}}, key=KEY)
    assert refused.status_code == 400
    assert kept() == 0
    assert hanako.post("/reports/", SUBMISSION, key=KEY).status_code == 201
    assert (events(), kept()) == (1, 1)


def test_the_answer_is_given_again_when_the_same_act_would_now_be_refused(hanako: Machine, set_clock: SetClock) -> None:
    receipt = hanako.post("/reports/", SUBMISSION, key=KEY)
    Machine("ichiro").post("/reports/JST.P1.A1@FY2026Q1/approve/", {"seen_version": receipt.json()["version"]})
    set_clock(NOW + timedelta(days=30))
    assert hanako.post("/reports/", SUBMISSION, key="another").status_code == 409
    assert hanako.post("/reports/", SUBMISSION, key=KEY).content == receipt.content


# --- At once ---------------------------------------------------------------------------------------------------------


TARGET = {"indicator": "P1.A1.M2", "year": 2030, "value": "900", "reason": "概算要求による"}


def test_07_sixteen_at_once_with_one_key_are_one_event_and_one_answer(hanako: Machine) -> None:
    """A proposal, since nothing but the key keeps it from being made twice. In three rounds: some meet the first one
    running, the others its answer."""
    rounds = [all_at_once([lambda: hanako.post("/targets/", TARGET, key=KEY)] * 16) for _ in range(3)]
    answers = [answer for answered in rounds for answer in answered]
    assert all(isinstance(answer, HttpResponse) for answer in answers), answers
    told = {(answer.status_code, answer.content) for answer in answers if answer.status_code == 201}
    assert len(told) == 1
    others = {(answer.status_code, answer.json()["code"]) for answer in answers if answer.status_code != 201}
    assert others <= {(409, "still_running")}
    assert (events("TargetProposed"), kept()) == (1, 1)


def test_while_the_first_is_running_the_second_is_told_to_wait(
    hanako: Machine, cast: Cast, superuser: Superuser
) -> None:
    first = Once(route="POST /api/v1/reports/", key=KEY, payload=b"", word=lambda _: Answer(201, {}, b""))
    superuser.autocommit = False
    superuser.execute("SELECT pg_advisory_xact_lock(%s)", [first.lock(cast.hanako)])
    running = hanako.post("/reports/", SUBMISSION, key=KEY)
    assert (running.status_code, running.json()["code"]) == (409, "still_running")
    superuser.rollback()
    assert hanako.post("/reports/", SUBMISSION, key=KEY).status_code == 201


def test_without_the_kept_row_the_same_request_again_would_make_a_second_event(
    hanako: Machine, superuser: Superuser
) -> None:
    """The control: it is the row that answers."""
    first = hanako.post("/targets/", TARGET, key=KEY)
    assert hanako.post("/targets/", TARGET, key=KEY).content == first.content
    assert events("TargetProposed") == 1
    superuser.execute("DELETE FROM reporting_answeredrequest")
    assert hanako.post("/targets/", TARGET, key=KEY).content != first.content
    assert events("TargetProposed") == 2


def test_an_event_whose_answer_cannot_be_kept_is_not_there_either(hanako: Machine, superuser: Superuser) -> None:
    superuser.execute("ALTER TABLE reporting_answeredrequest ADD CHECK (false)")
    with pytest.raises(DatabaseError):
        hanako.post("/reports/", SUBMISSION, key=KEY)
    assert events() == 0


def test_a_command_that_forgets_to_keep_its_answer_is_stopped_and_leaves_nothing(cast: Cast) -> None:
    once = Once(route="POST /x/", key=KEY, payload=b"", word=lambda _: Answer(200, {}, b""))
    with pytest.raises(AssertionError, match="done"), command(cast.hanako, once):
        pass


# --- Whose -----------------------------------------------------------------------------------------------------------


def test_a_key_is_its_person_s_and_its_route_s(hanako: Machine, cast: Cast) -> None:
    first = hanako.post("/reports/", SUBMISSION, key=KEY)
    theirs = Machine("taro").post("/reports/", SUBMISSION | {"assignment": "JSPS.P1.A1"}, key=KEY)
    assert theirs.status_code == 201
    assert theirs.content != first.content
    report = first.json()["report"]
    withdrawn = hanako.post(f"/reports/{report}/withdraw/", {"seen_version": 1}, key=KEY)
    assert withdrawn.status_code == 200
    assert withdrawn.json()["version"] == 2


def test_another_s_key_with_another_s_body_answers_as_if_it_had_never_been(hanako: Machine, cast: Cast) -> None:
    assert hanako.post("/reports/", SUBMISSION, key=KEY).status_code == 201
    assert Machine("taro").post("/reports/", SUBMISSION, key=KEY).status_code == 404


def test_who_lost_the_role_is_refused_before_the_kept_answer_is_given(hanako: Machine, cast: Cast) -> None:
    assert hanako.post("/reports/", SUBMISSION, key=KEY).status_code == 201
    person = Person.objects.get(username="hanako")
    for change in ({"role": Role.AUDITOR}, {"ended_on": NOW.date()}):
        with access.acting(SYSTEM):
            Membership.objects.filter(person=person).update(**change)
        refused = hanako.post("/reports/", SUBMISSION, key=KEY)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")


def test_who_reports_for_another_agency_now_is_not_given_the_first_one_s_answer(hanako: Machine, cast: Cast) -> None:
    assert hanako.post("/reports/", SUBMISSION, key=KEY).status_code == 201
    person = Person.objects.get(username="hanako")
    with access.acting(SYSTEM):
        Membership.objects.filter(person=person).update(ended_on=NOW.date())
        join(person, "JSPS", "programmes", Role.REPORTER)
    refused = hanako.post("/reports/", SUBMISSION, key=KEY)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")


def test_a_kept_answer_is_seen_by_its_person_only_and_changed_by_nobody(
    hanako: Machine, cast: Cast, database: str
) -> None:
    hanako.post("/reports/", SUBMISSION, key=KEY)
    with access.reading(cast.hanako):
        assert AnsweredRequest.objects.count() == 1
    for other in (cast.taro, cast.kyoko, SYSTEM):
        with access.reading(other):
            assert AnsweredRequest.objects.count() == 0
    for change in (AnsweredRequest.objects.all().delete, lambda: AnsweredRequest.objects.update(status=200)):
        with pytest.raises(DatabaseError, match="permission denied"), access.acting(cast.hanako):
            change()
    with connect(RUN_TIME_URL, database) as follower:
        follower.execute("SET ROLE shinchoku_follower")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            follower.execute("SELECT body FROM reporting_answeredrequest")


# --- How long --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "there"), [(30, True), (34, True), (36, False)])
def test_an_answer_is_kept_for_the_days_of_the_setting(
    hanako: Machine, superuser: Superuser, days: int, there: bool
) -> None:
    first = hanako.post("/reports/", SUBMISSION, key=KEY)
    superuser.execute("UPDATE reporting_answeredrequest SET answered_at = now() - make_interval(days => %s)", [days])
    forget_answers()
    again = hanako.post("/reports/", SUBMISSION, key=KEY)
    assert (again.content == first.content) is there


def test_whatever_the_setting_says_the_database_lets_nothing_younger_than_31_days_go(
    hanako: Machine, superuser: Superuser, settings: Any
) -> None:
    settings.KEEP_ANSWERS_DAYS = 0
    hanako.post("/reports/", SUBMISSION, key=KEY)
    superuser.execute("UPDATE reporting_answeredrequest SET answered_at = now() - interval '30 days'")
    forget_answers()
    assert kept() == 1
    superuser.execute("UPDATE reporting_answeredrequest SET answered_at = now() - interval '32 days'")
    forget_answers()
    assert kept() == 0


# --- What it costs ---------------------------------------------------------------------------------------------------


def test_a_key_costs_three_statements_and_an_answer_given_again_two(hanako: Machine, cast: Cast) -> None:
    def count(act: Callable[[], object]) -> int:
        with CaptureQueriesContext(connection) as captured:
            act()
        return sum(not query["sql"].startswith(("BEGIN", "COMMIT", "ROLLBACK")) for query in captured.captured_queries)

    def once(period: str) -> Once:
        return Once(route="POST /x/", key=period, payload=b"", word=lambda _: Answer(201, {}, b""))

    def act(period: str, once: Once | None) -> None:
        body: dict[str, Any] = {"answers": {"IND-02": {"value": "350"}}, "narrative": {}, "now": at("2027-02-01 10:00")}
        submit_report(actor=cast.hanako, assignment="JST.P1.A1", period=period, once=once, **body)

    act("FY2026Q1", None)  # what a process asks once
    bare = count(lambda: act("FY2026Q2", None))
    keyed = count(lambda: act("FY2026Q3", once("FY2026Q3")))
    assert keyed - bare == 3

    def again() -> None:
        with pytest.raises(AlreadyAnswered):
            act("FY2026Q3", once("FY2026Q3"))

    assert count(again) == 3  # the context, the lock, the row
