"""The shipped plan says what the document says; a plan file with a fault is refused whole, with line and reason."""

import re
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
        "    frequency: yearly  # published in summer", "    frequency: hourly  # published in summer",
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


# --- Shapes, interim targets, parts, origins ---

IND_04 = TEXT.index("- id: IND-04\n")
TARGET_04 = "  target:\n    value: 20000\n    year: FY2030\n"


def with_target(more: str, at: str = TARGET_04) -> str:
    """The file with `more` under the target of IND-04, of which UNIV's members report."""
    assert at in TEXT[IND_04:]
    return TEXT[:IND_04] + TEXT[IND_04:].replace(at, at + more, 1)


def targets_in(text: str) -> dict[str, dict[str, Any]]:
    return {fact.key: dict(fact.data) for fact in facts_of(text) if fact.type == "TargetSet"}


def test_interim_targets_and_a_shape_of_its_own_stand_with_a_target() -> None:
    more = "    interim:\n    - {year: FY2027, value: 17000}\n    - {year: 2028, value: 18000}\n"
    found = targets_in(with_target(more + "    trajectory: {shape: geometric}\n"))["IND-04"]
    steps = [{"year": 2027, "value": "17000"}, {"year": 2028, "value": "18000"}]
    assert found["trajectory"] == {"shape": "geometric", "interim": steps}
    assert found["assumed"] == ["interim"]
    of_document = targets_in(with_target("    interim: [{year: FY2027, value: 17000, basis: document}]\n"))["IND-04"]
    assert of_document["assumed"] == []


def test_a_target_may_be_a_band_to_be_kept() -> None:
    text = with_target("    trajectory: {shape: band}\n    low: 15000\n    high: 16000\n").replace(
        "20000\n", "15000\n", 1
    )
    found = targets_in(text)["IND-04"]
    assert found["trajectory"] == {"shape": "band", "low": "15000", "high": "16000"}
    assert found["value"] == "15000"  # the end it must not fall through


def test_domains_and_agencies_have_targets_of_their_own_within_the_same_years() -> None:
    by_domain = with_target("    by_domain:\n    - {domain: D12, value: 900}\n", TARGET_04).replace(
        "  plan_headline: false\n  document_ja:\n  - 博士号", "  split_by_domain: true\n  document_ja:\n  - 博士号", 1
    )
    part = targets_in(by_domain)["IND-04/domain/D12"]
    assert (part["domain"], part["agency"], part["value"], part["year"]) == ("D12", None, "900", 2030)
    assert part["assumed"] == ["value"]
    cut = TEXT.index("- id: IND-03\n")
    at = "    window:\n    - FY2026\n    - FY2030\n    basis: document\n"
    by_agency = TEXT[:cut] + TEXT[cut:].replace(
        at, at + "    by_agency:\n    - {agency: JST, value: 9000, trajectory: {shape: linear}, basis: document}\n", 1
    )
    part = targets_in(by_agency)["IND-03/agency/JST"]
    assert (part["agency"], part["kind"], part["window_from"], part["assumed"]) == ("JST", "cumulative", 2026, [])


