"""The API does what the pages do, by the same commands."""

import json
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from knox.models import AuthToken

from agencies.models import Person
from tests.acts import at, submit
from tests.cast import Cast

NOW = at("2026-08-01 10:00")
SetClock = Callable[[datetime], None]


class Machine:
    """An agency's program with a token."""

    def __init__(self, name: str) -> None:
        _, self.token = AuthToken.objects.create(Person.objects.get(username=name))
        self.client = Client(headers={"authorization": f"Token {self.token}", "accept-language": "ja"})

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1{path}")

    def post(self, path: str, body: Any, key: str | None = None) -> Any:
        """With a key of its own, unless it is to be the same again."""
        raw = body if isinstance(body, str | bytes) else json.dumps(body)
        return self.client.post(
            f"/api/v1{path}",
            raw,
            content_type="application/json",
            headers={"idempotency-key": str(uuid.uuid4()) if key is None else key},
        )


@pytest.fixture
def machine(cast: Cast, set_clock: SetClock) -> type[Machine]:
    set_clock(NOW)
    return Machine


SUBMISSION = {
    "assignment": "JST.P1.A1",
    "period": "FY2026Q1",
    "figures": {"IND-02": {"value": "350"}},
    "narrative": {"summary": "順調"},
}


def test_a_machine_submits_and_a_reviewer_s_machine_approves(machine: type[Machine]) -> None:
    hanako, ichiro = machine("hanako"), machine("ichiro")
    due = hanako.get("/assignments/").json()
    assert {"JST.P1.A1"} <= {row["assignment"] for row in due}
    assert all(row["assignment"].startswith("JST.") for row in due)
    assert hanako.get("/assignments/JST.P1.A1/FY2026Q1/").json()[0]["field"] == "IND-02"

    answer = hanako.post("/reports/", SUBMISSION)
    assert answer.status_code == 201, answer.content
    receipt = answer.json()
    assert receipt["report"] == "JST.P1.A1@FY2026Q1"
    approved = ichiro.post("/reports/JST.P1.A1@FY2026Q1/approve/", {"seen_version": receipt["version"]})
    assert approved.status_code == 200
    assert approved.json()["position"] == receipt["position"] + 1


def test_refusals_carry_a_code_and_japanese_words(machine: type[Machine]) -> None:
    hanako, ichiro = machine("hanako"), machine("ichiro")
    bad = hanako.post("/reports/", SUBMISSION | {"figures": {"IND-02": {"value": "1e5"}}})
    assert (bad.status_code, bad.json()["code"]) == (400, "figure_invalid")
    assert bad.json()["fields"]["IND-02.value"]["message"] == "指数（e）を使わずに入力してください。"
    assert hanako.post("/reports/", SUBMISSION).status_code == 201
    stale = ichiro.post("/reports/JST.P1.A1@FY2026Q1/approve/", {"seen_version": 0})
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_version")
    again = hanako.post("/reports/", SUBMISSION)
    assert (again.status_code, again.json()["code"]) == (409, "nothing_changed")


@pytest.mark.parametrize(
    "body",
    [
        "{", "[]", '"x"', "null", "[" * 100_000, b"\xff\xfe", '{"a":1,"a":2}', '{"assignment":"\\u0000"}',
        '{"assignment":"\\ud800"}', '{"figures": NaN}', '{"figures": {"IND-02": 5}}', '{"figures": {"IND-02": []}}',
        '{"assignment": "JST.P1.A1", "period": "FY2026Q1", "figures": {"IND-02": {"value": 1e400}}}',
        '{"assignment": "JST.P1.A1", "period": "FY2026Q1", "figures": {"IND-02": {"secret": "x"}}}',
        '{"assignment": "JST.P1.A1", "period": "FY99", "figures": {}}',
        json.dumps(SUBMISSION | {"narrative": {"summary": "長" * 10_001}}),
        json.dumps(SUBMISSION | {"narrative": {"unknown": "x"}}),
    ],
)  # fmt: skip
def test_bad_bodies_are_refused_as_json_never_with_a_500(machine: type[Machine], body: str | bytes) -> None:
    answer = machine("hanako").post("/reports/", body)
    assert answer.status_code in (400, 404), answer.content
    assert answer.json()["code"]


def test_an_agency_sees_and_touches_nothing_of_another(machine: type[Machine], cast: Cast) -> None:
    submit(cast.taro, "JSPS.P1.A1", "FY2026Q1", {"IND-02": "1,400"}, now=NOW)
    hanako = machine("hanako")
    for path in ("/assignments/JSPS.P1.A1/FY2026Q1/", "/assignments/XXXX.P1.A1/FY2026Q1/"):
        assert hanako.get(path).status_code == 404
    theirs = hanako.post("/reports/JSPS.P1.A1@FY2026Q1/withdraw/", {"seen_version": 1})
    nobodys = hanako.post("/reports/XXXX.P1.A1@FY2026Q1/withdraw/", {"seen_version": 1})
    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.json() == nobodys.json()
    assert hanako.post("/reports/", SUBMISSION | {"assignment": "JSPS.P1.A1"}).status_code == 404


def test_roles_are_kept_at_this_door_too(machine: type[Machine]) -> None:
    hanako, fumiko = machine("hanako"), machine("fumiko")
    assert hanako.post("/reports/", SUBMISSION).status_code == 201
    assert hanako.post("/reports/JST.P1.A1@FY2026Q1/approve/", {"seen_version": 1}).status_code == 403
    assert fumiko.post("/reports/JST.P1.A1@FY2026Q1/approve/", {"seen_version": 1}).status_code == 403
    assert Client().get("/api/v1/standings/").status_code == 401


def test_a_lead_proposes_a_target_and_csti_accepts_it(machine: type[Machine]) -> None:
    hanako, kyoko, taro = machine("hanako"), machine("kyoko"), machine("taro")
    target = {"indicator": "P1.A1.M2", "year": 2030, "value": "900", "reason": "概算要求による", "baseline": "600",
              "baseline_year": 2025}  # fmt: skip
    assert taro.post("/targets/", target).status_code == 403  # JSPS does not lead it
    proposed = hanako.post("/targets/", target)
    assert proposed.status_code == 201, proposed.content
    proposal = proposed.json()["proposal"]
    assert hanako.post(f"/proposals/{proposal}/accept/", {}).status_code == 403
    assert [row["proposal"] for row in kyoko.get("/proposals/").json()] == [proposal]
    assert taro.get("/proposals/").json() == []
    assert kyoko.post(f"/proposals/{proposal}/accept/", {}).status_code == 200
    again = kyoko.post(f"/proposals/{proposal}/accept/", {})
    assert (again.status_code, again.json()["code"]) == (409, "proposal_closed")
    bad = hanako.post("/targets/", target | {"value": "たくさん", "revises": True})
    assert (bad.status_code, bad.json()["code"]) == (400, "figure_invalid")


def test_the_api_describes_itself(machine: type[Machine]) -> None:
    answer = Client().get("/api/v1/openapi/")
    assert answer.status_code == 200
    assert "/api/v1/reports/{report}/approve/" in answer.content.decode()
