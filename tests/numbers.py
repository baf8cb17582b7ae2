"""The rule table of numbers: what is written, in which unit, and what it is; or why it is refused.

One table for every door. Money is stored in 百万円, everything else as shown. A row of 年度 is a fiscal year.
To add a door: a class and its line in tests/journeys/test_numbers.py.
"""

from decimal import Decimal
from typing import NamedTuple

from indicators.quantities import QuantityReason


class Row(NamedTuple):
    raw: str
    unit: str
    result: str  # the stored value, or the reason

    @property
    def outcome(self) -> "Decimal | str":
        return self.result if self.result in REASONS else Decimal(self.result)


REASONS = {str(reason) for reason in QuantityReason} | {"missing"}
YEAR = "年度"

NUMBERS = [
    # as people write them
    Row("15744", "人", "15744"),
    Row("15,744", "人", "15744"),
    Row("15,744人", "人", "15744"),
    Row("１５，７４４人", "人", "15744"),
    Row("  15744\t", "人", "15744"),
    Row("\u300015744\u00a0", "人", "15744"),
    Row("007", "件", "7"),
    Row("0", "件", "0"),
    Row("1.50", "件", "1.5"),
    Row("１．５", "件", "1.5"),
    Row("123456789012345678", "件", "123456789012345678"),
    Row("0.000001", "件", "0.000001"),
    # 万 億 兆 of a count
    Row("1.5万", "人", "15000"),
    Row("1.5万人", "人", "15000"),
    Row("１万５，７４４人", "人", "15744"),
    Row("2億3,000万", "人", "230000000"),
    # shares, ranks, stages, yes and no
    Row("32.2", "%", "32.2"),
    Row("32.2%", "%", "32.2"),
    Row("３２．２％", "%", "32.2"),
    Row("180%", "%", "180"),
    Row("13位", "位", "13"),
    Row("4", "stages_0_4", "4"),
    Row("1", "binary", "1"),
    # money
    Row("2.04", "兆円", "2040000"),
    Row("2.04兆円", "兆円", "2040000"),
    Row("2兆3,000億円", "億円", "2300000"),
    Row("２兆３０００億", "兆円", "2300000"),
    Row("1.5億円", "百万円", "150"),
    Row("1,500千円", "億円", "1.5"),
    Row("12,345,678円", "百万円", "12.345678"),
    Row("1円", "兆円", "0.000001"),
    Row("150百万円", "億円", "150"),
    # negatives, of money only
    Row("▲1.5億円", "億円", "-150"),
    Row("△1.5", "億円", "-150"),
    Row("−1.5", "億円", "-150"),
    Row("－１．５", "億円", "-150"),
    Row("-1.5", "億円", "-150"),
    Row("▲ １，２００万円", "百万円", "-12"),
    Row("▲0", "億円", "0"),
    Row("▲5", "人", "negative"),
    Row("△５％", "%", "negative"),
    Row("－1", "位", "negative"),
    Row("-1", "stages_0_4", "negative"),
    # a self-rating is one of five letters
    Row("S", "self_rating", "4"),
    Row("Ａ", "self_rating", "3"),
    Row(" b ", "self_rating", "2"),
    Row("d", "self_rating", "0"),
    Row("E", "self_rating", "not_a_rating"),
    Row("SA", "self_rating", "not_a_rating"),
    Row("3", "self_rating", "not_a_rating"),
    Row("-A", "self_rating", "not_a_rating"),
    Row("A評価", "self_rating", "not_a_rating"),
    Row("A\u200b", "self_rating", "control_character"),
    # nothing
    Row("", "人", "missing"),
    Row(" \u3000\t", "億円", "missing"),
    # what programs call numbers, and people do not
    Row("NaN", "人", "not_a_number"),
    Row("nan", "億円", "not_a_number"),
    Row("Infinity", "%", "not_a_number"),
    Row("-inf", "億円", "not_a_number"),
    Row("∞", "人", "not_a_number"),
    Row("1_000", "人", "not_a_number"),
    Row("0x1F", "人", "not_a_number"),
    Row("１ｅ５", "人", "exponent"),
    Row("1e5", "人", "exponent"),
    Row("1.5E-3", "億円", "exponent"),
    Row("#REF!", "人", "not_a_number"),
    Row("=1+1", "人", "not_a_number"),
    Row("+5", "人", "not_a_number"),
    Row(".5", "件", "not_a_number"),
    Row("5.", "件", "not_a_number"),
    Row("--5", "億円", "not_a_number"),
    Row("(5)", "億円", "not_a_number"),
    Row("-", "億円", "not_a_number"),
    # text
    Row("約5", "人", "not_a_number"),
    Row("５程度", "人", "not_a_number"),
    Row("なし", "人", "not_a_number"),
    Row("該当なし", "億円", "not_a_number"),
    Row("3件", "人", "not_a_number"),
    Row("5円", "人", "not_a_number"),
    Row("1 234", "人", "not_a_number"),
    Row("令和8年度", "人", "not_a_number"),
    Row("2026年", "件", "not_a_number"),
    # other scripts, invisible characters
    Row("三", "人", "foreign_digit"),
    Row("①", "人", "foreign_digit"),
    Row("١٢", "人", "foreign_digit"),
    Row("10²", "人", "foreign_digit"),
    Row("½", "件", "foreign_digit"),
    Row("12\x003", "人", "control_character"),
    Row("\x00", "億円", "control_character"),
    Row("12\u200b3", "人", "control_character"),
    Row("\ufeff12", "人", "control_character"),
    Row("12\u202e", "%", "control_character"),
    Row("①\x00", "件", "control_character"),
    Row("10²\x1b", "人", "control_character"),
    # separators and multipliers out of place
    Row("1,23", "人", "misplaced_comma"),
    Row("12,34,567", "人", "misplaced_comma"),
    Row("0,123", "人", "misplaced_comma"),
    Row("1.000,5", "件", "misplaced_comma"),
    Row("3億2兆", "億円", "multiplier_order"),
    Row("1億20000万", "億円", "multiplier_order"),
    Row("1億5百万円", "億円", "multiplier_order"),
    Row("1億5000", "億円", "money_unit_missing"),
    Row("2兆3000", "兆円", "money_unit_missing"),
    Row("1万", "%", "multiplier_not_allowed"),
    Row("1万", "位", "multiplier_not_allowed"),
    Row("5%", "人", "percent_sign"),
    Row("５％", "億円", "percent_sign"),
    # too much
    Row("1234567890" * 4, "人", "too_many_digits"),
    Row("123456789012345678901", "件", "too_many_digits"),
    Row("1234567890123456789", "件", "too_many_digits"),
    Row("1234567890123", "兆円", "too_many_digits"),
    Row("999999999999兆", "人", "too_many_digits"),
    Row("0.1234567", "件", "too_many_decimals"),
    Row("0.30000000000000004", "%", "too_many_decimals"),
    Row("0.5円", "億円", "too_many_decimals"),
    Row("1.5", "位", "not_whole"),
    Row("0.5", "binary", "not_whole"),
    Row("0", "位", "out_of_range"),
    Row("5", "stages_0_4", "out_of_range"),
    Row("2", "binary", "out_of_range"),
]

YEARS = [
    Row("2030", YEAR, "2030"),
    Row("２０３０", YEAR, "2030"),
    Row("FY2030", YEAR, "2030"),
    Row("2030年度", YEAR, "2030"),
    Row("令和12年度", YEAR, "2030"),
    Row("令和１２", YEAR, "2030"),
    Row("R12", YEAR, "2030"),
    Row("ｒ１２年度", YEAR, "2030"),
    Row("平成42年度", YEAR, "not_a_year"),
    Row("昭和100年度", YEAR, "not_a_year"),
    Row("令和0年度", YEAR, "not_a_year"),
    Row("1999", YEAR, "not_a_year"),
    Row("2101", YEAR, "not_a_year"),
    Row("30", YEAR, "not_a_year"),
    Row("2030.0", YEAR, "not_a_year"),
    Row("来年度", YEAR, "not_a_year"),
    Row("2030年", YEAR, "calendar_year"),
    Row("令和12年", YEAR, "calendar_year"),
    Row("二〇三〇", YEAR, "foreign_digit"),
    Row("20\u200b30", YEAR, "control_character"),
]
