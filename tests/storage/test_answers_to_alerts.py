"""What people answer to an alert, and what the days make of it when they do not."""

from datetime import date

import pytest

from agencies import access
from agencies.access import Actor
from agencies.models import Membership, Person, Unit
from reporting import alerts
from reporting.commands import alerts as commands
from reporting.domain.errors import (
    AlertMovedOn,
    AlertNotOpen,
    CauseMissing,
    DayTooFar,
    EffectMissing,
    NoPlanWaits,
    NotAllowed,
    NotFound,
    OwnPlan,
    PlanWaits,
    ReasonMissing,
    Refusal,
    SilencedAlready,
    SilenceNeedsAnother,
    SilenceNotWaiting,
)
from reporting.models import ActionPlan, Event, EventText
from tests.acts import all_at_once, at, reading
from tests.alerting import (
    NOW,
    acknowledge,
    addresses,  # noqa: F401 - a fixture
    decide,
    follow,
    history,
    judged,
    mailed,
    mails,
    only,
    pass_days,
    submit_plan,
    told,
)
from tests.cast import SYSTEM, Cast

POLICY, RESEARCH = "policy@mext.example", "research@mext.example"
SECRETARIAT = "coordination@cao.example"

pytestmark = pytest.mark.usefixtures("addresses")


def events() -> list[str]:
    with reading():
        found = Event.objects.filter(stream__startswith="alert/").order_by("position")
        return list(found.values_list("type", flat=True))


def test_from_lag_to_an_accepted_plan_and_recovery(cast: Cast) -> None:
    judged("off_track")
    pass_days(NOW)
    acknowledge(cast.jiro)
    assert (only().state, only().due_on) == ("acknowledged", date(2027, 7, 30))
    submit_plan(cast.jiro, now=at("2027-07-02 10:00"))
    assert only().state == "plan_submitted"
    pass_days(at("2027-07-02 10:00"))
    decide(cast.kyoko, accept=False, now=at("2027-07-05 10:00"))
    assert only().state == "acknowledged"
    pass_days(at("2027-07-05 10:00"))
    submit_plan(cast.jiro, now=at("2027-07-06 10:00"))
    decide(cast.kyoko, accept=True, number=2, now=at("2027-07-07 10:00"))
    assert (only().state, only().due_on) == ("in_action", date(2027, 12, 31))
    pass_days(at("2027-07-07 10:00"))
    judged("on_track", "off_track", period="FY2027", now=at("2027-07-08 10:00"))
    pass_days(at("2027-07-08 10:00"))
    assert only().state == "resolved"
    assert history() == [
        "fired", "acknowledged", "plan_submitted", "plan_returned", "plan_submitted", "plan_accepted", "resolved",
    ]  # fmt: skip
    assert events() == [
        "AlertAcknowledged", "ActionPlanSubmitted", "ActionPlanReturned", "ActionPlanSubmitted", "ActionPlanAccepted",
    ]  # fmt: skip
    to = [(kind, decision) for kind, decision in told() if kind != "fired"]
    assert to.count(("acknowledged", "mailed")) == 2  # to both units that were told that it fell behind
    assert ("plan_submitted", "mailed") in to  # to the secretariat
    assert to.count(("plan_returned", "mailed")) == 3  # both units, and who submitted it
    assert to.count(("resolved", "mailed")) == 4  # to all who were told of any of it
    assert to.count(("plan_accepted", "mailed")) == 3


def test_what_was_said_stands_beside_its_event_and_can_be_erased(cast: Cast) -> None:
    judged("off_track")
    acknowledge(cast.jiro)
    submit_plan(cast.jiro)
    with access.reading(cast.jiro):
        texts = dict(EventText.objects.filter(agency="MEXT").values_list("field", "text"))
        assert texts == {
            "comment": "原因を調べています。", "explanation": "担当者の欠員", "action": "人員を二名増やす。",
            "owner": "研究振興課",
        }  # fmt: skip
        said = Event.objects.filter(type="ActionPlanSubmitted").get().data
    assert not set(texts.values()) & {str(value) for value in said.values()}
    assert set(said["texts"]) == {"explanation", "action", "owner"}


