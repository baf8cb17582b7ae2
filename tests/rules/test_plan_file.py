"""The shipped plan says what the document says; a plan file with a fault is refused whole, with line and reason."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from indicators.plan_file import Fact, PlanFileError, facts_of

TEXT = (Path(__file__).parents[2] / "indicators" / "data" / "plan7.yaml").read_text(encoding="utf-8")
FACTS = facts_of(TEXT)


def of_type(type_: str) -> dict[str, Fact]:
    return {fact.key: fact for fact in FACTS if fact.type == type_}


def test_the_plan_has_6_pillars_23_areas_and_66_measures() -> None:
    levels = Counter(node.data["level"] for node in of_type("PlanNodeAdopted").values())
    assert levels == {"pillar": 6, "area": 23, "measure": 66}


def test_the_plan_runs_from_2026_to_2030() -> None:
    [plan] = of_type("PlanAdopted").values()
    assert (plan.data["first_year"], plan.data["last_year"]) == (2026, 2030)


def test_17_domains_16_programmes_and_22_agencies_with_the_group_of_specified_universities() -> None:
    domains = of_type("DomainAdopted")
    assert len(domains) == 17
    assert sum(domain.data["strategic"] for domain in domains.values()) == 6
    assert len(of_type("ProgrammeAdopted")) == 16
    agencies = of_type("AgencyRegistered")
    assert len(agencies) == 22 + 1
    groups = {code for code, fact in agencies.items() if fact.data["kind"] == "group"}
    assert groups == {"UNIV", "NATLABS", "ALLMIN", "TOKUTEI"}


def test_7_headline_indicators_and_one_for_every_other_measure() -> None:
    indicators = of_type("IndicatorDefined")
    headline = {code for code, fact in indicators.items() if fact.data["headline"]}
    assert headline == {f"IND-0{number}" for number in range(1, 8)}
    measures = {code for code, node in of_type("PlanNodeAdopted").items() if node.data["level"] == "measure"}
    # 4 measures are followed by a headline indicator, which is typed once and never twice
    assert len(measures - set(indicators)) == 4
    assert set(indicators) - headline < measures


# indicator → kind, value and unit as stored (money in 百万円), where the trajectory starts
TARGETS: dict[str, tuple[str, str, str, str | None, str | None]] = {
    "IND-01": ("rank", "3", "位", "2022", "13"),
    "IND-02": ("level", "13000", "件", "2024", "6500"),
    "IND-03": ("cumulative", "30000", "人", "2023", "3623"),
    "IND-04": ("level", "20000", "人", "2024", "15744"),
    "IND-05": ("level", "50", "%", "2022", "32.2"),
    "IND-06": ("cumulative", "60000000", "兆円", None, None),
    "IND-07": ("cumulative", "180000000", "兆円", "2023", "20400000"),
}


@pytest.mark.parametrize("code", TARGETS)
def test_each_of_the_seven_targets_has_its_own_nature_and_value(code: str) -> None:
    target = of_type("TargetSet")[code].data
    unit = of_type("IndicatorDefined")[code].data["unit"]
    said = (target["kind"], target["value"], unit, target["baseline_year"], target["baseline_value"])
    assert said == TARGETS[code]
    assert target["year"] == 2030
    assert (target["agency"], target["domain"], target["component"]) == (None, None, None)


def test_a_running_total_runs_over_the_plan_and_its_baseline_is_a_yearly_flow() -> None:
    totals = {code: fact.data for code, fact in of_type("TargetSet").items() if fact.data["kind"] == "cumulative"}
    assert {data["window_from"] for data in totals.values()} == {2026}
    assert totals["IND-03"]["trajectory"] == {"shape": "ramp", "flow_before_window": "3623"}
    assert totals["IND-07"]["trajectory"] == {"shape": "ramp", "flow_before_window": "20400000"}
    assert totals["IND-06"]["trajectory"] == {"shape": "linear"}


def test_a_lower_rank_is_better_and_more_of_everything_else() -> None:
    indicators = of_type("IndicatorDefined").values()
    assert [i.key for i in indicators if not i.data["higher_is_better"]] == ["IND-01"]


def test_the_parts_of_government_investment_come_to_its_target() -> None:
    targets = of_type("TargetSet")
    parts = [int(fact.data["value"]) for key, fact in targets.items() if key.startswith("IND-06/")]
    assert sum(parts) == int(targets["IND-06"].data["value"]) == 60_000_000


def test_what_the_document_does_not_say_is_marked_as_assumed() -> None:
    targets = of_type("TargetSet")
    assert targets["IND-01"].data["assumed"] == ["year"]
    assert targets["IND-05"].data["assumed"] == []
    assert set(targets["IND-06"].data["assumed"]) == {"year", "window"}
    for code, fact in of_type("IndicatorDefined").items():
        assert ("indicator" in fact.data["assumed"]) == (not code.startswith("IND-"))


def test_an_agency_enters_an_indicator_in_exactly_one_assignment() -> None:
    entered = Counter(
        (fact.data["agency"], entry["indicator"])
        for fact in of_type("AgencyAssigned").values()
        for entry in fact.data["indicators"]
    )
    assert set(entered.values()) == {1}


def test_groups_are_assigned_by_template_and_their_members_by_name() -> None:
    templates = {fact.data["group"] for fact in of_type("GroupAssigned").values()}
    assert templates == {"UNIV", "NATLABS", "ALLMIN", "TOKUTEI"}
    assigned = of_type("AgencyAssigned")
    assert not {fact.data["agency"] for fact in assigned.values()} & templates
    assert assigned["MAFF.P6.A1.M1"].data["via_group"] == "ALLMIN"
    assert [e["indicator"] for e in assigned["MAFF.P6.A1.M1"].data["indicators"]] == ["IND-06"]


def test_facts_stand_in_an_order_in_which_they_can_be_applied() -> None:
    order = list(dict.fromkeys(fact.type for fact in FACTS))
    assert order.index("AgencyRegistered") < order.index("IndicatorDefined") < order.index("AgencyAssigned")
    known: set[str] = set()
    for fact in FACTS:
        if fact.type == "PlanNodeAdopted":
            assert fact.data["parent"] is None or fact.data["parent"] in known
            known.add(fact.key)


def test_every_fact_can_go_into_the_log_as_it_is() -> None:
    def plain(value: Any) -> bool:
        if isinstance(value, dict):
            return all(isinstance(key, str) and plain(inner) for key, inner in value.items())
        if isinstance(value, list):
            return all(map(plain, value))
        return value is None or type(value) in (str, int, bool)

    assert all(plain(fact.data) for fact in FACTS)


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


# name → the passage to break, what it becomes, the passage at whose line the fault is told, a word of the reason
FAULTS = {
    "not YAML": ("plan:\n  id: STI7", "plan: [\n  id: STI7", "  name_ja: 第7期科学", "did not find expected"),
    "a key twice": ("  id: STI7\n", "  id: STI7\n  id: STI8\n", "  id: STI8", "'id' stands twice"),
    "a key that is missing": ("  id: STI7\n", "", "  name_ja: 第7期科学", "'id' is missing"),
    "a year that is none": ("    from: FY2026\n", "    from: soon\n", "    from: soon", "'from' is not a fiscal year"),
    "an unknown unit": ("  unit: 位\n", "  unit: 5人\n", "id: IND-01\n", "unknown unit '5人'"),
    "budgets of what is no money": (
        "  unit: 位\n", "  unit: 位\n  budgets_apart: true\n", "id: IND-01\n", "is of money"),
    "a component too long to be stored": (
        "  - id: former_basis\n", "  - id: former_basis_of_the_earlier_plans\n", "id: IND-06\n", "longer than 32"),
    "an unknown aggregation": ("    kind: external_rank", "    kind: mean", "id: IND-01\n", "unknown aggregation"),
    "an unknown trajectory": ("    shape: rank\n", "    shape: spiral\n", "    shape: spiral", "unknown trajectory"),
    "an unknown agency": ("      - agency: JSPS\n", "      - agency: JSPZ\n", "agency: JSPZ", "unknown agency JSPZ"),
    "an unknown programme": (
        "      programmes:\n      - KAKENHI\n", "      programmes:\n      - KAKENHO\n", "id: P1.A1.M1",
        "unknown programme KAKENHO"),
    "an unknown frequency": (
        "    frequency: yearly\n    source_assumed: NISTEP", "    frequency: hourly\n    source_assumed: NISTEP",
        "    reporter: CAO\n    frequency: hourly", "unknown frequency 'hourly'"),
    "a target that is no number": (
        "    value: 3\n    year: FY2030", "    value: third\n    year: FY2030", "    value: third", "is not a number"),
    "a number that is not finite": (
        "    value: 3\n    year: FY2030", "    value: .nan\n    year: FY2030", "    value: .nan", "is not a number"),
    "a measure twice": ("- id: P1.A1.M2\n", "- id: P1.A1.M1\n", None, "P1.A1.M1 stands already at line"),
    "an unknown logic level": ("  level: outcome\n", "  level: income\n", "id: IND-01\n", "unknown logic level"),
    "an unknown role": (
        "      - agency: MEXT\n        role: contributor", "      - agency: MEXT\n        role: boss",
        "agency: MEXT\n        role: boss", "unknown role 'boss'"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_with_its_line_and_reason(fault: str) -> None:
    old, new, at_line, reason = FAULTS[fault]
    assert old in TEXT
    broken = TEXT.replace(old, new, 1)
    with pytest.raises(PlanFileError) as refused:
        facts_of(broken)
    assert reason in refused.value.reason
    if at_line is not None:
        assert refused.value.line == line_of(broken, at_line)
    assert str(refused.value) == f"line {refused.value.line}: {refused.value.reason}"


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just words", "1"])
def test_what_is_no_plan_at_all_is_refused_too(text: str) -> None:
    with pytest.raises(PlanFileError):
        facts_of(text)


def test_nothing_in_a_plan_file_is_executed() -> None:
    with pytest.raises(PlanFileError):
        facts_of("plan: !!python/object/apply:os.system ['true']")


def test_budgets_are_reported_apart_in_each_part_of_an_indicator() -> None:
    defined = of_type("IndicatorDefined")
    assert [(c["code"], c["name_ja"]) for c in defined["IND-06"].data["components"]] == [
        ("former_basis_initial", "従前の考え方に基づく額・当初予算"),
        ("former_basis_supplementary", "従前の考え方に基づく額・補正予算"),
        ("diverse_sources_initial", "多様な財源や政策ツール・当初予算"),
        ("diverse_sources_supplementary", "多様な財源や政策ツール・補正予算"),
    ]
    for measure in ("P1.A6.M3", "P6.A2.M3"):
        assert [c["code"] for c in defined[measure].data["components"]] == ["initial", "supplementary"]
    # The plan sets no target by budget: it stands at what both are part of.
    assert {"IND-06/former_basis", "IND-06/diverse_sources"} < set(of_type("TargetSet"))


def test_a_measure_may_ask_all_who_are_assigned_to_it_how_they_rate_themselves() -> None:
    assert not any(code.endswith(".SR") for code in of_type("IndicatorDefined"))  # the document asks nobody
    asking = TEXT.replace("- id: P1.A1.M2\n", "- id: P1.A1.M2\n      self_rating: true\n", 1)
    facts = {(fact.type, fact.key): fact for fact in facts_of(asking)}
    rating = facts["IndicatorDefined", "P1.A1.M2.SR"].data
    assert (rating["node"], rating["unit"], rating["aggregation"]) == ("P1.A1.M2", "self_rating", "self_rating")
    assert facts["AgencyAssigned", "JST.P1.A1.M2"].data["indicators"] == [
        {"indicator": "P1.A1.M2", "frequency": "quarterly"}, {"indicator": "P1.A1.M2.SR", "frequency": "yearly"},
    ]  # fmt: skip
