"""A write of the API acts once, however often it is sent: its answer is kept with its events and given again."""

import json
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import DatabaseError, connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from rest_framework.permissions import SAFE_METHODS

from agencies import access
from agencies.models import Membership, Person, Role
from indicators.models import AssignedIndicator
from reporting import event_store
from reporting.api import urls as api
from reporting.commands import uploads
from reporting.commands.once import AlreadyAnswered, Answer, Once
from reporting.commands.opening import command
from reporting.commands.reports import submit_report
from reporting.models import Alert, AnsweredRequest, Event, EventText, MailSender, SuppressedAddress
from reporting.tasks import forget_answers, look_after_editions, seal_log
from tests import alerting
from tests.acts import all_at_once, at
from tests.cast import PARTS, SYSTEM, Cast, join
from tests.databases import RUN_TIME_URL, connect
from tests.journeys.test_api import SUBMISSION, Machine
from tests.mails import queue
from tests.standings import judged

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


def test_every_write_is_answered_again(hanako: Machine, cast: Cast, set_clock: SetClock, store: Path) -> None:
    """Each of the API's writes in turn, sent twice: the same answer, one event."""
    kyoko, ichiro, misao = Machine("kyoko"), Machine("ichiro"), Machine("misao")
    walked = set()

    def twice(machine: Machine, path: str, body: Any, route: str, events: int = 1, *, put: bool = False) -> Any:
        before, key = _position(), str(uuid.uuid4())
        send = _put if put else Machine.post
        first, again = (send(machine, path, body, key=key) for _ in range(2))
        assert first.status_code in (200, 201), first.content
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert again.headers["Idempotency-Replayed"] == "true"
        assert _position() == before + events
        walked.add(route)
        return first.json()

    report = "/reports/JST.P1.A1@FY2026Q1"
    version = twice(hanako, "/reports/", SUBMISSION, "api-submit")["version"]
    version = twice(hanako, f"{report}/withdraw/", {"seen_version": version}, "api-withdraw")["version"]
    version = twice(hanako, "/reports/", SUBMISSION, "api-submit")["version"]
    comments = {"seen_version": version, "comments": {"": "確認してください"}}
    version = twice(ichiro, f"{report}/return/", comments, "api-return")["version"]
    version = twice(hanako, "/reports/", OTHER, "api-submit")["version"]
    version = twice(ichiro, f"{report}/approve/", {"seen_version": version}, "api-approve")["version"]
    undone = {"seen_version": version, "reason": "取り違え"}
    version = twice(ichiro, f"{report}/reopen/", undone, "api-reopen-report")["version"]
    version = twice(ichiro, f"{report}/approve/", {"seen_version": version}, "api-approve")["version"]
    other = twice(
        hanako,
        "/reports/",
        SUBMISSION | {"assignment": "JST.P1.A2.M1", "figures": {"IND-03": {"value": "3"}}},
        "api-submit",
    )
    twice(ichiro, "/reports/approve-together/", {"seen": {other["report"]: other["version"]}}, "api-approve-together")
    wanted = {"seen_version": version, "comments": {"IND-02": "確認してください"}}
    twice(hanako, "/notices/", {}, "api-notices", 0)
    [mail] = queue(state="failed")
    with access.following():
        MailSender.objects.create(generation="another", paused_at=at("2026-08-01 10:00"), reason="restored")
    twice(misao, f"/mails/{mail}/decide/", {"decision": "left"}, "api-decide-mail", 0)
    twice(misao, "/sending/resume/", {}, "api-resume-sending", 0)
    chief = {"post": "chief", "node": "P1", "person": cast.saburo.person_id}
    named = twice(kyoko, "/reviewers/", chief, "api-reviewers", 0)["id"]
    third = SUBMISSION | {"assignment": "JST.P1.A1.M2", "figures": {"P1.A1.M2": {"value": "150"}}}
    third = twice(hanako, "/reports/", third, "api-submit")
    twice(ichiro, f"/reports/{third['report']}/endorse/", {"seen_version": third["version"]}, "api-endorse")
    twice(kyoko, f"/reviewers/{named}/end/", {}, "api-end-reviewer", 0)
    twice(ichiro, f"{report}/ask-for-correction/", wanted, "api-ask-for-correction")
    for end in ("decline", "accept"):
        proposal = twice(hanako, "/targets/", TARGET, "api-targets")["proposal"]
        body = {"reason": "根拠が足りない"} if end == "decline" else {}
        twice(kyoko, f"/proposals/{proposal}/{end}/", body, f"api-{end}")
    redefined = {"changes": {"tolerance": "1"}, "reason": "実績による"}
    twice(kyoko, "/indicators/IND-04/redefine/", redefined, "api-redefine")
    milestone = {"indicator": "P1.A5.M4", "stage": 1, "due_on": "2028-03-31", "reason": "工程表による"}
    twice(Machine(_lead_of("P1.A5.M4")), "/milestones/", milestone, "api-milestones")
    with access.reading(SYSTEM):
        about = {"event_id": str(EventText.objects.filter(field="comment").get().event_id), "field": "comment"}
    for end in ("decline", "confirm"):
        asked = twice(kyoko, "/redactions/", about | {"reason": "氏名"}, "api-redactions")["redaction"]
        body = {"reason": "公表済み"} if end == "decline" else {}
        twice(misao, f"/redactions/{asked}/{end}/", body, f"api-redaction-{end}")
    set_clock(at("2026-10-20 10:00"))
    saved = twice(ichiro, "/review-filters/", {"name": "朝", "query": {"flag": "late"}}, "api-saved-filters", 0)
    twice(ichiro, f"/review-filters/{saved['filter']}/forget/", {}, "api-forget-filter", 0)
    _deadlines(twice)
    _before_a_report_is_sent(twice, cast)
    _uploads(twice)
    _sign_off(twice)
    _standings(twice)
    _alerts(twice)
    _editions(twice)
    twice(hanako, "/papers/", {"kind": "indicator", "code": "IND-02", "form": "pdf"}, "api-papers", 0)
    with access.following():
        address = SuppressedAddress.objects.create(mail_id=mail, address="gone@jst.example", why="bounced")
    twice(misao, f"/addresses/{address.pk}/lift/", {}, "api-lift-suppression", 0)
    people = {"agency": "JST", "predecessor": cast.hanako.person_id, "successor": cast.tomoko.person_id}
    twice(misao, "/handovers/", people, "api-handovers", 0)
    set_clock(at("2028-08-01 10:00"))
    locked = {"agency": "JST", "period": "FY2026Q1", "until": "2028-09-29", "reason": "訂正のため"}
    twice(kyoko, "/deadlines/reopen/", locked, "api-reopen")
    named = {p.name for p in api.urlpatterns if any(m not in SAFE for m in _methods(p))}
    assert walked == named


