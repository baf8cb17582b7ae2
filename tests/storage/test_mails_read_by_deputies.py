"""Who is told of alerts chooses a deputy; who is told of none chooses nothing."""

from datetime import date, timedelta

import pytest

from agencies import access
from agencies.models import Person, Role
from reporting.alerts import send_round
from reporting.commands.alerts import Choice, set_ladder, set_mail_choices
from reporting.domain.errors import NotAllowed
from reporting.models import OutboxMail
from tests.acts import reading
from tests.cast import SYSTEM, Cast
from tests.departments import person
from tests.standings import NOW, judged


def test_a_deputy_gets_one_mail_a_business_day_of_what_is_for_another(cast: Cast) -> None:
    tomoko, hanako = cast.tomoko.person_id or 0, cast.hanako.person_id or 0
    with access.acting(SYSTEM):
        Person.objects.filter(pk=tomoko).update(email="tomoko@jst.example")
        Person.objects.filter(pk=hanako).update(email="hanako@jst.example")
    set_ladder(actor=cast.tomoko, agency="JST", days=[0, 5, 10, 15], units={}, people={0: [tomoko]})
    set_mail_choices(
        actor=cast.tomoko, unit=None, choices={}, language="ja", deputy=hanako, deputy_from=date(2027, 7, 1),
        deputy_until=date(2027, 7, 31),
    )  # fmt: skip
    judged("off_track", agency="JST")
    assert send_round(now=NOW, wait=timedelta()) == 1
    judged("off_track", agency="JST", indicator="IND-03")
    assert send_round(now=NOW, wait=timedelta()) == 0
    assert send_round(now=NOW + timedelta(days=1), wait=timedelta()) == 1
    with reading():
        assert {mail.address for mail in OutboxMail.objects.filter(kind="lag")} == {"hanako@jst.example"}


def test_who_answers_for_a_department_is_told_of_no_alert_and_chooses_nothing(cast: Cast) -> None:
    kiku = person("kiku", "JST", "archive", Role.CONTRIBUTOR)
    with pytest.raises(NotAllowed):
        set_mail_choices(actor=kiku, unit=None, choices={"lag": Choice("never")}, language="ja")
