"""A reporter's desk: what to do first, who is on it, and as quick with many duties as with few."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from agencies import access
from agencies.access import Actor
from indicators.models import Assignment
from indicators.periods import Period
from reporting.commands.charges import put_in_charge
from reporting.commands.drafts import save_fields
from reporting.models import Inquiry
from reporting.queries.calendar import window
from reporting.queries.my_desk import Whose, my_desk
from tests.acts import at, in_time, put_in_force, send_back, submit
from tests.cast import SYSTEM, Cast
from tests.departments import answer, ask, contributors, unit_of
from tests.journeys.conftest import Browser
from tests.journeys.test_api import Machine
from tests.journeys.test_queries import queries

SetClock = Callable[[datetime], None]
DEADLINE = window(Period.parse("FY2026Q1")).deadline
ELEVEN_PM = DEADLINE - timedelta(hours=1)
SEVEN_PM = DEADLINE - timedelta(hours=5)


def shown(browser: Browser, path: str = "/admin/reports/") -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", browser.get(path).content.decode()))


def test_at_eleven_on_the_last_evening_the_desk_says_what_to_do_first(
    cast: Cast, sign_in: type[Browser], set_clock: SetClock
) -> None:
    set_clock(ELEVEN_PM)
    submit(cast.hanako, "JST.P1.A2.M1", "FY2026Q1", {"IND-03": "140"}, now=at("2026-07-20 10:00"))
    send_back(cast.ichiro, "JST.P1.A2.M1@FY2026Q1", "17領域の内訳を示してください。", now=at("2026-07-22 10:00"))
    changes = {"figure:IND-02:value": ("350", 0)}
    save_fields(
        actor=cast.hanako,
        assignment="JST.P1.A1",
        period="FY2026Q1",
        changes=changes,
        now=SEVEN_PM,
    )
    page = shown(sign_in("hanako"))
    assert "本日締切・あと1時間" in page
    assert "CSTIから： 17領域の内訳を示してください。" in page
    assert f"下書き：Hanako {SEVEN_PM:%m-%d %H:%M}" in page
    assert "担当者なし" in page


def test_the_desk_is_in_the_order_of_what_to_do_next(cast: Cast) -> None:
    submit(cast.hanako, "JST.P1.A2.M1", "FY2026Q1", {"IND-03": "140"}, now=at("2026-07-20 10:00"))
    with access.reading(cast.hanako):
        desk = my_desk(cast.hanako, ELEVEN_PM)
    assert desk.todo[0].today
    assert [row.deadline for row in desk.todo] == sorted(row.deadline for row in desk.todo)
    assert [row.duty.assignment.id for row in desk.waiting] == ["JST.P1.A2.M1"]
    assert desk.counts["today"] == sum(row.today for row in desk.todo) > 0


def fill(cast: Cast, actor: Actor, quarters: list[str], assignments: list[str]) -> None:
    """Something of everything a desk shows."""
    put_in_charge(actor=actor, people=dict.fromkeys(assignments, actor.person_id), now=at("2026-07-01 10:00"))
    for quarter in quarters:
        put_in_force(cast.ichiro, actor, "JST.P1.A1", quarter, {"IND-02": "350"})
        submit(actor, "JST.P1.A2.M1", quarter, {"IND-03": "140"})
        send_back(cast.ichiro, f"JST.P1.A2.M1@{quarter}")
        changes = {"narrative:summary": ("途中", 0)}
        save_fields(actor=actor, assignment="JST.P1.A2.M1", period=quarter, changes=changes, now=in_time(quarter))
        ask(actor, "JST.P1.A2.M1", quarter, unit_of("JST", "engineering"), actor.unit_id or 0, fields=("IND-03",))


def test_two_hundred_duties_are_asked_for_as_often_as_a_few(
    cast: Cast, sign_in: type[Browser], set_clock: SetClock
) -> None:
    contributors()
    with access.reading(SYSTEM):
        assignments = list(Assignment.objects.filter(agency="JST").values_list("id", flat=True))
    hanako, kiku = sign_in("hanako"), sign_in("kiku")
    pages = ["/admin/reports/", "/admin/reports/?whose=all", "/admin/charges/",
             "/admin/reports/JST.P1.A2.M1/FY2026Q1/departments/"]  # fmt: skip
    set_clock(at("2026-09-01 10:00"))
    fill(cast, cast.hanako, ["FY2026Q1"], ["JST.P1.A1", "JST.P1.A2.M1"])
    few = {path: queries(hanako, path) for path in pages} | {"contributor": queries(kiku, "/admin/reports/")}
    set_clock(at("2030-02-01 10:00"))
    fill(cast, cast.hanako, ["FY2026Q2", "FY2026Q3", "FY2027Q1", "FY2027Q2"], assignments)
    with access.reading(cast.hanako):
        desk = my_desk(cast.hanako, at("2030-02-01 10:00"), Whose.ALL)
    assert sum(len(rows) for rows in (desk.todo, desk.overdue, desk.waiting, desk.done)) >= 200
    many = {path: queries(hanako, path) for path in pages} | {"contributor": queries(kiku, "/admin/reports/")}
    assert many == few
    assert max(few.values()) <= 15, few


# The same by machine.


def test_a_machine_asks_answers_takes_over_and_hands_over(cast: Cast, set_clock: SetClock) -> None:
    set_clock(at("2026-07-21 10:00"))
    kiku, ume = contributors()
    hanako, theirs = Machine("hanako"), Machine("kiku")
    body: dict[str, Any] = {
        "assignment": "JST.P1.A1", "period": "FY2026Q1", "figures": ["IND-02"], "due_on": "2026-07-24",
        "units": [kiku.unit_id, ume.unit_id],
    }  # fmt: skip
    asked = hanako.post("/inquiries/", body, key="ask-1")
    assert asked.status_code == 201, asked.content.decode()
    assert hanako.post("/inquiries/", body, key="ask-1").content == asked.content  # sent twice, asked once
    with access.reading(SYSTEM):
        assert Inquiry.objects.count() == 2

    listed = theirs.get("/inquiries/").json()
    assert [row["unit"] for row in listed] == [kiku.unit_id]
    path = f"/inquiries/{listed[0]['inquiry']}/answers/"
    said = theirs.post(path, {"figures": {"IND-02": {"value": "200", "remark": "速報"}}})
    assert said.json() == {"changed": ["IND-02"]}
    other = next(row for row in hanako.get("/inquiries/").json() if row["unit"] == ume.unit_id)
    assert theirs.post(f"/inquiries/{other['inquiry']}/answers/", {"figures": {}}).status_code == 404
    answer(ume, other["inquiry"], "150")

    taken = hanako.post(
        "/assignments/JST.P1.A1/FY2026Q1/merge/", {"take": {"IND-02": {"answer": "sum", "seen_version": 2}}}
    )
    assert taken.status_code == 200, taken.content.decode()
    assert taken.json()["conflicts"] == {}
    assert theirs.post("/assignments/JST.P1.A1/FY2026Q1/merge/", {"take": {}}).status_code == 403

    put = hanako.post("/charges/", {"charges": {"JST.P1.A1": cast.hanako.person_id}})
    assert put.json() == {"changed": ["JST.P1.A1"]}
    assert [row["assignment"] for row in hanako.get("/charges/").json()] == ["JST.P1.A1"]
    people = {"predecessor": cast.hanako.person_id, "successor": kiku.person_id}
    over = hanako.post("/handovers/", {**people, "note": "4月異動"})
    assert over.status_code == 201, over.content.decode()
    assert over.json()["moved"]["assignments"] == ["JST.P1.A1"]
    assert hanako.get("/charges/").status_code == 403  # her membership has ended
    assert Machine("taro").get("/handovers/?agency=JST").status_code == 404
    assert Machine("misao").get("/handovers/?agency=JST").json()[0]["by"] == "Hanako"
