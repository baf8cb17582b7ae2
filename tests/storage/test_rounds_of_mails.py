"""What is told becomes mails: who is told, in which mail, and why not."""

from collections.abc import Iterator
from datetime import date, timedelta
from email import message_from_string, policy

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from agencies import access
from agencies.models import Agency, Membership, Person, Unit
from indicators.models import Domain
from reporting import alerts
from reporting.commands import alerts as commands
from reporting.commands.alerts import Choice
from reporting.domain.bounces import CameBack
from reporting.domain.errors import (
    ContactUnknown,
    DeputyInvalid,
    FigureInvalid,
    HoldDecided,
    LadderInvalid,
    MailMandatory,
    NotAllowed,
)
from reporting.models import Finding, MailHold, OutboxMail, Reminder, Telling
from reporting.projections.rebuild import rebuild
from tests.acts import all_at_once, at, reading
from tests.alerting import (
    NOW,
    acknowledge,
    addresses,  # noqa: F401 - a fixture
    find,
    finding,
    follow,
    history,
    judged,
    mailed,
    mails,
    pass_days,
    rows,
    told,
)
from tests.cast import SYSTEM, Cast
from tests.mail_server import MailServer, sending_to

POLICY, RESEARCH = "policy@mext.example", "research@mext.example"

pytestmark = pytest.mark.usefixtures("addresses")


@pytest.fixture
def post(settings: Settings) -> Iterator[MailServer]:
    with sending_to(settings) as post:
        yield post


def test_what_comes_together_is_one_mail_for_each_recipient(cast: Cast) -> None:
    find(finding("off_track"), finding("at_risk", indicator="IND-03"), finding("off_track", agency="JSPS"))
    assert pass_days(NOW) == 3
    assert sorted(mailed()) == [POLICY, "programmes@jsps.example", RESEARCH]
    of_the_ministry = next(mail for mail in mails() if mail.address == POLICY)
    assert of_the_ministry.body.count("/admin/alerts/") >= 2
    assert "JSPS" not in of_the_ministry.body


def test_an_alert_waits_for_others_and_what_comes_later_waits_for_tomorrow(cast: Cast) -> None:
    judged("off_track")
    assert pass_days(NOW, wait=timedelta(minutes=30)) == 0
    assert pass_days(NOW) == 2
    judged("at_risk", indicator="IND-03", now=at("2027-07-01 15:00"))
    assert pass_days(at("2027-07-01 15:00")) == 0
    assert pass_days(at("2027-07-02 09:00")) == 2


def test_of_what_waits_of_one_alert_the_newest_is_told(cast: Cast) -> None:
    judged("at_risk")
    judged("off_track", "at_risk")
    assert pass_days(NOW) == 2
    assert told() == [("fired", "superseded")] * 2 + [("worse", "mailed")] * 2


def test_rounds_written_at_once_write_each_mail_once(cast: Cast) -> None:
    judged("off_track")
    pass_days(NOW)
    later = at("2027-07-15 10:00")
    alerts.look_at_days(now=later)
    written = all_at_once([lambda: alerts.send_round(now=later, wait=timedelta())] * 6)
    assert sorted(written) == [0, 0, 0, 0, 0, 3]
    assert pass_days(later) == 0
    assert sorted(mailed()) == sorted([POLICY, RESEARCH, POLICY, RESEARCH, "coordination@cao.example"])


def test_rebuilding_everything_tells_nobody(cast: Cast) -> None:
    judged("off_track")
    pass_days(NOW)
    before = (mails(), told(), history())
    rebuild()
    follow()
    pass_days(NOW)
    assert (mails(), told(), history()) == before


def test_flipping_over_an_edge_mails_once_at_most(cast: Cast) -> None:
    """The official standing has been held steady; what it still says back and forth within a day is told once."""
    judged("at_risk")
    for n in range(6):
        pair = ("on_track", "at_risk") if n % 2 == 0 else ("at_risk", "on_track")
        judged(*pair, now=NOW + timedelta(minutes=n))
    pass_days(NOW + timedelta(minutes=10))
    assert len(mails()) == 2  # one for each unit
    assert len(rows()) == 1


def test_a_late_report_that_moves_only_the_past_is_a_note_in_the_digest(cast: Cast) -> None:
    judged("on_track", "on_track", type_="StandingRestated")
    assert (pass_days(NOW), rows()) == (0, [])
    assert told() == [("late", "waiting")] * 2
    assert pass_days(at("2027-07-05 09:00")) == 2
    assert {mail.digest for mail in mails()} == {True}


