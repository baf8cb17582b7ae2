"""Reports by command: the row, the figures and the texts that stand in the transaction of the event."""

import hashlib
import random
from collections.abc import Callable
from decimal import Decimal

import pytest

from agencies import access
from agencies.models import Membership, Person, Unit
from reporting import event_store
from reporting.commands import reports
from reporting.domain import errors
from reporting.domain import report as rules
from reporting.domain.report import ReportState
from reporting.event_store import Recorded
from reporting.models import EventText, Figure, Report
from reporting.queries.forms import state_of
from tests.acts import (
    all_at_once,
    append,
    approve,
    budgets,
    event,
    in_time,
    reading,
    row_of,
    send_back,
    submit,
    version_of,
    withdraw,
)
from tests.cast import SYSTEM, Cast

ASSIGNMENT, PERIOD = "JST.P1.A1", "FY2026Q1"
REPORT, STREAM = f"{ASSIGNMENT}@{PERIOD}", f"report/{ASSIGNMENT}/{PERIOD}"


def figures(report: str = REPORT) -> list[Figure]:
    with reading():
        return list(Figure.objects.filter(report=report).order_by("from_position", "pk"))


def told(report: str = REPORT) -> list[tuple[Decimal | None, bool, bool]]:
    """Value, approved, in force."""
    return [(f.value, f.approved, f.to_position is None) for f in figures(report)]


def stream(name: str = STREAM) -> list[str]:
    with reading():
        return [e.type for e in event_store.stream(name)]


def fold(name: str) -> ReportState:
    state = ReportState()
    with reading():
        for happened in event_store.stream(name):
            state = rules.evolve(state, happened.type, happened.data, happened.meta)
    return state


def test_a_submission_is_a_row_a_figure_and_an_event_at_one_position(cast: Cast) -> None:
    recorded = submit(cast.hanako, ASSIGNMENT, PERIOD, {"IND-02": "３５０件"})
    row = row_of(REPORT)
    assert (row.status, row.version, row.position) == ("submitted", 1, recorded.position)
    assert (row.submitted_name, row.submitted_unit_id) == ("Hanako", cast.hanako.unit_id)
    assert (row.submitted_event, row.submitted_at, row.late) == (recorded.event_id, in_time(PERIOD), False)
    [figure] = figures()
    assert (figure.value, figure.period, figure.year_period) == (350, "FY2026Q1", "FY2026")
    assert (figure.approved, figure.from_position, figure.raw) == (False, recorded.position, {"value": "３５０件"})
    assert stream() == ["ReportSubmitted"]


def test_a_late_report_is_accepted_and_marked(cast: Cast) -> None:
    submit(cast.hanako, ASSIGNMENT, PERIOD, {"IND-02": "350"}, now=in_time("FY2026Q2"))
    assert row_of(REPORT).late


def test_an_approval_puts_the_figure_in_force_from_its_own_position(cast: Cast) -> None:
    submit(cast.hanako, ASSIGNMENT, PERIOD, {"IND-02": "350"})
    assert told() == [(350, False, True)]
    recorded = approve(cast.ichiro, REPORT)
    pending, approved = figures()
    assert told() == [(350, False, False), (350, True, True)]
    assert pending.to_position == approved.from_position == recorded.position
    assert row_of(REPORT).decided_name == "Ichiro"


def test_a_return_and_a_withdrawal_take_the_figure_back(cast: Cast) -> None:
    submit(cast.hanako, ASSIGNMENT, PERIOD, {"IND-02": "350"})
    send_back(cast.ichiro, REPORT)
    assert told() == [(350, False, False)]
    submit(cast.hanako, ASSIGNMENT, PERIOD, {"IND-02": "360"})
    withdraw(cast.hanako, REPORT)
    assert told() == [(350, False, False), (360, False, False)]
    submit(cast.hanako, ASSIGNMENT, PERIOD, {"IND-02": "370"})
    assert told() == [(350, False, False), (360, False, False), (370, False, True)]
    assert stream() == ["ReportSubmitted", "ReportReturned", "ReportSubmitted", "ReportWithdrawn", "ReportSubmitted"]


