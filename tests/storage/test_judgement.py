"""The clock judges what the rollups say, once per change, and what it finds is a fact with its reasons."""

from datetime import datetime
from decimal import Decimal
from fractions import Fraction

import psycopg
import pytest
from pytest_django import Settings

from reporting import event_store
from reporting.commands import plan as plans
from reporting.commands.judge import judge
from reporting.domain.errors import NoTrajectory, TargetExists
from reporting.models import Event, Standing
from reporting.queries.series import all_series, inputs_of, judged_year, trajectory_of
from reporting.tasks import catch_up_rollups, look_now
from tests.acts import all_at_once, at, put_in_force, reading, submit
from tests.cast import SYSTEM, Cast

# IND-02: 6,500 in FY2024 to 13,000 in FY2030; 8,666.67 expected in FY2026 and 9,750 in FY2027.
BEFORE_DUE = at("2027-06-30 12:00")
DUE_2026 = at("2027-07-01 00:00")
DUE_2027 = at("2028-07-01 00:00")
STREAM = "standing/IND-02/nation"


def report(cast: Cast, year: str, jsps: str, jst: str) -> None:
    put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", year, {"IND-02": jsps})
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", year, {"IND-02": jst})


def look(now: datetime, indicator: str = "IND-02") -> int:
    catch_up_rollups()
    return judge(now=now, indicators=[indicator])


def found(name: str = STREAM) -> list[tuple[str, str]]:
    with reading():
        return [(e.type, e.data["class"]) for e in event_store.stream(name)]


def standing(indicator: str = "IND-02") -> Standing:
    with reading():
        return Standing.objects.get(indicator=indicator, agency=None, domain=None, to_position=None)


def test_a_lag_is_found_once_and_its_recovery_later(cast: Cast) -> None:
    report(cast, "FY2026", "5,000", "2,000")  # 500 of 2,166.67: 23 %
    assert look(DUE_2026) == 1
    assert found() == [("IndicatorFirstJudged", "off_track")]
    assert look(DUE_2026) == 0
    assert look(at("2028-03-01 12:00")) == 0
    report(cast, "FY2027", "7,000", "2,750")
    assert look(DUE_2027) == 1
    assert found() == [("IndicatorFirstJudged", "off_track"), ("IndicatorRecovered", "on_track")]
    assert look(DUE_2027) == 0


def test_falling_behind_is_a_fact_of_its_own(cast: Cast) -> None:
    report(cast, "FY2026", "6,700", "2,000")
    look(DUE_2026)
    report(cast, "FY2027", "7,000", "2,000")
    look(DUE_2027)
    assert found() == [("IndicatorFirstJudged", "on_track"), ("IndicatorFellBehind", "at_risk")]


def test_before_the_first_report_of_a_full_year_is_due_nothing_has_started(cast: Cast) -> None:
    put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", "FY2026Q1", {"IND-02": "1"})
    look(BEFORE_DUE)
    assert found() == [("IndicatorFirstJudged", "not_started")]
    assert standing().evidence["reason"] == "before_first_due_date"


def test_a_year_that_is_complete_before_its_day_is_judged_at_once(cast: Cast) -> None:
    report(cast, "FY2026", "5,000", "2,000")
    look(BEFORE_DUE)
    assert found() == [("IndicatorFirstJudged", "off_track")]


def test_with_too_few_agencies_nothing_bad_and_nothing_good_is_said(cast: Cast) -> None:
    put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", "FY2026", {"IND-02": "9,000"})
    look(DUE_2026)
    assert found() == [("IndicatorFirstJudged", "unknown")]
    evidence = standing().evidence
    assert (evidence["reason"], evidence["coverage"]) == ("coverage_below_080", "0.5")
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", "FY2026", {"IND-02": "100"})
    look(DUE_2026)
    assert found()[1:] == [("IndicatorRecovered", "on_track")]


def test_what_is_not_yet_approved_is_not_judged(cast: Cast) -> None:
    submit(cast.taro, "JSPS.P1.A1", "FY2026", {"IND-02": "5,000"})
    submit(cast.hanako, "JST.P1.A1", "FY2026", {"IND-02": "2,000"})
    look(DUE_2026)
    assert found() == [("IndicatorFirstJudged", "unknown")]
    assert standing().evidence["reason"] == "value_missing"


