"""Odd addresses, odd numbers, a busy server: a clear answer, never a 500, nothing lost."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import psycopg
import pytest
from django.db import connection

from agencies import access
from reporting.models import Report, Rollup
from reporting.tasks import catch_up_rollups
from tests.acts import at, submit
from tests.cast import SYSTEM, Cast
from tests.journeys.conftest import Browser
from tests.journeys.test_api import Machine

SetClock = Callable[[datetime], None]
NOW = at("2026-08-01 10:00")


@pytest.mark.parametrize(
    "path",
    [
        "/desk/indicators/%00/", "/desk/measures/%00/", "/desk/charts/%00.svg", "/admin/reports/%00/FY2026/",
        "/admin/review/%00/", "/admin/reporting/report/%00/change/", "/admin/reporting/report/?status__exact=%00",
        "/api/v1/standings/?indicator=%00", "/admin/reports/JST.P1.A1/FY2100/", "/admin/reports/JST.P1.A1/FY2031/",
        "/admin/reports/JST.P1.A1/FY2026H1/", "/admin/reports/JST.P1.A1/2026-07/", "/admin/reports/JST.P1.A1/x/",
        "/admin/reports/ＪＳＴ/FY2026/", "/desk/indicators/IND-99/",
    ],
)  # fmt: skip
def test_an_odd_address_is_not_found_or_refused(sign_in: type[Browser], set_clock: SetClock, path: str) -> None:
    set_clock(NOW)
    for name in ("hanako", "ichiro"):
        assert sign_in(name).get(path).status_code in (400, 403, 404)


@pytest.mark.parametrize("version", ["²", "9" * 5_000, "-1", "abc", ""])
def test_an_odd_version_is_a_stale_one(sign_in: type[Browser], cast: Cast, set_clock: SetClock, version: str) -> None:
    set_clock(NOW)
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=NOW)
    answer = sign_in("ichiro").post(
        "/admin/review/JST.P1.A1@FY2026Q1/", {"seen_version": version, "do": "approve", "comment:": "残る文章"}
    )
    assert answer.status_code == 409
    assert "残る文章" in answer.content.decode()
    assert sign_in("ichiro").post("/act-as/", {"membership": version}).status_code == 302


def test_a_log_that_is_busy_refuses_in_words_and_keeps_what_was_typed(
    sign_in: type[Browser], set_clock: SetClock, superuser: "psycopg.Connection[tuple[object, ...]]"
) -> None:
    set_clock(NOW)
    browser = sign_in("hanako")
    superuser.autocommit = False
    superuser.execute("SELECT pg_advisory_xact_lock(7307020261)")
    typed = {
        "figure:IND-02:answer": "value",
        "figure:IND-02:value": "350",
        "narrative:summary": "下書き",
        "do": "submit",
    }
    answer = browser.post("/admin/reports/JST.P1.A1/FY2026Q1/", typed)
    superuser.rollback()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert "混み合っています" in answer.content.decode()
    assert 'value="350"' in answer.content.decode()
    assert "下書き" in answer.content.decode()
    with access.reading(SYSTEM):
        assert not Report.objects.filter(status="submitted").exists()
    assert browser.post("/admin/reports/JST.P1.A1/FY2026Q1/", typed).status_code == 302


def test_a_reason_typed_beside_a_value_is_still_there_after_an_error(
    sign_in: type[Browser], set_clock: SetClock
) -> None:
    set_clock(NOW)
    answer = sign_in("hanako").post(
        "/admin/reports/JST.P1.A1/FY2026Q1/",
        {
            "figure:IND-02:answer": "value",
            "figure:IND-02:value": "x",
            "figure:IND-02:reason": "考え中の理由",
            "do": "submit",
        },
    )
    assert answer.status_code == 400
    assert "考え中の理由" in answer.content.decode()


def test_what_waits_for_approval_is_not_shown_to_other_agencies(
    sign_in: type[Browser], cast: Cast, set_clock: SetClock
) -> None:
    set_clock(NOW)
    submit(cast.taro, "JSPS.P1.A1", "FY2026Q1", {"IND-02": "98,765"}, now=NOW)
    catch_up_rollups()
    with access.reading(SYSTEM):
        cell = Rollup.objects.get(indicator="IND-02", period="FY2026Q1", scope="nation", domain=None)
    pages = [
        f"/admin/reporting/rollup/{cell.pk}/change/",
        "/admin/reporting/rollup/",
        "/desk/",
        "/desk/indicators/IND-02/",
    ]
    for path in pages:
        for shown in ("98,765", "98765"):
            assert shown not in sign_in("hanako").get(path).content.decode(), path
    assert "98765" in sign_in("ichiro").get(pages[0]).content.decode()


@contextmanager
def every_connection_lent_out() -> Iterator[None]:
    """As when more ask at once than there are connections, and none comes back in time."""
    pool = connection.pool
    lent = [pool.getconn(timeout=5) for _ in range(pool.max_size - 1)]  # one is this thread's own
    connection.close()  # and that goes to somebody else too
    lent.append(pool.getconn(timeout=5))
    waited, pool.timeout = pool.timeout, 0.1
    try:
        yield
    finally:
        pool.timeout = waited
        for one in lent:
            pool.putconn(one)


def test_with_every_connection_lent_out_pages_and_machines_are_told_to_come_back(
    cast: Cast, sign_in: type[Browser], set_clock: SetClock
) -> None:
    set_clock(NOW)
    browser, machine = sign_in("hanako"), Machine("hanako").client
    with every_connection_lent_out():
        page, answer = browser.get("/admin/reports/"), machine.get("/api/v1/assignments/")
    assert (page.status_code, answer.status_code) == (503, 503)
    assert page.headers["Retry-After"] == answer.headers["Retry-After"] == "60"
    assert "ただいま混み合っています" in page.content.decode()
    assert answer.json()["code"] == "busy"
    assert browser.get("/admin/reports/").status_code == 200
