"""The official standing over the years: what is held, kept, provisional and restated is on record, with its reasons."""

from datetime import datetime
from typing import Any

from agencies import access
from reporting import event_store
from reporting.commands.judge import judge
from reporting.domain.evaluation import digest_of, evaluate
from reporting.domain.events import EVENTS
from reporting.models import CurrentEvent, Event, Standing
from reporting.projections.rebuild import rebuild
from reporting.queries.series import all_series, inputs_of
from reporting.tasks import catch_up_rollups
from tests.acts import at, put_in_force, reading
from tests.cast import SYSTEM, Cast

# IND-02: 6,500 in FY2024 to 13,000 in FY2030: 8,666.67 are expected in FY2026, 9,750 in FY2027, 10,833.33 in FY2028.
DUE = {year: at(f"{year + 1}-07-02 12:00") for year in range(2026, 2031)}


def report(cast: Cast, year: int, jsps: str, jst: str = "2,000") -> None:
    put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", f"FY{year}", {"IND-02": jsps})
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", f"FY{year}", {"IND-02": jst})


def look(now: datetime) -> int:
    catch_up_rollups()
    return judge(now=now, indicators=["IND-02"])


def year(cast: Cast, of_year: int, total: int) -> None:
    report(cast, of_year, str(total - 2000))
    look(DUE[of_year])


def facts() -> list[tuple[str, str]]:
    with reading():
        return [(e.type, e.data["class"]) for e in event_store.stream("standing/IND-02/nation")]


def newest() -> dict[str, Any]:
    with reading():
        return CurrentEvent.objects.filter(stream="standing/IND-02/nation").latest("position").data


def in_force() -> Standing:
    with reading():
        return Standing.objects.get(indicator="IND-02", agency=None, domain=None, to_position=None)


def test_one_odd_year_is_held_and_dropped_and_no_lag_is_ever_said(cast: Cast) -> None:
    year(cast, 2026, 8_710)
    year(cast, 2027, 9_535)  # 0.934 of the planned progress
    assert newest()["evidence"]["held"] == {"class": "at_risk", "since": "FY2027", "worse": True}
    assert in_force().cls == "on_track"
    year(cast, 2028, 10_920)
    assert facts() == [
        ("IndicatorFirstJudged", "on_track"),
        ("StandingChangeHeld", "on_track"),
        ("StandingChangeDropped", "on_track"),
    ]


def test_the_second_year_confirms_it(cast: Cast) -> None:
    for of_year, total in ((2026, 8_710), (2027, 9_535), (2028, 10_540)):
        year(cast, of_year, total)
    assert facts()[1:] == [("StandingChangeHeld", "on_track"), ("IndicatorFellBehind", "at_risk")]
    evidence = newest()["evidence"]
    assert evidence["how"] == "confirmed"
    assert [(p["period"], p["class"], p["official"]) for p in evidence["periods"]] == [
        ("FY2026", "on_track", "on_track"), ("FY2027", "at_risk", "on_track"), ("FY2028", "at_risk", "at_risk"),
    ]  # fmt: skip


def test_each_year_that_keeps_the_class_is_on_record_and_the_class_is_of_since_it_began(cast: Cast) -> None:
    year(cast, 2026, 8_710)
    year(cast, 2027, 9_800)
    assert facts() == [("IndicatorFirstJudged", "on_track"), ("StandingKept", "on_track")]
    assert (in_force().period, in_force().since) == ("FY2027", DUE[2026])
    assert look(DUE[2027]) == 0


def test_quarters_alone_are_provisional_until_the_years_own_figures_are_in(cast: Cast) -> None:
    year(cast, 2026, 8_710)
    for quarter in ("Q1", "Q2", "Q3", "Q4"):
        for actor, agency, value in ((cast.taro, "JSPS", "1,200"), (cast.hanako, "JST", "300")):
            put_in_force(cast.ichiro, actor, f"{agency}.P1.A1", f"FY2027{quarter}", {"IND-02": value})
    look(DUE[2027])
    evidence = newest()["evidence"]
    assert (evidence["how"], evidence["provisional"], evidence["class"]) == ("provisional", "off_track", "off_track")
    assert facts() == [("IndicatorFirstJudged", "on_track"), ("StandingKept", "on_track")]
    report(cast, 2027, "4,800", "1,200")
    look(DUE[2027])
    assert facts()[2:] == [("IndicatorFellBehind", "off_track")]
    assert newest()["cause"] == "figures"


