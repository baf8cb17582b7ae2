"""What operators and auditors are shown when something stands still."""

from collections.abc import Callable
from datetime import datetime

from reporting.models import OutboxMail, Rollup
from reporting.tasks import look_for_stuck_work, look_now
from tests.acts import append, at, event, put_in_force, reading
from tests.cast import Cast
from tests.journeys.conftest import Browser
from tests.storage.test_open_cells import too_large


def test_a_stopped_follower_is_shown_on_every_page_of_those_who_see_the_log(cast: Cast, sign_in: type[Browser]) -> None:
    stopped = "停止中: alerts, rollups"
    browser = sign_in("fumiko")
    assert stopped not in browser.get("/admin/reporting/report/").content.decode()
    [unknown] = append(event())
    look_now()
    assert stopped in browser.get("/admin/reporting/report/").content.decode()
    page = browser.get("/admin/reporting/follower/").content.decode()
    assert f"the event at position {unknown.position} is a Happened of version 1" in page
    assert stopped not in sign_in("hanako").get("/admin/reports/").content.decode()


def test_a_number_that_cannot_be_computed_is_shown_where_it_is_looked_for_and_mailed_once(
    cast: Cast, sign_in: type[Browser]
) -> None:
    put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", "FY2026Q1", {"IND-02": "7"})
    too_large(cast)
    look_now()
    look_for_stuck_work()
    look_for_stuck_work()
    log = sign_in("misao").get("/admin/log/").content.decode()
    assert "4件の数値を計算できません" in log
    assert "IND-05 FY2026 nation" in log
    assert "numeric field overflow" in log
    assert "滞留中の処理: 1件" in log
    desk = sign_in("kyoko").get("/desk/indicators/IND-05/").content.decode()
    assert "4件の数値は再計算できず、以前の値のままです" in desk
    with reading():
        assert Rollup.objects.filter(indicator="IND-02", scope="nation", value=7).exists()
        [mail] = OutboxMail.objects.filter(address="systems@cao.example")
    assert mail.subject == "【進捗】処理が滞っています"
    assert "計算不能 IND-05" in mail.body
    assert "cannot be computed IND-05" in mail.body
    assert "numeric field overflow" in mail.body


def test_operators_are_told_once_that_holidays_are_not_known_far_enough(
    cast: Cast, sign_in: type[Browser], set_clock: Callable[[datetime], None]
) -> None:
    def mails() -> list[OutboxMail]:
        with reading():
            return list(OutboxMail.objects.filter(address="systems@cao.example"))

    set_clock(at("2098-03-31 10:00"))
    look_for_stuck_work()
    assert mails() == []
    set_clock(at("2098-04-01 10:00"))  # the library ends with 2099, before the coming fiscal year does
    look_for_stuck_work()
    look_for_stuck_work()
    [mail] = mails()
    assert mail.subject == "[進捗] 休日が先まで収録されていません"
    assert "休日が未収録: not known from 2100-01-01 on" in mail.body
    browser = sign_in("misao")
    assert "not known from 2100-01-01 on" in browser.get("/admin/reporting/finding/").content.decode()
    page = browser.get("/admin/log/").content.decode()
    assert "2100-01-01" in page
    assert "滞留中の処理" not in page
