"""Every write of the API, each in turn and each twice: a new one that is not walked fails the test."""

import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from rest_framework.permissions import SAFE_METHODS

from agencies import access
from agencies.models import Role
from indicators.models import AssignedIndicator
from reporting import event_store
from reporting.api import urls as api
from reporting.commands import uploads
from reporting.models import Alert, EventText, MailSender, SuppressedAddress
from reporting.tasks import look_after_editions, seal_log
from tests import alerting
from tests.acts import at
from tests.cast import PARTS, SYSTEM, Cast
from tests.journeys.test_api import SUBMISSION, Machine
from tests.journeys.test_idempotency import OTHER, TARGET, hanako
from tests.mails import queue
from tests.standings import judged

__all__ = ["hanako"]
SetClock = Callable[[datetime], None]


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
