"""An agency asks about an indicator, CSTI answers; both find it again beside the figure, and nobody else does."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import DatabaseError
from django.db.models import QuerySet

from agencies import access
from reporting.models import ThreadMessage
from tests.acts import at, submit
from tests.cast import SYSTEM, Cast
from tests.journeys.conftest import Browser

THREAD = "/admin/threads/JST/IND-02/?period=FY2026Q1"
FORM = "/admin/reports/JST.P1.A1/FY2026Q1/"


@pytest.fixture(autouse=True)
def july(set_clock: Callable[[datetime], None], cast: Cast) -> None:
    set_clock(at("2026-07-10 10:00"))


def said() -> int:
    with access.reading(SYSTEM):
        return ThreadMessage.objects.count()


def test_a_question_is_answered_and_stands_beside_the_figure_for_good(sign_in: type[Browser], cast: Cast) -> None:
    hanako, ichiro = sign_in("hanako"), sign_in("ichiro")
    assert "この指標についてCSTIに質問する" in hanako.get(FORM).content.decode()
    assert hanako.post(THREAD, {"text": "継続課題を含みますか。"}).status_code == 302
    assert "継続課題を含みますか" in ichiro.get("/admin/threads/").content.decode()
    assert ichiro.post(THREAD, {"text": "新規課題だけです。"}).status_code == 302
    assert "回答を待っている質問はありません" in ichiro.get("/admin/threads/").content.decode()
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=at("2026-07-10 10:00"))
    for page in (hanako.get(FORM), ichiro.get("/admin/review/JST.P1.A1@FY2026Q1/"), hanako.get(THREAD)):
        html = page.content.decode()
        assert html.index("継続課題を含みますか") < html.index("新規課題だけです")


def test_another_agency_s_thread_and_a_missing_one_answer_alike(sign_in: type[Browser]) -> None:
    sign_in("hanako").post(THREAD, {"text": "秘密の質問"})
    taro = sign_in("taro")
    for path in (THREAD, "/admin/threads/JST/IND-99/", "/admin/threads/NOBODY/IND-02/"):
        assert taro.get(path).status_code == 404
        assert taro.post(path, {"text": "x"}).status_code == 404
    assert "秘密の質問" not in taro.get("/admin/reports/JSPS.P1.A1/FY2026Q1/").content.decode()
    assert taro.get("/admin/threads/").status_code == 403
    assert said() == 1


def test_its_ministry_reads_and_does_not_speak_for_the_agency(sign_in: type[Browser]) -> None:
    sign_in("hanako").post(THREAD, {"text": "質問"})
    jiro = sign_in("jiro")
    assert "質問" in jiro.get(THREAD).content.decode()
    assert jiro.post(THREAD, {"text": "x"}).status_code == 403
    assert said() == 1


@pytest.mark.parametrize("text", ["", " \r\n ", "x" * 10_001, "a\x00b"])
def test_what_is_empty_or_too_long_is_refused_in_words(sign_in: type[Browser], text: str) -> None:
    answer = sign_in("hanako").post(THREAD, {"text": text})
    assert answer.status_code == 400
    assert said() == 0


@pytest.mark.parametrize("change", [lambda rows: rows.update(text="x"), lambda rows: rows.delete()])
def test_what_was_said_is_not_changed_any_more(
    sign_in: type[Browser], change: Callable[[QuerySet[ThreadMessage]], object]
) -> None:
    sign_in("hanako").post(THREAD, {"text": "質問"})
    with pytest.raises(DatabaseError, match="permission denied"), access.acting(SYSTEM):
        change(ThreadMessage.objects.all())
