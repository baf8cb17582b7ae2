"""Erasing a text: given what happened, when somebody acts, then a fact or a refusal by name."""

import itertools
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.domain import errors, redaction
from reporting.domain.events import EVENTS
from reporting.domain.redaction import RedactionState
from reporting.domain.report import Who

SECRETARIAT, SYSTEMS = 20, 21
KYOKO = {"person": 1, "actor": "Kyoko", "unit": SECRETARIAT}
MISAO = Who(person=2, name="Misao", unit=SYSTEMS, units=frozenset({SYSTEMS}))

Happened = tuple[str, Mapping[str, Any], Mapping[str, Any]]
ASKED: Happened = ("RedactionProposed", {"proposal": "p1"}, KYOKO)
ASKED_AGAIN: Happened = ("RedactionProposed", {"proposal": "p2"}, KYOKO)
DECLINED: Happened = ("RedactionDeclined", {"proposal": "p1"}, {"person": 2, "unit": SYSTEMS})
ERASED: Happened = ("TextRedacted", {"proposal": "p1"}, {"person": 2, "unit": SYSTEMS})


def given_(*history: Happened) -> RedactionState:
    state = RedactionState()
    for type_, data, meta in history:
        state = redaction.evolve(state, type_, data, meta)
    return state


def test_one_person_asks_with_a_reason() -> None:
    fact = redaction.propose(given_(), proposal="p1", reason="個人の氏名")
    assert (fact.type, fact.data) == ("RedactionProposed", {"proposal": "p1"})


@pytest.mark.parametrize("reason", ["", "  ", "　"])
def test_without_a_reason_nothing_is_asked_or_declined(reason: str) -> None:
    with pytest.raises(errors.ReasonMissing):
        redaction.propose(given_(), proposal="p1", reason=reason)
    with pytest.raises(errors.ReasonMissing):
        redaction.decline(given_(ASKED), proposal="p1", reason=reason)


def test_another_person_of_another_unit_confirms() -> None:
    fact = redaction.confirm(given_(ASKED), proposal="p1", who=MISAO)
    assert (fact.type, fact.data) == ("TextRedacted", {"proposal": "p1"})


@pytest.mark.parametrize(
    "who",
    [
        Who(person=1, name="Kyoko", unit=SECRETARIAT, units=frozenset({SECRETARIAT})),
        Who(person=1, name="Kyoko, as an operator", unit=SYSTEMS, units=frozenset({SYSTEMS})),
        Who(person=3, name="Kyoko's colleague", unit=SECRETARIAT, units=frozenset({SECRETARIAT})),
        Who(person=4, name="who also belongs there", unit=SYSTEMS, units=frozenset({SYSTEMS, SECRETARIAT})),
        Who(person=None, name="a program", unit=SYSTEMS),
        Who(person=5, name="of no unit", unit=None),
    ],
    ids=lambda who: who.name,
)
def test_nobody_is_their_own_second_person(who: Who) -> None:
    with pytest.raises(errors.OwnRedaction):
        redaction.confirm(given_(ASKED), proposal="p1", who=who)


def test_who_asked_without_being_a_person_of_a_unit_gets_no_second() -> None:
    for meta in ({}, {"person": 1}, {"person": None, "unit": SECRETARIAT}):
        state = given_(("RedactionProposed", {"proposal": "p1"}, meta))
        with pytest.raises(errors.OwnRedaction):
            redaction.confirm(state, proposal="p1", who=MISAO)


def test_what_is_declined_stays_and_may_be_asked_for_again() -> None:
    assert redaction.decline(given_(ASKED), proposal="p1", reason="公表済み").type == "RedactionDeclined"
    redaction.propose(given_(ASKED, DECLINED), proposal="p2", reason="新しい理由")
    with pytest.raises(errors.RedactionClosed):
        redaction.confirm(given_(ASKED, DECLINED), proposal="p1", who=MISAO)


def test_another_proposal_than_the_one_that_was_looked_at_is_not_confirmed() -> None:
    with pytest.raises(errors.RedactionClosed):
        redaction.confirm(given_(ASKED, DECLINED, ASKED_AGAIN), proposal="p1", who=MISAO)
    redaction.confirm(given_(ASKED, DECLINED, ASKED_AGAIN), proposal="p2", who=MISAO)


def test_it_is_asked_for_once_at_a_time() -> None:
    with pytest.raises(errors.RedactionWaiting):
        redaction.propose(given_(ASKED), proposal="p2", reason="重ねて")


ACTS: dict[str, Callable[[RedactionState], object]] = {
    "ask": lambda state: redaction.propose(state, proposal="p9", reason="理由"),
    "confirm": lambda state: redaction.confirm(state, proposal="p1", who=MISAO),
    "decline": lambda state: redaction.decline(state, proposal="p1", reason="理由"),
}


@pytest.mark.parametrize("act", ACTS)
def test_what_is_erased_is_erased(act: str) -> None:
    with pytest.raises(errors.AlreadyRedacted):
        ACTS[act](given_(ASKED, ERASED))


@given(st.lists(st.sampled_from([ASKED, ASKED_AGAIN, DECLINED, ERASED]), max_size=8))
def test_a_fold_takes_any_history_and_counts_it(history: list[Happened]) -> None:
    assert given_(*history).version == len(history)


@given(st.lists(st.sampled_from(list(ACTS)), max_size=12))
def test_no_run_of_acts_erases_without_two_people(acts: list[str]) -> None:
    state, said = RedactionState(), []
    for number, act in enumerate(acts):
        try:
            if act == "ask":
                fact, meta = redaction.propose(state, proposal=f"p{number}", reason="理由"), KYOKO
            elif act == "confirm":
                fact, meta = redaction.confirm(state, proposal=state.proposal, who=MISAO), {"person": 2, "unit": 21}
            else:
                fact, meta = redaction.decline(state, proposal=state.proposal, reason="理由"), {"person": 2, "unit": 21}
        except errors.Refusal:
            continue
        said.append(fact.type)
        state = redaction.evolve(state, fact.type, fact.data, meta)
    assert "TextRedacted" not in said[:1]
    for before, fact in itertools.pairwise(said):
        if fact == "TextRedacted":
            assert before == "RedactionProposed"


def test_every_fact_is_an_event_the_log_knows() -> None:
    assert {"RedactionProposed", "RedactionDeclined", "TextRedacted"} <= set(EVENTS)
