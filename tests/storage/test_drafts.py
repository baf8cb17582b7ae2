"""What is typed is kept field by field; nobody's typing is overwritten unseen; a submission takes its draft along."""

import pytest

from agencies import access
from agencies.access import Actor
from agencies.models import Person, Role
from reporting.commands import reports
from reporting.commands.drafts import Saved, save_fields
from reporting.domain.errors import (
    DraftDiffers,
    DraftFieldInvalid,
    DraftFieldUnknown,
    FiguresMissing,
    NotAllowed,
    NotFound,
    NotToBeWritten,
)
from reporting.models import DraftField, Event
from reporting.queries.drafts import draft_of
from tests.acts import all_at_once, at, send_back, submit, version_of, withdraw
from tests.cast import SYSTEM, Cast, join

JUNE = at("2026-07-10 10:00")
WHERE = ("JST.P1.A1", "FY2026Q1")
VALUE, SUMMARY = "figure:IND-02:value", "narrative:summary"


def save(actor: Actor, changes: dict[str, tuple[str, int]], where: tuple[str, str] = WHERE) -> Saved:
    return save_fields(actor=actor, assignment=where[0], period=where[1], changes=changes, now=JUNE)


def texts(actor: Actor) -> dict[str, str]:
    with access.reading(actor):
        return {name: field.text for name, field in draft_of(actor, *WHERE).items()}


@pytest.fixture
def hisae(cast: Cast) -> Actor:
    """Hanako's colleague at JST."""
    with access.acting(SYSTEM):
        person = Person.objects.create(username="hisae", name="Hisae")
        join(person, "JST", "planning", Role.REPORTER)
    return access.actor_for(person)


def test_what_one_typed_the_other_sees_with_who_and_when(cast: Cast, hisae: Actor) -> None:
    saved = save(cast.hanako, {VALUE: ("１，２", 0), SUMMARY: ("途中まで", 0)})
    assert saved == ({VALUE: 1, SUMMARY: 1}, {})
    with access.reading(hisae):
        seen = draft_of(hisae, *WHERE)
    assert (seen[VALUE].text, seen[VALUE].version, seen[VALUE].by, seen[VALUE].at) == ("１，２", 1, "Hanako", JUNE)
    assert save(hisae, {SUMMARY: ("続きも書いた", seen[SUMMARY].version)}).conflicts == {}
    assert texts(cast.hanako) == {VALUE: "１，２", SUMMARY: "続きも書いた"}


def test_a_field_changed_elsewhere_is_not_overwritten_and_the_answer_says_what_stands_there(
    cast: Cast, hisae: Actor
) -> None:
    save(cast.hanako, {VALUE: ("350", 0)})
    late = save(hisae, {VALUE: ("360", 0), SUMMARY: ("概要", 0)})
    assert late.versions == {SUMMARY: 2}
    theirs = late.conflicts[VALUE]
    assert (theirs.text, theirs.by, theirs.version) == ("350", "Hanako", 1)
    assert texts(hisae) == {VALUE: "350", SUMMARY: "概要"}
    assert save(hisae, {VALUE: ("360", theirs.version)}) == ({VALUE: 3}, {})


def test_a_field_that_was_emptied_is_a_change_too(cast: Cast, hisae: Actor) -> None:
    save(cast.hanako, {VALUE: ("350", 0)})
    save(cast.hanako, {VALUE: ("", 1)})
    assert save(hisae, {VALUE: ("360", 1)}).conflicts[VALUE].text == ""


def test_the_same_text_twice_is_no_conflict_so_a_lost_answer_can_be_asked_for_again(cast: Cast, hisae: Actor) -> None:
    save(cast.hanako, {VALUE: ("350", 0)})
    assert save(cast.hanako, {VALUE: ("350", 0)}) == ({VALUE: 1}, {})
    assert save(hisae, {VALUE: ("350", 0)}) == ({VALUE: 1}, {})


def test_of_two_who_save_at_once_one_is_told(cast: Cast, hisae: Actor) -> None:
    people = [cast.hanako, hisae] * 4
    for round_ in range(3):
        with access.reading(cast.hanako):
            seen = {n: f.version for n, f in draft_of(cast.hanako, *WHERE).items()}.get(VALUE, 0)
        acts = [
            lambda n=n, who=who, r=round_, s=seen: save(who, {VALUE: (f"{r}{n}", s)}) for n, who in enumerate(people)
        ]
        saved = [done for done in all_at_once(acts) if done.versions]
        assert len(saved) == 1