@pytest.mark.parametrize("who", ["hanako", "taro", "gyoko", "fumiko", "misao", "kyoko", "ichiro"])
def test_only_who_is_responsible_answers(cast: Cast, who: str) -> None:
    judged("off_track")
    actor: Actor = getattr(cast, who)
    refused: type[Refusal] = NotAllowed if actor.scope is access.Scope.ALL else NotFound
    with pytest.raises(refused):
        acknowledge(actor)
    with pytest.raises(refused):
        submit_plan(actor)
    assert (only().state, events()) == ("firing", [])


def test_a_ministry_sees_the_alert_of_an_agency_under_it_and_does_not_answer_in_its_place(cast: Cast) -> None:
    judged("off_track", agency="JST")
    with pytest.raises(NotAllowed):
        acknowledge(cast.jiro)
    acknowledge(cast.tomoko)
    assert only().state == "acknowledged"


def test_an_answer_to_what_has_got_worse_in_the_meantime_is_refused(cast: Cast) -> None:
    judged("at_risk")
    judged("off_track", "at_risk")
    with pytest.raises(AlertMovedOn):
        acknowledge(cast.jiro, seq=1)
    acknowledge(cast.jiro)
    with pytest.raises(AlertMovedOn):
        acknowledge(cast.jiro)  # somebody has already


def test_answers_want_what_they_need(cast: Cast) -> None:
    judged("off_track")
    row = only()
    with pytest.raises(ReasonMissing):
        commands.acknowledge_alert(actor=cast.jiro, alert=row.pk, seq=1, comment=" ", review_on=None, now=NOW)
    with pytest.raises(CauseMissing):
        submit_plan(cast.jiro, causes=[])
    with pytest.raises(EffectMissing):
        submit_plan(cast.jiro, expected={})
    submit_plan(cast.jiro)
    with pytest.raises(PlanWaits):
        submit_plan(cast.jiro)
    with pytest.raises(NoPlanWaits):
        decide(cast.kyoko, accept=True, number=2)
    with pytest.raises(NotAllowed):
        decide(cast.jiro, accept=True)
    judged("on_track", "off_track")
    with pytest.raises(AlertNotOpen):
        submit_plan(cast.jiro)


def test_nobody_decides_on_a_plan_of_their_own_unit(cast: Cast) -> None:
    judged("off_track")
    submit_plan(cast.jiro)
    with access.acting(SYSTEM):
        theirs = Membership.objects.get(person=cast.jiro.person_id)
        Membership.objects.create(
            person_id=cast.kyoko.person_id, unit_id=theirs.unit_id, agency_id="MEXT", role="reporter"
        )
    kyoko = access.actor_for(Person.objects.get(username="kyoko"), cast.kyoko.membership)
    with pytest.raises(OwnPlan):
        decide(kyoko, accept=True)
    assert only().state == "plan_submitted"


def test_of_two_who_answer_at_once_one_does(cast: Cast) -> None:
    judged("off_track")
    row, who = only(), [cast.jiro, cast.shingo]
    found = all_at_once([lambda actor=actor: acknowledge(actor, row) for actor in who])
    assert sorted(type(one).__name__ for one in found) == ["AlertMovedOn", "NoneType"]
    assert events() == ["AlertAcknowledged"]


def test_nobody_answers_and_it_climbs_over_the_year_end(cast: Cast) -> None:
    judged("off_track", agency="JST", now=at("2026-12-25 10:00"))
    by_day = {}
    for day in ("2026-12-25", "2026-12-28", "2027-01-04", "2027-01-06", "2027-01-07", "2027-01-13", "2027-01-14",
                "2027-01-15", "2027-01-21", "2027-01-22"):  # fmt: skip
        before = len(mailed())
        pass_days(at(f"{day} 10:00"))
        by_day[day] = sorted(mailed()[before:])
    assert {day: to for day, to in by_day.items() if to} == {
        "2026-12-25": ["planning@jst.example"],
        "2027-01-07": ["tomoko@jst.example"],  # five business days
        # ten: both the next level, and a second time who was told first
        "2027-01-15": ["planning@jst.example", "policy@mext.example", "research@mext.example"],
        "2027-01-22": [SECRETARIAT],
    }
    assert history() == ["fired", "escalated", "escalated", "again", "escalated"]
    # What presses is sent once more when nobody knows whether it arrived.
    assert {mail.address for mail in mails() if mail.mandatory} == {
        "tomoko@jst.example", "policy@mext.example", "research@mext.example", SECRETARIAT,
    }  # fmt: skip


