"""Who is named for which reports: their turn in the queue, what waits for a name, and two who decide in turn."""

import json
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from knox.models import AuthToken

from agencies import access
from agencies.models import Membership, Person
from reporting.commands import reports
from reporting.commands.approving_together import approve_reports
from reporting.commands.reviewers import end_post, name_reviewer
from reporting.commands.sign_off import begin_review
from reporting.domain.errors import Refusal
from reporting.domain.together import NotTogether
from reporting.models import Event, Report, ReviewPost
from reporting.queries import review_queue, reviewers
from reporting.queries.review_queue import Asked
from tests.acts import at, reading, send_back, submit, version_of
from tests.cast import SYSTEM, Cast
from tests.journeys.conftest import Browser

OF_JST, OF_JSPS, OF_CAO = "JST.P1.A1@FY2026Q1", "JSPS.P1.A1@FY2026Q1", "CAO.P1@FY2026"
NOW = at("2027-08-10 10:00")


def three_wait(cast: Cast) -> None:
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=at("2026-07-10 10:00"))
    submit(cast.taro, "JSPS.P1.A1", "FY2026Q1", {"IND-02": "1,500"}, now=at("2026-07-11 10:00"))
    submit(cast.hoko, "CAO.P1", "FY2026", {"IND-01": "12"}, now=at("2027-05-10 10:00"))


pytestmark = pytest.mark.after(done=three_wait)


@pytest.fixture(autouse=True)
def a_year_later(set_clock: Callable[[datetime], None]) -> None:
    set_clock(NOW)


def named(cast: Cast, post: str, who: str, **place: str) -> ReviewPost:
    person = getattr(cast, who).person_id
    return name_reviewer(actor=cast.kyoko, post=post, person=person, now=NOW, **place)


def end_all(post: str, node: str) -> None:
    with reading():
        rows = list(ReviewPost.objects.filter(post=post, node=node, until_at=None))
    for row in rows:
        end_post(actor=SYSTEM, post=row.pk, now=NOW)


def turn(cast: Cast, duty: str) -> list[str]:
    with access.reading(cast.ichiro):
        return [row.report.id for row in review_queue.queue(cast.ichiro, NOW, Asked(duty=duty)).rows]


def code_of(act: Callable[..., Any], **arguments: Any) -> str:
    try:
        act(**arguments)
    except Refusal as refusal:
        return refusal.code
    return ""


# --- whose turn it is


def test_who_is_named_for_a_pillar_finds_its_reports_under_my_turn(cast: Cast) -> None:
    named(cast, "reviewer", "ichiro", node="P1")
    assert turn(cast, "mine") == [OF_JST, OF_JSPS, OF_CAO]  # of CAO as a stand-in
    assert turn(cast, str(cast.saburo.person_id)) == [OF_CAO]
    assert turn(cast, "nobodys") == []


def test_who_is_named_for_an_agency_goes_before_those_of_the_pillar(cast: Cast) -> None:
    named(cast, "reviewer", "ichiro", node="P1")
    named(cast, "reviewer", "saburo", agency="JSPS")
    assert turn(cast, "mine") == [OF_JST, OF_CAO]
    assert turn(cast, str(cast.saburo.person_id)) == [OF_JSPS, OF_CAO]


def test_of_another_pillar_nothing_is_theirs(cast: Cast) -> None:
    named(cast, "reviewer", "ichiro", node="P2")
    assert turn(cast, "nobodys") == [OF_JST, OF_JSPS]


def test_a_report_on_a_pillar_itself_is_of_that_pillar(cast: Cast) -> None:
    with access.reading(cast.ichiro):
        found = review_queue.queue(cast.ichiro, NOW, Asked(pillar="P1")).rows
    assert [row.report.id for row in found] == [OF_JST, OF_JSPS, OF_CAO]


