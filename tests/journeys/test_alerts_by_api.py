"""Alerts by machine: what the pages show and do."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from agencies import access
from reporting.alerts import send_round
from reporting.models import Alert, AlertChange, MailChoice, MailHold
from tests.acts import reading
from tests.cast import Cast
from tests.departments import unit_of
from tests.journeys.test_api import Machine
from tests.standings import NOW, judged

PLAN = {
    "seq": 1, "causes": ["staff"], "explanation": "審査員の不足", "action": "公募を年2回にする", "owner": "企画課",
    "due_on": "2028-03-31", "expected": {"2027": "８，０００", "R10": "9,000", "2029": ""},
}  # fmt: skip


@pytest.fixture(autouse=True)
def now(set_clock: Callable[[datetime], None]) -> None:
    set_clock(NOW)


@pytest.fixture
def alert(cast: Cast) -> int:
    """JST is behind a target of its own."""
    judged("off_track", agency="JST")
    with reading():
        return Alert.objects.get().pk


def put(machine: Machine, path: str, body: Any) -> Any:
    return machine.client.put(
        f"/api/v1{path}", body, content_type="application/json", headers={"idempotency-key": str(uuid.uuid4())}
    )


def test_the_list_and_one_alert_say_what_the_pages_say(alert: int, cast: Cast) -> None:
    hanako, taro, kyoko = Machine("hanako"), Machine("taro"), Machine("kyoko")
    found = hanako.get("/alerts/").json()
    [row] = found["alerts"]
    assert (row["id"], row["indicator"], row["agency"], row["mine"], row["state"]) == (
        alert, "IND-02", "JST", True, "firing",
    )  # fmt: skip
    assert row["next"] | {"asked": ""} == {"asked": "", "by": "2027-08-03", "level": 1, "told": "2027-07-12"}
    assert (found["counted"]["open"], found["held"]) == (1, False)
    assert taro.get("/alerts/").json()["alerts"] == []
    assert kyoko.get("/alerts/?severity=at_risk").json()["alerts"] == []
    assert kyoko.get("/alerts/?state=½").status_code == 400
    one = hanako.get(f"/alerts/{alert}/").json()
    assert [turn["what"] for turn in one["timeline"]] == ["fired"]
    assert [told["unit"] for told in one["tellings"]] == [cast.hanako.unit_id]
    for path in (f"/alerts/{alert}/", "/alerts/987654/"):
        assert taro.get(path).status_code == 404


def test_an_alert_is_acknowledged_once_however_often_it_is_sent(alert: int) -> None:
    hanako = Machine("hanako")
    body = {"seq": 1, "comment": "公募の遅れによる", "review_on": "2027-09-01"}
    key = str(uuid.uuid4())
    first = hanako.post(f"/alerts/{alert}/acknowledge/", body, key=key)
    again = hanako.post(f"/alerts/{alert}/acknowledge/", body, key=key)
    assert (first.status_code, again.content) == (200, first.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    late = hanako.post(f"/alerts/{alert}/acknowledge/", body)
    assert (late.status_code, late.json()["code"]) == (409, "alert_moved_on")
    with reading():
        assert AlertChange.objects.filter(what="acknowledged").count() == 1
    said = hanako.get(f"/alerts/{alert}/").json()["timeline"][0]["said"]
    assert said == [{"field": "comment", "text": "公募の遅れによる"}]


def test_a_plan_goes_its_way_by_machine(alert: int) -> None:
    hanako, kyoko = Machine("hanako"), Machine("kyoko")
    assert hanako.post(f"/alerts/{alert}/plans/", PLAN).status_code == 201
    [plan] = kyoko.get(f"/alerts/{alert}/").json()["plans"]
    assert [(effect["year"], effect["expected"]) for effect in plan["effects"]] == [(2027, "8000"), (2028, "9000")]
    decide = f"/alerts/{alert}/plans/1/decide/"
    assert kyoko.post(decide, {"accept": False}).json()["code"] == "reason_missing"
    assert kyoko.post(decide, {"accept": False, "reason": "根拠を示してください"}).status_code == 200
    assert kyoko.post(decide, {"accept": True}).json()["code"] == "no_plan_waits"
    assert hanako.post(f"/alerts/{alert}/plans/", PLAN).status_code == 201
    assert kyoko.post(f"/alerts/{alert}/plans/2/decide/", {"accept": True}).status_code == 200
    assert kyoko.get(f"/alerts/{alert}/").json()["state"] == "in_action"


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ({"causes": []}, "cause_missing"),
        ({"causes": ["weather"]}, "invalid"),
        ({"expected": {}}, "effect_missing"),
        ({"expected": {"2027": "たくさん"}}, "figure_invalid"),
        ({"expected": {"いつか": "8000"}}, "figure_invalid"),
        ({"due_on": None}, "due_day_of_action_missing"),
        ({"seq": 9}, "alert_moved_on"),
    ],
)
def test_odd_plans_are_refused_by_name(alert: int, bad: dict[str, Any], code: str) -> None:
    answer = Machine("hanako").post(f"/alerts/{alert}/plans/", PLAN | bad)
    assert answer.json()["code"] == code, answer.content


def test_who_may_not_is_refused(alert: int) -> None:
    said = {"acknowledge/": {"seq": 1, "comment": "x"}, "plans/": PLAN,
            "silence/": {"until": "2027-08-01", "reason": "x"}}  # fmt: skip
    for name, status in {"jiro": 403, "fumiko": 403, "misao": 403, "taro": 404, "gyoko": 404}.items():
        for path, body in said.items():
            assert Machine(name).post(f"/alerts/{alert}/{path}", body).status_code == status, (name, path)
    assert Machine("hanako").post(f"/alerts/{alert}/plans/1/decide/", {"accept": True}).status_code == 403
    assert Machine("hanako").post(f"/alerts/{alert}/silence/approve/", {}).status_code == 403


def test_mails_are_kept_back_and_let_go_by_machine(alert: int, cast: Cast) -> None:
    judged("off_track")
    with reading():
        nation = Alert.objects.get(agency=None).pk
    shingo, kyoko = Machine("shingo"), Machine("kyoko")
    said = {"until": "2027-08-31", "reason": "統計の改定を待つ"}
    assert shingo.post(f"/alerts/{nation}/silence/", said).status_code == 201
    assert shingo.get(f"/alerts/{nation}/").json()["silence"]["waits"] is True
    assert kyoko.post(f"/alerts/{nation}/silence/approve/", {}).status_code == 200
    assert kyoko.get("/alerts/").json()["alerts"][0]["silenced"] is True
    assert shingo.post(f"/alerts/{nation}/silence/end/", {}).status_code == 200
    assert shingo.post(f"/alerts/{nation}/silence/end/", {}).json()["code"] == "silence_not_waiting"


def test_the_ladder_is_read_and_set_by_machine(alert: int, cast: Cast) -> None:
    tomoko, hanako, taro = Machine("tomoko"), Machine("hanako"), Machine("taro")
    levels: list[dict[str, Any]] = [{"days": day} for day in (0, 3, 6, 9)]
    levels[1]["people"] = [cast.tomoko.person_id]
    assert put(hanako, "/alerts/ladders/JST/", {"levels": levels}).status_code == 403
    for agency in ("JST", "NONE"):
        assert put(taro, f"/alerts/ladders/{agency}/", {"levels": levels}).status_code == 404
        assert taro.get(f"/alerts/ladders/{agency}/").status_code == 404
    assert put(tomoko, "/alerts/ladders/JST/", {"levels": levels}).status_code == 200
    found = hanako.get("/alerts/ladders/JST/").json()
    assert ([one["days"] for one in found["levels"]], found["set_by"]) == ([0, 3, 6, 9], "Tomoko")
    assert found["levels"][2]["others"] == ["MEXT"]
    levels[0]["units"] = [unit_of("JSPS", "programmes")]
    assert put(tomoko, "/alerts/ladders/JST/", {"levels": levels}).json()["code"] == "contact_unknown"
    assert put(tomoko, "/alerts/ladders/JST/", {"levels": levels[:2]}).status_code == 400


def test_choices_are_read_and_set_by_machine(cast: Cast) -> None:
    hanako = Machine("hanako")
    both = hanako.get("/alerts/choices/").json()
    assert {one["group"]: one["frequency"] for one in both["mine"]["choices"]}["notes"] == "weekly"
    said = {"choices": [{"group": "lag", "frequency": "daily", "at_least": "off_track"}], "language": "ja"}
    assert put(hanako, "/alerts/choices/", said | {"of_my_unit": True}).status_code == 200
    assert put(hanako, "/alerts/choices/", said | {"language": "fr"}).status_code == 400
    with reading():
        assert MailChoice.objects.get().unit_id == cast.hanako.unit_id


def test_holds_are_seen_and_decided_by_machine(alert: int) -> None:
    hanako, kyoko, misao = Machine("hanako"), Machine("kyoko"), Machine("misao")
    assert hanako.get("/alerts/holds/").status_code == 403
    assert misao.post("/alerts/holds/freeze/", {"reason": "x"}).status_code == 403
    frozen = kyoko.post("/alerts/holds/freeze/", {"reason": "計画の改定"})
    assert frozen.status_code == 201
    assert kyoko.post("/alerts/holds/freeze/", {"reason": "計画の改定"}).json()["code"] == "freeze_in_force"
    assert hanako.get("/alerts/").json()["held"] is True
    decide = f"/alerts/holds/{frozen.json()['hold']}/decide/"
    assert misao.post(decide, {"release": True}).status_code == 403
    assert kyoko.post(decide, {"release": True}).status_code == 200
    assert kyoko.post(decide, {"release": True}).json()["code"] == "hold_decided"
    with access.following():
        MailHold.objects.create(why="storm", at=NOW, changed=12, judged=30)
    found = misao.get("/alerts/holds/").json()
    assert [(one["indicator"], one["agency"], one["class"]) for one in found["changed"]] == [
        ("IND-02", "JST", "off_track")
    ]


def test_what_was_told_is_seen_by_machine(alert: int) -> None:
    send_round(now=NOW, wait=timedelta())
    [told] = Machine("hanako").get("/alerts/told/").json()["told"]
    assert (told["alert"], told["became"], told["mail_state"]) == (alert, "mailed", "queued")
    assert Machine("taro").get("/alerts/told/?whose=all&to=JST").json()["told"] == []
    assert len(Machine("kyoko").get("/alerts/told/?whose=all&to=JST").json()["told"]) == 1
