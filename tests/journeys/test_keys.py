"""Every write of the API demands an Idempotency-Key and says so; an odd one is refused in words."""

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver
from rest_framework.permissions import SAFE_METHODS

from reporting.api import urls as api
from tests.acts import submit
from tests.cast import Cast
from tests.journeys.conftest import Browser
from tests.journeys.test_api import SUBMISSION, Machine
from tests.journeys.test_idempotency import KEY, NOW, events, kept

SetClock = Callable[[datetime], None]


@pytest.fixture
def hanako(cast: Cast, set_clock: SetClock) -> Machine:
    set_clock(NOW)
    return Machine("hanako")


def writes() -> Iterator[tuple[str, str]]:
    """Each method and address of the API that changes something."""
    for pattern in api.urlpatterns:
        assert isinstance(pattern, URLPattern)
        view: Any = pattern.callback
        path = "/" + str(pattern.pattern)
        for kind, example in (("<uuid:", KEY), ("<int:", "1"), ("<str:", "x")):
            while kind in path:
                begin = path.index(kind)
                path = path[:begin] + example + path[path.index(">", begin) + 1 :]
        for method in view.cls.http_method_names:
            if method.upper() not in SAFE_METHODS and hasattr(view.cls, method):
                yield method, path


WRITES = list(writes())


def test_there_are_writes_to_look_at_and_all_of_the_api_is_looked_at() -> None:
    assert len(WRITES) >= 8
    [prefix] = [p for p in get_resolver().url_patterns[0].url_patterns if str(p.pattern) == "api/v1/"]
    assert prefix.url_patterns == api.urlpatterns


@pytest.mark.parametrize(("method", "path"), WRITES)
@pytest.mark.parametrize("name", ["hanako", "ichiro"])
def test_every_write_demands_a_key_and_says_what_to_do(
    cast: Cast, set_clock: SetClock, name: str, method: str, path: str
) -> None:
    set_clock(NOW)
    client = Machine(name).client
    answer = client.generic(method.upper(), f"/api/v1{path}", "{}", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
    assert "UUID" in answer.json()["message"]
    assert "必要です" in answer.json()["message"]


def test_a_browser_s_session_is_asked_for_a_key_too(sign_in: type[Browser], set_clock: SetClock) -> None:
    set_clock(NOW)
    browser = sign_in("hanako")
    bare = browser.post("/api/v1/reports/", json.dumps(SUBMISSION), content_type="application/json")
    assert (bare.status_code, bare.json()["code"]) == (400, "idempotency_key_missing")
    keyed = [
        browser.post(
            "/api/v1/reports/",
            json.dumps(SUBMISSION),
            content_type="application/json",
            headers={"idempotency-key": KEY},
        )
        for _ in range(2)
    ]
    assert [answer.status_code for answer in keyed] == [201, 201]
    assert events() == 1


def test_who_is_not_signed_in_is_told_that_first(cast: Cast) -> None:
    assert Client().post("/api/v1/reports/", "{}", content_type="application/json").status_code == 401


@pytest.mark.parametrize(
    "key",
    ["", " ", '""', "a b", "a,b", 'a"b', '"a', 'a"', '"a"b"', "鍵", "a\x00", '"a\x00"', "a\n", "x" * 256, "x" * 10_240,
     f'"{"x" * 256}"', '"a"; b=1', "\\"],
)  # fmt: skip
def test_an_odd_key_is_refused_in_words(hanako: Machine, key: str) -> None:
    answer = hanako.post("/reports/", SUBMISSION, key=key)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_malformed")
    assert "255" in answer.json()["message"]
    assert events() == 0


@pytest.mark.parametrize("key", [KEY, "x" * 255, "a:b/c=d+e~", '"with space"', r'"a\"b\\c"'])
def test_a_key_is_a_quoted_string_or_the_bare_characters(hanako: Machine, key: str) -> None:
    assert hanako.post("/reports/", SUBMISSION, key=key).status_code == 201


def test_quoted_or_bare_it_is_the_same_key(hanako: Machine) -> None:
    first, again = (hanako.post("/reports/", SUBMISSION, key=key) for key in (KEY, f'"{KEY}"'))
    assert again.content == first.content
    assert events() == 1


def test_the_description_shows_the_header_and_the_answers_of_every_write(cast: Cast) -> None:
    answer = Client(headers={"accept": "application/vnd.oai.openapi+json"}).get("/api/v1/openapi/?format=json")
    described = answer.json()["paths"]
    seen = 0
    for path, operations in described.items():
        for method, operation in operations.items():
            headers = {p["name"]: p for p in operation.get("parameters", ()) if p["in"] == "header"}
            if method.upper() in SAFE_METHODS:
                assert "Idempotency-Key" not in headers
                continue
            seen += 1
            assert headers["Idempotency-Key"]["required"], path
            assert {"400", "409", "422"} <= set(operation["responses"])
    assert seen == len(WRITES)


def test_a_key_of_its_own_each_time_is_a_new_act(hanako: Machine) -> None:
    assert hanako.post("/reports/", SUBMISSION, key=str(uuid.uuid4())).status_code == 201
    again = hanako.post("/reports/", SUBMISSION, key=str(uuid.uuid4()))
    assert (again.status_code, again.json()["code"]) == (409, "nothing_changed")


def test_acts_of_the_pages_need_no_key(cast: Cast) -> None:
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=NOW)
    assert kept() == 0
