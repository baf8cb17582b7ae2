"""The checks of a plan file are read with the indicator they are about, or refused at their line."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from indicators import plan_file
from indicators.plan_file import PlanFileError

SHIPPED = Path(plan_file.__file__).parent.parent / "data" / "plan7.yaml"


def checks(text: str) -> dict[str, list[dict[str, Any]]]:
    return {f.key: f.data.get("checks", []) for f in plan_file.facts_of(text) if f.type == "IndicatorDefined"}


def shipped_with(indicator: str, *rows: Any) -> str:
    plan = yaml.load(SHIPPED.read_text(encoding="utf-8"), yaml.CSafeLoader)
    next(row for row in plan["indicators"] if row["id"] == indicator)["checks"] = list(rows)
    return yaml.dump(plan, Dumper=yaml.CSafeDumper, allow_unicode=True)


def test_the_shipped_plan_checks_by_kind() -> None:
    found = checks(SHIPPED.read_text(encoding="utf-8"))
    count = {"kind": "history", "points": 5, "times": "4", "floor": "0.3", "least": "5"}
    assert found["IND-01"] == []
    assert found["IND-02"] == [count]
    assert found["IND-05"] == [{"kind": "share"}, count | {"floor": "0.2"}]
    assert found["IND-06"] == [count | {"least": "0"}, {"kind": "at_most", "others": ["IND-07"]}]
    assert found["P1.A5.M4"] == [{"kind": "never_falls", "within": "plan", "asks": True}]


def test_an_indicator_s_own_check_takes_the_place_of_the_default_of_its_name() -> None:
    own = {"points": 8, "times": 3, "floor": 0.1, "least": 2}
    found = checks(shipped_with("IND-07", {"history": own}, {"sum_of": ["IND-06/former_basis_initial", "P1.A6.M3"]}))
    assert found["IND-07"] == [
        # 兆円 are stored as 百万円.
        {"kind": "history", "points": 8, "times": "3", "floor": "0.1", "least": "2000000"},
        {"kind": "sum_of", "others": ["IND-06/former_basis_initial", "P1.A6.M3"]},
    ]


@pytest.mark.parametrize(
    ("indicator", "row", "reason"),
    [
        ("IND-02", {"at_most": "IND-99"}, "unknown figure 'IND-99'"),
        ("IND-02", {"at_most": "IND-02"}, "checked against itself"),
        ("IND-02", {"at_most": "IND-07"}, "cannot be compared"),
        ("IND-02", {"at_most": 5}, "not of the right kind"),
        ("IND-02", {"sum_of": ["IND-03"]}, "at least two"),
        ("IND-02", {"never_falls": "month"}, "within the year or the plan"),
        ("IND-02", {"share": True}, "for a ratio"),
        ("IND-02", {"wonders": True}, "not a check"),
        ("IND-02", {"at_most": "IND-03", "never_falls": "year"}, "not a check"),
        ("IND-02", {"history": {"points": 2, "times": 4, "floor": 0, "least": 0}}, "points (from 4)"),
        ("IND-02", {"history": {"points": 5, "times": -1, "floor": 0, "least": 0}}, "none below 0"),
        ("IND-02", {"history": {"points": 5, "times": 4, "floor": 0}}, "times, floor and least"),
        ("IND-01", {"history": {"points": 5, "times": 4, "floor": 0, "least": 0}}, "has no band"),
    ],
)
def test_a_check_that_says_nothing_sensible_is_refused_with_its_line(indicator: str, row: Any, reason: str) -> None:
    with pytest.raises(PlanFileError) as refused:
        checks(shipped_with(indicator, row))
    assert reason in refused.value.reason
    assert refused.value.line > 1