def test_judging_a_second_time_appends_nothing(cast: Cast) -> None:
    catch_up_rollups()
    assert judge(now=DUE_2026) > 5
    with reading():
        before = event_store.head().position
    assert judge(now=DUE_2026) == 0
    with reading():
        assert event_store.head().position == before


def test_of_two_clocks_judging_at_once_one_finds_it(cast: Cast) -> None:
    report(cast, "FY2026", "5,000", "2,000")
    catch_up_rollups()
    answers = all_at_once([lambda: judge(now=DUE_2026, indicators=["IND-02"])] * 6)
    assert sorted(answers) == [0] * 5 + [1]
    assert len(found()) == 1


def test_while_a_samples_past_is_replayed_the_worker_does_not_judge_it_by_the_present(
    cast: Cast, superuser: psycopg.Connection[tuple[object, ...]], settings: Settings
) -> None:
    settings.BUSINESS_CLOCK = DUE_2026
    report(cast, "FY2026", "5,000", "2,000")
    superuser.execute("UPDATE log_head SET sample = 'replaying'")
    look_now()
    assert found() == []
    superuser.execute("UPDATE log_head SET sample = 'replayed'")
    look_now()
    assert found() == [("IndicatorFirstJudged", "off_track")]


def test_a_standing_explains_itself_exactly(cast: Cast) -> None:
    report(cast, "FY2026", "5,000", "3,000")  # 1,500 of 2,166.67
    look(DUE_2026)
    row = standing()
    assert (row.cls, row.period, row.since) == ("at_risk", "FY2026", DUE_2026)
    evidence = row.evidence
    assert (evidence["observed"], evidence["expected"], evidence["target"]) == ("8000", "8666.666667", "13000")
    assert (evidence["attainment"], evidence["shortfall"]) == ("0.692308", "666.666667")
    assert (evidence["needed_pace"], evidence["reason"]) == ("1250", "attainment_below_095")
    with reading():
        event = Event.objects.get(position=row.from_position)
    assert event.data["evidence"] == evidence
    assert (event.occurred_at, event.meta["actor"], event.agency) == (DUE_2026, "clock", None)


def test_the_old_standing_ends_where_the_new_begins(cast: Cast) -> None:
    test_a_lag_is_found_once_and_its_recovery_later(cast)
    with reading():
        old, new = Standing.objects.filter(indicator="IND-02").order_by("from_position")
    assert (old.to_position, new.to_position) == (new.from_position, None)


def test_a_running_total_with_a_part_missing_is_a_lower_bound(cast: Cast) -> None:
    """What is missing can only add: neither lag nor its absence follows from a small part."""
    put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A2.M1", "FY2026", {"IND-03": "100"})
    look(DUE_2026, "IND-03")
    assert found("standing/IND-03/nation") == [("IndicatorFirstJudged", "unknown")]
    assert standing("IND-03").evidence["reason"] == "lower_bound"


def test_a_target_of_an_agency_is_judged_on_its_own_figures_and_seen_by_it_alone(cast: Cast) -> None:
    draft = plans.TargetDraft("P1.A1.M2", 2030, "900", "理由", agency="JST", baseline="600", baseline_year=2025)
    proposal = plans.set_target(actor=cast.hanako, draft=draft, now=at("2026-05-01 10:00"))
    plans.accept_target(actor=cast.kyoko, proposal=proposal, now=at("2026-05-01 10:00"))
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1.M2", "FY2026", {"P1.A1.M2": "600"})
    assert look(DUE_2026, "P1.A1.M2") == 1
    with reading():
        [event] = event_store.stream("standing/P1.A1.M2/JST")
    assert (event.agency, event.data["class"]) == ("JST", "off_track")


def test_a_milestone_that_passed_unreached_is_a_lag(cast: Cast) -> None:
    for stage, day in ((1, "2026-09-30"), (2, "2027-03-31")):
        proposal = plans.schedule_milestone(
            actor=cast.hoko, indicator="P1.A5.M4", stage=stage, due_on=at(day).date(), reason="理由",
            now=at("2026-05-01 10:00"),
        )  # fmt: skip
        plans.accept_target(actor=cast.kyoko, proposal=proposal, now=at("2026-05-01 10:00"))
    put_in_force(cast.ichiro, cast.hoko, "CAO.P1.A5.M4", "FY2026", {"P1.A5.M4": "1"})
    put_in_force(cast.ichiro, cast.shingo, "MEXT.P1.A5.M4", "FY2026", {"P1.A5.M4": "1"})
    look(at("2027-06-01 00:00"), "P1.A5.M4")
    look(at("2027-07-15 00:00"), "P1.A5.M4")  # more than 90 days after
    assert [cls for _, cls in found("standing/P1.A5.M4/nation")] == ["at_risk", "off_track"]


