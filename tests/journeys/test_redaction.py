"""A text is erased at the pages and by machine: asked for, confirmed by another, a mark where it was."""

from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest

from agencies import access
from reporting.models import EventText, Redaction
from tests.acts import at, submit
from tests.cast import SYSTEM, Cast
from tests.journeys.conftest import Browser
from tests.journeys.test_api import Machine

SetClock = Callable[[datetime], None]
NOW = at("2026-08-01 10:00")
SECRET = "山田某"
REPORT = "JST.P1.A1@FY2026Q1"


@pytest.fixture
def event_id(cast: Cast, set_clock: SetClock) -> UUID:
    set_clock(NOW)
    parts = {"answer": "not_measurable", "reason": f"{SECRET}が調査中"}
    return submit(
        cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": parts}, now=NOW, summary=f"{SECRET}が進めた"
    ).event_id


def asked() -> Redaction:
    with access.reading(SYSTEM):
        return Redaction.objects.get()


def test_from_a_report_s_words_to_a_mark_in_their_place(sign_in: type[Browser], event_id: UUID) -> None:
    kyoko, misao = sign_in("kyoko"), sign_in("misao")
    link = f'href="/admin/redactions/?report={quote(REPORT)}"'
    assert link in kyoko.get(f"/admin/story/{REPORT}/").content.decode()
    assert link not in sign_in("fumiko").get(f"/admin/story/{REPORT}/").content.decode()
    found = kyoko.get("/admin/redactions/", {"report": REPORT}).content.decode()
    address = f"/admin/redactions/ask/{event_id}/narrative.summary/"
    assert address in found
    assert SECRET in found
    assert kyoko.post(address, {"reason": ""}).status_code == 400
    answer = kyoko.post(address, {"reason": "個人名のため"}, follow=True)
    assert "個人名のため" in answer.content.decode()
    own = kyoko.post(f"/admin/redactions/{asked().id}/", {"do": "confirm"})
    assert own.status_code == 403
    assert "2人" in own.content.decode()
    waiting = misao.get("/admin/redactions/").content.decode()
    assert f"/admin/redactions/{asked().id}/" in waiting
    assert SECRET in misao.get(f"/admin/redactions/{asked().id}/").content.decode()
    done = misao.post(f"/admin/redactions/{asked().id}/", {"do": "confirm"}, follow=True)
    assert "削除しました" in done.content.decode()

    reason = f"/admin/redactions/ask/{event_id}/reason.IND-02/"
    kyoko.post(reason, {"reason": "個人名のため"})
    with access.reading(SYSTEM):
        second = Redaction.objects.get(field="reason.IND-02").id
    misao.post(f"/admin/redactions/{second}/", {"do": "confirm"})

    pages = {
        "hanako": ["/admin/reports/JST.P1.A1/FY2026Q1/"],
        "ichiro": [f"/admin/review/{REPORT}/", "/admin/log/"],
        "kyoko": ["/admin/redactions/", f"/admin/redactions/?report={REPORT}", f"/admin/redactions/{second}/", address],
    }
    for name, paths in pages.items():
        for path in paths:
            page = sign_in(name).get(path)
            assert page.status_code == 200, path
            assert SECRET not in page.content.decode(), path
    for path in (pages["hanako"][0], pages["ichiro"][0]):
        shown = sign_in("hanako" if "reports" in path else "ichiro").get(path).content.decode()
        assert "2026-08-01 削除済み。理由：個人名のため" in shown, path


def test_declining_says_why_and_the_text_stays(sign_in: type[Browser], event_id: UUID) -> None:
    sign_in("kyoko").post(f"/admin/redactions/ask/{event_id}/narrative.summary/", {"reason": "個人名のため"})
    misao = sign_in("misao")
    address = f"/admin/redactions/{asked().id}/"
    assert misao.post(address, {"do": "decline", "reason": " "}).status_code == 400
    assert misao.post(address, {"do": "decline", "reason": "公表済み"}).status_code == 302
    page = misao.get(address).content.decode()
    assert "公表済み" in page
    assert SECRET in page
    assert misao.post(address, {"do": "confirm"}).status_code == 409


@pytest.mark.parametrize("name", ["hanako", "ichiro", "jiro", "fumiko"])
def test_the_pages_are_for_those_who_may(sign_in: type[Browser], event_id: UUID, name: str) -> None:
    browser = sign_in(name)
    for path in ("", f"ask/{event_id}/narrative.summary/", f"{uuid4()}/"):
        assert browser.get(f"/admin/redactions/{path}").status_code == 403
        assert browser.post(f"/admin/redactions/{path}", {"reason": "x", "do": "confirm"}).status_code in (403, 405)
    assert "/admin/redactions/" not in browser.get("/desk/").content.decode()
    with access.reading(SYSTEM):
        assert not Redaction.objects.exists()


@pytest.mark.parametrize(
    "path", ["ask/x/y/", "ask/%00/y/", f"ask/{UUID(int=0)}/x/", f"ask/{UUID(int=0)}/%00/", f"{UUID(int=0)}/", "x/"]
)
def test_odd_addresses_are_not_found(sign_in: type[Browser], event_id: UUID, path: str) -> None:
    kyoko = sign_in("kyoko")
    assert kyoko.get(f"/admin/redactions/{path}").status_code in (400, 404)
    assert kyoko.post(f"/admin/redactions/{path}", {"reason": "x"}).status_code in (400, 404)
    assert kyoko.get("/admin/redactions/", {"report": "x\x00"}).status_code in (200, 400)


def test_an_odd_reason_is_refused_and_stays_in_its_field(sign_in: type[Browser], event_id: UUID) -> None:
    kyoko = sign_in("kyoko")
    for reason in ("長" * 10_001, "a\x00b"):
        answer = kyoko.post(f"/admin/redactions/ask/{event_id}/narrative.summary/", {"reason": reason})
        assert answer.status_code == 400
    assert not Redaction.objects.exists()


def test_a_get_changes_nothing(sign_in: type[Browser], event_id: UUID) -> None:
    sign_in("kyoko").post(f"/admin/redactions/ask/{event_id}/narrative.summary/", {"reason": "個人名のため"})
    sign_in("misao").get(f"/admin/redactions/{asked().id}/?do=confirm")
    assert asked().state == "proposed"


def test_by_machine_two_people_erase_as_well(cast: Cast, event_id: UUID) -> None:
    kyoko, misao = Machine("kyoko"), Machine("misao")
    body = {"event_id": str(event_id), "field": "narrative.summary", "reason": "個人名のため"}
    answer = kyoko.post("/redactions/", body)
    assert answer.status_code == 201, answer.content
    proposal = answer.json()["redaction"]
    assert [row["redaction"] for row in misao.get("/redactions/").json()] == [proposal]
    refused = kyoko.post(f"/redactions/{proposal}/confirm/", {})
    assert (refused.status_code, refused.json()["code"]) == (403, "own_redaction")
    assert misao.post(f"/redactions/{proposal}/confirm/", {}).status_code == 200
    with access.reading(SYSTEM):
        assert EventText.objects.get(event_id=event_id, field="narrative.summary").text == ""
    again = kyoko.post("/redactions/", body)
    assert (again.status_code, again.json()["code"]) == (409, "already_redacted")
    assert Machine("hanako").get("/redactions/").status_code == 403
    assert Machine("hanako").post("/redactions/", body).status_code == 403
    for bad in ({}, body | {"event_id": "x"}, body | {"reason": ""}, body | {"reason": "x" * 2_001}):
        assert kyoko.post("/redactions/", bad).status_code == 400
