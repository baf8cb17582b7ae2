"""Many reports are approved at once only where none needs a look of its own, and each by a decision of its own."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies import access
from reporting.commands import reports
from reporting.commands.approving_together import approve_reports
from reporting.domain.errors import NotFound, Refusal
from reporting.domain.together import MOST, NotTogether
from reporting.models import Event, Figure, Report, ReportState
from reporting.projections.self_check import wrong_reports
from tests.acts import approve, at, put_in_force, submit, version_of
from tests.cast import SYSTEM, Cast
from tests.journeys.conftest import Browser

NOW = at("2026-08-10 10:00")
WHO = {
    "hanako": ["JST.P1.A1", "JST.P1.A2.M1"],
    "taro": ["JSPS.P1.A1"],
}
ANSWERS = {"JST.P1.A1": {"IND-02": "350"}, "JST.P1.A2.M1": {"IND-03": "30"}, "JSPS.P1.A1": {"IND-02": "1,500"}}


def three_wait(cast: Cast) -> None:
    for name, assignments in WHO.items():
        for assignment in assignments:
            submit(getattr(cast, name), assignment, "FY2026Q1", ANSWERS[assignment], now=at("2026-08-01 10:00"))


pytestmark = pytest.mark.after(done=three_wait)
ALL = sorted(f"{assignment}@FY2026Q1" for assignment in ANSWERS)


@pytest.fixture(autouse=True)
def in_august(set_clock: Callable[[datetime], None]) -> None:
    set_clock(NOW)


def seen(*ids: str) -> dict[str, int]:
    return {report: version_of(report) for report in ids}


def statuses() -> dict[str, str]:
    with access.reading(SYSTEM):
        return dict(Report.objects.values_list("id", "status"))


def decide(cast: Cast, *ids: str, **versions: int) -> list[Any]:
    return approve_reports(actor=cast.ichiro, seen=seen(*ids) | versions, now=NOW)


def test_each_gets_a_decision_of_its_own_in_one_append_and_the_rows_are_as_one_by_one(cast: Cast) -> None:
    recorded = decide(cast, *ALL)
    assert [r.position for r in recorded] == list(range(recorded[0].position, recorded[0].position + 3))
    assert set(statuses().values()) == {"approved"}
    with access.reading(SYSTEM):
        decisions = Event.objects.filter(type="ReportApproved")
        assert {e.meta["actor"] for e in decisions} == {"Ichiro"}
        assert {e.data["submission"] for e in decisions} == {1}
        assert Figure.objects.filter(to_position=None, approved=True).count() == 3
        assert not Figure.objects.filter(to_position=None, approved=False).exists()
        assert ReportState.objects.filter(to_position=None).count() == 3
    with access.following():
        assert wrong_reports(ALL) == {}  # the log, folded one by one, says the same


def refused(cast: Cast, problem: str, report: str, ids: list[str], versions: dict[str, int] | None = None) -> None:
    with pytest.raises(NotTogether) as error:
        approve_reports(actor=cast.ichiro, seen=seen(*ids) | (versions or {}), now=NOW)
    assert error.value.params["problems"] == {report: problem}
    assert "approved" not in {statuses()[one] for one in ids if one != report}


def test_one_that_has_warnings_keeps_all_from_being_approved(cast: Cast) -> None:
    put_in_force(cast.ichiro, cast.hoko, "CAO.P1.A5.M4", "FY2026H1", {"P1.A5.M4": "2"})
    said = {"P1.A5.M4": {"value": "1", "explanation": "案を差し戻したため"}}
    warned = submit(cast.hoko, "CAO.P1.A5.M4", "FY2026H2", said)
    assert warned.version == 1
    refused(cast, "warned", "CAO.P1.A5.M4@FY2026H2", ["CAO.P1.A5.M4@FY2026H2"])


def test_one_that_was_changed_since_or_decided_keeps_all_from_being_approved(cast: Cast) -> None:
    refused(cast, "changed", ALL[0], ALL, {ALL[0]: 0})
    approve(cast.saburo, ALL[1], now=NOW)
    refused(cast, "not_waiting", ALL[1], ALL)


def test_a_correction_and_another_period_need_a_look_of_their_own(cast: Cast) -> None:
    approve(cast.saburo, ALL[0], now=NOW)
    reports.submit_report(
        actor=cast.taro, assignment="JSPS.P1.A1", period="FY2026Q1", answers={"IND-02": {"value": "1,400"}},
        narrative={}, now=NOW, correction="集計の誤り",
    )  # fmt: skip
    refused(cast, "correction", ALL[0], ALL)
    submit(cast.hanako, "JST.P1.A1", "FY2026Q2", {"IND-02": "350"})
    refused(cast, "other_period", "JST.P1.A1@FY2026Q2", ["JST.P1.A1@FY2026Q1", "JST.P1.A1@FY2026Q2"])


def test_nobody_approves_their_own_with_others(cast: Cast) -> None:
    own = submit(cast.hoko, "CAO.P1.A5.M4", "FY2026H1", {"P1.A5.M4": "2"})
    assert own.version == 1
    both = replace(cast.ichiro, units=frozenset({cast.ichiro.unit_id or 0, cast.hoko.unit_id or 0}))
    with pytest.raises(NotTogether) as error:
        approve_reports(actor=both, seen={"CAO.P1.A5.M4@FY2026H1": 1}, now=NOW)
    assert error.value.params["problems"] == {"CAO.P1.A5.M4@FY2026H1": "own"}


def test_who_may_not_decide_and_what_is_not_there_is_refused(cast: Cast) -> None:
    for actor in (cast.hanako, cast.kyoko, cast.fumiko):
        with pytest.raises(Refusal) as error:
            approve_reports(actor=actor, seen=seen(*ALL), now=NOW)
        assert error.value.code == "not_allowed"
    with pytest.raises(NotFound):
        approve_reports(actor=cast.ichiro, seen={"NONE@FY2026Q1": 1}, now=NOW)
    for odd in ({}, dict.fromkeys(map(str, range(MOST + 1)), 1)):
        with pytest.raises(Refusal, match="at least one"):
            approve_reports(actor=cast.ichiro, seen=odd, now=NOW)


def test_the_page_shows_what_would_happen_and_then_does_it(sign_in: type[Browser]) -> None:
    ichiro = sign_in("ichiro")
    assert 'name="report"' in ichiro.get("/admin/review/").content.decode()
    page = ichiro.get("/admin/review/together/?" + "&".join(f"report={one}" for one in ALL)).content.decode()
    assert "この3件を承認する" in page
    assert "挑戦的研究課題件数" in page
    answer = ichiro.post(
        "/admin/review/together/", {"seen": [f"{one} {version}" for one, version in seen(*ALL).items()]}
    )
    assert answer.status_code == 302
    assert set(statuses().values()) == {"approved"}


def test_the_page_names_the_one_that_is_in_the_way_and_approves_nothing(cast: Cast, sign_in: type[Browser]) -> None:
    shown = [f"{one} {version}" for one, version in seen(*ALL).items()]
    reports.withdraw_report(actor=cast.hanako, report="JST.P1.A1@FY2026Q1", seen_version=1, now=NOW)
    answer = sign_in("ichiro").post("/admin/review/together/", {"seen": shown})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "JST.P1.A1@FY2026Q1" in page
    assert "もう審査待ちではありません" in page
    assert sorted(statuses().values()) == ["submitted", "submitted", "withdrawn"]
    for odd in ({}, {"seen": "x"}, {"seen": ["", " 1", "NONE@FY2026Q1 1"]}, {"seen": ["\x00 1", "A@B " + "9" * 5000]}):
        assert sign_in("ichiro").post("/admin/review/together/", odd).status_code in (400, 404, 409)


def test_as_many_queries_for_many_as_for_one(cast: Cast) -> None:
    ichiro = cast.ichiro

    def queries(*ids: str) -> int:
        versions = seen(*ids)
        with CaptureQueriesContext(connection) as captured:
            approve_reports(actor=ichiro, seen=versions, now=NOW)
        return len(captured)

    assert queries(ALL[0]) == queries(*ALL[1:])
