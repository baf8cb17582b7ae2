"""The path to a target is proposed with it and changed like its value: with a reason, by two, once."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from indicators.models import Target, TargetProposal
from indicators.trajectory import Trajectory
from reporting.commands import plan as plans
from reporting.commands.plan import TargetDraft
from reporting.domain.errors import (
    FigureInvalid,
    NotAllowed,
    NotFound,
    ProposalClosed,
    ReasonMissing,
    TargetExists,
    TargetMoved,
)
from reporting.models import Event
from reporting.queries.series import path_to
from tests.acts import all_at_once, at, reading
from tests.cast import Cast

NOW = at("2026-05-01 10:00")
DRAFT = TargetDraft("P1.A1.M2", 2030, "900", "採択を増やす", baseline="600", baseline_year=2024)  # JST leads it


def accepted(cast: Cast, draft: TargetDraft = DRAFT, *, revises: bool = False) -> Target:
    propose = plans.revise_target if revises else plans.set_target
    plans.accept_target(actor=cast.kyoko, proposal=propose(actor=cast.hanako, draft=draft, now=NOW), now=NOW)
    return in_force(draft)


def in_force(draft: TargetDraft = DRAFT) -> Target:
    with reading():
        return Target.objects.get(
            indicator=draft.indicator, agency=draft.agency, domain=draft.domain, component=None, to_position=None
        )


def path_of(target: Target) -> Trajectory:
    found = path_to(target, 2026)
    assert found is not None
    return found


def newest() -> Event:
    with reading():
        return Event.objects.order_by("-position")[0]


@pytest.mark.parametrize(
    ("draft", "stored", "at_2027"),
    [
        (DRAFT, {"shape": "linear"}, "750"),
        (
            replace(DRAFT, interim=((2026, "610"), (2028, "７００"))),
            {"shape": "linear", "interim": [{"year": 2026, "value": "610"}, {"year": 2028, "value": "700"}]},
            "655",
        ),
        (replace(DRAFT, shape="geometric"), {"shape": "geometric"}, "734.847"),
        (
            replace(DRAFT, shape="milestones", interim=((2027, "700"),), stepped=True),
            {"shape": "milestones", "stepped": True, "interim": [{"year": 2027, "value": "700"}]},
            "700",
        ),
    ],
)
def test_a_path_is_in_force_as_it_was_proposed(
    cast: Cast, draft: TargetDraft, stored: dict[str, Any], at_2027: str
) -> None:
    target = accepted(cast, draft)
    assert target.trajectory == stored
    assert newest().data["trajectory"] == stored
    assert f"{float(path_of(target).expected(2027)):.3f}".rstrip("0").rstrip(".") == at_2027  # type: ignore[arg-type]


def test_a_band_is_valued_at_the_end_it_must_not_fall_through(cast: Cast) -> None:
    target = accepted(cast, replace(DRAFT, shape="band", value="", low="550", high="650"))
    assert (target.value, target.trajectory) == (550, {"shape": "band", "low": "550", "high": "650"})


def test_a_ramp_begins_at_the_flow_before_its_window(cast: Cast) -> None:
    draft = TargetDraft("P5.A2.M1", 2030, "60", "提案を増やす", shape="ramp", flow_before="6")
    proposal = plans.set_target(actor=cast.hoko, draft=draft, now=NOW)
    plans.accept_target(actor=cast.kyoko, proposal=proposal, now=NOW)
    assert in_force(draft).trajectory == {"shape": "ramp", "flow_before_window": "6"}


@pytest.mark.parametrize(
    ("draft", "field", "problem"),
    [
        (replace(DRAFT, shape="spiral"), "shape", "unknown_shape"),
        (replace(DRAFT, shape="ramp", flow_before="1"), "shape", "unknown_shape"),
        (replace(DRAFT, shape="geometric", baseline="0"), "baseline", "not_above_zero"),
        (replace(DRAFT, shape="geometric", value="0"), "value", "not_above_zero"),
        (replace(DRAFT, shape="geometric", baseline="", baseline_year=None), "baseline", "baseline_needed"),
        (replace(DRAFT, shape="band", low="650", high="550"), "low", "band_reversed"),
        (replace(DRAFT, shape="band", low="550"), "low", "band_reversed"),
        (replace(DRAFT, interim=((2028, "700"), (2027, "650"))), "interim.1", "interim_not_in_order"),
        (replace(DRAFT, interim=((2030, "700"),)), "interim.0", "interim_beyond_target"),
        (replace(DRAFT, interim=((2024, "700"),)), "interim.0", "interim_before_start"),
        (replace(DRAFT, interim=((2027, "七百"),)), "interim.0", "foreign_digit"),
    ],
)
def test_a_path_nobody_can_follow_is_refused_beside_its_field(
    cast: Cast, draft: TargetDraft, field: str, problem: str
) -> None:
    with pytest.raises(FigureInvalid) as refused:
        plans.set_target(actor=cast.hanako, draft=draft, now=NOW)
    assert refused.value.params["problems"] == {field: problem}
    with reading():
        assert not TargetProposal.objects.exists()


def test_another_path_to_the_same_value_is_a_revision_with_a_reason(cast: Cast) -> None:
    before = accepted(cast)
    changed = replace(DRAFT, interim=((2027, "650"),), reason=" ")
    with pytest.raises(ReasonMissing):
        plans.revise_target(actor=cast.hanako, draft=changed, now=NOW)
    after = accepted(cast, replace(changed, reason="立ち上がりに時間がかかる"), revises=True)
    event = newest()
    assert (event.type, event.data["reason"]) == ("TargetRevised", "立ち上がりに時間がかかる")
    assert (after.value, after.trajectory["interim"]) == (900, [{"year": 2027, "value": "650"}])
    with reading():
        assert Target.objects.get(pk=before.pk).to_position == after.from_position == event.position


def test_what_a_revision_leaves_out_stays_as_it_was(cast: Cast) -> None:
    accepted(cast, replace(DRAFT, shape="geometric", interim=((2027, "650"),)))
    after = accepted(cast, TargetDraft("P1.A1.M2", 2030, "950", "上方修正"), revises=True)
    assert after.trajectory == {"shape": "geometric", "interim": [{"year": 2027, "value": "650"}]}
    assert (after.value, after.baseline_value, after.baseline_year) == (950, 600, 2024)
    straight = accepted(cast, TargetDraft("P1.A1.M2", 2030, "950", "直線に", shape="linear", interim=()), revises=True)
    assert straight.trajectory == {"shape": "linear"}


def test_a_revision_of_the_plans_own_target_keeps_its_ramp_and_its_baselines_period(cast: Cast) -> None:
    draft = TargetDraft("IND-03", 2030, "31,000", "上方修正")
    proposal = plans.revise_target(actor=cast.taro, draft=draft, now=NOW)
    plans.accept_target(actor=cast.kyoko, proposal=proposal, now=NOW)
    target = in_force(draft)
    assert target.trajectory == {"shape": "ramp", "flow_before_window": "3623"}
    assert (target.baseline_period, target.window_from) == ("FY2023", 2026)


def test_of_two_revisions_of_one_target_the_second_is_told_that_it_has_moved(cast: Cast) -> None:
    accepted(cast)
    first, second = (
        plans.revise_target(actor=cast.hanako, draft=replace(DRAFT, value=value, reason="改定"), now=NOW)
        for value in ("950", "1000")
    )
    plans.accept_target(actor=cast.kyoko, proposal=first, now=NOW)
    with pytest.raises(TargetMoved):
        plans.accept_target(actor=cast.ichiro, proposal=second, now=NOW)
    assert in_force().value == 950


def test_of_two_milestones_moved_at_once_the_second_is_told_too(cast: Cast) -> None:
    def moved(day: str) -> UUID:
        due = at(day).date()
        return plans.schedule_milestone(
            actor=cast.hoko, indicator="P1.A5.M4", stage=2, due_on=due, reason="工程", now=NOW
        )

    first, second = moved("2027-06-30"), moved("2027-12-31")
    plans.accept_target(actor=cast.kyoko, proposal=first, now=NOW)
    with pytest.raises(TargetMoved):
        plans.accept_target(actor=cast.kyoko, proposal=second, now=NOW)


def test_one_accepts_and_one_declines_at_once_and_one_of_them_has_it(cast: Cast) -> None:
    proposal = plans.set_target(actor=cast.hanako, draft=DRAFT, now=NOW)
    kyoko, ichiro = cast.kyoko, cast.ichiro
    answers = all_at_once(
        [
            lambda: plans.accept_target(actor=kyoko, proposal=proposal, now=NOW),
            lambda: plans.decline_target(actor=ichiro, proposal=proposal, reason="根拠が足りない", now=NOW),
        ]
    )
    assert sorted(isinstance(answer, ProposalClosed) for answer in answers) == [False, True]
    with reading():
        row = TargetProposal.objects.get(id=proposal)
        decided = Event.objects.filter(type__in=["TargetSet", "TargetProposalDeclined"], data__proposal=str(proposal))
        assert decided.count() == 1
        assert Target.objects.filter(indicator="P1.A1.M2").exists() == (row.outcome == "accepted")


def test_of_two_first_targets_accepted_at_once_one_is_in_force(cast: Cast) -> None:
    proposals = [plans.set_target(actor=cast.hanako, draft=DRAFT, now=NOW) for _ in range(2)]
    kyoko, ichiro = cast.kyoko, cast.ichiro
    pairs = list(zip((kyoko, ichiro), proposals, strict=True))
    answers = all_at_once([lambda w=w, p=p: plans.accept_target(actor=w, proposal=p, now=NOW) for w, p in pairs])
    assert sorted(isinstance(answer, TargetExists | TargetMoved) for answer in answers) == [False, True]
    assert in_force().value == 900


def test_whoever_reports_an_indicator_proposes_for_itself_and_its_lead_for_the_nation(cast: Cast) -> None:
    own = TargetDraft("IND-02", 2030, "3,000", "当機関の分", agency="JST", baseline="1,400", baseline_year=2024)
    proposal = plans.set_target(actor=cast.hanako, draft=own, now=NOW)  # JST contributes, JSPS leads
    plans.accept_target(actor=cast.kyoko, proposal=proposal, now=NOW)
    assert in_force(own).value == 3000
    with pytest.raises(NotAllowed):
        plans.revise_target(actor=cast.hanako, draft=replace(own, agency=None), now=NOW)
    with pytest.raises(NotFound):
        plans.set_target(actor=cast.taro, draft=replace(own, agency="JST"), now=NOW)
    with pytest.raises(NotAllowed):
        plans.set_target(actor=cast.midori, draft=replace(own, agency="MIHON-A"), now=NOW)


def test_a_domain_that_is_not_in_the_plan_is_not_found(cast: Cast) -> None:
    with pytest.raises(NotFound):
        plans.set_target(actor=cast.hanako, draft=replace(DRAFT, domain="D99"), now=NOW)
