"""Five thousand targets go off track in one import: nobody is flooded, and an administrator is asked first."""

import time
from collections import Counter
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from agencies import access
from agencies.models import Agency, Unit
from indicators.models import Indicator
from reporting import alerts, event_store
from reporting.commands import alerts as commands
from reporting.commands import plan as plans
from reporting.models import Alert, MailHold, OutboxMail, Telling
from reporting.projections import standings
from tests.acts import reading
from tests.alerting import NOW, finding, follow, pass_days
from tests.cast import FOUNDATION, SYSTEM, Cast
from tests.mail_server import MailServer, sending_to
from tests.mails import queue, states

UNIVERSITIES, INDICATORS = 250, 20


@pytest.fixture
def post(settings: Settings) -> Iterator[MailServer]:
    with sending_to(settings) as post:
        yield post


def universities() -> list[str]:
    rows = [
        {
            "code": f"U{n:03}", "name_ja": f"第{n}大学", "name_en": f"University {n}", "kind": "university",
            "supervisors": ["MEXT"], "corporate_number": "", "sample": True,
        }
        for n in range(UNIVERSITIES)
    ]  # fmt: skip
    plans.register_agencies(actor=SYSTEM, agencies=rows, now=FOUNDATION)
    with access.acting(SYSTEM):
        Unit.objects.bulk_create(
            Unit(
                agency_id=row["code"],
                code="office",
                name_ja="企画課",
                name_en="Office",
                email=f"{row['code']}@u.example",
            )
            for row in rows
        )
        return list(Agency.objects.filter(code__startswith="U").order_by("code").values_list("code", flat=True))


def test_the_guard_holds_and_released_each_recipient_has_one_mail(cast: Cast, post: MailServer) -> None:
    agencies = [code for code in universities() if len(code) == 4][:UNIVERSITIES]
    with reading():
        indicators = list(Indicator.objects.order_by("code").values_list("code", flat=True)[:INDICATORS])
    events = [finding("off_track", "on_track", indicator=code, agency=of) for of in agencies for code in indicators]
    took = {}
    with access.following():
        standings.apply(events, event_store.append(events))
    began = time.monotonic()
    follow()
    took["alerts written"] = time.monotonic() - began
    assert pass_days(NOW) == 0
    with reading():
        assert Alert.objects.filter(state="firing").count() == len(events) == 5_000
        assert Telling.objects.filter(decision="waiting").count() == 5_000
        hold = MailHold.objects.get()
        assert (hold.why, hold.changed, hold.judged) == ("storm", 5_000, 5_000)
        assert not OutboxMail.objects.filter(kind="lag").exists()
    commands.decide_about_hold(actor=cast.misao, hold=hold.pk, release=True, now=NOW)
    began = time.monotonic()
    assert pass_days(NOW) == UNIVERSITIES
    took["mails written"] = time.monotonic() - began
    began = time.monotonic()
    while alerts.send_due():
        pass
    took["mails sent"] = time.monotonic() - began
    per = Counter(to for to, _ in post.mails if to.endswith("@u.example"))
    assert (len(per), set(per.values())) == (UNIVERSITIES, {1})
    assert pass_days(NOW) == 0
    print("\n" + ", ".join(f"{what}: {seconds:.1f} s" for what, seconds in took.items()))


def test_five_thousand_rows_are_sent(database: str, post: MailServer) -> None:
    queue(5_000)
    began = time.monotonic()
    while alerts.send_due(1_000):
        pass
    took = time.monotonic() - began
    assert Counter(states()) == {"sent": 5_000}
    assert len(post.mails) == 5_000
    print(f"\n5,000 rows sent in {took:.0f} s: {5_000 / took:.0f} a second")


pytestmark = pytest.mark.long
