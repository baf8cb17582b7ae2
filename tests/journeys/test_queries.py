"""A page asks the database as often with much data as with little, and at most 15 times."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reporting.tasks import look_now
from tests.acts import at, put_in_force, submit
from tests.cast import Cast
from tests.journeys.conftest import Browser

DESK = ["/desk/", "/desk/indicators/IND-02/", "/desk/measures/P1.A1.M2/"]
PAST = [f"{page}?as_of={when}" for page in DESK for when in ("2027-01-31", "580")]
PAGES = {
    "ichiro": [*DESK, *PAST, "/admin/review/"],
    "hanako": [*DESK, *PAST, "/admin/reports/", "/admin/reports/JST.P1.A1/FY2026Q3/"],
}
OF_A_TRANSACTION = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


def queries(browser: Browser, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(path).status_code == 200
    return sum(not query["sql"].startswith(OF_A_TRANSACTION) for query in captured.captured_queries)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_as_often_with_much_data_as_with_little(
    name: str, cast: Cast, sign_in: type[Browser], set_clock: Callable[[datetime], None]
) -> None:
    set_clock(at("2027-02-01 10:00"))
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"})
    submit(cast.hanako, "JST.P1.A1.M2", "FY2026Q1", {"P1.A1.M2": "150"})
    look_now()
    browser = sign_in(name)
    few = {path: queries(browser, path) for path in PAGES[name]}
    for quarter in ("FY2026Q1", "FY2026Q2"):
        put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", quarter, {"IND-02": "1,400"})
        submit(cast.taro, "JSPS.P1.A2.M1", quarter, {"IND-03": "280"})
        submit(cast.hanako, "JST.P1.A2.M1", quarter, {"IND-03": "140"})
    look_now()
    assert {path: queries(browser, path) for path in PAGES[name]} == few
    assert max(few.values()) <= 15, few