def test_a_submission_takes_its_draft_along_and_leaves_no_version_an_old_tab_could_pass_for(cast: Cast) -> None:
    save(cast.hanako, {VALUE: ("350", 0), SUMMARY: ("概要", 0)})
    submit(cast.hanako, *WHERE, {"IND-02": "350"}, summary="概要")
    assert texts(cast.hanako) == {}
    withdraw(cast.hanako, "JST.P1.A1@FY2026Q1")
    save(cast.hanako, {VALUE: ("999", 0)})
    assert save(cast.hanako, {VALUE: ("old tab", 1)}).conflicts[VALUE].text == "999"


def test_a_refused_submission_leaves_the_draft(cast: Cast) -> None:
    save(cast.hanako, {SUMMARY: ("概要", 0)})
    with pytest.raises(FiguresMissing):
        submit(cast.hanako, *WHERE, {}, summary="概要")
    assert texts(cast.hanako) == {SUMMARY: "概要"}


def test_a_submission_that_has_not_seen_the_newest_draft_is_stopped_and_writes_nothing(
    cast: Cast, hisae: Actor
) -> None:
    save(cast.hanako, {VALUE: ("350", 0), SUMMARY: ("概要", 0)})
    save(hisae, {VALUE: ("360", 1)})
    mine = {VALUE: ("350", 1), SUMMARY: ("概要", 1)}

    def send(seen: dict[str, tuple[str, int]]) -> None:
        reports.submit_report(
            actor=cast.hanako,
            assignment=WHERE[0],
            period=WHERE[1],
            answers={"IND-02": {"value": seen[VALUE][0]}},
            narrative={"summary": "概要"},
            now=JUNE,
            seen_draft=seen,
        )

    with pytest.raises(DraftDiffers) as refused:
        send(mine)
    assert {name: theirs.text for name, theirs in refused.value.params["conflicts"].items()} == {VALUE: "360"}
    with access.reading(SYSTEM):
        assert not Event.objects.filter(type="ReportSubmitted").exists()
    assert texts(cast.hanako)[VALUE] == "360"
    send(mine | {VALUE: ("350", 2)})
    assert texts(cast.hanako) == {}


def test_what_waits_for_review_takes_no_typing_and_what_came_back_does(cast: Cast) -> None:
    submit(cast.hanako, *WHERE, {"IND-02": "350"})
    with pytest.raises(NotToBeWritten):
        save(cast.hanako, {VALUE: ("351", 0)})
    assert version_of("JST.P1.A1@FY2026Q1") == 1
    send_back(cast.ichiro, "JST.P1.A1@FY2026Q1")
    assert save(cast.hanako, {VALUE: ("351", 0)}).conflicts == {}


def test_another_agency_neither_sees_nor_touches_a_draft(cast: Cast) -> None:
    save(cast.hanako, {VALUE: ("350", 0)})
    for other in (cast.taro, cast.ichiro, cast.jiro):
        assert texts(other) == {}
        with pytest.raises((NotFound, NotAllowed)):
            save(other, {VALUE: ("1", 1)})
    assert texts(cast.hanako) == {VALUE: "350"}
    answers = []
    for where in (WHERE, ("JST.P9.A9", "FY2026Q1")):
        with pytest.raises(NotFound) as refused:
            save(cast.taro, {VALUE: ("1", 1)}, where)
        answers.append(str(refused.value))
    assert answers[0] == answers[1]


def test_only_the_form_s_fields_are_kept_and_all_or_none_of_a_request(cast: Cast) -> None:
    odd = ["figure:IND-03:value", "figure:IND-02:secret", "narrative:other", "csrfmiddlewaretoken", "", "figure::"]
    for name in odd:
        with pytest.raises(DraftFieldUnknown):
            save(cast.hanako, {VALUE: ("350", 0), name: ("x", 0)})
    for text in ("x" * 10_001, "a\x00b"):
        with pytest.raises(DraftFieldInvalid):
            save(cast.hanako, {VALUE: ("350", 0), SUMMARY: (text, 0)})
    with access.reading(SYSTEM):
        assert not DraftField.objects.exists()
