"""The queue of reports that wait: narrowed by what is asked, gone through one by one, as fast with many as with few."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies import access
from reporting.commands import reports
from reporting.commands.sign_off import begin_review
from reporting.queries import review_queue
from reporting.queries.review_queue import Asked
from tests.acts import approve, at, in_time, send_back, submit, version_of
from tests.cast import Cast
from tests.journeys.conftest import Browser
from tests.journeys.test_api import Machine

AUGUST = at("2026-08-10 10:00")
FIRST, SECOND, THIRD = "JST.P1.A1@FY2026Q1", "JST.P1.A2.M1@FY2026Q1", "JSPS.P1.A1@FY2026Q1"


def three_wait(cast: Cast) -> None:
    """The first came back after a return, the others are late."""
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"}, now=at("2026-07-10 10:00"))
    send_back(cast.ichiro, FIRST, now=at("2026-07-11 10:00"))
    submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "340"}, now=at("2026-07-12 10:00"))
    submit(cast.hanako, "JST.P1.A2.M1", "FY2026Q1", {"IND-03": "30"}, now=at("2026-10-10 10:00"))
    submit(cast.taro, "JSPS.P1.A1", "FY2026Q1", {"IND-02": "1,500"}, now=at("2026-10-11 10:00"))


pytestmark = pytest.mark.after(done=three_wait)


@pytest.fixture(autouse=True)
def in_october(set_clock: Callable[[datetime], None]) -> None:
    set_clock(at("2026-10-20 10:00"))


def waiting(cast: Cast, **asked: str) -> list[str]:
    with access.reading(cast.ichiro):
        found = review_queue.queue(cast.ichiro, AUGUST, Asked(**asked))  # type: ignore[arg-type]
    assert found.number == len(found.rows)
    return [row.report.id for row in found.rows]


def test_what_waits_is_shown_oldest_first(cast: Cast) -> None:
    assert waiting(cast) == [FIRST, SECOND, THIRD]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"agency": "jsps"}, [THIRD]),
        ({"agency": "科学技術振興"}, [FIRST, SECOND]),
        ({"pillar": "P1"}, [FIRST, SECOND, THIRD]),
        ({"pillar": "P2"}, []),
        ({"period": "FY2026Q1"}, [FIRST, SECOND, THIRD]),
        ({"period": "FY2026Q2"}, []),
        ({"flag": "late"}, [SECOND, THIRD]),
        ({"flag": "resubmitted"}, [FIRST]),
        ({"flag": "correction"}, []),
        ({"flag": "warned"}, []),
        ({"agency": "JST", "flag": "late"}, [SECOND]),
    ],
)
def test_it_is_narrowed_by_all_that_is_asked(cast: Cast, asked: dict[str, str], found: list[str]) -> None:
    assert waiting(cast, **asked) == found


def test_it_says_who_has_begun(cast: Cast, sign_in: type[Browser]) -> None:
    begin_review(actor=cast.ichiro, report=SECOND, seen_version=version_of(SECOND), now=AUGUST)
    assert waiting(cast, whose="mine") == [SECOND]
    assert waiting(cast, whose="nobodys") == [FIRST, THIRD]
    with access.reading(cast.saburo):
        others = review_queue.queue(cast.saburo, AUGUST, Asked(whose="others"))
    assert [row.report.id for row in others.rows] == [SECOND]
    assert "Ichiro" in sign_in("saburo").get("/admin/review/").content.decode()


def test_a_correction_is_marked_as_one(cast: Cast) -> None:
    approve(cast.ichiro, THIRD, now=AUGUST)
    reports.submit_report(
        actor=cast.taro, assignment="JSPS.P1.A1", period="FY2026Q1", answers={"IND-02": {"value": "1,400"}},
        narrative={}, now=at("2026-10-12 10:00"), correction="集計の誤り",
    )  # fmt: skip
    assert waiting(cast, flag="correction") == [THIRD]
    assert waiting(cast, flag="resubmitted") == [FIRST]


def test_who_goes_through_the_queue_comes_to_the_next_report_and_at_its_end_to_the_queue(
    sign_in: type[Browser],
) -> None:
    ichiro = sign_in("ichiro")
    page = ichiro.get("/admin/review/?agency=JST").content.decode()
    assert f"/admin/review/{FIRST}/?queue&amp;agency=JST" in page
    address = f"/admin/review/{FIRST}/?queue&agency=JST"
    page = ichiro.get(address).content.decode()
    assert f"/admin/review/{SECOND}/?queue=&amp;agency=JST" in page
    assert "前の報告" not in page
    answer = ichiro.post(address, {"seen_version": version_of(FIRST), "do": "approve"})
    assert answer.headers["Location"] == f"/admin/review/{SECOND}/?queue=&agency=JST"
    answer = ichiro.post(answer.headers["Location"], {"seen_version": version_of(SECOND), "do": "approve"})
    assert answer.headers["Location"] == "/admin/review/?queue=&agency=JST"
    assert "この条件に合う審査待ちはありません" in ichiro.get(answer.headers["Location"]).content.decode()


def test_of_reports_of_the_same_moment_each_is_come_to_once(cast: Cast) -> None:
    at_once = [f"JSPS.P1.A1@FY2029Q{quarter}" for quarter in (1, 2, 3)]
    for report in at_once:
        submit(cast.taro, "JSPS.P1.A1", report.partition("@")[2], {"IND-02": "1,600"}, now=at("2030-08-01 10:00"))
    with access.reading(cast.ichiro):
        rows = {row.report.id: row.report for row in review_queue.queue(cast.ichiro, AUGUST).rows}
        found = {id_: review_queue.neighbours(cast.ichiro, Asked(), rows[id_]) for id_ in at_once}
    assert [found[id_].after for id_ in at_once] == [*at_once[1:], None]
    assert [found[id_].before for id_ in at_once] == [THIRD, *at_once[:-1]]


def test_the_review_page_shows_what_was_submitted_before_and_what_changed(sign_in: type[Browser]) -> None:
    page = sign_in("ichiro").get(f"/admin/review/{FIRST}/").content.decode()
    assert "前回の提出" in page
    assert "350件" in page
    assert "変更あり" in page
    assert "前回の提出" not in sign_in("ichiro").get(f"/admin/review/{SECOND}/").content.decode()


def test_pages_ask_as_many_queries_with_many_reports_as_with_few(cast: Cast, sign_in: type[Browser]) -> None:
    ichiro = sign_in("ichiro")

    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert ichiro.get(path).status_code == 200
        return len(captured)

    before = queries("/admin/review/"), queries(f"/admin/review/{FIRST}/?queue")
    for period in ("FY2026Q2", "FY2026Q3"):
        submit(cast.taro, "JSPS.P1.A1", period, {"IND-02": "1,600"}, now=in_time(period))
    assert (queries("/admin/review/"), queries(f"/admin/review/{FIRST}/?queue")) == before
    assert before[0] <= 21  # four of them begin and end the two transactions


def test_odd_questions_narrow_nothing(sign_in: type[Browser]) -> None:
    for odd in ("?flag=x", "?whose=%00", "?page=-1", "?page=99999999999", "?page=½", "?pillar='", "?agency=%25"):
        assert sign_in("ichiro").get(f"/admin/review/{odd}").status_code in (200, 400), odd


def test_the_queue_and_a_report_by_machine(cast: Cast) -> None:
    ichiro = Machine("ichiro")
    found = ichiro.get("/review/?agency=JST").json()
    assert (found["number"], [row["report"] for row in found["reports"]]) == (2, [FIRST, SECOND])
    assert (found["reports"][0]["resubmitted"], found["reports"][1]["late"]) == (True, True)
    report = ichiro.get(f"/reports/{FIRST}/").json()
    assert (report["status"], report["version"], report["submitted_version"]) == ("submitted", 3, 3)
    assert [(one["field"], one["value"]) for one in report["figures"]] == [("IND-02", "340")]
    assert [one["type"] for one in report["story"]] == ["ReportSubmitted", "ReportReturned", "ReportSubmitted"]
    assert report["story"][1]["said"][0]["text"]
    approve(cast.ichiro, FIRST, now=AUGUST)
    assert ichiro.get(f"/reports/{FIRST}/").json()["approved_version"] == 3
    then = ichiro.get(f"/reports/{FIRST}/?as_of={report['story'][1]['position']}")
    assert (then.json()["status"], then.headers["Log-Position"]) == ("returned", str(report["story"][1]["position"]))
    hanako = Machine("hanako")
    assert hanako.get(f"/reports/{FIRST}/").json()["decided_by"] == "Ichiro"
    assert hanako.get(f"/reports/{THIRD}/").status_code == 404
    assert hanako.get("/review/").status_code == 403
