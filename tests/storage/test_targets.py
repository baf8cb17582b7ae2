"""Targets and milestones by command: the lead proposes, CSTI accepts, and nobody else does either."""

from dataclasses import replace
from uuid import UUID

import pytest

from agencies import access
from indicators.models import Milestone, Target, TargetProposal
from reporting import event_store
from reporting.commands import plan as plans
from reporting.commands.plan import TargetDraft
from reporting.domain.errors import (
    FigureInvalid,
    NoSuchStage,
    NotAllowed,
    NoTargetToRevise,
    NotByDomain,
    NotFound,
    ProposalClosed,
    ReasonMissing,
    Refusal,
    TargetExists,
    YearsCrossed,
)
from reporting.models import Event
from tests.acts import all_at_once, at, reading
from tests.cast import Cast

NOW = at("2026-05-01 10:00")
DRAFT = TargetDraft("P1.A1.M2", 2030, "900", "採択を増やす", baseline="600", baseline_year=2025)  # JST leads it
STAGED = "P1.A6.M2"


def head() -> int:
    with reading():
        return event_store.head().position


def proposals() -> list[TargetProposal]:
    with reading():
        return list(TargetProposal.objects.all())


def in_force(indicator: str = "P1.A1.M2") -> list[Target]:
    with reading():
        return list(Target.objects.filter(indicator=indicator, to_position__isnull=True))


def propose(cast: Cast, draft: TargetDraft = DRAFT) -> UUID:
    return plans.set_target(actor=cast.hanako, draft=draft, now=NOW)


def accept(cast: Cast, proposal: UUID) -> int:
    return plans.accept_target(actor=cast.kyoko, proposal=proposal, now=NOW)


def test_what_the_lead_proposes_is_in_force_when_csti_has_accepted_it(cast: Cast) -> None:
    proposal = propose(cast)
    assert in_force() == []
    accept(cast, proposal)
    [target] = in_force()
    assert (target.value, target.year, target.baseline_value, target.baseline_year) == (900, 2030, 600, 2025)
    assert (target.kind, target.agency_id, target.reason) == ("level", None, "採択を増やす")
    assert target.from_position == head()
    [row] = proposals()
    assert (row.id, row.outcome, row.to_position) == (proposal, "accepted", head())


def test_the_log_says_who_proposed_and_who_accepted(cast: Cast) -> None:
    accept(cast, propose(cast))
    with reading():
        events = event_store.stream("target/P1.A1.M2/nation")
    assert [(e.type, e.meta["actor"]) for e in events] == [("TargetProposed", "Hanako"), ("TargetSet", "Kyoko")]


