"""What is typed is not lost: by the form's script, by its button without one, over two people and a changed page."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from html import unescape
from typing import Any

import pytest
from django.http import HttpResponse

from agencies import access
from agencies.models import Membership, Person, Role
from reporting.models import DraftField, Event
from tests.acts import at, submit
from tests.cast import SYSTEM, Cast, join
from tests.journeys.conftest import Browser

FORM = "/admin/reports/JST.P1.A1/FY2026Q1/"
VALUE, SUMMARY = "figure:IND-02:value", "narrative:summary"


@pytest.fixture(autouse=True)
def july(set_clock: Callable[[datetime], None], cast: Cast) -> None:
    set_clock(at("2026-07-10 10:00"))
    with access.acting(SYSTEM):
        hanako = Person.objects.get(username="hanako")
        person = Person.objects.create(username="hisae", name="久恵", password=hanako.password)
        join(person, "JST", "planning", Role.REPORTER)


def membership(name: str) -> int:
    with access.acting(SYSTEM):
        return Membership.objects.get(person__username=name).pk


def autosave(browser: Browser, as_: str, changes: dict[str, tuple[str, int]], form: str = FORM) -> tuple[int, Any]:
    body = {"as": membership(as_), "changes": changes}
    answer = browser.post(f"{form}draft/", json.dumps(body), content_type="application/json")
    return answer.status_code, answer.json() if "json" in answer["Content-Type"] else {}


def held(page: HttpResponse, name: str) -> str:
    """What a field of the page holds."""
    html = page.content.decode()
    found = re.search(rf'name="{name}" value="([^"]*)"', html) or re.search(
        rf'name="{name}"[^>]*>([^<]*)</textarea>', html
    )
    assert found, name
    return unescape(found[1])


def fill_in(page: HttpResponse, **typed: str) -> dict[str, str]:
    """What a browser without a script sends of the form."""
    sent = {name: held(page, name) for name in ("seen", "seen_version", VALUE, SUMMARY)}
    return sent | {"figure:IND-02:answer": "value"} | {name.replace("__", ":"): text for name, text in typed.items()}


def texts() -> dict[str, str]:
    with access.reading(SYSTEM):
        return dict(DraftField.objects.values_list("name", "text"))


def test_what_one_typed_the_other_finds_in_the_form_and_can_go_on(sign_in: type[Browser]) -> None:
    hanako, hisae = sign_in("hanako"), sign_in("hisae")
    assert autosave(hanako, "hanako", {VALUE: ("３５", 0), SUMMARY: ("途中", 0)}) == (
        200,
        {"versions": {VALUE: 1, SUMMARY: 1}, "conflicts": {}, "at": "10:00"},
    )
    page = hisae.get(FORM)
    assert (held(page, VALUE), held(page, SUMMARY)) == ("３５", "途中")
    assert "下書き：Hanakoさんが07-10 10:00に保存" in page.content.decode()
    sent = fill_in(page) | {VALUE: "350", "do": "submit"}
    assert hisae.post(FORM, sent).status_code == 302
    assert texts() == {}
    assert held(hanako.get(FORM), VALUE) == "350"


def test_the_button_saves_without_a_script_what_changed_and_only_that(sign_in: type[Browser]) -> None:
    hanako, hisae = sign_in("hanako"), sign_in("hisae")
    page = hanako.get(FORM)
    autosave(hisae, "hisae", {VALUE: ("360", 0)})
    answer = hanako.post(FORM, fill_in(page) | {SUMMARY: "一行目\r\n二行目", "do": "save"}, follow=True)
    assert "下書きを保存しました" in answer.content.decode()
    assert texts() == {VALUE: "360", SUMMARY: "一行目\n二行目"}


@pytest.mark.parametrize(("choice", "kept"), [("mine", "350"), ("theirs", "360")])
@pytest.mark.parametrize("do", ["save", "submit"])
def test_a_field_changed_by_another_is_shown_beside_and_stays_until_one_has_chosen(
    sign_in: type[Browser], choice: str, kept: str, do: str
) -> None:
    hanako, hisae = sign_in("hanako"), sign_in("hisae")
    page = hanako.get(FORM)
    autosave(hisae, "hisae", {VALUE: ("360", 0)})
    sent = fill_in(page) | {VALUE: "350", "do": do}
    for _ in range(2):  # sent again without a choice it is refused again
        page = hanako.post(FORM, sent)
        assert page.status_code == 409
        assert held(page, VALUE) == "350"
        assert held(page, f"theirs:{VALUE}") == "360"
        assert "久恵" in page.content.decode()
        assert texts() == {VALUE: "360"}
        sent = fill_in(page) | {"do": do}
    version = re.search(rf'value="{choice}:(\d+)"', page.content.decode())
    assert version
    chosen = {f"choose:{VALUE}": f"{choice}:{version[1]}", f"theirs:{VALUE}": "360"}
    assert hanako.post(FORM, sent | chosen).status_code == 302
    assert texts() == ({VALUE: kept} if do == "save" else {})
    assert held(hanako.get(FORM), VALUE) == kept


def test_a_sign_in_that_has_ended_answers_the_script_with_the_way_to_sign_in_and_writes_nothing(
    sign_in: type[Browser],
) -> None:
    hanako = sign_in("hanako")
    hanako.logout()
    answer = hanako.post(f"{FORM}draft/", "{}", content_type="application/json")
    assert answer.status_code == 302
    assert texts() == {}


def test_who_has_signed_in_as_someone_else_in_another_tab_does_not_save_in_their_name(sign_in: type[Browser]) -> None:
    status, answer = autosave(sign_in("hisae"), "hanako", {VALUE: ("350", 0)})
    assert (status, answer["code"]) == (409, "other_person")
    assert texts() == {}


def test_another_agency_s_draft_and_a_missing_one_answer_alike(sign_in: type[Browser]) -> None:
    autosave(sign_in("hanako"), "hanako", {VALUE: ("秘密", 0)})
    taro = sign_in("taro")
    answers = [
        autosave(taro, "taro", {VALUE: ("1", 0)}, form)
        for form in (FORM, "/admin/reports/JST.P9/FY2026Q1/", "/admin/reports/JST.P1.A1/FY1999/")
    ]
    assert answers[0][0] == 404
    assert answers[0] == answers[1] == answers[2]
    assert taro.get(FORM).status_code == 404
    reviewer = sign_in("ichiro")
    assert autosave(reviewer, "ichiro", {VALUE: ("1", 0)})[0] == 403
    assert texts() == {VALUE: "秘密"}


ODD = [
    b"", b"{", b"[]", b"null", b'{"changes": 3}', b'{"changes": {"a": 1}}', b'{"changes": {"a": ["x"]}}',
    b'{"changes": {"figure:IND-02:value": ["x", "1"]}}', b'{"changes": {"figure:IND-02:value": ["x", -1]}}',
    b'{"changes": {"figure:IND-02:value": ["x", true]}}', b'{"changes": {"figure:IND-02:value": [["x"], 0]}}',
    b'{"changes": {"figure:IND-02:value": ["\\ud800", 0]}}',
    b'{"changes": {"figure:IND-02:value": ["x", 99999999999999999999]}}',
    b"\xff\xfe", b"[" * 100_000,
]  # fmt: skip


@pytest.mark.parametrize("body", ODD)
def test_what_no_script_of_ours_sends_is_refused_in_words(sign_in: type[Browser], body: bytes) -> None:
    answer = sign_in("hanako").post(f"{FORM}draft/", body, content_type="application/json")
    assert answer.status_code == 400
    assert "保存していません" in answer.json()["detail"]


@pytest.mark.parametrize("seen", ["", "{", "[]", "3", '{"a": 1}', '{"figure:IND-02:value": ["x", "y"]}'])
def test_a_form_whose_memory_was_tampered_with_overwrites_nothing(sign_in: type[Browser], seen: str) -> None:
    hanako, hisae = sign_in("hanako"), sign_in("hisae")
    page = hanako.get(FORM)
    autosave(hisae, "hisae", {VALUE: ("360", 0)})
    answer = hanako.post(FORM, fill_in(page) | {"seen": seen, VALUE: "350", "do": "save"})
    assert answer.status_code == 409
    assert texts() == {VALUE: "360"}


def test_a_page_that_was_open_when_the_report_was_submitted_saves_nothing_and_says_so(
    sign_in: type[Browser], cast: Cast
) -> None:
    hanako = sign_in("hanako")
    hanako.get(FORM)
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=at("2026-07-10 10:00"))
    status, answer = autosave(hanako, "hanako", {VALUE: ("351", 0)})
    assert (status, answer["code"]) == (409, "not_to_be_written")
    assert texts() == {}


def test_a_refused_submission_keeps_the_draft_and_writes_no_event(sign_in: type[Browser]) -> None:
    hanako = sign_in("hanako")
    autosave(hanako, "hanako", {VALUE: ("約350", 0)})
    page = hanako.post(FORM, fill_in(hanako.get(FORM)) | {"do": "submit"})
    assert page.status_code == 400
    assert held(page, VALUE) == "約350"
    assert texts() == {VALUE: "約350"}
    with access.reading(SYSTEM):
        assert not Event.objects.filter(type="ReportSubmitted").exists()
