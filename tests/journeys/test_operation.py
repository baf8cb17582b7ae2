"""What operators and auditors are shown when something stands still."""

from reporting.tasks import look_now
from tests.acts import append, event
from tests.cast import Cast
from tests.journeys.conftest import Browser


def test_a_stopped_follower_is_shown_on_every_page_of_those_who_see_the_log(cast: Cast, sign_in: type[Browser]) -> None:
    stopped = "停止中: alerts, rollups"
    browser = sign_in("fumiko")
    assert stopped not in browser.get("/admin/reporting/event/").content.decode()
    [unknown] = append(event())
    look_now()
    assert stopped in browser.get("/admin/reporting/event/").content.decode()
    page = browser.get("/admin/reporting/follower/").content.decode()
    assert f"the event at position {unknown.position} is a Happened of version 1" in page
    assert stopped not in sign_in("hanako").get("/admin/reports/").content.decode()