@pytest.mark.parametrize("who", ["shingo", "taro", "midori"])
def test_a_contributor_or_a_stranger_to_the_measure_proposes_nothing(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        plans.set_target(actor=getattr(cast, who), draft=DRAFT, now=NOW)
    assert proposals() == []


@pytest.mark.parametrize(
    ("who", "indicator"),
    [("ichiro", "P5.A2.M1"), ("kyoko", "P5.A2.M1"), ("fumiko", "P5.A2.M1"), ("jiro", "P1.A6.M1")],
)
def test_who_does_not_report_proposes_nothing_even_where_their_ministry_leads(
    cast: Cast, who: str, indicator: str
) -> None:
    with pytest.raises(NotAllowed):
        plans.set_target(actor=getattr(cast, who), draft=TargetDraft(indicator, 2030, "60", "理由"), now=NOW)
    assert proposals() == []


@pytest.mark.parametrize("who", ["hanako", "taro", "jiro", "fumiko"])
def test_only_csti_accepts_or_declines(cast: Cast, who: str) -> None:
    proposal = propose(cast)
    before = head()
    with pytest.raises(NotAllowed):
        plans.accept_target(actor=getattr(cast, who), proposal=proposal, now=NOW)
    with pytest.raises(NotAllowed):
        plans.decline_target(actor=getattr(cast, who), proposal=proposal, reason="否", now=NOW)
    assert head() == before


def test_a_reviewer_may_accept_as_well_as_the_secretariat(cast: Cast) -> None:
    plans.accept_target(actor=cast.ichiro, proposal=propose(cast), now=NOW)
    assert len(in_force()) == 1


def test_declining_needs_a_reason_and_leaves_nothing_in_force(cast: Cast) -> None:
    proposal = propose(cast)
    with pytest.raises(ReasonMissing):
        plans.decline_target(actor=cast.kyoko, proposal=proposal, reason=" ", now=NOW)
    plans.decline_target(actor=cast.kyoko, proposal=proposal, reason="根拠が足りない", now=NOW)
    assert in_force() == []
    assert [row.outcome for row in proposals()] == ["declined"]


def test_a_proposal_is_decided_once(cast: Cast) -> None:
    proposal = propose(cast)
    accept(cast, proposal)
    with pytest.raises(ProposalClosed):
        accept(cast, proposal)
    with pytest.raises(ProposalClosed):
        plans.decline_target(actor=cast.kyoko, proposal=proposal, reason="否", now=NOW)


def test_of_two_who_accept_at_once_one_does(cast: Cast) -> None:
    proposal = propose(cast)
    kyoko, ichiro = cast.kyoko, cast.ichiro
    answers = all_at_once(
        [lambda w=who: plans.accept_target(actor=w, proposal=proposal, now=NOW) for who in (kyoko, ichiro) * 3]
    )
    assert sorted(isinstance(answer, ProposalClosed) for answer in answers) == [False] + [True] * 5
    assert len(in_force()) == 1


def test_a_proposal_that_is_not_there_is_not_found(cast: Cast) -> None:
    with pytest.raises(NotFound):
        accept(cast, UUID(int=1))


def test_what_is_in_force_is_revised_and_what_is_not_is_set(cast: Cast) -> None:
    with pytest.raises(NoTargetToRevise):
        plans.revise_target(actor=cast.hanako, draft=DRAFT, now=NOW)
    accept(cast, propose(cast))
    with pytest.raises(TargetExists):
        propose(cast)
    revision = plans.revise_target(actor=cast.hanako, draft=replace(DRAFT, value="950", reason="上方修正"), now=NOW)
    accept(cast, revision)
    with reading():
        rows = list(Target.objects.filter(indicator="P1.A1.M2").order_by("from_position"))
        event = Event.objects.get(position=head())
    assert [row.value for row in rows] == [900, 950]
    assert rows[0].to_position == rows[1].from_position == event.position
    assert event.type == "TargetRevised"


def test_a_target_may_be_for_the_leads_own_agency_or_for_one_domain(cast: Cast) -> None:
    accept(cast, propose(cast))
    accept(cast, propose(cast, replace(DRAFT, agency="JST", value="700")))
    accept(cast, propose(cast, replace(DRAFT, domain="D12", value="200")))
    found = {(t.agency_id, t.domain_id): int(t.value) for t in in_force()}
    assert found == {(None, None): 900, ("JST", None): 700, (None, "D12"): 200}


def test_a_target_of_another_agency_is_not_found(cast: Cast) -> None:
    with pytest.raises(NotFound):
        propose(cast, replace(DRAFT, agency="JSPS"))


@pytest.mark.parametrize(
    ("draft", "refusal"),
    [
        (replace(DRAFT, value="九百"), FigureInvalid),
        (replace(DRAFT, value="-1"), FigureInvalid),
        (replace(DRAFT, value=""), FigureInvalid),
        (replace(DRAFT, baseline="x"), FigureInvalid),
        (replace(DRAFT, year=1999), YearsCrossed),
        (replace(DRAFT, year=2101), YearsCrossed),
        (replace(DRAFT, baseline_year=2030), YearsCrossed),
    ],
)
def test_a_target_that_makes_no_sense_is_refused(cast: Cast, draft: TargetDraft, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        propose(cast, draft)
    assert proposals() == []


def test_a_target_by_domain_is_refused_where_nothing_is_reported_by_domain(cast: Cast) -> None:
    draft = TargetDraft("P1.A1.M1", 2030, "95", "理由", domain="D12")
    with pytest.raises(NotByDomain):
        plans.set_target(actor=cast.taro, draft=draft, now=NOW)


def test_a_target_needs_a_reason_and_an_indicator_that_exists(cast: Cast) -> None:
    with pytest.raises(ReasonMissing):
        propose(cast, replace(DRAFT, reason="  "))
    with pytest.raises(NotFound):
        propose(cast, replace(DRAFT, indicator="P9.A9.M9"))


def test_money_is_typed_in_the_indicators_unit_and_stored_in_millions(cast: Cast) -> None:
    accept(cast, propose(cast, TargetDraft("P2.A1.M4", 2030, "150", "増額", baseline="110", baseline_year=2025)))
    [target] = in_force("P2.A1.M4")  # 億円
    assert (target.value, target.baseline_value) == (15_000, 11_000)


def test_a_running_total_begins_with_the_plan(cast: Cast) -> None:
    draft = TargetDraft("P5.A2.M1", 2030, "60", "提案を増やす")
    accept(cast, plans.set_target(actor=cast.hoko, draft=draft, now=NOW))
    [target] = in_force("P5.A2.M1")
    assert (target.kind, target.window_from) == ("cumulative", 2026)


def test_a_milestone_is_proposed_by_the_lead_and_accepted_by_csti(cast: Cast) -> None:
    due = at("2027-06-30 00:00").date()
    milestone = {"indicator": "P1.A5.M4", "stage": 2, "due_on": due, "reason": "指針の改定", "now": NOW}
    with pytest.raises(NotAllowed):
        plans.schedule_milestone(actor=cast.shingo, **milestone)
    proposal = plans.schedule_milestone(actor=cast.hoko, **milestone)
    with access.reading(cast.hoko):
        assert not Milestone.objects.exists()
    accept(cast, proposal)
    with access.reading(cast.hoko):
        [row] = Milestone.objects.all()
    assert (row.stage, row.due_on, row.from_position, row.to_position) == (2, due, head(), None)


def test_a_milestone_that_is_moved_closes_the_old_day(cast: Cast) -> None:
    for day in ("2027-06-30", "2027-12-31"):
        proposal = plans.schedule_milestone(
            actor=cast.hoko, indicator="P1.A5.M4", stage=2, due_on=at(day).date(), reason="理由", now=NOW
        )
        accept(cast, proposal)
    with reading():
        rows = list(Milestone.objects.order_by("from_position"))
    assert [str(row.due_on) for row in rows] == ["2027-06-30", "2027-12-31"]
    assert rows[0].to_position == rows[1].from_position


@pytest.mark.parametrize(("indicator", "stage"), [("P1.A5.M4", 5), ("P1.A5.M4", -1), ("P3.A2.M2", 2), ("IND-01", 1)])
def test_a_stage_that_does_not_exist_is_refused(cast: Cast, indicator: str, stage: int) -> None:
    with pytest.raises(NoSuchStage):
        plans.schedule_milestone(
            actor=cast.hoko, indicator=indicator, stage=stage, due_on=NOW.date(), reason="理由", now=NOW
        )