def _put(machine: Machine, path: str, body: Any, *, key: str) -> Any:
    return machine.client.put(f"/api/v1{path}", body, content_type="application/json", headers={"idempotency-key": key})


def _editions(twice: Callable[..., Any]) -> None:
    kyoko = Machine("kyoko")
    seal_log()
    body = {"title_ja": "年次確定版", "title_en": "Annual edition"}
    edition = twice(kyoko, "/editions/", body, "api-editions")["edition"]
    look_after_editions()
    twice(Machine("ichiro"), f"/editions/{edition}/publish/", {}, "api-edition-publish")
    edition = twice(kyoko, "/editions/", body, "api-editions")["edition"]
    twice(kyoko, f"/editions/{edition}/drop/", {"reason": "誤り"}, "api-edition-drop")


def _alerts(twice: Callable[..., Any]) -> None:
    """Of the nation, which MEXT answers."""
    kyoko, shingo = Machine("kyoko"), Machine("shingo")
    alerting.judged("off_track", indicator="IND-03", now=at("2026-10-20 09:00"))
    with access.reading(SYSTEM):
        alert = f"/alerts/{Alert.objects.get(indicator='IND-03').pk}"
    seen = {"seq": 1, "comment": "確認しました", "review_on": None}
    twice(shingo, f"{alert}/acknowledge/", seen, "api-acknowledge-alert")
    plan = {
        "seq": 1, "causes": ["staff"], "explanation": "", "action": "公募を年2回にする", "owner": "企画課",
        "due_on": "2027-03-31", "expected": {"2027": "8,000"},
    }  # fmt: skip
    twice(shingo, f"{alert}/plans/", plan, "api-action-plans")
    twice(kyoko, f"{alert}/plans/1/decide/", {"accept": True}, "api-decide-action-plan")
    quiet = {"until": "2026-11-30", "reason": "統計の改定を待つ"}
    twice(shingo, f"{alert}/silence/", quiet, "api-silence-alert")
    twice(kyoko, f"{alert}/silence/approve/", {}, "api-approve-silence")
    twice(shingo, f"{alert}/silence/end/", {}, "api-end-silence")
    hold = twice(kyoko, "/alerts/holds/freeze/", {"reason": "計画の改定"}, "api-freeze-alert-mails", 0)
    twice(kyoko, f"/alerts/holds/{hold['hold']}/decide/", {"release": True}, "api-decide-alert-hold", 0)
    levels = {"levels": [{"days": day} for day in (0, 3, 6, 9)]}
    twice(Machine("tomoko"), "/alerts/ladders/JST/", levels, "api-alert-ladder", 0, put=True)
    choices = {"choices": [{"group": "lag", "frequency": "daily", "at_least": "off_track"}], "language": "ja"}
    twice(shingo, "/alerts/choices/", choices, "api-alert-choices", 0, put=True)


