"""Evidence at the pages and by machine: attached, seen by those who may, given out to be saved, never followed."""

import hashlib
import re
import socket
import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory
from pytest_django import Settings

from agencies import access
from agencies.models import Person
from reporting.commands.attachments.uploads import too_large
from reporting.models import Attachment
from tests.acts import at, submit
from tests.cast import SYSTEM, Cast
from tests.evidence import PDF, PNG
from tests.journeys.conftest import Browser
from tests.journeys.test_api import Machine

NOW = at("2026-07-10 10:00")
PAGE = "/admin/reports/JST.P1.A1/FY2026Q1/evidence/"
REPORT = "JST.P1.A1@FY2026Q1"
THEIRS = "JSPS.P1.A1@FY2026Q1"


@pytest.fixture(autouse=True)
def _at_work(store: Path, set_clock: Callable[[datetime], None]) -> None:
    set_clock(NOW)


def upload(name: str = "報告書.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def send(machine: Machine, report: str = REPORT, key: str = "", **parts: Any) -> Any:
    headers = {"idempotency-key": key or str(uuid.uuid4())}
    return machine.client.post(f"/api/v1/reports/{report}/evidence/", parts, headers=headers)


def opened(browser: Any, address: str) -> int:
    answer = browser.get(address)
    answer.close()
    return int(answer.status_code)


def without_token(answer: Any) -> bytes:
    return re.sub(rb'name="csrfmiddlewaretoken" value="[^"]*"', b"", answer.content)


def rows() -> int:
    with access.following():
        return Attachment.objects.count()


def test_from_a_reporter_s_file_to_the_reviewer_s_disk(sign_in: type[Browser], cast: Cast) -> None:
    hanako = sign_in("hanako")
    assert PAGE in hanako.get(PAGE.removesuffix("evidence/")).content.decode()
    assert hanako.post(PAGE, {"file": upload(), "field": "IND-02"}).status_code == 302
    hanako.post(PAGE, {"url": "https://www.jst.go.jp/<年報>", "name": "年次報告"})
    hanako.post(PAGE, {"url": "https://www.jst.go.jp/年報", "name": "年次報告"})
    page = hanako.get(PAGE).content.decode()
    for shown in ("報告書.pdf", "IND-02", 'href="https://www.jst.go.jp/年報" rel="noopener noreferrer nofollow"'):
        assert shown in page
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=NOW)
    with access.reading(SYSTEM):
        file = Attachment.objects.get(kind="pdf")
    address = f"/api/v1/evidence/{file.id}/file/"
    for name, where in (
        ("ichiro", f"/admin/review/{REPORT}/"), ("jiro", f"/admin/story/{REPORT}/"),
        ("fumiko", f"/admin/story/{REPORT}/"), ("hanako", f"/admin/story/{REPORT}/"),
    ):  # fmt: skip
        browser = sign_in(name)
        page = browser.get(where).content.decode()
        assert f'href="{address}"' in page, name
        assert hashlib.sha256(PDF).hexdigest() in page
        answer = browser.get(address, headers={"accept": "text/html,*/*;q=0.8"})
        assert b"".join(answer) == PDF  # type: ignore[arg-type]
        assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''")
        assert unquote(answer["Content-Disposition"]).endswith("報告書.pdf")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer["Cache-Control"] == "private, no-store"
        assert answer["Content-Type"] == "application/pdf"
    after = hanako.get(PAGE).content.decode()
    assert "取り外す" not in after
    assert "提出済み" in after
    assert hanako.post(PAGE, {"file": upload("図.png", PNG)}).status_code == 409
    assert hanako.post(f"/admin/evidence/{file.id}/remove/", follow=True).status_code == 200
    assert rows() == 2