def test_what_hangs_below_an_indicator_that_is_off_track_is_not_told_to_who_knows_that(cast: Cast) -> None:
    find(finding("off_track"), finding("at_risk", domain="D12"))
    assert pass_days(NOW) == 2
    assert sorted(told()) == [("fired", "inhibited")] * 2 + [("fired", "mailed")] * 2
    with reading():
        of = Telling.objects.filter(decision="inhibited").values_list("detail", flat=True)
        assert {detail["alert"] for detail in of} == {rows()[0].pk}
    # Who is not told of the whole is told of the part; and what is off track itself is told.
    find(finding("at_risk", agency="JST"), finding("off_track", domain="D13"))
    assert pass_days(at("2027-07-02 10:00")) == 3


def test_what_cannot_be_judged_any_more_is_a_note_and_none_where_the_report_itself_is_asked_for(cast: Cast) -> None:
    judged("on_track", agency="JST")
    judged("unknown", "on_track", agency="JST", now=at("2027-07-02 10:00"))
    assert (rows(), told()) == ([], [("unjudgeable", "waiting")])
    assert pass_days(at("2027-07-05 09:00")) == 1  # Monday's digest
    judged("on_track", "unknown", agency="JST", now=at("2027-07-06 10:00"))
    assert alerts.remind(now=at("2027-07-07 10:00"))
    with reading():
        assert Reminder.objects.filter(kind="ReportOverdue", assignment="JST.P1.A1").exists()
    judged("unknown", "on_track", agency="JST", now=at("2027-07-07 11:00"))
    assert pass_days(at("2027-07-12 09:00")) == 0
    assert told() == [("unjudgeable", "mailed"), ("unjudgeable", "asked_for")]


# --- the ladder ---


def unit(code: str, agency: str) -> int:
    with reading():
        return Unit.objects.get(code=code, agency=agency).pk


def test_who_is_told_at_which_level_is_data(cast: Cast) -> None:
    assert cast.hanako.person_id is not None
    commands.set_ladder(
        actor=cast.kyoko, agency="JST", days=[0, 1, 2, 3], units={2: [unit("policy", "MEXT")]},
        people={0: [cast.hanako.person_id]},
    )  # fmt: skip
    judged("off_track", agency="JST")
    for day in ("2027-07-01", "2027-07-02", "2027-07-05", "2027-07-06"):
        pass_days(at(f"{day} 10:00"))
    assert mailed() == [
        "hanako@jst.example",
        "tomoko@jst.example",
        POLICY,
        "coordination@cao.example",
    ]


def test_a_ladder_is_set_by_the_agency_itself_or_the_secretariat(cast: Cast) -> None:
    for actor in (cast.taro, cast.hanako, cast.jiro, cast.misao):
        with pytest.raises(NotAllowed):
            commands.set_ladder(actor=actor, agency="JST", days=[0, 5, 10, 15], units={}, people={})
    with pytest.raises(LadderInvalid):
        commands.set_ladder(actor=cast.kyoko, agency="JST", days=[0, 5, 4, 15], units={}, people={})
    with pytest.raises(ContactUnknown):
        commands.set_ladder(actor=cast.kyoko, agency="JST", days=[0, 5, 10, 15], units={0: [999_999]}, people={})
    commands.set_ladder(actor=cast.tomoko, agency="JST", days=[0, 5, 10, 15], units={}, people={})


def test_where_nobody_can_be_told_the_next_level_is_told_at_once(cast: Cast) -> None:
    with access.acting(SYSTEM):
        Unit.objects.filter(agency="JST").update(email="")
    judged("off_track", agency="JST")
    pass_days(NOW)
    assert mailed() == ["tomoko@jst.example"]


def test_when_all_contacts_are_lost_the_next_level_is_told_within_a_business_day(cast: Cast) -> None:
    judged("at_risk", agency="JST")
    pass_days(NOW)
    with access.acting(SYSTEM):
        Unit.objects.filter(agency="JST").update(email="")
    pass_days(at("2027-07-02 10:00"))
    assert mailed() == ["planning@jst.example", "tomoko@jst.example"]
    assert told(kind="escalated") == [("escalated", "mailed")]


def test_when_all_contacts_bounce_the_next_level_is_told_within_a_business_day(cast: Cast, post: MailServer) -> None:
    judged("at_risk", agency="JST")
    pass_days(NOW)
    assert alerts.send_due() == 1
    [mail] = mails()
    report = alerts.Report(mail.key[:32], CameBack.BOUNCED, timezone.now(), recipient=mail.address, status="5.1.1")
    assert alerts.take_reports([report], now=timezone.now()) == 1
    pass_days(at("2027-07-02 10:00"))
    assert mailed() == ["planning@jst.example", "tomoko@jst.example"]


