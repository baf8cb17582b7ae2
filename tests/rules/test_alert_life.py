"""The life of an alert, without a database."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from indicators.holidays_jp import is_government_holiday
from reporting.domain.alerts import life as rules
from reporting.domain.alerts.ladder import DAYS, business_days, due_today, first_level, refuse_days, told_on
from reporting.domain.alerts.life import Life, State
from reporting.domain.alerts.telling import (
    GROUPS,
    MANDATORY,
    USUAL,
    Decision,
    Frequency,
    Group,
    Kind,
    Preference,
    Seen,
    goes_today,
    is_digest_day,
    is_storm,
    not_told,
)
from reporting.domain.errors import LadderInvalid
from tests.acts import at

DAY = date(2027, 7, 1)
ALL = [True] * 4


def firing(severity: str = "off_track", **more: object) -> Life:
    return replace(Life(State.FIRING, severity, clock_from=DAY, period="FY2026"), **more)


def on(state: State, **more: object) -> Life:
    return firing(state=state, **more)


def test_a_worse_standing_fires_and_worse_still_is_to_be_answered_anew() -> None:
    first, what = rules.alarmed(None, "at_risk", period="FY2026", on=DAY)
    assert (first.state, first.seq, what) == (State.FIRING, 1, "fired")
    answered = rules.acknowledged(first, seq=1, on=DAY, is_holiday=is_government_holiday)
    later = DAY + timedelta(days=7)
    worse, what = rules.alarmed(answered, "off_track", period="FY2026", on=later)
    assert (worse.state, worse.seq, worse.clock_from, worse.due_on, what) == (State.FIRING, 2, later, None, "worse")
    better, what = rules.alarmed(worse, "at_risk", period="FY2027", on=later)
    assert (better.state, better.seq, better.severity, what) == (State.FIRING, 2, "at_risk", "better")
    assert rules.alarmed(better, "at_risk", period="FY2027", on=later)[1] == "same"


def test_what_is_only_a_sign_fires_when_it_is_confirmed_and_is_dropped_when_not() -> None:
    sign = rules.pending("at_risk", "FY2026")
    assert rules.dropped(sign).state is State.DROPPED
    assert rules.alarmed(sign, "at_risk", period="FY2027", on=DAY)[1] == "fired"


def test_a_lag_that_comes_back_within_two_periods_is_the_same_alert_and_after_that_another() -> None:
    well = rules.resolved(firing(), period="FY2027")
    assert well.state is State.RESOLVED
    back, what = rules.alarmed(well, "at_risk", period="FY2029", on=DAY)
    assert (back.state, back.reopened, back.seq, what) == (State.FIRING, 1, 2, "reopened")
    assert rules.within_memory(well, "FY2029")
    assert not rules.within_memory(well, "FY2030")
    assert rules.quiet(well, period="FY2028").state is State.RESOLVED
    assert rules.quiet(well, period="FY2029").state is State.CLOSED


def test_a_plan_is_wanted_within_twenty_business_days_and_an_action_by_its_own_day() -> None:
    seen = rules.acknowledged(firing(), seq=1, on=date(2026, 12, 25), is_holiday=is_government_holiday)
    # 28 December, then 4 to 29 January without the 11th: twenty business days.
    assert seen.due_on == date(2027, 1, 29)
    assert rules.lapsed(seen, today=date(2027, 1, 29)) is None
    assert rules.lapsed(seen, today=date(2027, 2, 1)) == "AcknowledgementLapsed"
    waits = rules.plan_submitted(seen, seq=1, on=DAY, is_holiday=is_government_holiday)
    assert (waits.state, waits.due_on) == (State.PLAN_SUBMITTED, seen.due_on)
    assert rules.lapsed(waits, today=date(2027, 2, 1)) == "AcknowledgementLapsed"
    back = rules.plan_returned(waits, seq=1)
    assert (back.state, back.due_on) == (State.ACKNOWLEDGED, seen.due_on)
    runs = rules.plan_accepted(waits, seq=1, action_due_on=date(2027, 9, 30))
    assert rules.lapsed(runs, today=date(2027, 9, 30)) is None
    assert rules.lapsed(runs, today=date(2027, 10, 1)) == "ActionOverdue"
    anew = rules.fired_again(runs, on=date(2027, 10, 1))
    assert (anew.state, anew.seq, anew.clock_from) == (State.FIRING, 2, date(2027, 10, 1))


def test_what_is_unanswered_past_its_day_is_what_began_long_enough_ago() -> None:
    last = rules.plan_until(DAY, is_government_holiday)
    assert rules.unanswered_since(last, is_government_holiday) < DAY, "on its last day there is still time"
    assert rules.unanswered_since(last + timedelta(days=1), is_government_holiday) >= DAY


def test_what_is_said_of_an_earlier_turn_changes_nothing() -> None:
    worse = firing(seq=2)
    for state in State:
        life = replace(worse, state=state)
        assert rules.acknowledged(life, seq=1, on=DAY, is_holiday=is_government_holiday) == life
        assert rules.plan_submitted(life, seq=1, on=DAY, is_holiday=is_government_holiday) == life
        assert rules.plan_returned(life, seq=1) == life
        assert rules.plan_accepted(life, seq=1, action_due_on=DAY) == life


# --- the ladder ---


@pytest.mark.parametrize(
    ("passed", "level"), [(0, None), (4, None), (5, 1), (9, 1), (10, 2), (14, 2), (15, 3), (200, 3)]
)
def test_what_is_off_track_and_unanswered_climbs_after_five_ten_and_fifteen_business_days(
    passed: int, level: int | None
) -> None:
    assert due_today(firing(), passed=passed, passed_before=0, days=DAYS, reachable=ALL).level == level


def test_whoever_has_answered_is_left_alone_and_what_is_at_risk_does_not_climb() -> None:
    for state in State:
        if state is not State.FIRING:
            due = due_today(on(state), passed=40, passed_before=0, days=DAYS, reachable=ALL)
            assert (due.level, due.again) == (None, False)
    due = due_today(firing("at_risk"), passed=19, passed_before=0, days=DAYS, reachable=ALL)
    assert (due.level, due.again) == (None, False)


@pytest.mark.parametrize(("severity", "every"), [("off_track", 10), ("at_risk", 20)])
def test_it_is_said_again_every_ten_or_twenty_business_days_also_when_a_day_was_missed(
    severity: str, every: int
) -> None:
    def again(passed: int, before: int) -> bool:
        life = firing(severity, told_level=3)
        return due_today(life, passed=passed, passed_before=before, days=DAYS, reachable=ALL).again

    assert [n for n in range(1, 61) if again(n, n - 1)] == list(range(every, 61, every))
    assert again(every + 2, every - 1)
    assert not again(every + 2, every)
    assert not again(0, -1)


def test_a_level_where_nobody_can_be_told_passes_on_at_once() -> None:
    assert first_level([False, False, True, True]) == 2
    assert first_level([False] * 4) == 0
    due = due_today(firing("at_risk"), passed=1, passed_before=0, days=DAYS, reachable=[False, False, True, True])
    assert due.level == 2
    due = due_today(firing(), passed=5, passed_before=4, days=DAYS, reachable=[True, False, True, True])
    assert due.level == 2
    due = due_today(firing(told_level=1), passed=6, passed_before=5, days=DAYS, reachable=[True, False, True, True])
    assert due.level == 2  # they were told, and cannot be told any more


def test_business_days_are_counted_over_a_year_end_and_golden_week() -> None:
    assert business_days(date(2026, 12, 25), date(2027, 1, 4), is_government_holiday) == 2
    assert told_on(DAYS, date(2026, 12, 25), 1, is_government_holiday) == date(2027, 1, 7)
    # 30 April, then 6, 7, 10 and 11 May.
    assert told_on(DAYS, date(2027, 4, 28), 1, is_government_holiday) == date(2027, 5, 11)
    assert business_days(DAY, DAY - timedelta(days=1), is_government_holiday) == -1


@pytest.mark.parametrize("days", [(0, 5, 10), (1, 5, 10, 15), (0, 5, 4, 15), (0, 5, 10, 251), ()])
def test_a_ladder_that_does_not_rise_from_nothing_is_refused(days: tuple[int, ...]) -> None:
    with pytest.raises(LadderInvalid):
        refuse_days(days)
    refuse_days((0, 0, 0, 250))


def test_the_clock_begins_on_the_day_the_first_mail_may_go() -> None:
    assert rules.day_zero(at("2026-12-25 17:59"), is_government_holiday) == date(2026, 12, 25)
    assert rules.day_zero(at("2026-12-28 18:00"), is_government_holiday) == date(2027, 1, 4)


# --- who is told ---

NOW = Preference(Frequency.IMMEDIATE)


def why(kind: Kind, life: Life | None, preference: Preference = NOW, *, seq: int = 1, **seen: bool) -> Decision | None:
    severity = life.severity if life else "at_risk"
    return not_told(kind, seq, severity, preference, Seen(life, **seen))


def test_what_does_not_hold_any_more_is_not_told() -> None:
    well = on(State.RESOLVED)
    for kind in (Kind.FIRED, Kind.REOPENED, Kind.WORSE, Kind.AGAIN, Kind.ESCALATED, Kind.BY_HAND, Kind.PLAN_SUBMITTED):
        assert why(kind, well) is Decision.OVER
    assert why(Kind.RESOLVED, firing(), told_before=True) is Decision.OVER
    assert why(Kind.PENDING, on(State.DROPPED)) is Decision.OVER
    # Nobody is pressed to answer what has been answered, or of a turn that is past.
    for kind in (Kind.AGAIN, Kind.ESCALATED, Kind.LAPSED, Kind.ACTION_OVERDUE):
        assert why(kind, on(State.ACKNOWLEDGED)) is Decision.OVER
        assert why(kind, firing(seq=2)) is Decision.OVER
        assert why(kind, firing()) is None


def test_that_it_is_over_is_told_to_those_who_were_told_of_it() -> None:
    assert why(Kind.RESOLVED, on(State.RESOLVED)) is Decision.UNTOLD
    assert why(Kind.RESOLVED, on(State.RESOLVED), told_before=True) is None


def test_each_reason_not_to_tell_has_its_name() -> None:
    assert why(Kind.FIRED, firing(), silenced=True) is Decision.SILENCED
    assert why(Kind.FIRED, firing(), inhibited=True) is Decision.INHIBITED
    assert why(Kind.FIRED, firing(), newer=True) is Decision.SUPERSEDED
    assert why(Kind.FIRED, firing(), reachable=False) is Decision.UNREACHABLE
    assert why(Kind.FIRED, firing(), Preference(Frequency.NEVER)) is Decision.DECLINED
    assert why(Kind.FIRED, firing("at_risk"), Preference(Frequency.DAILY, "off_track")) is Decision.DECLINED
    assert why(Kind.FIRED, firing("off_track"), Preference(Frequency.DAILY, "off_track")) is None


def test_that_figures_are_missing_is_not_told_where_the_report_is_asked_for() -> None:
    assert why(Kind.UNJUDGEABLE, None, Preference(Frequency.WEEKLY), overdue=True) is Decision.ASKED_FOR
    assert why(Kind.UNJUDGEABLE, firing(), Preference(Frequency.WEEKLY)) is None
    assert why(Kind.LATE, None, Preference(Frequency.WEEKLY), overdue=True) is None


def test_what_presses_to_answer_cannot_be_turned_off() -> None:
    for kind in MANDATORY:
        life = on(State.ACKNOWLEDGED) if kind is Kind.PLAN_RETURNED else firing()
        assert why(kind, life, Preference(Frequency.NEVER, "off_track")) is None
        assert goes_today(kind, Preference(Frequency.MONTHLY), date(2027, 7, 7), is_government_holiday)


def test_every_kind_is_mandatory_or_can_be_chosen_for() -> None:
    assert set(Kind) == MANDATORY | set(GROUPS)
    assert not MANDATORY & set(GROUPS)
    assert set(USUAL) == set(Group)


def days(frequency: Frequency, first: date, last: date) -> list[date]:
    span = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [day for day in span if is_digest_day(frequency, day, is_government_holiday)]


def test_digests_go_on_mondays_and_firsts_or_on_the_next_business_day() -> None:
    # The 29th of April is a holiday, and so are the 3rd to the 5th of May.
    assert days(Frequency.WEEKLY, date(2027, 4, 19), date(2027, 5, 16)) == [
        date(2027, 4, 19), date(2027, 4, 26), date(2027, 5, 6), date(2027, 5, 10),
    ]  # fmt: skip
    assert days(Frequency.MONTHLY, date(2026, 12, 2), date(2027, 5, 31)) == [
        date(2027, 1, 4), date(2027, 2, 1), date(2027, 3, 1), date(2027, 4, 1), date(2027, 5, 6),
    ]  # fmt: skip
    assert len(days(Frequency.DAILY, date(2027, 4, 26), date(2027, 5, 9))) == 6
    assert days(Frequency.NEVER, date(2027, 1, 1), date(2027, 12, 31)) == []


@pytest.mark.parametrize(
    ("changed", "judged", "storm"),
    [(10, 33, True), (10, 34, False), (9, 9, False), (40, 100, True), (30, 100, False), (31, 100, True)],
)
def test_more_than_thirty_percent_at_once_is_a_storm_unless_it_is_a_handful(
    changed: int, judged: int, storm: bool
) -> None:
    assert is_storm(changed, judged) is storm
