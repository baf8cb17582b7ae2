"""What is kept with a standing, compared whole: every number of an explanation can be worked by hand."""

from typing import Any

import pytest

from reporting.domain.evaluation import digest_of, evaluate, explained
from tests.rules.series import level, period, total, with_period

RATIO = [["on_track_from", "0.95"], ["off_track_below", "0.6"]]
# What most explanations have in common.
USUAL: dict[str, Any] = {
    "coverage": "1", "lower_bound": False, "method": 2, "held": None, "provisional": None, "known": None,
    "unguarded": None, "needs_confirmation": False, "outlook": None,
}  # fmt: skip
# 100 a year, from FY2019 to FY2025.
STEADY = [period(year, str(6500 + 100 * (year - 2019))) for year in range(2019, 2026)]


def kept(inputs: dict[str, Any]) -> dict[str, Any]:
    return explained(evaluate(inputs), inputs)


def whole(inputs: dict[str, Any], **said: Any) -> dict[str, Any]:
    return USUAL | {"inputs": inputs, "digest": digest_of(inputs)} | said


def year(code: str, cls: str, official: str, how: str, **numbers: str) -> dict[str, Any]:
    return {"period": code, "class": cls, "official": official, "how": how, "provisional": False, **numbers}


def test_a_level_near_an_edge() -> None:
    """1,083.33 a year are planned from 6,500 on: 9,750 by FY2027, of which 3,035 of 3,250 are gone; σ is 195.

    The slopes between 6,500, 8,710 and 9,535 are 1,105, 1,011.67 and 825; three years on, 3,035 more are 12,570, and
    with 0.9 + 0.81 + 0.729 of a year's change 12,002.455.
    """
    inputs = level("8710", "9535")
    assert kept(inputs) == whole(
        inputs,
        **{"class": "at_risk", "reason": "attainment_below_095", "how": "held", "table": "B1_level"},
        thresholds=RATIO, observed="9535", observed_at="2027", target="13000", target_at="2030", baseline="6500",
        expected="9750", attainment="0.933846", shortfall="215", noise="1.102564", needed_pace="1155",
        elapsed_years="3", earned_years="2.801538",
        held={"class": "at_risk", "since": "FY2027", "worse": True},
        outlook={
            "pace": "1011.666667", "pace_index": "0.875902", "at_target": "12570", "damped": "12002.455",
            "share": "0.933846", "share_damped": "0.846532", "points": 3, "reference_only": True,
        },
        periods=[
            year("FY2026", "on_track", "on_track", "first", attainment="1.02", observed="8710"),
            year("FY2027", "at_risk", "on_track", "held", attainment="0.933846", observed="9535"),
        ],
    )  # fmt: skip


def test_a_running_total_and_its_interval() -> None:
    """The median slope of the flows is (792 + 792.33) / 2, the line stands at 6,792.08 in the fourth year and at
    7,584.25 in the fifth. Four flows leave two degrees of freedom: t of 90 % is 0.8 · √(2 / 0.36) = 1.885618. The
    noise, 3 % of 6,792, is more than their spread; √(1 + 1/4 + 2.5² / 5) = 1.581139: 607.494948 on either side.
    """
    inputs = total("4415", "5208", "6000", "6792")
    assert kept(inputs) == whole(
        inputs,
        **{"class": "on_track", "reason": "attainment_from_095", "how": "same", "table": "B2_cumulative"},
        thresholds=RATIO, observed="22415", observed_at="4", target="30000", target_at="5", expected="22415.333333",
        attainment="0.999985", shortfall="0.333333", noise="0.000496", needed_pace="7585", to_complete="1.000044",
        elapsed_years="4", earned_years="3.999951",
        outlook={
            "pace": "6792.083333", "pace_index": "0.895463", "at_target": "29999.25", "damped": "29920.03333",
            "low": "29391.75505", "high": "30606.74495", "share": "0.999975", "share_damped": "0.997334",
            "share_low": "0.979725", "share_high": "1.020225", "points": 4, "reference_only": False,
        },
        periods=[
            year("FY2026", "on_track", "on_track", "first", attainment="0.999925", observed="4415"),
            year("FY2027", "on_track", "on_track", "same", attainment="1", observed="9623"),
            year("FY2028", "on_track", "on_track", "same", attainment="1", observed="15623"),
            year("FY2029", "on_track", "on_track", "same", attainment="0.999985", observed="22415"),
        ],
    )  # fmt: skip