def test_another_agency_s_file_and_a_missing_one_answer_alike_at_every_door(sign_in: type[Browser], cast: Cast) -> None:
    taro = Machine("taro")
    theirs = send(taro, THEIRS, file=upload()).json()["attachment"]
    missing = str(uuid.uuid4())
    hanako, browser = Machine("hanako"), sign_in("hanako")
    answers = {}
    for id_ in (theirs, missing):
        answers[id_] = [
            hanako.get(f"/evidence/{id_}/file/"), hanako.post(f"/evidence/{id_}/remove/", {}),
            browser.post(f"/admin/evidence/{id_}/remove/"), browser.get(f"/api/v1/evidence/{id_}/file/"),
        ]  # fmt: skip
    for ours, none in zip(answers[theirs], answers[missing], strict=True):
        assert ours.status_code == none.status_code == 404
        assert without_token(ours).replace(theirs.encode(), b"") == without_token(none).replace(missing.encode(), b"")
    for path in ("/admin/reports/JSPS.P1.A1/FY2026Q1/evidence/", "/admin/reports/JSPS.P9.A9/FY2026Q1/evidence/"):
        assert browser.get(path).status_code == browser.post(path, {"file": upload()}).status_code == 404
    for report in (THEIRS, "JSPS.P9.A9@FY2026Q1"):
        assert hanako.get(f"/reports/{report}/evidence/").status_code == 404
        assert send(hanako, report, file=upload()).status_code == 404
    submit(cast.taro, "JSPS.P1.A1", "FY2026Q1", {"IND-02": "1400"}, now=NOW)
    assert hanako.get(f"/evidence/{theirs}/file/").status_code == 404
    assert opened(sign_in("ichiro"), f"/api/v1/evidence/{theirs}/file/") == 200


def test_nobody_signed_in_and_somebody_disabled_open_nothing(sign_in: type[Browser], cast: Cast) -> None:
    hanako, browser = Machine("hanako"), sign_in("hanako")
    mine = send(hanako, file=upload()).json()["attachment"]
    address = f"/api/v1/evidence/{mine}/file/"
    assert opened(browser, address) == 200
    assert Client().get(address).status_code == 401
    assert Client().get(PAGE).status_code == 302
    with access.acting(SYSTEM):
        Person.objects.filter(username="hanako").update(is_active=False)
    assert (browser.get(address).status_code, hanako.client.get(address).status_code) == (401, 401)
    assert browser.get(PAGE).status_code == 302


def test_a_machine_attaches_lists_and_removes_and_the_same_key_attaches_once(cast: Cast) -> None:
    hanako = Machine("hanako")
    first = send(hanako, key="k-1", file=upload(), field="IND-02")
    again = send(hanako, key="k-1", file=upload(), field="IND-02")
    assert (first.status_code, again.status_code, rows()) == (201, 201, 1)
    assert again.content == first.content
    assert again["Idempotency-Replayed"] == "true"
    assert send(hanako, key="k-1", file=upload("別.pdf"), field="IND-02").status_code == 422
    link = hanako.post(f"/reports/{REPORT}/evidence/", {"url": "http://a.example/", "name": "資料", "field": "IND-02"})
    assert link.status_code == 201
    listed = hanako.get(f"/reports/{REPORT}/evidence/").json()
    assert [(one["kind"], one["name"], one["field"], one["submitted"]) for one in listed] == [
        ("pdf", "報告書.pdf", "IND-02", False), ("link", "資料", "IND-02", False),
    ]  # fmt: skip
    assert Machine("ichiro").get(f"/reports/{REPORT}/evidence/").status_code == 404
    assert hanako.post(f"/evidence/{link.json()['attachment']}/remove/", {}).status_code == 200
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=NOW)
    seen = Machine("ichiro").get(f"/reports/{REPORT}/evidence/").json()
    assert [(one["name"], one["submitted"], one["sha256"]) for one in seen] == [
        ("報告書.pdf", True, hashlib.sha256(PDF).hexdigest())
    ]
    before = Machine("ichiro").get(f"/reports/{REPORT}/evidence/?as_of=1")
    assert before.status_code in (200, 404)
    assert before.status_code == 404 or before.json() == []