def test_the_workload_of_each_is_counted(cast: Cast) -> None:
    named(cast, "reviewer", "ichiro", node="P1")
    send_back(cast.saburo, OF_JSPS, now=NOW)
    with access.reading(cast.kyoko):
        found = reviewers.overview(cast.kyoko, at("2026-04-01 00:00"))
    load = {row.person: row for row in found.load}
    mine, other = load[cast.ichiro.person_id or 0], load[cast.saburo.person_id or 0]
    assert (mine.waiting, mine.oldest, mine.decided) == (2, at("2026-07-10 10:00"), 0)
    assert (other.waiting, other.oldest, other.decided) == (1, at("2027-05-10 10:00"), 1)
    assert (found.waiting, found.nobodys, dict(found.unnamed)) == (2, 0, {})


# --- the reviewers' own agency


def test_a_report_of_the_reviewers_own_agency_waits_until_somebody_is_named_and_says_so(
    cast: Cast, sign_in: type[Browser]
) -> None:
    end_all("stand_in", "P1")
    seen = {"actor": cast.ichiro, "report": OF_CAO, "seen_version": 1, "now": NOW}
    assert code_of(reports.approve_report, **seen) == "nobody_named"
    assert code_of(reports.return_report, **seen, comments={"": "内訳"}) == "nobody_named"
    assert code_of(begin_review, **seen) == "nobody_named"
    assert "P1 (1)" in sign_in("kyoko").get("/admin/reviewers/").content.decode()
    ichiro = sign_in("ichiro")
    assert "他課室の担当者が未指定のため待機中" in ichiro.get("/admin/review/").content.decode()
    assert "総括担当が指定するまで待ちます" in ichiro.get(f"/admin/review/{OF_CAO}/").content.decode()
    assert (
        "審査担当者が指定されるのを待っています"
        in sign_in("hoko").get("/admin/reports/CAO.P1/FY2026/").content.decode()
    )
    named(cast, "stand_in", "saburo", node="P1")
    assert code_of(reports.approve_report, **seen) == "another_is_named"
    reports.approve_report(**{**seen, "actor": cast.saburo})
    assert (
        "審査担当者が指定されるのを待っています"
        not in sign_in("hoko").get("/admin/reports/CAO.P1/FY2026/").content.decode()
    )


def test_another_agencys_reports_wait_for_no_name(cast: Cast) -> None:
    end_all("stand_in", "P1")
    reports.approve_report(actor=cast.ichiro, report=OF_JST, seen_version=1, now=NOW)


# --- two levels


def test_where_a_chief_is_named_one_endorses_and_the_chief_approves(cast: Cast, sign_in: type[Browser]) -> None:
    named(cast, "reviewer", "ichiro", node="P1")
    named(cast, "chief", "saburo", node="P1")
    ichiro, saburo = sign_in("ichiro"), sign_in("saburo")
    page = ichiro.get(f"/admin/review/{OF_JST}/").content.decode()
    assert 'value="endorse"' in page
    assert 'value="approve"' not in page
    assert code_of(reports.approve_report, actor=cast.saburo, report=OF_JST, seen_version=1, now=NOW) == "not_endorsed"
    assert turn(cast, "mine") == [OF_JST, OF_JSPS, OF_CAO]
    assert ichiro.post(f"/admin/review/{OF_JST}/", {"seen_version": 1, "do": "endorse"}).status_code == 302
    assert turn(cast, "mine") == [OF_JSPS, OF_CAO]
    assert turn(cast, str(cast.saburo.person_id)) == [OF_JST, OF_CAO]
    refused = ichiro.post(f"/admin/review/{OF_JST}/", {"seen_version": 1, "do": "approve"})
    assert refused.status_code == 403
    assert "Saburo" in refused.content.decode()
    page = saburo.get(f"/admin/review/{OF_JST}/").content.decode()
    assert "Ichiro" in page
    assert 'value="approve"' in page
    assert saburo.post(f"/admin/review/{OF_JST}/", {"seen_version": 1, "do": "approve"}).status_code == 302
    with reading():
        assert Report.objects.get(id=OF_JST).decided_name == "Saburo"
        [event] = Event.objects.filter(type="SubmissionEndorsed")
    assert (event.stream, event.agency, event.meta["actor"]) == ("review/JST.P1.A1/FY2026Q1", "JST", "Ichiro")


