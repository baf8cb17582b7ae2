"""How far an indicator is from its trajectory is said in its own unit; what anybody wrote stays one inert line."""

import struct
from datetime import date
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring
from django.utils.translation import override

from indicators.models import Indicator, IndicatorDefinition
from indicators.quantities import unit_named
from reporting.alerts.letters.facts import day_shown, facts, gap_shown, inert, numbers
from reporting.queries.charts import PNG_WIDTH, draw, draw_png
from reporting.queries.desk.judged_chart import judged_chart
from tests.acts import at
from tests.letters import band, level, rank, said, share, stage, total


@pytest.mark.parametrize(
    ("evidence", "unit", "japanese", "english"),
    [
        (level("7000"), "件", "−1,667件（計画上の進捗の23.1%）", "−1,667 cases (23.1% of the planned progress)"),
        (level("8710", "9800"), "件", "+50件（計画上の進捗の101.5%）", "+50 cases (101.5% of the planned progress)"),
        (share("33.1"), "%", "−5.0ポイント（計画上の進捗の15.2%）", "−5.0 points (15.2% of the planned progress)"),
        (
            total("9500000"),
            "兆円",
            "−0.50兆円（計画上の進捗の95%）",
            "−0.50 trillion yen (95% of the planned progress)",
        ),
        (rank("13"), "位", "1位分の遅れ", "1 place behind"),
        (rank("14", "15"), "位", "3位分の遅れ", "3 places behind"),
        (rank("9"), "位", "", ""),
        (stage("1"), "stages_0_4", "2段階の遅れ", "2 stages behind"),
        (stage("4"), "stages_0_4", "", ""),
        (band("35", "28"), "%", "−2ポイント", "−2 points"),
        ({"observed": "0", "expected": "1"}, "binary", "", ""),
        ({"observed": "9.75", "expected": "10"}, "件", "−0.250件", "−0.250 cases"),
        ({"observed": "7000"}, "件", "", ""),
        ({}, "件", "", ""),
    ],
)
def test_the_difference_from_the_trajectory_in_words(
    evidence: dict[str, Any], unit: str, japanese: str, english: str
) -> None:
    for language, words in (("ja", japanese), ("en", english)):
        with override(language):
            assert gap_shown(evidence, unit_named(unit)) == words


def test_a_value_says_that_it_is_provisional_or_a_lower_bound() -> None:
    with override("ja"):
        assert dict(numbers(level("8710", "7900", provisional=True), unit_named("件")))["値"] == "7,900件（速報）"
        assert dict(numbers(level("7900") | {"lower_bound": True}, unit_named("件")))["値"] == "7,900件（下限）"


def test_what_waits_to_be_confirmed_is_not_in_force() -> None:
    with override("ja"):
        assert dict(facts(said("pending"), {}, unit_named("件")))["判定"] == "順調"
        assert dict(facts(said("fired"), {}, unit_named("件")))["判定"] == "遅れ（変更前：順調）"


def test_why_is_not_said_of_what_a_person_has_set() -> None:
    with override("ja"):
        assert "判定の理由" in dict(facts(said("fired"), level("7000"), unit_named("件")))
        by_hand = dict(facts(said("by_hand", by="京子", until="2027-09-30"), level("7000"), unit_named("件")))
    assert "判定の理由" not in by_hand
    assert (by_hand["判定者"], by_hand["手動判定の期限"]) == ("京子", "2027年9月30日（木）")


def test_days_are_those_of_japan() -> None:
    with override("ja"):
        assert day_shown(at("2027-07-05 00:30")) == "2027年7月5日（月）"
    with override("en"):
        assert day_shown(date(2027, 8, 2)) == "Mon 2 Aug 2027"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("A\r\nBcc: x@y.example", "A Bcc: x@y.example"),
        ("A\u2028B\u2029C\x85D\x0bE", "A B C D E"),
        ("\x00A\x1b[31mB\x7f", "A[31mB"),
        ("\u202egnp.exe\u202c", "gnp.exe"),
        ("\u2066a\u2069\u200b\u200e\ufeffb\u061c", "ab"),
        ("あ\ud800い", "あい"),
        ("  研究　時間 ", "研究 時間"),
        ("辻\U000e0100", "辻\U000e0100"),  # a variant of a character in a name is no trick
        ("<script>", "<script>"),  # html is for the templates to escape
    ],
)
def test_what_anybody_has_written_is_one_line_that_turns_nothing(written: str, shown: str) -> None:
    assert inert(written) == shown


# --- the chart ---


def defined(unit: str, **more: Any) -> IndicatorDefinition:
    return IndicatorDefinition(indicator=Indicator(name_ja="指標", name_en="Indicator"), unit=unit, **more)


