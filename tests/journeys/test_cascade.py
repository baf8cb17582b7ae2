"""What a correction moved is listed, old and new, in every later period and scope, and stays as it was told."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import pytest

from agencies import access
from reporting.commands import reports
from reporting.commands.judge import judge
from reporting.models import Rollup, Standing
from reporting.queries.cascade import Cascade, cascade_of
from reporting.tasks import catch_up_rollups
from tests.acts import approve, at, put_in_force, version_of
from tests.cast import SYSTEM, Cast
from tests.journeys.conftest import Browser

JULY = at("2028-07-03 10:00")
REPORT = "JSPS.P1.A1@FY2026"


def two_years(cast: Cast) -> None:
    for year in ("FY2026", "FY2027"):
        put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", year, {"IND-02": "7,000"})
        put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", year, {"IND-02": "2,000"})
    # A stock: what is not answered carries over, so a correction of one period reaches the next.
    put_in_force(cast.ichiro, cast.hoko, "CAO.P1.A5.M4", "FY2026H1", {"P1.A5.M4": "2"})
    catch_up_rollups()
    judge(now=JULY)


pytestmark = pytest.mark.after(done=two_years)


@pytest.fixture(autouse=True)
def in_july(set_clock: Callable[[datetime], None]) -> None:
    set_clock(JULY)


def correct(cast: Cast, value: str) -> int:
    """The version of its approval."""
    reports.submit_report(
        actor=cast.taro, assignment="JSPS.P1.A1", period="FY2026", answers={"IND-02": {"value": value}}, narrative={},
        now=JULY, correction="二重に数えていた。",
    )  # fmt: skip
    approve(cast.ichiro, REPORT, now=JULY)
    return version_of(REPORT)


def told(cast: Cast, who: str, version: int) -> Cascade:
    actor = getattr(cast, who)
    with access.reading(actor):
        found = cascade_of(actor=actor, report=REPORT, version=version)
    assert found is not None
    return found


def live() -> dict[tuple[str | None, ...], Decimal | None]:
    catch_up_rollups()
    with access.reading(SYSTEM):
        rows = Rollup.objects.filter(indicator="IND-02", component=None)
        return {(r.period, r.scope, r.agency_id, r.domain_id, r.kind): r.value for r in rows}


def test_every_figure_that_is_another_now_is_listed_with_old_and_new(cast: Cast) -> None:
    before = live()
    version = correct(cast, "1,000")
    after = live()
    moved = {cell: (before[cell], after[cell]) for cell in after if before[cell] != after[cell]}
    found = told(cast, "ichiro", version)
    assert {
        (m.period.code, m.scope, m.agency.code if m.agency else None, None, m.kind): (m.before, m.after)
        for m in found.figures
    } == moved
    assert moved["FY2026", "nation", None, None, None] == (9000, 3000)
    assert found.figures[0].scope == "nation"


def test_the_standings_that_turn_are_listed_and_do(cast: Cast) -> None:
    with access.reading(SYSTEM):
        was = Standing.objects.get(indicator="IND-02", agency=None, to_position=None).cls
    version = correct(cast, "1,000")
    found = told(cast, "ichiro", version)
    catch_up_rollups()
    judge(now=JULY)
    with access.reading(SYSTEM):
        now = Standing.objects.get(indicator="IND-02", agency=None, to_position=None).cls
    turned = [(t.before, t.after) for t in found.standings if t.agency is None]
    assert turned == ([(was, now)] if was != now else [])


def test_a_later_correction_changes_nothing_of_what_was_told(cast: Cast) -> None:
    version = correct(cast, "1,000")
    first = told(cast, "ichiro", version)
    correct(cast, "6,500")
    put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", "FY2028", {"IND-02": "7,000"})  # a year there was nothing of
    catch_up_rollups()
    assert told(cast, "ichiro", version) == first


def test_an_agency_sees_its_own_and_the_nations_and_others_nothing(cast: Cast, sign_in: type[Browser]) -> None:
    version = correct(cast, "1,000")
    assert {m.scope for m in told(cast, "taro", version).figures} == {"nation", "agency"}
    page = f"/admin/moved/{REPORT}/{version}/"
    assert "3,000件" in sign_in("taro").get(page).content.decode()
    assert page in sign_in("taro").get(f"/admin/story/{REPORT}/").content.decode()
    assert sign_in("hanako").get(page).status_code == 404
    assert sign_in("ichiro").get(f"/admin/moved/{REPORT}/{version - 1}/").status_code == 404
    assert sign_in("ichiro").get(f"/admin/moved/{REPORT}/99/").status_code == 404