def test_what_is_submitted_again_is_endorsed_again(cast: Cast) -> None:
    named(cast, "chief", "saburo", node="P1")
    reports.endorse_report(actor=cast.ichiro, report=OF_JST, seen_version=1, now=NOW)
    send_back(cast.saburo, OF_JST, now=NOW)
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "340"}, now=NOW)
    same = {"report": OF_JST, "seen_version": version_of(OF_JST), "now": NOW}
    assert code_of(reports.approve_report, actor=cast.saburo, **same) == "not_endorsed"
    reports.endorse_report(actor=cast.ichiro, **same)
    assert code_of(reports.endorse_report, actor=cast.ichiro, **same) == "already_endorsed"
    reports.approve_report(actor=cast.saburo, **same)


def test_what_needs_two_is_not_approved_together_by_one(cast: Cast) -> None:
    named(cast, "chief", "saburo", node="P1")
    reports.endorse_report(actor=cast.ichiro, report=OF_JST, seen_version=1, now=NOW)
    with access.reading(cast.saburo):
        rows = {row.report.id: row for row in review_queue.queue(cast.saburo, NOW).rows}
    assert {id_: row.quiet for id_, row in rows.items()} == {OF_JST: True, OF_JSPS: False, OF_CAO: False}
    with access.reading(cast.ichiro):
        assert not any(row.quiet for row in review_queue.queue(cast.ichiro, NOW).rows)
    seen = {OF_JST: 1}
    with pytest.raises(NotTogether) as refused:
        approve_reports(actor=cast.ichiro, seen=seen, now=NOW)
    assert refused.value.params["problems"] == {OF_JST: "another"}
    approve_reports(actor=cast.saburo, seen=seen, now=NOW)


# --- naming


def test_only_the_secretariat_names_and_only_who_reviews(cast: Cast, sign_in: type[Browser]) -> None:
    place = {"post": "chief", "node": "P1", "now": NOW}
    for actor in (cast.ichiro, cast.hanako, cast.misao, cast.fumiko):
        assert code_of(name_reviewer, actor=actor, person=cast.ichiro.person_id, **place) == "not_allowed"
    for name in ("hanako", "kyoko", "misao"):
        person = getattr(cast, name).person_id
        assert code_of(name_reviewer, actor=cast.kyoko, person=person, **place) == "not_a_reviewer"
    assert sign_in("hanako").get("/admin/reviewers/").status_code == 403
    assert 'name="post"' not in sign_in("ichiro").get("/admin/reviewers/").content.decode()


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"post": "reviewer", "node": "P1.A1"}, "not_found"),
        ({"post": "reviewer", "node": "P1", "agency": "JST"}, "not_found"),
        ({"post": "reviewer"}, "not_found"),
        ({"post": "reviewer", "agency": "NOBODY"}, "not_found"),
        ({"post": "chief", "agency": "JST"}, "not_named_for_agencies"),
        ({"post": "stand_in", "node": "P1"}, "already_named"),
        ({"post": "king", "node": "P1"}, "not_found"),
    ],
)
def test_odd_names_are_refused(cast: Cast, given: dict[str, str], code: str) -> None:
    assert code_of(name_reviewer, actor=cast.kyoko, person=cast.ichiro.person_id, now=NOW, **given) == code


def test_names_are_given_and_ended_on_the_page_and_stay_on_record(cast: Cast, sign_in: type[Browser]) -> None:
    kyoko = sign_in("kyoko")
    said = {"place": "agency:JST", "post": "reviewer", "person": cast.ichiro.person_id}
    assert kyoko.post("/admin/reviewers/", said).status_code == 302
    with reading():
        row = ReviewPost.objects.get(agency="JST")
    assert kyoko.post("/admin/reviewers/", {"end": row.pk}).status_code == 302
    assert kyoko.post("/admin/reviewers/", {"end": row.pk}).status_code == 404
    with reading():
        row = ReviewPost.objects.get(agency="JST")
    assert (row.until_at, row.named_by, row.ended_by) == (NOW, "Kyoko", "Kyoko")
    assert kyoko.post("/admin/reviewers/", {"place": "x", "post": "reviewer", "person": "½"}).status_code == 404