def test_domains_and_components_are_figures_of_their_own(cast: Cast) -> None:
    submit(cast.hanako, "JST.P1.A1.M2", PERIOD, {"P1.A1.M2": {"value": "150", "domain.D12": "40", "domain.D13": "20"}})
    assert {(f.domain_id, f.value) for f in figures("JST.P1.A1.M2@FY2026Q1")} == {
        (None, 150), ("D12", 40), ("D13", 20),
    }  # fmt: skip
    submit(cast.gyoko, "METI.P6.A1.M1", "FY2026", budgets("0.7", "3,000億", "0", "0.5"))
    assert {(f.component, f.value) for f in figures("METI.P6.A1.M1@FY2026")} == {
        ("former_basis_initial", 700_000), ("former_basis_supplementary", 300_000), ("diverse_sources_initial", 0),
        ("diverse_sources_supplementary", 500_000), (None, 1_500_000),
    }  # fmt: skip


def test_every_history_leaves_the_row_as_the_fold_of_its_stream_and_one_figure_in_force(cast: Cast) -> None:
    dice = random.Random(7)
    hanako, taro, ichiro, saburo = cast.hanako, cast.taro, cast.ichiro, cast.saburo
    mine = {"JST.P1.A1": hanako, "JSPS.P1.A1": taro}
    refused = 0
    for turn in range(120):
        assignment, period = dice.choice(list(mine)), dice.choice(["FY2026Q1", "FY2026Q2"])
        report = f"{assignment}@{period}"
        actor, reviewer = mine[assignment], dice.choice([ichiro, saburo])
        acts: list[Callable[[], Recorded]] = [
            lambda a=actor, s=assignment, p=period, t=turn: submit(a, s, p, {"IND-02": str(t % 5)}),
            lambda a=actor, r=report: withdraw(a, r),
            lambda w=reviewer, r=report: send_back(w, r),
            lambda w=reviewer, r=report: approve(w, r),
        ]
        try:
            dice.choices(acts, weights=[6, 2, 3, 1])[0]()
        except (errors.Refusal, Report.DoesNotExist):
            refused += 1
    assert 20 < refused < 100
    for assignment in mine:
        for period in ("FY2026Q1", "FY2026Q2"):
            row = row_of(f"{assignment}@{period}")
            folded = fold(f"report/{assignment}/{period}")
            assert state_of(row) == folded
            with reading():
                assert row.position == event_store.stream(f"report/{assignment}/{period}")[-1].position
            in_force = [(f.value, f.approved) for f in figures(row.id) if f.to_position is None]
            assert len(in_force) == (row.status in ("submitted", "approved"))
            assert all(approved == (row.status == "approved") for _, approved in in_force)


def decisions(cast: Cast, report: str) -> list[Callable[[], Recorded]]:
    ichiro, saburo, seen = cast.ichiro, cast.saburo, version_of(report)
    both = {"report": report, "seen_version": seen, "now": in_time(PERIOD)}
    return [
        lambda: reports.approve_report(actor=ichiro, **both),
        lambda: reports.return_report(actor=saburo, comments={"": "内訳を"}, **both),
    ] * 4


def test_of_eight_reviewers_approving_and_returning_at_once_exactly_one_decides(cast: Cast) -> None:
    for period in ("FY2026Q1", "FY2026Q2", "FY2026Q3"):
        report = f"{ASSIGNMENT}@{period}"
        submit(cast.hanako, ASSIGNMENT, period, {"IND-02": "350"})
        answers = all_at_once(decisions(cast, report))
        losers = [answer for answer in answers if not isinstance(answer, Recorded)]
        assert len(losers) == 7, answers
        row = row_of(report)
        assert {type(loser) for loser in losers} == {errors.AlreadyDecided}
        assert {loser.params["name"] for loser in losers} == {row.decided_name}
        decided = stream(f"report/{ASSIGNMENT}/{period}")[1:]
        assert decided == [{"approved": "ReportApproved", "returned": "ReportReturned"}[row.status]]


