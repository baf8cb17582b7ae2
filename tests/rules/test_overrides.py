"""手動判定: who may, until when, what is shown meanwhile, what it does to alerts, and how long each class lasts."""

from datetime import date, datetime, timedelta

import pytest

from indicators.periods import JST
from reporting.domain.errors import (
    ClassNotToBeSet,
    DayPassed,
    DayTooFar,
    NothingJudged,
    NothingOverridden,
    OverrideInForce,
    OwnIndicator,
    ReasonMissing,
    Refusal,
    StandingMoved,
)
from reporting.domain.overrides import (
    CLASSES,
    InForce,
    Span,
    alarm_of,
    days_left,
    expire,
    furthest,
    is_over,
    is_worse,
    override,
    shown_class,
    shown_spans,
    time_in_class,
    withdraw,
)
from reporting.domain.report import Fact


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=JST)


NOW = at("2027-07-05 10:00")
SET = InForce("e1", "at_risk", date(2027, 9, 30))


def set_(
    computed: str | None = "off_track",
    in_force: InForce | None = None,
    *,
    looked_at: bool = True,
    cls: str = "at_risk",
    until: date = date(2027, 9, 30),
    reason: str = "理由",
    own: bool = False,
    now: datetime = NOW,
) -> list[Fact]:
    return override(computed, in_force, looked_at=looked_at, cls=cls, until=until, reason=reason, own=own, now=now)


# --- Who, what, until when ---


def test_what_is_set_says_the_class_the_computed_one_and_the_last_day() -> None:
    assert set_() == [Fact("StandingOverridden", {"class": "at_risk", "computed": "off_track", "until": "2027-09-30"})]


@pytest.mark.parametrize("cls", CLASSES)
def test_any_class_a_person_can_answer_for_may_be_set_the_computed_one_too(cls: str) -> None:
    assert set_(computed=cls, cls=cls)[0].data["class"] == cls


@pytest.mark.parametrize(
    ("refusal", "given"),
    [
        (OwnIndicator, {"own": True}),
        (NothingJudged, {"computed": None}),
        (StandingMoved, {"looked_at": False}),
        (ClassNotToBeSet, {"cls": "not_started"}),
        (ClassNotToBeSet, {"cls": "no_target"}),
        (ClassNotToBeSet, {"cls": ""}),
        (ReasonMissing, {"reason": " \n"}),
        (DayPassed, {"until": date(2027, 7, 4)}),
        (DayTooFar, {"until": date(2028, 7, 6)}),
        (OverrideInForce, {"in_force": SET}),
    ],
)
def test_what_cannot_be_set_is_refused_by_name(refusal: type[Refusal], given: dict[str, object]) -> None:
    with pytest.raises(refusal):
        set_(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize("until", [date(2027, 7, 5), date(2028, 7, 5)])
def test_the_last_day_may_be_today_and_the_same_day_of_next_year(until: date) -> None:
    assert set_(until=until)[0].data["until"] == until.isoformat()


def test_today_is_tokyo_s() -> None:
    just_after_midnight = at("2027-07-05 00:30")  # still the 4th in UTC
    assert furthest(just_after_midnight) == date(2028, 7, 5)
    with pytest.raises(DayPassed):
        set_(until=date(2027, 7, 4), now=just_after_midnight)


def test_a_year_from_a_leap_day_is_the_28th() -> None:
    assert furthest(at("2028-02-29 10:00")) == date(2029, 2, 28)


def test_one_that_has_run_out_and_was_not_swept_ends_first() -> None:
    ended, begun = set_(in_force=SET, until=date(2027, 12, 1), now=at("2027-10-01 00:00"))
    assert (ended.type, ended.data["override"]) == ("OverrideExpired", "e1")
    assert begun.type == "StandingOverridden"


# --- Its end ---


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        ("2027-09-30 00:00", False),
        ("2027-09-30 23:59:59.999999", False),
        ("2027-10-01 00:00", True),
        ("2028-01-01 00:00", True),
    ],
)
def test_it_ends_at_the_midnight_after_its_last_day_in_tokyo(now: str, ends: bool) -> None:
    fact = expire("off_track", SET, now=at(now))
    assert (fact is not None) is ends
    if fact:
        assert fact.data == {"override": "e1", "class": "at_risk", "until": "2027-09-30", "computed": "off_track"}


def test_where_nothing_is_set_nothing_expires() -> None:
    assert expire("off_track", None, now=NOW) is None


def test_it_is_withdrawn_with_a_reason_by_someone_else_than_who_reports_it() -> None:
    fact = withdraw("off_track", SET, override="e1", reason="解消", own=False)
    assert (fact.type, fact.data["computed"]) == ("OverrideWithdrawn", "off_track")
    with pytest.raises(ReasonMissing):
        withdraw("off_track", SET, override="e1", reason="", own=False)
    with pytest.raises(OwnIndicator):
        withdraw("off_track", SET, override="e1", reason="解消", own=True)