def test_who_reviews_no_more_is_marked_where_they_are_named(cast: Cast, sign_in: type[Browser]) -> None:
    named(cast, "chief", "saburo", node="P1")
    with access.acting(SYSTEM):
        Membership.objects.filter(person=cast.saburo.person_id).update(ended_on=NOW.date())
    assert "審査担当ではなくなりました" in sign_in("kyoko").get("/admin/reviewers/").content.decode()


def test_the_database_lets_no_chief_be_named_for_an_agency(cast: Cast) -> None:
    whose = {"person_id": cast.ichiro.person_id, "unit_id": cast.ichiro.unit_id}
    with pytest.raises(IntegrityError, match="named_for_a_pillar"), access.acting(SYSTEM):
        ReviewPost.objects.create(post="chief", agency_id="JST", from_at=NOW, **whose)


def test_the_same_by_machine(cast: Cast) -> None:
    def machine(name: str) -> Client:
        _, token = AuthToken.objects.create(Person.objects.get(username=name))
        return Client(headers={"authorization": f"Token {token}", "accept-language": "ja"})

    def post(client: Client, path: str, body: dict[str, Any]) -> Any:
        key = {"idempotency-key": str(uuid.uuid4())}
        return client.post(f"/api/v1/{path}", json.dumps(body), content_type="application/json", headers=key)

    kyoko, ichiro, saburo = machine("kyoko"), machine("ichiro"), machine("saburo")
    answer = post(kyoko, "reviewers/", {"post": "chief", "node": "P1", "person": cast.saburo.person_id})
    assert answer.status_code == 201, answer.content
    chief = answer.json()["id"]
    assert post(ichiro, f"reports/{OF_JST}/endorse/", {"seen_version": 1}).status_code == 200
    assert post(saburo, f"reports/{OF_JST}/approve/", {"seen_version": 1}).status_code == 200
    found = ichiro.get("/api/v1/reviewers/").json()
    assert [row["name"] for row in found["named"] if row["post"] == "chief"] == ["Saburo"]
    assert {row["name"]: row["waiting"] for row in found["load"]} == {"Ichiro": 1, "Saburo": 1}
    assert post(kyoko, f"reviewers/{chief}/end/", {}).status_code == 200
    assert post(ichiro, f"reports/{OF_JSPS}/approve/", {"seen_version": 1}).status_code == 200


def test_pages_ask_as_many_queries_with_many_as_with_few(cast: Cast, sign_in: type[Browser]) -> None:
    kyoko = sign_in("kyoko")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert kyoko.get("/admin/reviewers/").status_code == 200
        return len(captured)

    named(cast, "chief", "saburo", node="P2")
    before = queries()
    named(cast, "reviewer", "ichiro", agency="JST")
    named(cast, "chief", "saburo", node="P3")
    submit(cast.hoko, "CAO.P1", "FY2027", {"IND-01": "12"}, now=at("2028-05-10 10:00"))
    assert queries() == before
    assert before <= 25


def test_who_endorsed_is_in_the_story_and_the_agency_can_no_longer_take_it_back(
    cast: Cast, sign_in: type[Browser]
) -> None:
    named(cast, "chief", "saburo", node="P1")
    reports.endorse_report(actor=cast.ichiro, report=OF_JST, seen_version=1, now=NOW)
    same = {"actor": cast.hanako, "report": OF_JST, "seen_version": 1, "now": at("2026-07-11 10:00")}
    assert code_of(reports.withdraw_report, **same) == "review_has_begun"
    for name, path in (("saburo", f"/admin/review/{OF_JST}/"), ("hanako", f"/admin/story/{OF_JST}/")):
        page = sign_in(name).get(path).content.decode()
        assert "一次審査済（上席へ）" in page
        assert page.count(f"/admin/receipts/{OF_JST}/1/") == 1