def test_the_chart_is_of_the_numbers_that_were_judged() -> None:
    with override("ja"):
        data = judged_chart(level("8710", "7900", provisional=True), defined("件"))
    assert data is not None
    assert (data.actual, data.provisional) == (((2026, 8710),), ((2027, 7900),))
    assert (data.path[0], data.path[-1], data.target) == ((2024, 6500), (2030, 13000), (2030, 13000))
    assert (data.baseline, data.labels) == ((2024, 6500), ((2027, 7900, "7,900件"),))
    assert data.years[0] == (2024, "2024年度")


def test_a_running_total_is_drawn_on_years_and_in_the_unit_shown() -> None:
    with override("ja"):
        data = judged_chart(total("9500000", "19800000"), defined("兆円"))
    assert data is not None
    assert data.actual == ((2026, 9.5), (2027, 19.8))
    assert (data.path[0], data.path[-1], data.target) == ((2025, 0), (2030, 60), (2030, 60))


def test_ranks_stages_and_bands_are_drawn_as_what_they_are() -> None:
    with override("ja"):
        of_rank, of_stage, of_band = (
            judged_chart(rank("14"), defined("位", observation_offset_years=-4)),
            judged_chart(stage("1"), defined("stages_0_4")),
            judged_chart(band("35", "28"), defined("%")),
        )
    assert of_rank is not None
    assert of_stage is not None
    assert of_band is not None
    assert of_rank.rank
    assert of_rank.years[0] == (2024, "2024")
    assert of_stage.steps
    assert of_stage.path == ((2026, 0), (2026.5, 1), (2027, 3), (2028, 4))
    assert of_band.band == (((2024, 30), (2030, 30)), ((2024, 40), (2030, 40)))
    assert of_band.target is None
    assert of_band.path == ()


def test_the_outlook_is_drawn_from_four_values_on_with_what_holds_it() -> None:
    with override("ja"):
        two = judged_chart(level("8710"), defined("件"))
        four = judged_chart(level("7500", "8710", "9300"), defined("件"))
        of_rank = judged_chart(rank("14"), defined("位", observation_offset_years=-4))
        other = level("7500", "8710", "9300")
        other["inputs"] = other["inputs"] | {"method": "of before"}
        by_another = judged_chart(other, defined("件"))
    assert two is not None
    assert four is not None
    assert of_rank is not None
    assert by_another is not None
    assert (two.ahead[0], two.ahead[-1][0], two.ahead_low) == ((2026, 8710), 2030, ())
    assert [x for x, _ in four.ahead] == [x for x, _ in four.ahead_low] == [2028, 2029, 2030]
    assert four.ahead_low[-1][1] < four.ahead[-1][1] < four.ahead_high[-1][1]
    assert four.ahead_label == "見通し\n10,773件"
    assert of_rank.ahead == by_another.ahead == ()


def test_the_drawing_names_its_series_says_each_year_and_holds_no_style() -> None:
    with override("ja"):
        data = judged_chart(level("7500", "8710", "9300"), defined("件"))
    assert data is not None
    for size in ("large", "small"):
        svg = draw(data, "ja", size)
        assert svg == draw(data, "ja", size)
        assert b"style" not in svg
        groups = list(fromstring(svg).iter("{http://www.w3.org/2000/svg}g"))
        names = {group.get("data-name") for group in groups} - {None}
        assert names == {"承認済み・確定", "軌道上の期待値", "見通し（80％区間）", "基準値", "目標"}
        said = {group.get("data-year"): group.get("data-said") for group in groups if group.get("data-year")}
        assert said["2028年度"] == "承認済み・確定: 9,300 件\n軌道上の期待値: 10,833 件"
        assert said["2030年度"] == (
            "軌道上の期待値: 13,000 件\n見通し（80％区間）: 10,773 件 (10,180 – 11,366)\n目標: 13,000 件"
        )


def test_without_the_inputs_there_is_nothing_to_draw() -> None:
    assert judged_chart({"observed": "7000", "expected": "8666.666667"}, defined("件")) is None
    assert judged_chart({}, defined("件")) is None


def test_the_picture_is_the_same_bytes_each_time_and_twice_as_fine_as_it_is_shown() -> None:
    with override("ja"):
        data = judged_chart(level("8710", "7900"), defined("件"))
    assert data is not None
    png = draw_png(data, "ja")
    assert png == draw_png(data, "ja")
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">I", png[16:20]) == (2 * PNG_WIDTH,)
    assert b"Software" not in png
    assert len(png) < 60_000