BAD_PARTS: list[dict[str, Any]] = [
    {"url": "javascript:alert(1)"}, {"url": "https://a.example/", "field": "IND-99"},
    {"file": ("報告.pdf", b"<script>alert(1)</script>")}, {"file": ("空.pdf", b"")}, {"file": ("図.svg", b"<svg/>")},
    {"file": ("大.txt", b"a" * (3 << 20))}, {},
]  # fmt: skip


@pytest.mark.parametrize("parts", BAD_PARTS)
def test_what_is_refused_is_refused_in_words_at_both_doors_and_leaves_nothing(
    sign_in: type[Browser], settings: Settings, store: Path, parts: dict[str, Any]
) -> None:
    settings.EVIDENCE_FILE_MB = 2
    given = {name: upload(*value) if name == "file" else value for name, value in parts.items()}
    answer = sign_in("hanako").post(PAGE, given)
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "添付できませんでした" in page
    assert 'role="alert"' in page
    given = {name: upload(*value) if name == "file" else value for name, value in parts.items()}
    said = send(Machine("hanako"), **given) if "url" not in given else Machine("hanako").post(
        f"/reports/{REPORT}/evidence/", given)  # fmt: skip
    assert said.status_code == 400
    assert said.json()["message"]
    assert rows() == 0
    assert [path for path in store.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("megabytes", [2, 12])
def test_what_is_over_the_limit_is_not_even_stored_on_its_way_in(
    sign_in: type[Browser], settings: Settings, megabytes: int
) -> None:
    settings.EVIDENCE_FILE_MB = 1
    large = upload("大.txt", b"a" * (megabytes << 20))
    request = RequestFactory().post(PAGE, {"file": large})
    assert not request.FILES
    assert too_large(request)
    large.seek(0)
    answer = sign_in("hanako").post(PAGE, {"file": large})
    assert answer.status_code == 400
    assert "1 MBまで" in answer.content.decode()


XSS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}",
    "';alert(1)//",
    "<svg/onload=alert(1)>",
]


@pytest.mark.parametrize("name", XSS)
def test_a_name_is_only_ever_text(sign_in: type[Browser], cast: Cast, name: str) -> None:
    hanako = sign_in("hanako")
    assert hanako.post(PAGE, {"file": upload(f"{name.replace('/', '')}.pdf")}).status_code == 302
    assert hanako.post(PAGE, {"url": "https://a.example/", "name": name}).status_code == 302
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=NOW)
    for who, path in (
        ("hanako", PAGE), ("hanako", f"/admin/story/{REPORT}/"), ("ichiro", f"/admin/review/{REPORT}/"),
        ("kyoko", f"/admin/redactions/?report={REPORT}"),
    ):  # fmt: skip
        page = sign_in(who).get(path).content.decode()
        assert not any(live in page for live in ("<script>alert", "<img src=x", "<svg/onload", "<svgonload"))
        assert "a.example" in page


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:6379/", "http://169.254.169.254/latest/meta-data/", "http://[::1]/", "http://localhost/"]
)
def test_a_link_is_never_followed_by_the_server(
    sign_in: type[Browser], cast: Cast, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    hanako, ichiro = sign_in("hanako"), sign_in("ichiro")
    out: list[object] = []
    connect = socket.socket.connect

    def watched(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX:
            out.append(address)
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", watched)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: out.append(a) or [])
    assert hanako.post(PAGE, {"url": url}).status_code == 302
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=NOW)
    assert url in ichiro.get(f"/admin/review/{REPORT}/").content.decode()
    assert out == []


def test_a_get_changes_nothing(sign_in: type[Browser]) -> None:
    mine = send(Machine("hanako"), file=upload()).json()["attachment"]
    assert sign_in("hanako").get(f"/admin/evidence/{mine}/remove/").status_code == 405
    assert rows() == 1