@pytest.mark.parametrize(("in_force", "asked"), [(None, "e1"), (SET, "e0")])
def test_what_has_ended_or_been_replaced_cannot_be_withdrawn(in_force: InForce | None, asked: str) -> None:
    with pytest.raises(NothingOverridden):
        withdraw("off_track", in_force, override=asked, reason="解消", own=False)


@pytest.mark.parametrize(("now", "left"), [("2027-09-18 12:00", 12), ("2027-09-30 23:59", 0), ("2027-10-01 00:00", -1)])
def test_days_are_counted_to_its_last_day(now: str, left: int) -> None:
    assert days_left(SET.until, at(now)) == left


# --- What is shown ---


@pytest.mark.parametrize("computed", ["achieved", "on_track", "at_risk", "off_track", "unknown", "not_started"])
def test_what_was_computed_is_shown_unless_a_person_has_set_another(computed: str) -> None:
    plain = shown_class(computed, None)
    assert (plain.cls, plain.computed, plain.by_hand) == (computed, computed, False)
    for cls in CLASSES:
        shown = shown_class(computed, cls)
        assert (shown.cls, shown.computed, shown.by_hand) == (cls, computed, True)


# --- Alerts ---


@pytest.mark.parametrize(
    ("computed", "by_hand", "alarm", "over"),
    [
        ("off_track", None, "off_track", False),
        ("on_track", None, None, True),
        ("unknown", None, None, False),
        ("off_track", "on_track", "off_track", False),  # set too kindly: closes nothing
        ("at_risk", "off_track", "off_track", False),
        ("on_track", "off_track", "off_track", False),  # what is computed recovers beneath: nor does that
        ("on_track", "achieved", None, True),
        ("unknown", "on_track", None, False),
        ("on_track", "unknown", None, False),
        ("not_started", "at_risk", "at_risk", False),
    ],
)
def test_an_alert_goes_by_the_worse_of_the_two_and_is_over_when_both_are_good(
    computed: str, by_hand: str | None, alarm: str | None, over: bool
) -> None:
    assert (alarm_of(computed, by_hand), is_over(computed, by_hand)) == (alarm, over)


@pytest.mark.parametrize(
    ("cls", "before", "worse"),
    [
        ("off_track", "at_risk", True),
        ("at_risk", "on_track", True),
        ("at_risk", "unknown", True),
        ("at_risk", "off_track", False),
        ("off_track", "off_track", False),
        ("unknown", "on_track", False),
    ],
)
def test_only_what_alarms_more_is_worse(cls: str, before: str, worse: bool) -> None:
    assert is_worse(cls, before) is worse


# --- Time in each class ---

A, B, C, D = (at(f"2027-0{month}-01 00:00") for month in (4, 5, 6, 7))


def test_what_a_person_set_is_laid_over_what_was_computed() -> None:
    spans = shown_spans([(A, "off_track"), (C, "at_risk")], [Span("on_track", B, D, by_hand=True)])
    assert spans == [
        Span("off_track", A, B), Span("on_track", B, D, by_hand=True), Span("at_risk", D, None),
    ]  # fmt: skip


def test_one_that_holds_still_covers_what_is_computed_beneath() -> None:
    spans = shown_spans([(A, "off_track"), (C, "at_risk")], [Span("on_track", B, None, by_hand=True)])
    assert [(span.cls, span.since) for span in spans] == [("off_track", A), ("on_track", B)]


def test_the_same_class_by_hand_is_a_span_of_its_own() -> None:
    spans = shown_spans([(A, "at_risk")], [Span("at_risk", B, C, by_hand=True)])
    assert [(span.since, span.by_hand) for span in spans] == [(A, False), (B, True), (C, False)]


def test_days_in_each_class_are_counted_until_now_the_worst_first() -> None:
    spans = shown_spans([(A, "off_track"), (C, "on_track")], [Span("on_track", B, C, by_hand=True)])
    spent = time_in_class(spans, at("2027-06-11 12:00"))
    assert spent == {"off_track": timedelta(days=30), "on_track": timedelta(days=41, hours=12)}
    assert list(spent) == ["off_track", "on_track"]


def test_of_the_past_nothing_later_is_counted() -> None:
    assert time_in_class([Span("off_track", A, C)], B) == {"off_track": timedelta(days=30)}


def test_before_the_first_judgement_no_time_is_spent() -> None:
    assert shown_spans([], []) == []
    assert time_in_class([], NOW) == {}