def test_read_then_written_without_lock_and_version_both_would_decide(cast: Cast) -> None:
    """The control: the same two decisions, both taken on what was read before."""
    submit(cast.hanako, ASSIGNMENT, PERIOD, {"IND-02": "350"})
    state = state_of(row_of(REPORT))
    who = rules.Who(person=99, name="anyone", unit=None)
    approved = rules.approve(state, seen_version=1, who=who)
    returned = rules.send_back(state, seen_version=1, who=who, comments={"": "内訳を"})
    all_at_once([lambda t=fact.type: append(event(STREAM, t)) for fact in (approved, returned)])
    assert sorted(stream()) == ["ReportApproved", "ReportReturned", "ReportSubmitted"]


def test_of_two_submitting_at_once_one_report_is_made(cast: Cast) -> None:
    hanako = cast.hanako
    answers = all_at_once([lambda: submit(hanako, ASSIGNMENT, PERIOD, {"IND-02": "350"})] * 6)
    assert sum(isinstance(answer, Recorded) for answer in answers) == 1
    assert {type(a) for a in answers} == {Recorded, errors.NothingChanged}
    assert len(figures()) == 1


def test_of_two_submitting_again_at_once_the_second_is_told_that_nothing_has_changed(cast: Cast) -> None:
    """And not that someone was before it: it waited for the report's row, and then looked."""
    submit(cast.hanako, ASSIGNMENT, PERIOD, {"IND-02": "350"})
    send_back(cast.ichiro, REPORT)
    hanako = cast.hanako
    answers = all_at_once([lambda: submit(hanako, ASSIGNMENT, PERIOD, {"IND-02": "351"})] * 6)
    assert sorted(type(a).__name__ for a in answers) == ["NothingChanged"] * 5 + ["Recorded"]
    assert version_of(REPORT) == 3


def test_an_unchanged_report_is_not_submitted_again(cast: Cast) -> None:
    submit(cast.hanako, ASSIGNMENT, PERIOD, {"IND-02": "350"}, summary="進んだ")
    with pytest.raises(errors.NothingChanged):
        submit(cast.hanako, ASSIGNMENT, PERIOD, {"IND-02": "３５０"}, summary="進んだ ")
    send_back(cast.ichiro, REPORT)
    with pytest.raises(errors.NothingChanged):
        submit(cast.hanako, ASSIGNMENT, PERIOD, {"IND-02": "350.0"}, summary="進んだ")
    submit(cast.hanako, ASSIGNMENT, PERIOD, {"IND-02": "350"}, summary="数え直した")
    assert version_of(REPORT) == 3


def test_words_stand_beside_the_event_which_commits_to_them(cast: Cast) -> None:
    parts = {"answer": "not_measurable", "reason": "調査中のため"}
    recorded = submit(cast.hanako, ASSIGNMENT, PERIOD, {"IND-02": parts}, summary="見込みは良い", issues="  ")
    with reading():
        [happened] = event_store.stream(STREAM)
        rows = {row.field: row for row in EventText.objects.filter(event_id=recorded.event_id)}
    assert {field: row.text for field, row in rows.items()} == {
        "narrative.summary": "見込みは良い", "reason.IND-02": "調査中のため",
    }  # fmt: skip
    for field, row in rows.items():
        assert happened.data["texts"][field] == hashlib.sha256(bytes(row.salt) + row.text.encode()).hexdigest()
        assert row.text not in str(happened.data)
        assert row.agency_id == "JST"
        assert len(bytes(row.salt)) == 32
    assert len({bytes(row.salt) for row in rows.values()}) == len(rows)


def test_a_return_keeps_its_comments_figure_by_figure(cast: Cast) -> None:
    submit(cast.hanako, ASSIGNMENT, PERIOD, {"IND-02": "350"})
    recorded = reports.return_report(
        actor=cast.ichiro, report=REPORT, seen_version=1, now=in_time(PERIOD),
        comments={"": "全体に短い", "IND-02": "前期との差は"},
    )  # fmt: skip
    with access.reading(cast.hanako):
        rows = EventText.objects.filter(event_id=recorded.event_id)
        assert dict(rows.values_list("field", "text")) == {"comment": "全体に短い", "comment.IND-02": "前期との差は"}