def test_a_level_that_is_to_fall_and_cannot_fall_below_its_limit() -> None:
    """From 40 to 20, and 3.5 less every year: 19.5 in FY2030; 0.69 · 1.885618 · 1.581139 = 2.0571825 on either side,
    and nothing below 19. Of the five values the newest four are looked at."""
    inputs = level(
        "33.5", "30", "26.5", "23", direction="down", pace_window=4, natural_limit="19",
        target={"time": "2030", "value": "20"}, baseline={"time": "2024", "value": "40"},
        trajectory={"shape": "linear", "from_time": "2024", "from_value": "40", "to_time": "2030", "to_value": "20"},
    )  # fmt: skip
    assert kept(inputs) == whole(
        inputs,
        **{"class": "on_track", "reason": "attainment_from_095", "how": "same", "table": "B1_level"},
        thresholds=RATIO, observed="23", observed_at="2029", target="20", target_at="2030", baseline="40",
        expected="23.333333", attainment="1.02", shortfall="-0.333333", noise="-0.277778", needed_pace="-3",
        elapsed_years="5", earned_years="5.1",
        outlook={
            "pace": "-3.5", "pace_index": "1.166667", "at_target": "19.5", "damped": "19.85", "low": "19",
            "high": "21.557182", "share": "1.025", "share_damped": "1.0075", "share_low": "0.922141",
            "share_high": "1.05", "points": 4, "reference_only": False,
        },
        periods=[
            year("FY2026", "on_track", "on_track", "first", attainment="0.975", observed="33.5"),
            year("FY2027", "on_track", "on_track", "same", attainment="1", observed="30"),
            year("FY2028", "on_track", "on_track", "same", attainment="1.0125", observed="26.5"),
            year("FY2029", "on_track", "on_track", "same", attainment="1.02", observed="23"),
        ],
    )  # fmt: skip


def test_a_stage_behind_its_plan() -> None:
    inputs = level(
        "1", None, "2", kind="stage", tolerance="0", target={"time": "2030", "value": "4"}, baseline=None,
        trajectory={"shape": "milestones", "points": [["2026", "1"], ["2028", "3"], ["2030", "4"]], "stepped": True},
    )  # fmt: skip
    assert kept(inputs) == whole(
        inputs,
        **{"class": "at_risk", "reason": "stage_behind", "how": "outside", "table": "B4_stage"},
        thresholds=[["off_track_stages", "2"], ["off_track_overdue_years", "0.246575"]],
        observed="2", observed_at="2028", target="4", target_at="2030", expected="3", shortfall="1",
        elapsed_years="2", earned_years="0",
        periods=[
            year("FY2026", "on_track", "on_track", "first", observed="1"),
            year("FY2027", "unknown", "unknown", "outside"),
            year("FY2028", "at_risk", "at_risk", "outside", observed="2"),
        ],
    )  # fmt: skip


def test_a_lower_bound_that_is_bad_with_the_missing_part_filled_in_too() -> None:
    """4,415 of 9,623 are 0.459, and 4,415 / 0.9 still 0.510."""
    inputs = total("4415", None)
    assert kept(inputs) == whole(
        inputs,
        **{"class": "off_track", "reason": "attainment_below_060", "how": "at_once", "table": "B2_cumulative"},
        thresholds=RATIO, lower_bound=True, coverage="0.9", observed="4415", observed_at="2", target="30000",
        target_at="5", expected="9623", attainment="0.458797", shortfall="5208", noise="18.040112",
        needed_pace="8528.333333", to_complete="1.255582", elapsed_years="2", earned_years="0.999925",
        periods=[
            year("FY2026", "on_track", "on_track", "first", attainment="0.999925", observed="4415"),
            year("FY2027", "off_track", "off_track", "at_once", attainment="0.458797", observed="4415"),
        ],
    )  # fmt: skip