def test_it_stops_when_somebody_answers_and_begins_anew_when_it_gets_worse(cast: Cast) -> None:
    judged("off_track", agency="JST")
    pass_days(NOW)
    acknowledge(cast.hanako, now=at("2027-07-02 10:00"))
    for day in range(5, 24):
        pass_days(at(f"2027-07-{day:02} 10:00"))
    assert "escalated" not in history()
    judged("at_risk", "off_track", agency="JST", now=at("2027-07-26 10:00"))
    assert only().state == "acknowledged"
    judged("off_track", "at_risk", agency="JST", now=at("2027-07-26 11:00"))
    assert (only().state, only().seq, only().clock_from) == ("firing", 2, date(2027, 7, 26))
    pass_days(at("2027-08-02 10:00"))
    assert history()[-1] == "escalated"


def test_without_an_accepted_plan_in_twenty_business_days_it_fires_again(cast: Cast) -> None:
    judged("off_track")
    pass_days(NOW)
    acknowledge(cast.jiro)
    pass_days(at("2027-07-30 10:00"))
    assert only().state == "acknowledged"
    pass_days(at("2027-08-02 10:00"))
    assert (only().state, only().seq, only().clock_from) == ("firing", 2, date(2027, 8, 2))
    assert events() == ["AlertAcknowledged", "AcknowledgementLapsed"]
    assert told(kind="lapsed") == [("lapsed", "mailed")] * 2
    pass_days(at("2027-08-02 11:00"))
    assert events() == ["AlertAcknowledged", "AcknowledgementLapsed"]


def test_when_the_day_of_the_action_is_over_it_fires_again(cast: Cast) -> None:
    judged("off_track")
    submit_plan(cast.jiro)
    decide(cast.kyoko, accept=True)
    pass_days(at("2027-12-28 10:00"))
    assert only().state == "in_action"
    pass_days(at("2028-01-04 10:00"))
    assert (only().state, events()[-1]) == ("firing", "ActionOverdue")
    assert told(kind="action_overdue") == [("action_overdue", "mailed")] * 2


def test_days_are_looked_at_once_and_only_while_the_offices_are_open(cast: Cast) -> None:
    judged("off_track")
    for moment, looked in (("2027-07-03 10:00", 0), ("2027-07-05 08:59", 0), ("2027-07-05 09:00", 1),
                           ("2027-07-05 09:01", 0), ("2027-07-05 18:00", 0)):  # fmt: skip
        assert alerts.look_at_days(now=at(moment)) == looked, moment
    follow()
    found = all_at_once([lambda: alerts.look_at_days(now=at("2027-07-06 10:00"))] * 4)
    assert sum(found) == 1


def test_a_lag_that_comes_back_is_the_same_alert_and_two_quiet_periods_end_it(cast: Cast) -> None:
    judged("off_track")
    judged("on_track", "off_track", period="FY2027", now=at("2028-07-03 10:00"))
    judged("at_risk", "on_track", period="FY2028", now=at("2029-07-02 10:00"))
    assert (only().state, only().reopened, only().resolved_at) == ("firing", 1, None)
    judged("on_track", "at_risk", period="FY2029", now=at("2030-07-01 10:00"))
    for year in (2030, 2031):
        judged("on_track", "on_track", type_="StandingKept", period=f"FY{year}", now=at(f"{year + 1}-07-01 10:00"))
    assert (only().state, history()[-1]) == ("closed", "closed")


