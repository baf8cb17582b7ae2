"""The life of a report: given what happened, when somebody acts, then a fact or a refusal by name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.periods import Period
from reporting.domain import errors, report
from reporting.domain.deadline import Window
from reporting.domain.report import Asked, Entry, Fact, ReportState, Who
from tests.acts import at

WINDOW = Window(
    period=Period.parse("FY2026Q1"),
    opens=at("2026-07-01 00:00"),
    deadline=at("2026-08-18 00:00"),
    locks=at("2028-07-01 00:00"),
)
IN_TIME = at("2026-08-01 10:00")
ASKED = [Asked("IND-02")]
ENTRY = Entry("IND-02", "value", Decimal(350))
JST_PLANNING, CSTI_REVIEW, CSTI_OTHER = 10, 20, 21
HANAKO = {"person": 1, "actor": "Hanako", "unit": JST_PLANNING}
ICHIRO = Who(person=2, name="Ichiro", unit=CSTI_REVIEW, units=frozenset({CSTI_REVIEW}))
BY_ICHIRO = {"person": 2, "actor": "Ichiro", "unit": CSTI_REVIEW}

Happened = tuple[str, Mapping[str, Any], Mapping[str, Any]]
SUBMITTED: Happened = ("ReportSubmitted", {}, HANAKO)
WITHDRAWN: Happened = ("ReportWithdrawn", {"submission": 1}, HANAKO)
RETURNED: Happened = ("ReportReturned", {"submission": 1}, BY_ICHIRO)
APPROVED: Happened = ("ReportApproved", {"submission": 1}, BY_ICHIRO)


def given_(*history: Happened, content: Any = None) -> ReportState:
    state = ReportState()
    for type_, data, meta in history:
        state = report.evolve(state, type_, data, meta)
    return report.with_content(state, content)


def submit(
    state: ReportState,
    entries: Sequence[Entry] = (ENTRY,),
    texts: Mapping[str, str] | None = None,
    *,
    now: datetime = IN_TIME,
    asked: Sequence[Asked] = tuple(ASKED),
) -> Fact:
    return report.submit(state, entries, texts or {}, asked=asked, window=WINDOW, now=now)


CONTENT = report.content_of([ENTRY], {"summary": "進んだ"})


def test_a_first_report_in_time_is_submitted() -> None:
    fact = submit(given_())
    assert fact.type == "ReportSubmitted"
    assert fact.data == {
        "figures": [{"indicator": "IND-02", "answer": "value", "value": "350"}],
        "late": False,
    }


def test_quantities_stand_in_the_event_as_exact_text() -> None:
    entry = Entry(
        "IND-05", "value", Decimal("38.900000"), Decimal("700200"), Decimal("1.8E+6"), counted_elsewhere=Decimal("0.5")
    )
    data = entry.as_data()
    assert data["value"] == "38.900000"
    assert (data["numerator"], data["denominator"], data["counted_elsewhere"]) == ("700200", "1800000", "0.5")
    assert not any(isinstance(value, float) for value in data.values())


@pytest.mark.parametrize(
    ("now", "late"),
    [
        (WINDOW.opens, False),
        (WINDOW.deadline - timedelta(microseconds=1), False),
        (WINDOW.deadline, True),
        (WINDOW.locks - timedelta(microseconds=1), True),
    ],
)
def test_a_report_is_late_from_midnight_after_the_last_day_and_still_accepted(now: datetime, late: bool) -> None:
    assert submit(given_(), now=now).data["late"] is late


def test_a_period_that_has_not_opened_takes_no_report() -> None:
    with pytest.raises(errors.PeriodNotOpen) as refused:
        submit(given_(), now=WINDOW.opens - timedelta(microseconds=1))
    assert refused.value.params == {"period": "FY2026Q1", "opens": "2026-07-01"}


def test_a_locked_period_takes_no_report() -> None:
    with pytest.raises(errors.PeriodLocked) as refused:
        submit(given_(), now=WINDOW.locks)
    assert refused.value.params == {"period": "FY2026Q1", "locked": "2028-07-01"}


def test_a_decision_is_still_made_after_the_period_has_locked() -> None:
    assert report.approve(given_(SUBMITTED), seen_version=1, who=ICHIRO).type == "ReportApproved"


def test_a_question_without_an_answer_is_named() -> None:
    with pytest.raises(errors.FiguresMissing) as refused:
        submit(given_(), asked=[*ASKED, Asked("IND-06", "former_basis"), Asked("IND-03")])
    assert refused.value.params["missing"] == "IND-03, IND-06/former_basis"


def test_an_answer_in_a_domain_alone_is_no_answer_to_the_whole() -> None:
    with pytest.raises(errors.FiguresMissing):
        submit(given_(), [replace(ENTRY, domain="D12")])


def test_an_answer_nobody_asked_for_is_refused() -> None:
    with pytest.raises(errors.FigureUnexpected) as refused:
        submit(given_(), [ENTRY, Entry("IND-04", "value", Decimal(1))])
    assert refused.value.params["unexpected"] == "IND-04"


def test_that_only_the_split_by_domain_or_what_is_counted_elsewhere_differs_is_a_change_and_words_are_none() -> None:
    whole, part = Entry("IND-02", "value", Decimal(350)), Entry("IND-02", "value", Decimal(40), domain="D12")
    numbers = report.numbers_of([whole, part, Entry("IND-06", "value", Decimal(1), component="initial")])
    assert numbers.keys() == {"IND-02", "IND-06/initial"}
    same = report.numbers_of([replace(part, explanation="説明"), replace(whole, value=Decimal("350.0"), reason="理由")])
    assert same["IND-02"] == numbers["IND-02"]
    for other in (
        [whole],
        [whole, replace(part, value=Decimal(41))],
        [replace(whole, counted_elsewhere=Decimal(1)), part],
    ):
        assert report.numbers_of(other)["IND-02"] != numbers["IND-02"]


@pytest.mark.parametrize("answer", ["nothing", "not_measurable"])
@pytest.mark.parametrize("reason", ["", "   "])
def test_nothing_to_report_and_not_measurable_need_a_reason(answer: str, reason: str) -> None:
    with pytest.raises(errors.ReasonMissing):
        submit(given_(), [Entry("IND-02", answer, reason=reason)])
    assert submit(given_(), [Entry("IND-02", answer, reason="該当なし")]).data["figures"][0]["answer"] == answer


def test_zero_is_a_value_and_needs_no_reason() -> None:
    figure = submit(given_(), [Entry("IND-02", "value", Decimal(0))]).data["figures"][0]
    assert figure == {"indicator": "IND-02", "answer": "value", "value": "0"}


def test_what_waits_for_a_decision_is_not_submitted_again() -> None:
    with pytest.raises(errors.NothingChanged):
        submit(given_(SUBMITTED, content=CONTENT), texts={"summary": "進んだ"})
    with pytest.raises(errors.StaleVersion):
        submit(given_(SUBMITTED, content=CONTENT), texts={"summary": "別の言葉"})


def test_what_was_returned_must_change_before_it_comes_back() -> None:
    returned = given_(SUBMITTED, RETURNED, content=CONTENT)
    with pytest.raises(errors.NothingChanged):
        submit(returned, texts={"summary": " 進んだ "})
    assert submit(returned, texts={"summary": "数え直した"}).type == "ReportSubmitted"
    assert submit(returned, [replace(ENTRY, value=Decimal(351))], {"summary": "進んだ"}).type == "ReportSubmitted"


def test_how_a_number_was_typed_is_no_change() -> None:
    returned = given_(SUBMITTED, RETURNED, content=CONTENT)
    with pytest.raises(errors.NothingChanged):
        submit(returned, [replace(ENTRY, value=Decimal("350.0"), raw={"value": "３５０"})], {"summary": "進んだ"})


def test_what_was_withdrawn_may_come_back_as_it_was() -> None:
    assert submit(given_(SUBMITTED, WITHDRAWN, content=CONTENT), texts={"summary": "進んだ"}).type == "ReportSubmitted"


def test_an_approved_report_is_not_submitted_again_and_says_who_approved_it() -> None:
    with pytest.raises(errors.AlreadyDecided) as refused:
        submit(given_(SUBMITTED, APPROVED))
    assert refused.value.params == {"name": "Ichiro"}


Decide = Callable[..., Fact]
DECISIONS: dict[str, Decide] = {
    "approve": report.approve,
    "return": lambda state, **rest: report.send_back(state, comments={"": "内訳を"}, **rest),
}


@pytest.mark.parametrize("decide", DECISIONS.values(), ids=DECISIONS)
def test_a_reviewer_decides_on_the_version_seen_and_no_other(decide: Decide) -> None:
    assert decide(given_(SUBMITTED), seen_version=1, who=ICHIRO).data == {"submission": 1}
    again = given_(SUBMITTED, WITHDRAWN, SUBMITTED)
    for seen in (0, 1, 2, 4):
        with pytest.raises(errors.StaleVersion):
            decide(again, seen_version=seen, who=ICHIRO)
    assert decide(again, seen_version=3, who=ICHIRO).data == {"submission": 3}


@pytest.mark.parametrize("decide", DECISIONS.values(), ids=DECISIONS)
@pytest.mark.parametrize("history", [(SUBMITTED, APPROVED), (SUBMITTED, RETURNED)])
def test_a_second_decision_is_told_who_made_the_first(history: Sequence[Happened], decide: Decide) -> None:
    with pytest.raises(errors.AlreadyDecided) as refused:
        decide(given_(*history), seen_version=2, who=replace(ICHIRO, name="Saburo", person=3))
    assert refused.value.params == {"name": "Ichiro"}


@pytest.mark.parametrize("decide", DECISIONS.values(), ids=DECISIONS)
@pytest.mark.parametrize("history", [(), (SUBMITTED, WITHDRAWN)])
def test_what_was_not_submitted_or_was_withdrawn_waits_for_no_decision(
    history: Sequence[Happened], decide: Decide
) -> None:
    with pytest.raises(errors.NothingToDecide):
        decide(given_(*history), seen_version=len(history), who=ICHIRO)


@pytest.mark.parametrize("decide", DECISIONS.values(), ids=DECISIONS)
@pytest.mark.parametrize(
    "who",
    [
        Who(person=1, name="Hanako", unit=CSTI_REVIEW, units=frozenset({CSTI_REVIEW})),  # has moved since
        Who(person=3, name="Saburo", unit=JST_PLANNING, units=frozenset({JST_PLANNING})),
        Who(person=3, name="Saburo", unit=CSTI_REVIEW, units=frozenset({CSTI_REVIEW, JST_PLANNING})),
        Who(person=3, name="Saburo", unit=JST_PLANNING),
    ],
    ids=["the same person", "the same unit", "the same unit in another membership", "the unit alone"],
)
def test_nobody_decides_on_a_report_of_their_own_unit_in_any_role_or_membership(who: Who, decide: Decide) -> None:
    with pytest.raises(errors.OwnReport):
        decide(given_(SUBMITTED), seen_version=1, who=who)


def test_caos_own_report_is_decided_by_another_unit_of_cao() -> None:
    by_cao: Happened = ("ReportSubmitted", {}, {"person": 4, "actor": "Hoko", "unit": CSTI_OTHER})
    assert report.approve(given_(by_cao), seen_version=1, who=ICHIRO).type == "ReportApproved"


@pytest.mark.parametrize("comments", [{}, {"": ""}, {"": "  ", "IND-02": "\n"}])
def test_a_return_says_what_to_change(comments: Mapping[str, str]) -> None:
    with pytest.raises(errors.CommentMissing):
        report.send_back(given_(SUBMITTED), seen_version=1, who=ICHIRO, comments=comments)
    fact = report.send_back(given_(SUBMITTED), seen_version=1, who=ICHIRO, comments={**comments, "IND-02": "内訳を"})
    assert fact.type == "ReportReturned"


def test_only_what_waits_and_was_seen_can_be_withdrawn() -> None:
    assert report.withdraw(given_(SUBMITTED), seen_version=1, window=WINDOW, now=IN_TIME).type == "ReportWithdrawn"
    with pytest.raises(errors.StaleVersion):
        report.withdraw(given_(SUBMITTED), seen_version=0, window=WINDOW, now=IN_TIME)
    with pytest.raises(errors.AlreadyDecided):
        report.withdraw(given_(SUBMITTED, APPROVED), seen_version=2, window=WINDOW, now=IN_TIME)
    with pytest.raises(errors.NothingToDecide):
        report.withdraw(given_(), seen_version=0, window=WINDOW, now=IN_TIME)


def test_the_fold_knows_status_version_and_who() -> None:
    state = given_(SUBMITTED, RETURNED, SUBMITTED)
    assert (state.status, state.version, state.submitted_version) == ("submitted", 3, 3)
    assert (state.submitted_by, state.submitted_unit, state.decided_name) == (1, JST_PLANNING, "")
    state = report.evolve(state, "ReportApproved", {}, BY_ICHIRO)
    assert (state.status, state.version, state.submitted_version, state.decided_name) == ("approved", 4, 3, "Ichiro")


def test_a_fact_of_a_kind_still_unknown_only_counts() -> None:
    assert report.evolve(given_(SUBMITTED), "ReportPraised", {}, {}) == replace(given_(SUBMITTED), version=2)


FACTS = ["ReportSubmitted", "ReportWithdrawn", "ReportReturned", "ReportApproved", "ReportReopened", "CorrectionAsked"]
FACTS += ["CorrectionSubmitted", "CorrectionWithdrawn", "CorrectionReturned", "CorrectionApproved", "Nonsense"]


@given(st.lists(st.tuples(st.sampled_from(FACTS), st.sampled_from([{}, HANAKO, BY_ICHIRO])), max_size=30))
def test_the_fold_never_refuses_a_fact_in_whatever_order(history: list[tuple[str, dict[str, Any]]]) -> None:
    state = given_(*((type_, {}, meta) for type_, meta in history))
    assert state.version == len(history)
    assert 0 <= state.submitted_version <= state.version


def attempt(state: ReportState, command: str, seen: int, number: int) -> Fact | errors.Refusal:
    try:
        match command:
            case "submit":
                return submit(state, [Entry("IND-02", "value", Decimal(number))])
            case "withdraw":
                return report.withdraw(state, seen_version=seen, window=WINDOW, now=IN_TIME)
            case "approve":
                return report.approve(state, seen_version=seen, who=ICHIRO)
            case "correct":
                return correct(state, str(number))
            case "ask":
                return report.ask_for_correction(state, seen_version=seen, comments={"": "内訳を"})
            case "reopen":
                return report.reopen(state, seen_version=seen, who=ICHIRO, reason="取り違え")
            case _:
                return report.send_back(state, seen_version=seen, who=ICHIRO, comments={"": "内訳を"})
    except errors.Refusal as refusal:
        return refusal


def correct(state: ReportState, value: str = "351", reason: str = "集計の誤り", *, now: datetime = IN_TIME) -> Fact:
    entry = Entry("IND-02", "value", Decimal(value))
    return report.submit(state, [entry], {}, asked=ASKED, window=WINDOW, now=now, correction=reason)


COMMANDS = ["submit", "withdraw", "approve", "return", "correct", "ask", "reopen"]


@given(st.lists(st.tuples(st.sampled_from(COMMANDS), st.booleans()), max_size=40))
def test_any_walk_of_commands_ends_in_facts_or_refusals_by_name(walk: list[tuple[str, bool]]) -> None:
    """And what is approved stays in force until a correction is approved or the approval is undone."""
    state = ReportState()
    for number, (command, up_to_date) in enumerate(walk):
        seen = state.version if up_to_date else state.version - 1
        answer = attempt(state, command, seen, number)
        if isinstance(answer, errors.Refusal):
            assert answer.code != "refused"
            continue
        assert command in ("submit", "correct") or up_to_date
        in_force = state.approved_version
        by = HANAKO if command in ("submit", "correct", "withdraw") else BY_ICHIRO
        state = report.evolve(state, answer.type, answer.data, by)
        if answer.type not in ("ReportApproved", "CorrectionApproved", "ReportReopened"):
            assert state.approved_version == in_force
        assert state.correcting is (answer.type.startswith("Correction") and state.status != "approved")