def test_a_year_without_a_value() -> None:
    inputs = level("8700", None)
    assert kept(inputs) == whole(
        inputs,
        **{"class": "unknown", "reason": "value_missing", "how": "outside", "table": "B1_level"},
        thresholds=RATIO, observed_at="2027", target="13000", target_at="2030", baseline="6500", expected="9750",
        known=["on_track", "FY2026"],
        periods=[
            year("FY2026", "on_track", "on_track", "first", attainment="1.015385", observed="8700"),
            year("FY2027", "unknown", "unknown", "outside"),
        ],
    )  # fmt: skip


def test_without_a_path_the_target_alone_is_said() -> None:
    inputs = level("8700", trajectory=None, baseline=None)
    assert kept(inputs) == whole(
        inputs,
        **{"class": "unknown", "reason": "trajectory_missing", "how": "first", "table": "B1_level"},
        thresholds=RATIO, observed="8700", observed_at="2026", target="13000", target_at="2030",
        periods=[year("FY2026", "unknown", "unknown", "first", observed="8700")],
    )  # fmt: skip


def test_numbers_that_are_no_decimals_are_read_as_they_are() -> None:
    """From a third to four thirds: half way in FY2027 are five sixths."""
    inputs = level(
        None, "5/6", tolerance="0", target={"time": "2030", "value": "4/3"}, baseline={"time": "2024", "value": "1/3"},
        trajectory={"shape": "linear", "from_time": "2024", "from_value": "1/3", "to_time": "2030", "to_value": "4/3"},
    )  # fmt: skip
    said = kept(inputs)
    assert (said["baseline"], said["expected"], said["target"]) == ("0.333333", "0.833333", "1.333333")
    assert (said["attainment"], said["outlook"]["share"]) == ("1", "1")


def test_what_the_guard_kept_from_being_said_stands_beside_the_class() -> None:
    """8,666.67 are expected; 126.67 short are 0.94 of the way and 0.65 σ."""
    said = kept(level("8540"))
    assert (said["class"], said["reason"], said["unguarded"]) == ("on_track", "within_noise", "at_risk")


def test_a_value_that_has_to_be_confirmed_is_provisional() -> None:
    """100 a year from FY2018 on, and then 1,200 less than the line."""
    inputs = level(
        sigma="0.001", baseline={"time": "2018", "value": "6400"}, target={"time": "2030", "value": "7600"},
        trajectory={"shape": "linear", "from_time": "2018", "from_value": "6400", "to_time": "2030",
                    "to_value": "7600"},
        periods=[*STEADY, period(2026, "6000")],
    )  # fmt: skip
    said = kept(inputs)
    assert (said["class"], said["needs_confirmation"], said["provisional"]) == ("off_track", True, "off_track")
    assert [row["provisional"] for row in said["periods"]] == [False] * 7 + [True]
    # 4 MAD of a noise of 3 % are 8.1 % of the line's 7,200
    for value, suspicious in (("6630", False), ("6610", True)):
        assert kept(with_period(inputs | {"sigma": "0.03"}, 7, observed=value))["needs_confirmation"] is suspicious


@pytest.mark.parametrize("value", ["7100", "6000"])
def test_a_second_value_of_a_year_is_held_against_no_line(value: str) -> None:
    inputs = level(baseline={"time": "2018", "value": "6400"}, periods=[*STEADY, period(2025, value)])
    assert not kept(inputs)["needs_confirmation"]


def test_an_old_value_and_a_rank_are_held_against_no_line() -> None:
    old = level(baseline={"time": "2018", "value": "6400"}, periods=[*STEADY, period(2026, "6000", age=1)])
    assert not kept(old)["needs_confirmation"]
    rank = level(
        kind="rank", direction="down", baseline={"time": "2018", "value": "13"}, target={"time": "2030", "value": "3"},
        trajectory={"shape": "rank", "from_time": "2018", "from_value": "13", "to_time": "2030", "to_value": "3"},
        periods=[period(year, str(2031 - year)) for year in range(2019, 2026)] + [period(2026, "12")],
    )  # fmt: skip
    assert not kept(rank)["needs_confirmation"]
