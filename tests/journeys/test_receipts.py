"""A receipt for every act on a report: given to whoever may see it, at every door, and checked here with a few lines
of our own that know nothing of the product."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import psycopg
import pytest
import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.test import Client

from reporting.tasks import look_now
from tests.acts import approve, at, submit
from tests.cast import Cast
from tests.journeys.conftest import Browser
from tests.journeys.test_api import SUBMISSION, Machine

NOW = at("2026-08-01 10:00")
REPORT = "JST.P1.A1@FY2026Q1"
Superuser = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture
def machine(cast: Cast, set_clock: Callable[[datetime], None]) -> type[Machine]:
    set_clock(NOW)
    return Machine


def stands(receipt: dict[str, Any]) -> bool:
    """The event is what its hash says, its leaf is in the head, and the head is signed."""
    event, head = receipt["event"], receipt["head"]
    names = ("stream", "event_id", "type", "schema_version", "data", "meta", "occurred_at")
    digest = hashlib.sha256(rfc8785.dumps({name: event[name] for name in names})).digest()
    recorded = datetime.fromisoformat(event["recorded_at"])
    micros = int(recorded.timestamp()) * 1_000_000 + recorded.microsecond
    numbers = b"".join(number.to_bytes(8) for number in (event["position"], event["version"], micros))
    node, path = hashlib.sha256(b"\x00" + digest + numbers).digest(), [bytes.fromhex(p) for p in receipt["proof"]]

    def above(index: int, size: int, node: bytes, path: list[bytes]) -> bytes:
        if size == 1:
            return node if not path else b"too long"
        if not path:
            return b"too short"
        left = 1 << (size - 1).bit_length() - 1
        if index < left:
            return hashlib.sha256(b"\x01" + above(index, left, node, path[:-1]) + path[-1]).digest()
        return hashlib.sha256(b"\x01" + path[-1] + above(index - left, size - left, node, path[:-1])).digest()

    root = above(event["position"] - 1, head["size"], node, path)
    [key] = [key for key in receipt["keys"] if key["key"] == head["key"]]
    public = bytes.fromhex(key["public"])
    signed = {name: head[name] for name in ("key", "log", "root", "sealed_at", "size")}
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(
            bytes.fromhex(head["signature"]), b"shinchoku tree head v1\n" + rfc8785.dumps(signed)
        )
    except InvalidSignature:
        return False
    return (
        digest.hex() == event["hash"]
        and root.hex() == head["root"]
        and hashlib.sha256(public).hexdigest() == key["key"]
    )


def test_a_machine_submits_and_its_receipt_stands_up_to_being_checked(machine: type[Machine]) -> None:
    hanako = machine("hanako")
    submitted = hanako.post("/reports/", SUBMISSION).json()
    address = submitted["receipt"].removeprefix("/api/v1")
    early = hanako.get(address)
    assert (early.status_code, early.json()["code"]) == (404, "not_sealed_yet")
    assert "封印" in early.json()["message"]
    assert 0 < int(early["Retry-After"]) <= 60

    look_now()
    answer = hanako.get(address)
    assert answer.status_code == 200, answer.content
    assert answer["Content-Disposition"] == f'attachment; filename="receipt-{submitted["position"]}.json"'
    receipt = answer.json()
    assert (receipt["kind"], receipt["format"]) == ("receipt", 1)
    assert receipt["event"]["event_id"] == submitted["event_id"]
    assert receipt["event"]["data"]["figures"][0]["value"] == "350"
    assert "順調" not in answer.content.decode()  # texts are not in the log
    assert stands(receipt)
    for change in (
        lambda r: r["event"]["data"]["figures"][0].update(value="351"),
        lambda r: r["event"].update(recorded_at="2026-08-01T01:00:00.000001+00:00"),
        lambda r: r["event"].update(position=r["event"]["position"] - 1),
        lambda r: r["proof"].pop(),
        lambda r: r["head"].update(size=r["head"]["size"] + 1),
    ):
        forged = json.loads(answer.content)
        change(forged)
        assert not stands(forged)


def test_a_reporter_finds_the_receipt_of_each_act_on_the_page_of_the_report(
    sign_in: type[Browser], cast: Cast, set_clock: Callable[[datetime], None]
) -> None:
    set_clock(NOW)
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=NOW)
    approve(cast.ichiro, REPORT, now=NOW)
    hanako = sign_in("hanako")
    page = hanako.get("/admin/reports/JST.P1.A1/FY2026Q1/").content.decode()
    for version in (1, 2):
        assert f"/admin/receipts/{REPORT}/{version}/" in page
    early = hanako.get(f"/admin/receipts/{REPORT}/2/")
    assert early.status_code == 200
    assert "封印はまだです" in early.content.decode()
    assert hanako.get(f"/admin/receipts/{REPORT}/2/file/").status_code == 404

    look_now()
    sealed = hanako.get(f"/admin/receipts/{REPORT}/2/").content.decode()
    assert "受領証" in sealed
    assert "承認" in sealed
    assert "Ichiro" in sealed
    file = hanako.get(f"/admin/receipts/{REPORT}/2/file/")
    assert file["Content-Type"] == "application/json"
    receipt = json.loads(file.content)
    assert receipt["event"]["type"] == "ReportApproved"
    assert receipt["head"]["root"] in sealed
    assert stands(receipt)
    # The reviewer sees the same story and the same receipt.
    assert json.loads(sign_in("ichiro").get(f"/admin/receipts/{REPORT}/2/file/").content)["event"] == receipt["event"]
    assert hanako.post(f"/admin/receipts/{REPORT}/2/").status_code == 405


@pytest.mark.parametrize(
    "path", ["/api/v1/reports/{}/receipts/{}/", "/admin/receipts/{}/{}/", "/admin/receipts/{}/{}/file/"]
)
def test_a_receipt_is_only_for_those_who_may_see_the_report(
    sign_in: type[Browser], cast: Cast, set_clock: Callable[[datetime], None], path: str
) -> None:
    set_clock(NOW)
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=NOW)
    look_now()
    for name, status in (("hanako", 200), ("ichiro", 200), ("jiro", 200), ("fumiko", 200), ("taro", 404)):
        browser = sign_in(name)
        assert browser.get(path.format(REPORT, 1)).status_code == status, name
        for report, version in ((REPORT, 2), (REPORT, 0), (REPORT, 10**30), ("JST.P1.A1@FY2026Q2", 1), ("x", 1)):
            assert browser.get(path.format(report, version)).status_code == 404
    assert Client().get(path.format(REPORT, 1)).status_code in (302, 401)


def test_heads_come_newest_first_by_pages_and_each_adds_to_the_one_before(
    machine: type[Machine], cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanako = machine("hanako")
    assert hanako.get("/log/heads/newest/").json()["code"] == "not_sealed_yet"
    assert hanako.get("/log/heads/").json() == {"heads": [], "next": None}
    for period in ("FY2026Q1", "FY2026Q2", "FY2026Q3"):
        submit(cast.hanako, "JST.P1.A1", period, {"IND-02": "350"})
        look_now()
    monkeypatch.setattr("reporting.queries.receipts.PAGE", 2)
    heads, page = [], "/log/heads/"
    while page:
        answer = hanako.get(page).json()
        assert len(answer["heads"]) <= 2
        heads += answer["heads"]
        page = answer["next"] and answer["next"].removeprefix("/api/v1")
    sizes = [head["size"] for head in heads]
    assert sizes == sorted(sizes, reverse=True)
    assert len(sizes) >= 3
    assert heads[0] == hanako.get("/log/heads/newest/").json()
    first, last = sizes[-1], sizes[0]
    proof = hanako.get(f"/log/consistency/?from={first}&to={last}").json()
    assert (proof["kind"], proof["from"], proof["to"], proof["head"]) == ("consistency", first, last, heads[0])
    assert all(len(node) == 64 for node in proof["proof"])


def test_odd_questions_about_the_log_get_an_answer(machine: type[Machine]) -> None:
    hanako = machine("hanako")
    look_now()
    newest = hanako.get("/log/heads/newest/").json()["size"]
    for query, status, code in (
        ("", 400, "invalid"), ("?from=1", 400, "invalid"), ("?from=x&to=2", 400, "invalid"),
        ("?from=0&to=2", 400, "invalid"), ("?from=-1&to=2", 400, "invalid"), ("?from=3&to=2", 400, "invalid"),
        (f"?from=1&to={10**30}", 400, "invalid"), (f"?from=1&to={newest}", 404, "not_found"),
        (f"?from=1&to={newest + 1}", 404, "not_sealed_yet"), (f"?from=1&to={2**63 - 1}", 404, "not_sealed_yet"),
    ):  # fmt: skip
        answer = hanako.get(f"/log/consistency/{query}")
        assert (answer.status_code, answer.json()["code"]) == (status, code), query
    for query in ("?before=x", "?before=0", "?before=%00", f"?before={10**30}"):
        assert hanako.get(f"/log/heads/{query}").status_code == 400
    for path in ("/log/heads/", "/log/heads/newest/", "/log/consistency/?from=1&to=2"):
        assert Client().get(f"/api/v1{path}").status_code == 401


def test_from_an_altered_log_no_door_gives_a_receipt(
    machine: type[Machine], sign_in: type[Browser], superuser: Superuser
) -> None:
    hanako = machine("hanako")
    receipt = hanako.post("/reports/", SUBMISSION).json()["receipt"].removeprefix("/api/v1")
    look_now()
    assert hanako.get(receipt).status_code == 200
    superuser.execute("ALTER TABLE event DISABLE TRIGGER event_is_append_only")
    superuser.execute(
        "UPDATE event SET data = jsonb_set(data, '{figures,0,value}', '\"351\"') WHERE stream LIKE 'report/%'"
    )
    answer = hanako.get(receipt)
    assert (answer.status_code, answer.json()["code"]) == (500, "log_damaged")
    page = sign_in("hanako").get(f"/admin/receipts/{REPORT}/1/")
    assert page.status_code == 500
    assert "一致しません" in page.content.decode()