FAULTS_OF_TARGETS = {
    "an interim target out of order": (
        "    interim:\n    - {year: 2028, value: 18000}\n    - {year: 2027, value: 17000}\n", 2, "not in order"),
    "an interim target beyond the target's year": (
        "    interim:\n    - {year: 2030, value: 18000}\n", 1, "before the target's year"),
    "an interim target without a value": ("    interim:\n    - {year: 2027}\n", 1, "'value' is missing"),
    "a geometric path through zero": (
        "    trajectory: {shape: geometric}\n    interim:\n    - {year: 2027, value: 0}\n", 2, "above zero"),
    "a band upside down": ("    trajectory: {shape: band}\n    low: 3\n    high: 2\n", -3, "the low one first"),
    "a domain the indicator is not reported by": (
        "    by_domain:\n    - {domain: D12, value: 900}\n", 1, "not reported by technology domain"),
    "an agency that does not report it": (
        "    by_agency:\n    - {agency: NEDO, value: 900}\n", 1, "NEDO does not report IND-04"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS_OF_TARGETS)
def test_a_path_that_cannot_be_is_refused_at_its_line(fault: str) -> None:
    more, lines, reason = FAULTS_OF_TARGETS[fault]
    text = with_target(more)
    with pytest.raises(PlanFileError) as refused:
        facts_of(text)
    assert reason in refused.value.reason
    # Counted from the line under the target's year; a target as a whole is at its own first line.
    assert refused.value.line == text[: text.index(more, IND_04)].count("\n") + 1 + (lines if lines > 0 else lines + 1)


def test_a_geometric_path_from_nothing_is_refused_at_its_baseline() -> None:
    text = with_target("    trajectory: {shape: geometric}\n").replace("    value: 15744\n", "    value: 0\n")
    with pytest.raises(PlanFileError, match="above zero") as refused:
        facts_of(text)
    assert refused.value.line == line_of(text, "    value: 0\n    period: FY2024")


def test_the_seven_name_the_plan_that_set_them_and_no_day_the_document_does_not_print() -> None:
    definitions = of_type("IndicatorDefined")
    decisions = {code: fact.data["decision"] for code, fact in definitions.items()}
    assert {code for code, decision in decisions.items() if decision} == {f"IND-0{n}" for n in range(1, 8)}
    decision = decisions["IND-05"]
    assert (decision["title_ja"], decision["decided_on"]) == ("第7期科学技術・イノベーション基本計画", None)
    assert decision["document_date"] == "2026-04-24"
    assert "参考資料2" in decision["document_ja"]


def test_whose_statistic_it_is_what_limits_it_and_how_it_is_judged() -> None:
    definitions = {code: fact.data for code, fact in of_type("IndicatorDefined").items()}
    assert {code for code, data in definitions.items() if data["source"]} == {"IND-01", "IND-07"}
    assert "科学技術指標" in definitions["IND-01"]["source"]["ja"]
    assert "source" in definitions["IND-01"]["assumed"]
    assert "source" not in definitions["IND-02"]["assumed"]
    assert {code: data["natural_limit"] for code, data in definitions.items() if data["natural_limit"]} == {
        "IND-01": "1", "IND-05": "100",
    }  # fmt: skip
    assert {data["pace_window"] for data in definitions.values()} == {5}
    assert (definitions["IND-02"]["tolerance"], definitions["IND-02"]["noise_sigma"]) == ("0.025", "0.03")
    assert definitions["IND-01"]["noise_sigma"] is None


SIGMA, TOLERANCE = "    noise_sigma_relative: 0.01\n", "    tolerance_relative: 0.0\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (SIGMA, "    noise_sigma_relative: 0\n"),
        (SIGMA, "    noise_sigma_relative: 1.5\n"),
        (SIGMA + TOLERANCE, SIGMA + "    tolerance_relative: -1\n"),
        (SIGMA + TOLERANCE + "    pace_window_points: 5\n", SIGMA + TOLERANCE + "    pace_window_points: 1\n"),
    ],
)
def test_numbers_of_judgement_that_judge_nothing_are_refused(old: str, new: str) -> None:
    assert old in TEXT
    text = TEXT.replace(old, new)
    with pytest.raises(PlanFileError) as refused:
        facts_of(text)
    assert refused.value.line == line_of(text, new)


MEAN = re.compile(r"(- id: P1\.A1\.M2\n.*?aggregation: )sum_of_flows\n", re.DOTALL)


def weighed(weights: str) -> Fact:
    """P1.A1.M2 as a weighted mean, with such a line about weights."""
    text, changed = MEAN.subn(rf"\1weighted_mean\n{weights}", TEXT, count=1)
    assert changed
    return next(fact for fact in facts_of(text) if (fact.type, fact.key) == ("IndicatorDefined", "P1.A1.M2"))


def test_a_weighted_mean_says_its_weights_or_that_they_are_assumed() -> None:
    said = weighed("        weights: {JST: 2.50, MEXT: 1}\n").data
    assert (said["weights"], "weights" in said["assumed"]) == ({"JST": "2.5", "MEXT": "1"}, False)
    silent = weighed("").data
    assert (silent["weights"], "weights" in silent["assumed"]) == ({}, True)
    assert all(fact.data["weights"] == {} for fact in of_type("IndicatorDefined").values())


@pytest.mark.parametrize(
    ("weights", "reason"),
    [
        ("{JST: 0}", "no weight, a number above 0, for JST"),
        ("{JST: -1}", "no weight"),
        ("{JST: viel}", "is not a number"),
        ("{JST: .nan}", "is not a number"),
        ("{JST: 0.0000001}", "no weight"),
        ("{JST: 1000000000000}", "no weight"),
        ("{NOBODY: 1}", "unknown agency NOBODY"),
        ("3", "is not a mapping"),
    ],
)
def test_a_weight_is_a_plain_number_above_zero_of_an_agency_there_is(weights: str, reason: str) -> None:
    with pytest.raises(PlanFileError, match=reason):
        weighed(f"        weights: {weights}\n")


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