def _deadlines(twice: Callable[..., Any]) -> None:
    kyoko, misao = Machine("kyoko"), Machine("misao")
    period = {"agency": "JST", "period": "FY2026Q2", "reason": "水害のため"}
    twice(kyoko, "/deadlines/extend/", period | {"until": "2026-12-25"}, "api-extend")
    twice(kyoko, "/deadlines/withdraw/", period | {"kind": "extended"}, "api-withdraw-deadline")
    twice(misao, "/holidays/", {"day": "2026-12-24", "reason": "臨時の休日"}, "api-holidays")
    twice(misao, "/holidays/2026-12-24/remove/", {"reason": "取りやめ"}, "api-remove-holiday")


def _before_a_report_is_sent(twice: Callable[..., Any], cast: Cast) -> None:
    """Drafts, threads, inquiries, charges and evidence are in no log."""
    hanako = Machine("hanako")
    assignment = "/assignments/JST.P1.A1/FY2026Q2"
    draft = {"changes": {"figure:IND-02:value": {"text": "350", "seen_version": 0}}}
    seen = twice(hanako, f"{assignment}/draft/", draft, "api-draft", 0)["versions"]
    twice(hanako, "/threads/JST/IND-02/", {"text": "範囲は。", "period": "FY2026Q2"}, "api-thread", 0)
    asked = {
        "assignment": "JST.P1.A1", "period": "FY2026Q2", "figures": ["IND-02"], "units": [cast.hanako.unit_id],
        "due_on": "2026-10-30", "note": "",
    }  # fmt: skip
    [inquiry] = twice(hanako, "/inquiries/", asked, "api-inquiries", 0)["inquiries"]
    answer = {"figures": {"IND-02": {"value": "370"}}}
    twice(hanako, f"/inquiries/{inquiry}/answers/", answer, "api-inquiry-answers", 0)
    [figure] = next(row["figures"] for row in hanako.get("/inquiries/").json() if row["inquiry"] == inquiry)
    taken = {"take": {"IND-02": {"answer": str(figure["id"]), "seen_version": 1}}, "draft": seen}
    twice(hanako, f"{assignment}/merge/", taken, "api-merge", 0)
    twice(hanako, f"/inquiries/{inquiry}/withdraw/", {}, "api-inquiry-withdraw", 0)
    link = {"url": "https://example.go.jp/", "name": "年報"}
    attached = twice(hanako, "/reports/JST.P1.A1@FY2026Q2/evidence/", link, "api-evidence", 0)
    twice(hanako, f"/evidence/{attached['attachment']}/remove/", {}, "api-evidence-remove", 0)
    twice(hanako, "/charges/", {"charges": {"JST.P1.A1": cast.hanako.person_id}}, "api-charges", 0)


