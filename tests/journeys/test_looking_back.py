"""The desk and the API as of a day, a time or a position: what it says, what it says it is, and the way back."""

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import override_settings
from django.urls import reverse
from pytest_django import Settings

from reporting import event_store
from reporting.event_store import heads
from reporting.models import Event
from reporting.tasks import look_now
from tests.acts import approve, at, put_in_force, reading, submit
from tests.cast import Cast
from tests.journeys.conftest import Browser

NOW = at("2027-02-01 10:00")
PAGES = ["/desk/", "/desk/indicators/IND-02/", "/desk/measures/P1.A1.M2/", "/desk/pillars/P1/"]


def one_and_then_another(cast: Cast) -> None:
    """JST's 350 is approved, and later followed by 1,400 of JSPS."""
    with override_settings(BUSINESS_CLOCK=NOW):
        put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"})
        look_now()
        put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", "FY2026Q1", {"IND-02": "1,400"})
        look_now()


pytestmark = pytest.mark.after(done=one_and_then_another)


@pytest.fixture
def before(cast: Cast, set_clock: Callable[[datetime], None]) -> int:
    """The position before JSPS's."""
    set_clock(NOW)
    with reading():
        return Event.objects.get(stream="report/JSPS.P1.A1/FY2026Q1", version=1).position - 1


def text(browser: Browser, path: str, status: int = 200) -> str:
    answer = browser.get(path)
    assert answer.status_code == status, answer.content.decode()[-2000:]
    return answer.content.decode()


def test_the_desk_shows_what_was_known_then_and_says_so(before: int, sign_in: type[Browser]) -> None:
    ichiro = sign_in("ichiro")
    now, then = (text(ichiro, f"/desk/indicators/IND-02/{query}") for query in ("", f"?as_of={before}"))
    assert "1,750" in now
    assert "過去の時点を表示しています" not in now
    assert "1,750" not in then
    assert "350" in then
    assert "過去の時点を表示しています" in then
    assert f"記録の位置 {before}" in then
    assert 'href="/desk/indicators/IND-02/"' in then, "the way back to now"


@pytest.mark.parametrize("page", PAGES)
def test_links_and_charts_of_a_past_page_stay_in_the_past(before: int, page: str, sign_in: type[Browser]) -> None:
    ichiro = sign_in("ichiro")
    shown = text(ichiro, f"{page}?as_of={before}")
    links = re.findall(r'(?:href|src)="(/desk/[^"]*)"', shown)
    inside = [link for link in links if not link.startswith("/desk/mails/")]
    assert len(inside) > 2
    assert [link for link in inside if f"as_of={before}" not in link] == [page]  # but for the way back to now
    for link in dict.fromkeys(inside[:6]):
        assert ichiro.get(link.replace("&amp;", "&")).status_code == 200


def test_a_day_is_asked_by_a_form_and_shown_in_the_banner(before: int, sign_in: type[Browser]) -> None:
    ichiro = sign_in("ichiro")
    form = text(ichiro, "/desk/")
    assert 'type="date" name="as_of"' in form
    assert "この時点で見る" in form
    shown = text(ichiro, "/desk/?as_of=2027-01-31")
    assert "2027年1月31日" in shown
    assert 'value="2027-01-31"' in shown
    assert "計画がまだ読み込まれていません" in text(ichiro, "/desk/?as_of=2020-01-01")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("asked", ["gestern", "99999999", "2027-02-02", "2027-02-30", "%2527", "-1"])
def test_no_such_time_is_said_in_words(cast: Cast, set_clock: Callable[[datetime], None], sign_in: type[Browser],
                                       page: str, asked: str) -> None:  # fmt: skip
    set_clock(NOW)
    shown = text(sign_in("ichiro"), f"{page}?as_of={asked}", 400)
    assert "現在に戻る" in shown


def test_the_api_answers_as_of_then_and_says_for_which_position(
    before: int, cast: Cast, sign_in: type[Browser]
) -> None:
    hanako, ichiro = sign_in("hanako"), sign_in("ichiro")

    def answer(browser: Browser, name: str, query: str = "", *args: str) -> tuple[list[object], int]:
        got = browser.get(reverse(name, args=args) + query)
        assert got.status_code == 200, got.content
        return got.json(), int(got.headers["Log-Position"])

    head = event_store.head().position
    assert answer(hanako, "api-assignments")[1] == head
    duties, _ = answer(hanako, "api-assignments", f"?as_of={head}")
    submitted = submit(cast.hanako, "JST.P1.A1", "FY2026Q2", {"IND-02": "1"}).position
    approve(cast.ichiro, "JST.P1.A1@FY2026Q2")
    assert answer(hanako, "api-assignments", f"?as_of={head}") == (duties, head)
    todo = [duty["todo"] for duty in answer(hanako, "api-assignments", f"?as_of={submitted}")[0]  # type: ignore[index]
            if (duty["assignment"], duty["period"]) == ("JST.P1.A1", "FY2026Q2")]  # type: ignore[index]  # fmt: skip
    assert todo == ["waiting"]
    questions = answer(hanako, "api-questions", f"?as_of={before}", "JST.P1.A1", "FY2026Q1")
    assert questions[1] == before
    assert answer(ichiro, "api-standings", f"?as_of={before}")[1] == before
    assert answer(ichiro, "api-standings", "?as_of=100") == ([], 100)
    assert answer(ichiro, "api-proposals", f"?as_of={before}") == ([], before)
    sealed = heads.newest()
    assert sealed is not None
    assert answer(ichiro, "api-standings", "?as_of=2027-01-31")[1] == sealed.size


def test_the_api_refuses_a_time_that_is_none_and_a_past_of_what_has_none(before: int, sign_in: type[Browser]) -> None:
    ichiro = sign_in("ichiro")
    for query, code in (
        ("?as_of=x", "bad_as_of"),
        ("?as_of=2027-03-01", "future_as_of"),
        ("?as_of=999999", "future_as_of"),
    ):
        got = ichiro.get(reverse("api-standings") + query)
        assert (got.status_code, got.json()["code"]) == (400, code)
    got = ichiro.get(reverse("api-heads") + "?as_of=1")
    assert (got.status_code, got.json()["code"]) == (400, "no_past")


def test_the_past_of_another_agency_is_not_there(
    before: int, cast: Cast, settings: Settings, sign_in: type[Browser]
) -> None:
    shown = text(sign_in("hanako"), f"/desk/indicators/IND-02/?as_of={event_store.head().position}")
    assert "1,750" in shown
    assert "1,400" not in shown
    assert (
        sign_in("hanako").get(reverse("api-questions", args=["JSPS.P1.A1", "FY2026Q1"]) + "?as_of=580").status_code
        == 404
    )


def test_openapi_tells_of_the_past(cast: Cast, sign_in: type[Browser]) -> None:
    told = sign_in("ichiro").get("/api/v1/openapi/", headers={"accept": "application/vnd.oai.openapi"}).content.decode()
    assert told.count("name: as_of") == 18
    assert told.count("Log-Position:") == 18