# --- what recipients want ---


def choose(cast: Cast, who: str, *, unit: bool = False, **choices: Choice) -> None:
    actor = getattr(cast, who)
    commands.set_mail_choices(actor=actor, unit=actor.unit_id if unit else None, choices=choices, language="both")


def test_a_unit_may_want_a_digest_and_only_what_is_off_track(cast: Cast) -> None:
    choose(cast, "jiro", unit=True, lag=Choice("weekly", "off_track"))
    find(finding("off_track"), finding("at_risk", indicator="IND-03"))
    pass_days(NOW)
    assert mailed() == [RESEARCH]
    pass_days(at("2027-07-05 09:00"))
    assert mailed() == [RESEARCH, POLICY]
    assert (mails()[-1].digest, "IND-03" in mails()[-1].body) == (True, False)
    assert ("fired", "declined") in told()


def test_never_is_never_but_for_what_presses_to_answer(cast: Cast) -> None:
    choose(cast, "hanako", unit=True, lag=Choice("never"))
    judged("off_track", agency="JST")
    assert pass_days(NOW) == 0
    assert told() == [("fired", "declined")]
    acknowledge(cast.hanako)
    pass_days(at("2027-08-02 10:00"))
    assert (mailed()[-1:], told(kind="lapsed")) == (["planning@jst.example"], [("lapsed", "mailed")])


def test_what_is_chosen_is_checked_and_ones_own(cast: Cast) -> None:
    with pytest.raises(MailMandatory):
        choose(cast, "jiro", escalated=Choice("never"))
    with pytest.raises(MailMandatory):
        choose(cast, "jiro", lag=Choice("hourly"))


def deputise(cast: Cast, who: str, by: str, *, since: date = date(2027, 7, 1), until: date = date(2027, 7, 9)) -> None:
    commands.set_mail_choices(
        actor=getattr(cast, who), unit=None, choices={}, language="ja", deputy=getattr(cast, by).person_id,
        deputy_from=since, deputy_until=until,
    )  # fmt: skip


def test_while_somebody_is_away_their_deputy_is_told_also_what_cannot_be_turned_off(cast: Cast) -> None:
    deputise(cast, "tomoko", "hanako")
    judged("off_track", agency="JST")
    for day in ("2027-07-01", "2027-07-08"):
        pass_days(at(f"{day} 10:00"))
    assert mailed() == ["planning@jst.example", "hanako@jst.example"]
    with pytest.raises(DeputyInvalid):
        deputise(cast, "tomoko", "taro")  # of another agency
    with pytest.raises(DeputyInvalid):
        deputise(cast, "tomoko", "hanako", since=date(2027, 7, 9), until=date(2027, 7, 1))


def test_a_deputy_who_has_left_reads_nothing(cast: Cast) -> None:
    deputise(cast, "tomoko", "hanako")
    with access.acting(SYSTEM):
        Membership.objects.filter(person=cast.hanako.person_id).update(ended_on="2027-07-01")
    judged("off_track", agency="JST")
    pass_days(NOW)
    pass_days(at("2027-07-08 10:00"))
    assert mailed()[-1] == "tomoko@jst.example"


def test_a_mail_is_in_the_language_that_was_chosen(cast: Cast) -> None:
    commands.set_mail_choices(actor=cast.jiro, unit=cast.jiro.unit_id, choices={}, language="en")
    judged("off_track")
    pass_days(NOW)
    english, japanese = sorted(mails(), key=lambda mail: mail.address)
    assert "遅れ" not in english.body
    assert "遅れ" in japanese.body


def test_who_has_left_between_telling_and_mail_is_not_reached(cast: Cast) -> None:
    judged("off_track", agency="JST")
    pass_days(NOW)
    alerts.look_at_days(now=at("2027-07-08 10:00"))
    with access.acting(SYSTEM):
        Person.objects.filter(username="tomoko").update(is_active=False)
    assert alerts.send_round(now=at("2027-07-08 10:00"), wait=timedelta()) == 0
    assert told(kind="escalated") == [("escalated", "unreachable")]


# --- storms and freezes ---


def storm(number: int = 12) -> None:
    """That many agencies' own targets of one indicator fall behind."""
    with reading():
        agencies = list(Agency.objects.order_by("code").values_list("code", flat=True)[:number])
    find(*[finding("off_track", agency=agency) for agency in agencies])


