"""Whoever does whatever in whatever state: the commands do what the plain model of tests.storage.life_of_a_report says,
figures included, and the log tells the same."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from agencies import access
from agencies.access import Actor, Deed
from agencies.models import in_force
from reporting.commands import reports
from reporting.commands.reviewers import name_reviewer
from reporting.domain.errors import Refusal
from reporting.domain.report import deciding as rules
from reporting.models import Figure, Report
from reporting.projections.self_check import wrong_reports
from tests.acts import at, reading
from tests.cast import SYSTEM, Cast
from tests.databases import Scenes, Server
from tests.storage.life_of_a_report import Life
from tests.storage.scenes import play_out

ASSIGNMENT, PERIOD = "JST.P1.A1", "FY2026Q1"
REPORT = f"{ASSIGNMENT}@{PERIOD}"
WHO = ("hanako", "tomoko", "taro", "hoko", "jiro", "ichiro", "saburo", "of two units", "kyoko", "fumiko", "misao")
IN_TIME, AFTER_THE_LOCK = at("2026-08-01 10:00"), at("2029-04-01 10:00")
# Those to whom it is open more often than those to whom it is not.
REPORTERS = st.sampled_from([*["hanako"] * 30, *WHO])
REVIEWERS = st.sampled_from([*["ichiro", "saburo"] * 12, *["of two units"] * 5, *WHO])
ACTS = ["submit", "approve", "endorse", "return", "withdraw", "ask", "reopen"]
# What somebody would do who knows how it stands: three times of four, so that lives get somewhere.
SENSIBLE = {
    "open": ["submit"],
    "withdrawn": ["submit"],
    "returned": ["submit", "submit", "withdraw"],
    "submitted": ["endorse", "approve", "return", "approve", "withdraw"],
    "approved": ["submit", "ask", "reopen", "submit"],
}
LOCKED = st.sampled_from([*[False] * 5, True])
UP_TO_DATE = st.sampled_from([True, True, True, False])
WORDS = st.sampled_from(["内訳を確認した。", ""])


def machine(server: Server, template: str, acts: Counter[str]) -> type[RuleBasedStateMachine]:
    """`acts` counts what was answered: "" is an act that was done."""

    class Lives(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.copy = server.copy(template)
            self.copy.__enter__()
            cast = Cast()
            self.people: dict[str, Actor] = {name: getattr(cast, name) for name in WHO if name != "of two units"}
            both = frozenset({cast.ichiro.unit_id or 0, cast.hanako.unit_id or 0})
            self.people["of two units"] = replace(cast.ichiro, person_id=cast.saburo.person_id, units=both)
            self.life, self.unit = Life(), cast.hanako.unit_id or 0

        def teardown(self) -> None:
            try:
                if self.life.version:
                    with access.following():
                        assert wrong_reports([REPORT]) == {}
            finally:
                self.copy.__exit__(None, None, None)

        @initialize(chief=st.sampled_from(["", "saburo"]))
        def begin(self, chief: str) -> None:
            self.life.chief = chief
            if chief:
                person = self.people[chief].person_id or 0
                name_reviewer(actor=SYSTEM, post="chief", node="P1", person=person, now=IN_TIME)

        # --- what people do

        # One rule: of several, Hypothesis would leave some out of most lives, and nothing would ever be decided.
        @rule(
            how=st.sampled_from(ACTS), pick=st.integers(0, 59), sensible=UP_TO_DATE, reporter=REPORTERS,
            reviewer=REVIEWERS, value=st.sampled_from("123"), why=WORDS, fresh=UP_TO_DATE, locked=LOCKED,
        )  # fmt: skip
        def act(
            self, how: str, pick: int, reporter: str, reviewer: str, value: str, why: str, *, sensible: bool,
            fresh: bool, locked: bool,
        ) -> None:  # fmt: skip
            if sensible:
                likely = SENSIBLE[self.life.status]
                how = likely[pick % len(likely)]
                why = "" if how == "submit" and not self.life.in_force else "内訳を確認した。"
            if how == "submit":
                self.submit(reporter, value, why, fresh=fresh, locked=locked)
            elif how == "withdraw":
                self.withdraw(reporter, fresh=fresh, locked=locked)
            else:
                self.decide(reviewer, how, why, fresh=fresh)

        def submit(self, who: str, value: str, reason: str, *, fresh: bool, locked: bool) -> None:
            actor, seen = self.people[who], self.life.version - (not fresh)
            predicted = self.life.submit(
                mine=actor.agency == "JST", reporter=actor.may(Deed.SUBMIT), value=value, reason=reason,
                seen=seen, locked=locked,
            )  # fmt: skip
            self.compare(predicted, lambda: reports.submit_report(
                actor=actor, assignment=ASSIGNMENT, period=PERIOD, answers={"IND-02": {"value": value}}, narrative={},
                now=AFTER_THE_LOCK if locked else IN_TIME, seen_version=seen, correction=reason,
            ))  # fmt: skip

        def withdraw(self, who: str, *, fresh: bool, locked: bool) -> None:
            actor, seen = self.people[who], self.life.version - (not fresh)
            sees = actor.agency == "JST" or "JST" in actor.agencies or actor.scope == "all"
            predicted = self.life.withdraw(
                mine=sees, may=actor.may(Deed.SUBMIT) or actor.may(Deed.RELEASE), seen=seen, locked=locked
            )
            self.compare(predicted, lambda: reports.withdraw_report(
                actor=actor, report=REPORT, seen_version=seen, now=AFTER_THE_LOCK if locked else IN_TIME
            ))  # fmt: skip

        def decide(self, who: str, how: str, why: str, *, fresh: bool) -> None:
            actor, seen = self.people[who], self.life.version - (not fresh)
            own = self.unit in actor.units | {actor.unit_id}
            predicted = self.life.decide(how, who=who, may=actor.may(Deed.DECIDE), own=own, seen=seen, why=why)
            same: dict[str, Any] = {"actor": actor, "report": REPORT, "seen_version": seen, "now": IN_TIME}
            acts: dict[str, Callable[[], Any]] = {
                "endorse": lambda: reports.endorse_report(**same),
                "approve": lambda: reports.approve_report(**same),
                "return": lambda: reports.return_report(**same, comments={"": why}),
                "ask": lambda: reports.ask_for_correction(**same, comments={"IND-02": why}),
                "reopen": lambda: reports.reopen_report(**same, reason=why),
            }
            self.compare(predicted, acts[how])

        # --- and what has become of it

        def compare(self, predicted: str, act: Callable[[], Any]) -> None:
            try:
                act()
                answer = ""
            except Refusal as refusal:
                answer = refusal.code
            acts[answer] += 1
            assert answer == predicted
            life = self.life
            with reading():
                row = Report.objects.filter(id=REPORT).first() or Report()
                figures = dict(Figure.objects.filter(in_force(), report=REPORT).values_list("approved", "value"))
            assert (row.status, row.version, row.submitted_version, row.approved_version, row.corrected) == (
                life.status, life.version, life.shown, life.in_force, life.corrected
            )  # fmt: skip
            expected = {True: life.said[life.in_force]} if life.in_force else {}
            expected |= {False: life.said[life.shown]} if life.status == "submitted" else {}
            assert {approved: f"{value.normalize():f}" for approved, value in figures.items() if value} == expected

    return Lives


def live(server: Server, template: str, examples: int) -> None:
    acts: Counter[str] = Counter()
    play_out(machine(server, template, acts), examples, 50)
    print(f"{acts.total():,} steps, of which {acts['']:,} did something; refused: {dict(acts.most_common())}")


@pytest.fixture
def template(scenes: Scenes, django_db_blocker: Any) -> Iterator[str]:
    with django_db_blocker.unblock():
        yield scenes.of()


@pytest.mark.parametrize("examples", [10, pytest.param(2600, marks=pytest.mark.long)])
def test_all_commands_in_all_states_by_all_roles_do_what_the_model_says(
    server: Server, template: str, examples: int
) -> None:
    live(server, template, examples)


@pytest.mark.parametrize("rule_", ["_four_eyes", "must_be_seen", "must_be_last"])
def test_control_a_rule_that_is_left_out_is_found_out(
    server: Server, template: str, monkeypatch: pytest.MonkeyPatch, rule_: str
) -> None:
    monkeypatch.setattr(rules, rule_, lambda *_: None)
    with pytest.raises((AssertionError, ExceptionGroup)):
        live(server, template, 20)


LIVES = {
    "asked for and given up": ["submit", "approve", "ask", "withdraw"],
    "given up, undone and approved again": ["submit", "approve", "submit", "withdraw", "reopen", "approve", "ask"],
    "given up twice": ["submit", "approve", "submit", "withdraw", "ask", "submit", "return", "withdraw", "reopen"],
    "given up, undone and returned": [
        "submit",
        "approve",
        "submit",
        "withdraw",
        "reopen",
        "return",
        "submit",
        "approve",
    ],
}


@pytest.mark.parametrize("life", LIVES.values(), ids=LIVES)
def test_what_is_given_up_leaves_what_was_in_force_in_both_folds(cast: Cast, life: list[str]) -> None:
    """Event by event in the commands' transactions, and set-based in a rebuild."""
    for number, what in enumerate(life):
        with reading():
            row = Report.objects.filter(id=REPORT).first() or Report()
        same: dict[str, Any] = {"report": REPORT, "seen_version": row.version, "now": IN_TIME}
        if what == "submit":
            reports.submit_report(
                actor=cast.hanako, assignment=ASSIGNMENT, period=PERIOD, answers={"IND-02": {"value": str(number)}},
                narrative={}, now=IN_TIME, correction="誤り" if row.approved_version else "",
            )  # fmt: skip
        elif what == "withdraw":
            reports.withdraw_report(actor=cast.hanako, **same)
        elif what == "approve":
            reports.approve_report(actor=cast.ichiro, **same)
        elif what == "reopen":
            reports.reopen_report(actor=cast.ichiro, reason="誤り", **same)
        else:
            act = reports.return_report if what == "return" else reports.ask_for_correction
            act(actor=cast.ichiro, comments={"": "内訳"}, **same)
        with access.following():
            assert wrong_reports([REPORT]) == {}, what
