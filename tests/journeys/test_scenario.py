"""試算: a national figure as if those who are missing reported, on a page and by machine; nothing is kept."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import override_settings

from agencies import access
from reporting import event_store
from reporting.queries import scenarios
from reporting.tasks import catch_up_rollups, look_now
from tests.acts import at, put_in_force, reading
from tests.cast import Cast
from tests.journeys.conftest import Browser
from tests.journeys.test_api import Machine

PAGE, API = "/desk/indicators/IND-02/scenario/", "/indicators/IND-02/scenario/"


NOW = at("2028-07-03 10:00")


def one_is_missing(cast: Cast) -> None:
    """In FY2026 both have reported, in FY2027 JSPS alone: 9,750 are expected."""
    put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", "FY2026", {"IND-02": "6,700"})
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", "FY2026", {"IND-02": "2,000"})
    put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", "FY2027", {"IND-02": "7,000"})
    with override_settings(BUSINESS_CLOCK=NOW):
        catch_up_rollups()
        look_now()


pytestmark = pytest.mark.after(done=one_is_missing)


@pytest.fixture(autouse=True)
def clock(set_clock: Callable[[datetime], None], cast: Cast) -> None:
    set_clock(NOW)


def text(browser: Browser, path: str, status: int = 200) -> str:
    answer = browser.get(path)
    assert answer.status_code == status, (path, answer.status_code)
    return answer.content.decode()


def test_the_page_says_what_it_would_come_to_and_how_it_would_be_judged(sign_in: type[Browser]) -> None:
    kyoko = sign_in("kyoko")
    assert PAGE in text(kyoko, "/desk/indicators/IND-02/")
    page = text(kyoko, f"{PAGE}?assumption=last_year&year=2027")
    assert "試算です" in page
    assert "9,000件" in page  # 7,000 and the 2,000 of a year ago
    assert "14,000件" in page  # at the highest as much as JSPS, for they weigh the same
    assert "科学技術振興機構" in page


def test_what_is_typed_is_read_as_in_every_form_and_refused_beside_its_field(sign_in: type[Browser]) -> None:
    kyoko = sign_in("kyoko")
    assert "12,800件" in text(kyoko, f"{PAGE}?assumption=typed&value.JST=５,800")
    page = text(kyoko, f"{PAGE}?assumption=typed&value.JST=many")
    assert 'aria-invalid="true"' in page
    assert "数値" in page


def test_a_machine_gets_the_same_with_the_class_each_end_would_have(cast: Cast) -> None:
    answer = Machine("kyoko").get(f"{API}?assumption=typed&value.JST=2,800&year=FY2027")
    assert answer.status_code == 200, answer.content
    said = answer.json()
    assert (said["now"]["value"], said["point"]["value"]) == ("7000.000000", "9800.000000")
    assert (said["now"]["standing"], said["point"]["standing"]) == ("unknown", "on_track")
    assert (said["missing"], said["left_out"], said["problems"]) == (["JST"], [], {})


@pytest.mark.parametrize(
    "odd", ["?assumption=hope", "?year=12345678", "?year=二〇二七", "?value.=1", "?value.NOBODY=1"]
)
def test_odd_questions_ask_for_nothing_special(sign_in: type[Browser], odd: str) -> None:
    text(sign_in("kyoko"), PAGE + odd)


def test_nothing_of_it_is_kept(sign_in: type[Browser]) -> None:
    with reading():
        before = event_store.head().position
    text(sign_in("kyoko"), f"{PAGE}?assumption=typed&value.JST=2,800")
    with reading():
        assert event_store.head().position == before


def test_only_who_sees_every_agency_may_ask(sign_in: type[Browser]) -> None:
    assert PAGE not in text(sign_in("hanako"), "/desk/indicators/IND-02/")
    text(sign_in("hanako"), PAGE, 403)
    assert Machine("hanako").get(API).status_code == 403
    text(sign_in("kyoko"), "/desk/indicators/NONE/scenario/", 404)
    assert Machine("kyoko").get("/indicators/NONE/scenario/").status_code == 404


def test_whatever_door_it_comes_by_the_question_itself_refuses_who_sees_less(cast: Cast) -> None:
    asked = scenarios.Asked(year=2027)
    for actor in (cast.hanako, cast.jiro, cast.midori):
        with access.reading(actor):
            assert scenarios.scenario_page(actor=actor, code="IND-02", asked=asked, now=at("2028-07-03 10:00")) is None
    with access.reading(cast.fumiko):
        assert (
            scenarios.scenario_page(actor=cast.fumiko, code="IND-02", asked=asked, now=at("2028-07-03 10:00"))
            is not None
        )


def test_where_nobody_is_missing_there_is_nothing_to_assume(sign_in: type[Browser]) -> None:
    assert "未報告の機関はありません" in text(sign_in("kyoko"), f"{PAGE}?year=2026")