def test_a_refused_submission_leaves_nothing_behind(cast: Cast) -> None:
    with pytest.raises(errors.FigureInvalid):
        submit(cast.hanako, ASSIGNMENT, PERIOD, {"IND-02": "たくさん"})
    with pytest.raises(errors.FiguresMissing):
        submit(cast.hanako, ASSIGNMENT, PERIOD, {})
    with reading():
        assert not Report.objects.exists()
        assert not EventText.objects.exists()
    assert stream() == []


@pytest.mark.parametrize("period", ["FY2026H1", "FY2025Q1", "FY2031Q1", "2026-04", "いつか"])
def test_a_period_the_assignment_does_not_report_is_not_found(cast: Cast, period: str) -> None:
    with pytest.raises(errors.NotFound):
        submit(cast.hanako, ASSIGNMENT, period, {"IND-02": "1"}, now=in_time(PERIOD))


def test_anothers_assignment_and_a_missing_one_answer_alike(cast: Cast) -> None:
    for assignment in ("JSPS.P1.A1", "JST.P9.A9"):
        with pytest.raises(errors.NotFound):
            submit(cast.hanako, assignment, PERIOD, {"IND-02": "1"})
    submit(cast.taro, "JSPS.P1.A1", PERIOD, {"IND-02": "1"})
    for report in ("JSPS.P1.A1@FY2026Q1", "JSPS.P9.A9@FY2026Q1"):
        with pytest.raises(errors.NotFound):
            reports.withdraw_report(actor=cast.hanako, report=report, seen_version=1, now=in_time(PERIOD))


@pytest.mark.parametrize("who", ["jiro", "ichiro", "kyoko", "fumiko"])
def test_who_does_not_report_submits_nothing(cast: Cast, who: str) -> None:
    with pytest.raises(errors.NotAllowed):
        submit(getattr(cast, who), ASSIGNMENT, PERIOD, {"IND-02": "1"})


@pytest.mark.parametrize("who", ["hanako", "taro", "jiro", "kyoko", "fumiko"])
def test_only_a_reviewer_decides(cast: Cast, who: str) -> None:
    submit(cast.hanako, ASSIGNMENT, PERIOD, {"IND-02": "350"})
    with pytest.raises(errors.NotAllowed):
        approve(getattr(cast, who), REPORT)
    with pytest.raises(errors.NotAllowed):
        send_back(getattr(cast, who), REPORT)


def test_a_reviewer_who_also_belongs_to_the_reporting_unit_decides_nothing_of_it(cast: Cast) -> None:
    submit(cast.hanako, ASSIGNMENT, PERIOD, {"IND-02": "350"})
    ichiro = Person.objects.get(username="ichiro")
    with access.acting(SYSTEM):
        unit = Unit.objects.get(id=cast.hanako.unit_id)
        Membership.objects.create(person=ichiro, unit=unit, agency_id="JST", role="reporter")
    with pytest.raises(errors.OwnReport):
        approve(access.actor_for(ichiro), REPORT)
    approve(cast.saburo, REPORT)


def test_caos_report_is_decided_by_a_reviewer_of_another_unit(cast: Cast) -> None:
    submit(cast.hoko, "CAO.P1", "FY2026", {"IND-01": "12"})
    approve(cast.ichiro, "CAO.P1@FY2026")
    assert row_of("CAO.P1@FY2026").status == "approved"


def test_a_correct_figure_in_force_cannot_be_changed_behind_the_log(cast: Cast) -> None:
    from django.db import DatabaseError

    submit(cast.hanako, ASSIGNMENT, PERIOD, {"IND-02": "350"})
    for change in (lambda: Figure.objects.update(value=1), lambda: Figure.objects.all().delete()):
        with pytest.raises(DatabaseError, match="permission denied"), access.acting(SYSTEM):
            change()
    assert told() == [(350, False, True)]
