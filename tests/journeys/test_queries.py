"""A page asks the database as often with much data as with little, and at most 15 times."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reporting.commands import plan as plans
from reporting.tasks import look_now
from tests.acts import at, put_in_force, send_back, submit
from tests.benchmarks.desk import not_timed
from tests.cast import Cast
from tests.journeys.conftest import Browser
from tests.journeys.querying import asked

DESK = [
    "/desk/", "/desk/indicators/IND-02/", "/desk/measures/P1.A1.M2/", "/desk/pillars/P1/",
    "/desk/numbers/IND-02/FY2026/",
    "/desk/numbers/IND-02/FY2026/?agency=JST", "/desk/numbers/IND-02/FY2027/?since=FY2026",
    "/desk/indicators/IND-02/agencies/", "/desk/indicators/IND-02/events/",
]  # fmt: skip
SINCE = ["/desk/?since=580", "/desk/?since=580&as_of=2027-01-31", "/desk/compare/?from=2027-01-31&to=2027-02-01"]
PAST = [f"{page}{'&' if '?' in page else '?'}as_of={when}" for page in DESK for when in ("2027-01-31", "580")]
FORM = "/admin/reports/JST.P1.A1/FY2026Q3/"
TARGETS = ["/admin/targets/", "/admin/targets/P1.A1.M2/"]
PAGES = {
    "ichiro": [*DESK, *PAST, *SINCE, "/admin/review/", *TARGETS, "/desk/papers/",
               "/desk/papers/new/?kind=pillar&code=P1"],
    "hanako": [*DESK, *PAST, *SINCE, "/admin/reports/", FORM, *TARGETS, "/admin/targets/P1.A1.M2/propose/",
               "/desk/papers/new/?kind=agency&code=JST"],
    "jiro": [*DESK, *SINCE],
}  # fmt: skip


def queries(browser: Browser, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(path).status_code == 200
    return asked(captured.captured_queries)


def want(cast: Cast, value: str) -> None:
    """A target of P1.A1.M2, first or revised, is in force."""
    now = at("2027-02-01 10:00")
    draft = plans.TargetDraft("P1.A1.M2", 2030, value, "改定", baseline="600", baseline_year=2024)
    propose = plans.set_target if value == "900" else plans.revise_target
    plans.accept_target(actor=cast.kyoko, proposal=propose(actor=cast.hanako, draft=draft, now=now), now=now)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_as_often_with_much_data_as_with_little(
    name: str, cast: Cast, sign_in: type[Browser], set_clock: Callable[[datetime], None]
) -> None:
    set_clock(at("2027-02-01 10:00"))
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"})
    submit(cast.hanako, "JST.P1.A1.M2", "FY2026Q1", {"P1.A1.M2": "150"})
    want(cast, "900")
    look_now()
    browser = sign_in(name)
    few = {path: queries(browser, path) for path in PAGES[name]}
    for quarter in ("FY2026Q1", "FY2026Q2"):
        put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", quarter, {"IND-02": "1,400"})
        submit(cast.taro, "JSPS.P1.A2.M1", quarter, {"IND-03": "280"})
        submit(cast.hanako, "JST.P1.A2.M1", quarter, {"IND-03": "140"})
    for value in ("950", "1000"):
        want(cast, value)
    for tolerance in ("1", "2"):
        plans.redefine_indicator(
            actor=cast.kyoko, indicator="IND-02", changes={"tolerance": tolerance}, reason="理由",
            now=at("2027-02-01 10:00"),
        )  # fmt: skip
    look_now()
    assert {path: queries(browser, path) for path in PAGES[name]} == few
    # Of the form of a report, which lays a dozen matters side by side, each is asked for once.
    assert {path: n for path, n in few.items() if n > (20 if path == FORM else 15)} == {}


LOG = ["/admin/log/", "/admin/log/?stream=report/&how=begins&recorded_from=2026-01-01&recorded_to=2099-01-01",
       "/admin/log/?actor=a&agency=JST&type=ReportSubmitted", "/admin/story/JST.P1.A1@FY2026Q1/"]  # fmt: skip


def test_the_log_is_asked_as_often_when_it_is_long_as_when_it_is_short(
    cast: Cast, sign_in: type[Browser], set_clock: Callable[[datetime], None]
) -> None:
    set_clock(at("2027-02-01 10:00"))
    position = submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, summary="一").position
    look_now()
    pages = [*LOG, f"/admin/log/{position}/"]
    fumiko = sign_in("fumiko")
    few = {path: queries(fumiko, path) for path in pages}
    for value in ("351", "352", "353"):
        send_back(cast.ichiro, "JST.P1.A1@FY2026Q1")
        submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": value}, summary="二")
    for quarter in ("FY2026Q1", "FY2026Q2"):
        put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", quarter, {"IND-02": "1,400"})
    look_now()
    many = {path: queries(fumiko, path) for path in pages}
    # A proof reads at most two blocks of 256 hashes a level, and as many levels as the log has bytes in its length.
    assert {path: many[path] - few[path] for path in pages} == dict.fromkeys(pages, 0)
    assert max(few.values()) <= 30, few


def test_every_page_of_the_desk_is_timed_by_the_benchmark_or_excused() -> None:
    """`make bench ARGS="desk"` asks for each of them, of a small country and a large one."""
    assert not_timed() == set()