@pytest.mark.parametrize("indicators", [["IND-02"], ["IND-03", "IND-04"]])
def test_only_what_was_asked_for_is_judged(cast: Cast, indicators: list[str]) -> None:
    assert judge(now=DUE_2026, indicators=indicators) == 0  # not before the rollups stand at the head of the log
    catch_up_rollups()
    judge(now=DUE_2026, indicators=indicators)
    with reading():
        assert set(Standing.objects.values_list("indicator_id", flat=True)) == set(indicators)


def test_the_value_of_a_share_is_judged_in_its_unit(cast: Cast) -> None:
    for who, assignment in ((cast.midori, "MIHON-A.P1.A6"), (cast.aoi, "MIHON-B.P1.A6")):
        parts = {"numerator": "420", "denominator": "1000"}
        put_in_force(cast.ichiro, who, assignment, "FY2026", {"IND-05": parts})
    look(DUE_2026, "IND-05")
    evidence = standing("IND-05").evidence
    assert Decimal(evidence["observed"]) == 42
    assert Decimal(evidence["expected"]) == Decimal("41.1")
    assert standing("IND-05").cls == "on_track"


def test_half_a_year_of_everybody_is_not_taken_for_the_year(cast: Cast) -> None:
    for actor, agency in ((cast.hanako, "JST"), (cast.taro, "JSPS")):
        for quarter in ("FY2026Q1", "FY2026Q2"):
            put_in_force(cast.ichiro, actor, f"{agency}.P1.A1", quarter, {"IND-02": "100"})
    look(DUE_2026, "IND-02")
    [(_, cls)] = found("standing/IND-02/nation")
    assert cls == "unknown"


def test_a_target_no_path_leads_to_is_refused_when_it_is_proposed(cast: Cast) -> None:
    draft = plans.TargetDraft("P1.A3.M3", 2020, "40,000", "理由")
    with pytest.raises(NoTrajectory):
        plans.set_target(actor=cast.shingo, draft=draft, now=at("2026-05-01 10:00"))


def test_of_two_proposals_for_one_target_the_second_is_refused(cast: Cast) -> None:
    draft = plans.TargetDraft("P1.A1.M2", 2030, "900", "理由", baseline="600", baseline_year=2025)
    now = at("2026-05-01 10:00")
    first, second = (plans.set_target(actor=cast.hanako, draft=draft, now=now) for _ in range(2))
    plans.accept_target(actor=cast.kyoko, proposal=first, now=now)
    with pytest.raises(TargetExists):
        plans.accept_target(actor=cast.kyoko, proposal=second, now=now)


def test_a_target_is_judged_to_its_own_year_and_not_for_ever(cast: Cast) -> None:
    with reading():
        [series] = [s for s in all_series(actor=SYSTEM, indicators=["IND-04"]) if s.key == ("IND-04", None, None)]
        assert judged_year(series, at("2030-07-15 10:00")) == 2029
        assert judged_year(series, at("2035-07-15 10:00")) == 2030


def test_a_milestone_is_missed_after_its_day_and_not_on_it(cast: Cast) -> None:
    now = at("2026-05-01 10:00")
    proposal = plans.schedule_milestone(
        actor=cast.hoko, indicator="P6.A3.M1", stage=1, due_on=at("2028-03-31").date(), reason="理由", now=now
    )
    plans.accept_target(actor=cast.kyoko, proposal=proposal, now=now)
    with reading():
        [series] = all_series(actor=SYSTEM, indicators=["P6.A3.M1"])
        path = trajectory_of(series)
    assert path is not None
    moments = ("2028-03-31 23:00", "2028-04-01 00:00")
    last_hour, next_day = (Fraction(inputs_of(series, at(when))[0]["periods"][-1]["time"]) for when in moments)
    assert (path.expected(Fraction(last_hour)), path.expected(Fraction(next_day))) == (0, 1)