def test_a_sign_is_no_alert_and_is_told_as_a_note(cast: Cast) -> None:
    held = {"class": "at_risk", "since": "FY2026", "worse": True}
    judged("on_track", "on_track", type_="StandingChangeHeld", held=held, now=at("2027-07-01 10:00"))
    assert (only().state, only().is_open) == ("pending", False)
    assert pass_days(at("2027-07-01 10:00")) == 0
    assert pass_days(at("2027-07-05 10:00")) == 2  # Monday's digest
    judged("on_track", "on_track", type_="StandingChangeDropped", now=at("2027-07-06 10:00"))
    assert only().state == "dropped"
    judged("at_risk", "on_track", now=at("2028-07-03 10:00"))
    with reading():
        assert history() == ["pending", "dropped", "fired"]


# --- silence ---


def silence(
    actor: Actor, until: date = date(2027, 7, 30), *, now: str = "2027-07-01 10:00", reason: str = "庁舎移転"
) -> None:
    commands.silence_alert(actor=actor, alert=only().pk, until=until, reason=reason, now=at(now))


def test_a_silenced_alert_stays_red_and_the_record_says_why_no_mail(cast: Cast) -> None:
    judged("off_track", agency="JST")
    silence(cast.hanako)
    assert pass_days(NOW) == 0
    assert told() == [("fired", "silenced")]
    assert (only().state, only().is_open) == ("firing", True)
    pass_days(at("2027-07-08 10:00"))
    assert history() == ["fired", "silenced", "escalated"]  # the days go on
    assert (mailed(), told()[-1]) == ([], ("escalated", "silenced"))
    commands.end_silence(actor=cast.hanako, alert=only().pk, now=at("2027-07-09 10:00"))
    pass_days(at("2027-07-15 10:00"))
    assert mailed()  # ten business days


def test_silence_has_a_reason_an_end_and_limits(cast: Cast) -> None:
    judged("at_risk", agency="JST")
    with pytest.raises(ReasonMissing):
        silence(cast.hanako, reason=" ")
    with pytest.raises(DayTooFar):
        silence(cast.hanako, date(2027, 9, 30))
    silence(cast.hanako, date(2027, 9, 29))
    with pytest.raises(SilencedAlready):
        silence(cast.hanako)
    with pytest.raises(NotFound):
        silence(cast.taro)


def test_what_is_off_track_for_the_nation_is_silenced_by_two_people(cast: Cast) -> None:
    judged("off_track")
    silence(cast.jiro)
    assert pass_days(NOW) == 2  # until somebody agrees
    with pytest.raises(NotAllowed):
        commands.approve_silence(actor=cast.jiro, alert=only().pk, now=NOW)
    commands.approve_silence(actor=cast.kyoko, alert=only().pk, now=NOW)
    with pytest.raises(SilenceNotWaiting):
        commands.approve_silence(actor=cast.kyoko, alert=only().pk, now=NOW)
    assert (pass_days(at("2027-07-15 10:00")), told(kind="again")) == (0, [("again", "silenced")] * 2)


def test_who_asked_for_it_does_not_agree_to_it(cast: Cast) -> None:
    judged("off_track")
    silence(cast.kyoko)
    with pytest.raises(SilenceNeedsAnother):
        commands.approve_silence(actor=cast.kyoko, alert=only().pk, now=NOW)


def test_a_second_renewal_needs_a_second_person(cast: Cast) -> None:
    judged("at_risk", agency="JST")
    silence(cast.hanako, date(2027, 7, 9))
    silence(cast.hanako, date(2027, 7, 16), now="2027-07-12 10:00")
    silence(cast.hanako, date(2027, 7, 23), now="2027-07-20 10:00")
    pass_days(at("2027-07-20 10:00"))
    with reading():
        waits = list(only().silences.order_by("pk").values_list("waits", flat=True))
    assert waits == [False, False, True]


def test_plans_are_numbered_and_one_waits_at_a_time(cast: Cast) -> None:
    judged("off_track")
    submit_plan(cast.jiro)
    with reading():
        plan = ActionPlan.objects.get()
        assert (plan.number, plan.state, plan.expected, plan.causes) == (1, "submitted", {"2027": "9000"}, ["staff"])
        assert plan.submitted_unit == Unit.objects.get(code="policy", agency="MEXT")
