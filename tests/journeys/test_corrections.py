"""What was approved is corrected, or its approval undone: in the open, with a reason, and in force until then."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import pytest
from django.http import HttpResponse

from agencies import access
from agencies.models import in_force
from reporting.commands import sign_off
from reporting.domain.errors import AlreadyDecided
from reporting.models import Event, Figure, Rollup
from reporting.tasks import catch_up_rollups
from tests.acts import approve, at, put_in_force, send_back, submit, version_of
from tests.cast import SYSTEM, Cast
from tests.journeys.conftest import Browser
from tests.journeys.test_api import Machine

SetClock = Callable[[datetime], None]
REPORT = "JST.P1.A1@FY2026Q1"
FORM, REVIEW = "/admin/reports/JST.P1.A1/FY2026Q1/", f"/admin/review/{REPORT}/"
AUGUST = at("2026-08-10 10:00")


def approved(cast: Cast) -> None:
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "350"})
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", "FY2026Q2", {"IND-02": "400"})


pytestmark = pytest.mark.after(done=approved)


@pytest.fixture(autouse=True)
def in_august(set_clock: SetClock) -> None:
    set_clock(AUGUST)


def words(answer: HttpResponse) -> str:
    return answer.content.decode()


def correct(browser: Browser, value: str, reason: str = "二重に数えていた。") -> HttpResponse:
    typed = {"figure:IND-02:answer": "value", "figure:IND-02:value": value, "correction": reason, "do": "submit"}
    return browser.post(FORM, {**typed, "seen_version": version_of(REPORT)})


def figures() -> dict[str, Decimal | None]:
    with access.reading(SYSTEM):
        rows = Figure.objects.filter(in_force(), report=REPORT)
        return {"approved" if row.approved else "waits": row.value for row in rows}


def nation(period: str) -> tuple[Decimal | None, Decimal | None]:
    """The national figure, and the same with what waits."""
    catch_up_rollups()
    with access.reading(SYSTEM):
        row = Rollup.objects.get(indicator="IND-02", period=period, scope="nation", domain=None)
    return row.value, row.pending_value


def test_an_approved_report_says_that_it_is_locked_and_how_it_is_corrected(sign_in: type[Browser]) -> None:
    page = words(sign_in("hanako").get(FORM))
    assert "この報告は確定しています" in page
    assert 'href="?correct"' in page
    assert 'name="correction"' not in page
    page = words(sign_in("hanako").get(f"{FORM}?correct"))
    assert 'name="correction"' in page
    assert "350" in page
    assert "訂正をCSTIに提出する" in page


def test_a_correction_stands_beside_what_was_approved_until_it_is_approved_itself(sign_in: type[Browser]) -> None:
    assert correct(sign_in("hanako"), "340").status_code == 302
    assert figures() == {"approved": 350, "waits": 340}
    assert nation("FY2026Q1") == (350, 340)
    page = words(sign_in("ichiro").get(REVIEW))
    assert "訂正" in page
    assert "二重に数えていた。" in page
    assert "350件" in page
    assert "340件" in page
    answer = sign_in("ichiro").post(REVIEW, {"seen_version": version_of(REPORT), "do": "approve"})
    assert answer.status_code == 302
    assert figures() == {"approved": 340}
    assert nation("FY2026Q1") == (340, 340)
    with access.reading(SYSTEM):
        told = list(Event.objects.filter(stream="report/JST.P1.A1/FY2026Q1").order_by("version"))
    assert [event.type for event in told][2:] == ["CorrectionSubmitted", "CorrectionApproved"]


def test_without_a_reason_nothing_is_corrected_and_nothing_that_was_typed_is_lost(sign_in: type[Browser]) -> None:
    answer = correct(sign_in("hanako"), "340", " ")
    assert answer.status_code == 409
    assert 'value="340"' in words(answer)
    assert figures() == {"approved": 350}


def test_a_returned_correction_leaves_the_approved_figure_in_force_and_can_be_given_up(
    cast: Cast, sign_in: type[Browser]
) -> None:
    correct(sign_in("hanako"), "340")
    send_back(cast.ichiro, REPORT, "根拠の資料を付けてください。", now=AUGUST)
    assert figures() == {"approved": 350}
    page = words(sign_in("hanako").get(FORM))
    assert "根拠の資料を付けてください。" in page
    assert "訂正をやめる" in page
    answer = sign_in("hanako").post(FORM, {"seen_version": version_of(REPORT), "do": "withdraw"}, follow=True)
    assert "訂正をやめました" in words(answer)
    assert figures() == {"approved": 350}
    assert "350" in words(sign_in("hanako").get(f"{FORM}?correct"))


def test_csti_asks_for_a_correction_and_the_agency_finds_it_on_its_desk(sign_in: type[Browser]) -> None:
    seen = version_of(REPORT)
    assert sign_in("ichiro").post(REVIEW, {"seen_version": seen, "do": "ask", "comment:": ""}).status_code == 400
    asked = {"seen_version": seen, "do": "ask", "comment:IND-02": "定義の変更前の値ではありませんか。"}
    assert sign_in("ichiro").post(REVIEW, asked).status_code == 302
    assert figures() == {"approved": 350}
    assert "定義の変更前の値ではありませんか。" in words(sign_in("hanako").get("/admin/reports/"))
    assert "訂正が求められています" in words(sign_in("hanako").get(FORM))


def test_an_approval_is_undone_with_a_reason_and_the_figure_waits_again(sign_in: type[Browser]) -> None:
    nation("FY2026Q1")
    reopen = {"seen_version": version_of(REPORT), "do": "reopen"}
    assert "承認を取り消す理由" in words(sign_in("ichiro").post(REVIEW, reopen | {"comment:": " "}))
    assert sign_in("ichiro").post(REVIEW, reopen | {"comment:": "別の報告と取り違えた。"}).status_code == 302
    assert figures() == {"waits": 350}
    assert nation("FY2026Q1") == (None, 350)
    assert "別の報告と取り違えた。" in words(sign_in("hanako").get(FORM))
    assert REPORT in words(sign_in("saburo").get("/admin/review/"))


def test_later_periods_and_the_year_follow_a_correction(cast: Cast, sign_in: type[Browser]) -> None:
    before = nation("FY2026")
    correct(sign_in("hanako"), "340")
    approve(cast.ichiro, REPORT, now=AUGUST)
    after = nation("FY2026")
    assert before[1] is not None
    assert after[1] == before[1] - 10


def test_machines_correct_ask_and_reopen_too(cast: Cast) -> None:
    hanako, ichiro = Machine("hanako"), Machine("ichiro")
    body = {"assignment": "JST.P1.A1", "period": "FY2026Q1", "figures": {"IND-02": {"value": "340"}}}
    assert hanako.post("/reports/", body).status_code == 409
    answer = hanako.post("/reports/", body | {"correction": "二重に数えていた。"})
    assert answer.status_code == 201
    seen = {"seen_version": answer.json()["version"]}
    assert ichiro.post(f"/reports/{REPORT}/approve/", seen).status_code == 200
    reopening = {"seen_version": seen["seen_version"] + 1, "reason": "取り違え"}
    assert ichiro.post(f"/reports/{REPORT}/reopen/", reopening).json()["code"] == "corrected_before"
    asked = {"seen_version": reopening["seen_version"], "comments": {"": "もう一度確認してください。"}}
    assert ichiro.post(f"/reports/{REPORT}/ask-for-correction/", asked).status_code == 200
    other = "JST.P1.A1@FY2026Q2"
    reopening["seen_version"] = version_of(other)
    assert hanako.post(f"/reports/{other}/reopen/", reopening).status_code == 403
    assert ichiro.post(f"/reports/{other}/reopen/", reopening).status_code == 200


def test_a_correction_that_is_released_by_a_responsible_person_keeps_its_reason(cast: Cast) -> None:
    sign_off.set_sign_off(actor=cast.tomoko, agency="JST", wanted=True, now=AUGUST)
    sign_off.prepare_report(
        actor=cast.hanako, assignment="JST.P1.A1", period="FY2026Q1", answers={"IND-02": {"value": "340"}},
        narrative={}, now=AUGUST, correction="二重に数えていた。",
    )  # fmt: skip
    sign_off.release_report(actor=cast.tomoko, report=REPORT, seen_number=1, now=AUGUST)
    assert figures() == {"approved": 350, "waits": 340}


def test_submitting_as_usual_does_not_correct(cast: Cast) -> None:
    with pytest.raises(AlreadyDecided):
        submit(cast.hanako, "JST.P1.A1", "FY2026Q1", {"IND-02": "340"})
