"""An agency's program reads and writes drafts and threads as its people do."""

import psycopg
import pytest

from tests.acts import at
from tests.cast import Cast
from tests.journeys.test_api import Machine

DRAFT = "/assignments/JST.P1.A1/FY2026Q1/draft/"
THREAD = "/threads/JST/IND-02/"
VALUE = "figure:IND-02:value"
Superuser = psycopg.Connection[tuple[bytes]]


@pytest.fixture(autouse=True)
def july(set_clock: object, cast: Cast) -> None:
    set_clock(at("2026-07-10 10:00"))  # type: ignore[operator]


def change(text: str, seen: int) -> dict[str, object]:
    return {"changes": {VALUE: {"text": text, "seen_version": seen}}}


def test_a_draft_is_saved_read_and_not_overwritten_unseen() -> None:
    hanako = Machine("hanako")
    assert hanako.post(DRAFT, change("３５０", 0)).json() == {"versions": {VALUE: 1}, "conflicts": {}}
    read = hanako.get(DRAFT).json()
    assert (read[VALUE]["text"], read[VALUE]["version"], read[VALUE]["by"]) == ("３５０", 1, "Hanako")
    assert hanako.post(DRAFT, change("351", 0)).json() == {"versions": {}, "conflicts": {VALUE: 1}}
    assert hanako.get(DRAFT).json()[VALUE]["text"] == "３５０"


def test_kept_answers_hold_nothing_of_what_was_typed(superuser: Superuser) -> None:
    hanako = Machine("hanako")
    hanako.post(DRAFT, change("秘密", 0))
    hanako.post(DRAFT, change("別の", 0))
    bodies = [bytes(body).decode() for (body,) in superuser.execute("SELECT body FROM reporting_answeredrequest")]
    assert len(bodies) == 2
    assert not any("秘密" in body or "別の" in body for body in bodies)


def test_a_thread_is_asked_and_answered() -> None:
    hanako, ichiro = Machine("hanako"), Machine("ichiro")
    assert hanako.post(THREAD, {"text": "範囲は。", "period": "FY2026Q1"}).status_code == 201
    assert ichiro.post(THREAD, {"text": "新規だけ。"}).status_code == 201
    said = [(m["from_csti"], m["text"]) for m in hanako.get(THREAD).json()]
    assert said == [(False, "範囲は。"), (True, "新規だけ。")]


@pytest.mark.parametrize("period", ["FY2026Q9", "x", "2026-13"])
def test_a_thread_is_about_a_period_that_exists_or_none(period: str) -> None:
    hanako = Machine("hanako")
    assert hanako.post(THREAD, {"text": "範囲は。", "period": period}).status_code == 400
    assert hanako.get(THREAD).json() == []


def test_another_agency_s_and_a_missing_one_answer_alike() -> None:
    Machine("hanako").post(DRAFT, change("350", 0))
    taro = Machine("taro")
    for path in (DRAFT, "/assignments/JST.P9/FY2026Q1/draft/"):
        assert taro.get(path).status_code == taro.post(path, change("1", 0)).status_code == 404
    for path in (THREAD, "/threads/JST/IND-99/"):
        assert taro.get(path).status_code == taro.post(path, {"text": "x"}).status_code == 404