def _uploads(twice: Callable[..., Any]) -> None:
    """Files are in no log until they are confirmed."""
    hanako = Machine("hanako")
    file = "キー,値\r\nJST.P1.A1.M2@FY2026Q2|P1.A1.M2|,150\r\n".encode("cp932")
    for end, events in (("confirm", 1), ("discard", 0)):
        upload = twice(hanako, f"/uploads/?name={end}.csv", file, "api-uploads", 0)["upload"]
        twice(hanako, f"/uploads/{upload}/check/", {}, "api-upload-check", 0)
        uploads.check_upload(actor=Cast().hanako, upload=UUID(upload), now=at("2026-10-20 10:00"))
        twice(hanako, f"/uploads/{upload}/{end}/", {}, f"api-upload-{end}", events)


def _sign_off(twice: Callable[..., Any]) -> None:
    hanako, tomoko, ichiro = Machine("hanako"), Machine("tomoko"), Machine("ichiro")
    report = "JST.P1.A1@FY2026Q2"
    twice(tomoko, "/sign-off/", {"agency": "JST", "wanted": True}, "api-sign-off", 0)
    body = SUBMISSION | {"period": "FY2026Q2"}
    number = twice(hanako, "/preparations/", body, "api-preparations", 0)["number"]
    back = {"seen_number": number, "comment": "内訳を"}
    twice(tomoko, f"/preparations/{report}/return/", back, "api-send-back", 0)
    number = twice(hanako, "/preparations/", body, "api-preparations", 0)["number"]
    twice(hanako, f"/preparations/{report}/withdraw/", {"seen_number": number}, "api-take-back", 0)
    number = twice(hanako, "/preparations/", body, "api-preparations", 0)["number"]
    version = twice(tomoko, f"/preparations/{report}/release/", {"seen_number": number}, "api-release")["version"]
    twice(ichiro, f"/reports/{report}/begin-review/", {"seen_version": version}, "api-begin-review", 0)


def _standings(twice: Callable[..., Any]) -> None:
    """A standing set by hand and withdrawn is in the log; an opinion is not."""
    kyoko, standing = Machine("kyoko"), judged("off_track")
    body = {"class": "at_risk", "until": "2027-09-30", "reason": "制度変更"}
    override = twice(kyoko, f"/standings/{standing}/override/", body, "api-override")["event_id"]
    twice(kyoko, f"/overrides/{override}/withdraw/", {"reason": "解消"}, "api-withdraw-override")
    said = {"agency": "JST", "text": "意見"}
    twice(Machine("hanako"), f"/standings/{standing}/opinions/", said, "api-opinions", 0)


SAFE = {method.lower() for method in SAFE_METHODS}


def _methods(pattern: Any) -> list[str]:
    view = pattern.callback.cls
    return [method for method in view.http_method_names if hasattr(view, method)]


def _lead_of(indicator: str) -> str:
    """Who reports for the agency that leads it."""
    with access.reading(SYSTEM):
        rows = AssignedIndicator.objects.filter(to_position=None, assignment__role="lead", indicator=indicator)
        agencies = set(rows.values_list("agency_id", flat=True))
    return next(name for name, part in PARTS.items() if part.agency in agencies and part.role == Role.REPORTER)


def _position() -> int:
    return event_store.head().position


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