def late(cast: Cast, of_year: int, jst: str = "2,000") -> None:
    put_in_force(cast.ichiro, cast.hanako, "JST.P1.A1", f"FY{of_year}", {"IND-02": jst})


def without_jst(cast: Cast, of_year: int, jsps: str) -> None:
    put_in_force(cast.ichiro, cast.taro, "JSPS.P1.A1", f"FY{of_year}", {"IND-02": jsps})
    look(DUE[of_year])


def test_a_late_report_restates_its_year_and_what_stood_then_stays(cast: Cast) -> None:
    without_jst(cast, 2026, "5,000")
    year(cast, 2027, 9_800)
    before = _rows()
    assert [row.cls for row in before] == ["unknown", "on_track"]
    late(cast, 2026)
    look(DUE[2027])
    assert facts()[2:] == [("StandingRestated", "on_track")]
    data = newest()
    assert (data["restated"], data["cause"]) == ([["FY2026", "unknown", "off_track"]], "figures")
    assert [(row.cls, row.period, row.since) for row in _rows()][:2] == [(r.cls, r.period, r.since) for r in before]
    assert in_force().since == before[-1].since
    assert look(DUE[2027]) == 0


def test_a_past_year_that_moves_today_is_restated_first_and_then_today_is_said(cast: Cast) -> None:
    year(cast, 2026, 8_710)
    without_jst(cast, 2027, "7,800")
    year(cast, 2028, 10_540)  # 0.932: after a year that nobody could judge it counts at once
    assert in_force().cls == "at_risk"
    late(cast, 2027)
    look(DUE[2028])  # after a good year it would have been held
    assert facts()[-2:] == [("StandingRestated", "at_risk"), ("IndicatorRecovered", "on_track")]
    assert (newest()["restated"], newest()["previous"]) == ([], "at_risk")


def test_why_it_was_red_on_a_day_can_be_asked_of_the_log_and_of_what_was_kept(cast: Cast) -> None:
    without_jst(cast, 2026, "5,000")
    late(cast, 2026)
    look(DUE[2026])
    red = in_force()
    assert red.cls == "off_track"
    year(cast, 2027, 9_800)
    kept = red.evidence
    again = evaluate(kept["inputs"])
    assert (again.official.cls, again.digest) == (red.cls, kept["digest"])
    with access.reading(SYSTEM):
        [series] = [
            series
            for series in all_series(actor=SYSTEM, indicators=["IND-02"], as_of=kept["position"])
            if series.key == ("IND-02", None, None)
        ]
        inputs, _ = inputs_of(series, DUE[2026])
    assert inputs == kept["inputs"]
    assert digest_of(inputs) == kept["digest"]


def test_a_rebuild_from_the_log_makes_the_same_standings(cast: Cast) -> None:
    without_jst(cast, 2026, "6,710")
    for of_year, total in ((2027, 9_535), (2028, 10_540)):
        year(cast, of_year, total)
    late(cast, 2026)
    look(DUE[2028])
    assert {type_ for type_, _ in facts()} >= {"StandingRestated", "StandingKept"}
    assert rebuild(parts=["standings"], check=True).differences == []


def test_standings_are_written_in_their_newest_version(cast: Cast) -> None:
    year(cast, 2026, 7_000)
    year(cast, 2027, 9_800)
    with reading():
        written = set(Event.objects.filter(stream__startswith="standing/").values_list("type", "schema_version"))
    assert {("IndicatorFirstJudged", 2), ("IndicatorRecovered", 2)} <= written
    assert all(version == EVENTS[type_] for type_, version in written)


def _rows() -> list[Standing]:
    with reading():
        return list(Standing.objects.filter(indicator="IND-02", agency=None, domain=None).order_by("from_position"))
