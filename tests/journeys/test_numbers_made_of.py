"""The page of one number: how it is computed, what it is made of, what is not in it, and who may see that."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from django.test import override_settings

from reporting.tasks import look_now
from tests.acts import at, put_in_force, submit
from tests.cast import Cast
from tests.journeys.conftest import Browser

NOW = at("2027-07-20 10:00")
STOCK = "P2.A2.M4"


def two_agencies(cast: Cast) -> None:
    """JST has reported four quarters and the year, JSPS one quarter and another that waits."""
    with override_settings(BUSINESS_CLOCK=NOW):
        for quarter, value in zip("1234", ("100", "110", "120", "130"), strict=True):
            put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", f"FY2026Q{quarter}", {"IND-02": value})
        put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", "FY2026", {"IND-02": "457"})
        put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", "FY2026Q1", {"IND-02": "1,400"})
        submit(cast.taro, "JSPS.P1.A1", "FY2026Q2", {"IND-02": "98,765"})
        look_now()


pytestmark = pytest.mark.after(done=two_agencies)


@pytest.fixture(autouse=True)
def _now(set_clock: Callable[[datetime], None]) -> None:
    set_clock(NOW)


def page(browser: Browser, path: str, status: int = 200) -> str:
    answer = browser.get(path)
    assert answer.status_code == status, answer.content.decode()[-3000:]
    return answer.content.decode()


def test_smoke(cast: Cast, sign_in: type[Browser]) -> None:
    text = page(sign_in("ichiro"), "/desk/numbers/IND-02/FY2026/")
    Path("/tmp/lead/lineage_page.html").write_text(text)
    text = page(sign_in("ichiro"), "/desk/numbers/IND-02/FY2026/?as_of=580")
    text = page(sign_in("hanako"), "/desk/numbers/IND-02/FY2026/")
    text = page(sign_in("hanako"), "/desk/numbers/IND-02/FY2026/?agency=JST")
    text = page(sign_in("ichiro"), "/desk/")
    Path("/tmp/lead/lineage_front.html").write_text(text)
    text = page(sign_in("ichiro"), "/desk/indicators/IND-02/")
    text = page(sign_in("jiro"), "/desk/numbers/IND-02/FY2026/?scope=ministry&agency=MEXT")
    text = page(sign_in("ichiro"), "/desk/numbers/IND-02/FY2026/?kind=funding_agency&as_of=585")