def test_when_too_much_changes_at_once_nothing_is_sent_and_an_administrator_is_asked(cast: Cast) -> None:
    storm()
    assert pass_days(NOW) == 0
    with reading():
        hold = MailHold.objects.get()
        assert (hold.why, hold.changed, hold.judged) == ("storm", 12, 12)
        assert Finding.objects.filter(kind="held", resolved_at=None).count() == 1
        [asked] = OutboxMail.objects.filter(kind="finding")
    assert "/admin/alerts/holds/" in asked.body
    assert (pass_days(NOW), mailed()) == (0, [])
    with pytest.raises(NotAllowed):
        commands.decide_about_hold(actor=cast.fumiko, hold=hold.pk, release=True, now=NOW)
    commands.decide_about_hold(actor=cast.misao, hold=hold.pk, release=True, now=NOW)
    assert pass_days(NOW) == len(set(mailed())) > 0
    assert len(mailed()) == len(set(mailed()))  # each recipient one
    with pytest.raises(HoldDecided):
        commands.decide_about_hold(actor=cast.misao, hold=hold.pk, release=False, now=NOW)
    with reading():
        assert not Finding.objects.filter(kind="held", resolved_at=None).exists()


def test_what_was_an_error_is_dropped_and_says_so(cast: Cast) -> None:
    storm()
    pass_days(NOW)
    with reading():
        hold = MailHold.objects.get()
    commands.decide_about_hold(actor=cast.kyoko, hold=hold.pk, release=False, now=NOW)
    assert pass_days(NOW) == 0
    assert {decision for _, decision in told()} == {"storm"}


def test_a_few_that_change_are_no_storm(cast: Cast) -> None:
    storm(9)
    assert pass_days(NOW) > 0


def test_while_the_secretariat_holds_mails_back_nothing_goes_and_it_can_be_told_or_not(cast: Cast) -> None:
    hold = commands.freeze_mails(actor=cast.kyoko, reason="基本計画の改定中", now=NOW)
    judged("off_track")
    assert pass_days(NOW) == 0
    commands.decide_about_hold(actor=cast.kyoko, hold=hold.pk, release=False, now=at("2027-07-02 10:00"))
    assert pass_days(at("2027-07-02 10:00")) == 0
    assert told() == [("fired", "frozen")] * 2
    with pytest.raises(NotAllowed):
        commands.freeze_mails(actor=cast.misao, reason="保守", now=NOW)
    with pytest.raises(FigureInvalid):
        commands.freeze_mails(actor=cast.kyoko, reason="改\x00定", now=NOW)


def test_of_two_who_hold_mails_back_at_once_one_does(cast: Cast) -> None:
    found = all_at_once([lambda: commands.freeze_mails(actor=cast.kyoko, reason="改定", now=NOW)] * 4)
    assert sorted(type(one).__name__ for one in found) == ["FreezeInForce"] * 3 + ["MailHold"]


# --- the mail itself ---


def test_the_mail_of_an_agency_holds_no_figure_of_another(cast: Cast, post: MailServer) -> None:
    find(finding("off_track", agency="JST"), finding("off_track", agency="JSPS"))
    pass_days(NOW)
    alerts.send_due()
    for to, raw in post.mails:
        message = message_from_string(raw, policy=policy.default)
        words = "".join(part.get_content() for part in message.walk() if part.get_content_maintype() == "text")
        other = "日本学術振興会" if "jst" in to else "科学技術振興機構"
        assert other not in words


def test_mails_about_one_alert_hang_together(cast: Cast, post: MailServer) -> None:
    judged("off_track", agency="JST")
    pass_days(NOW)
    alerts.send_due()
    judged("on_track", "off_track", agency="JST", now=at("2027-07-02 10:00"))
    pass_days(at("2027-07-02 10:00"))
    alerts.send_due()
    heads = [message_from_string(raw, policy=policy.default) for _, raw in post.mails]
    assert len({head["References"] for head in heads}) == 1
    assert heads[0]["References"]
    assert len({head["Message-ID"] for head in heads}) == 2


def test_the_number_of_queries_does_not_grow_with_what_is_told(cast: Cast) -> None:
    def asked(number: int, day: str) -> int:
        find(*[finding("off_track", domain=code, now=at(f"{day} 10:00")) for code in codes[:number]])
        with CaptureQueriesContext(connection) as queries:
            pass_days(at(f"{day} 10:00"))
        return len(queries)

    with reading():
        codes = list(Domain.objects.order_by("order").values_list("code", flat=True))
    few = asked(1, "2027-07-01")
    many = asked(9, "2027-07-02")
    assert many <= few + 2, (few, many)
