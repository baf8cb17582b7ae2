from contextlib import suppress
from decimal import Decimal, localcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.quantities import (
    QuantityError,
    QuantityReason,
    UnitError,
    UnitKind,
    format_quantity,
    parse_quantity,
    parse_year,
    show,
    unit_named,
)

UNITS = ["人", "件", "%", "位", "兆円", "億円", "百万円", "円", "stages_0_4", "binary", "self_rating", "拠点"]


@pytest.mark.parametrize(
    ("raw", "unit", "stored"),
    [
        ("15,744", "人", "15744"),
        ("15744人", "人", "15744"),
        ("１５，７４４人", "人", "15744"),
        (" 　13 位\r\n", "位", "13"),
        ("1.5万", "人", "15000"),
        ("1.5万人", "人", "15000"),
        ("1万5,744", "人", "15744"),
        ("3万", "人", "30000"),
        ("0", "件", "0"),
        ("007", "件", "7"),
        ("32.2", "%", "32.2"),
        ("32.2％", "%", "32.2"),
        ("180%", "%", "180"),
        ("4", "stages_0_4", "4"),
        ("1", "binary", "1"),
        ("1.50", "人", "1.5"),
        ("0.333333", "人", "0.333333"),
    ],
)
def test_counts_shares_ranks_and_stages_are_stored_as_shown(raw: str, unit: str, stored: str) -> None:
    value = parse_quantity(raw, unit_named(unit))
    assert str(value) == stored


@pytest.mark.parametrize(
    ("raw", "unit", "stored"),
    [
        ("2.04", "兆円", "2040000"),
        ("2.04兆円", "兆円", "2040000"),
        ("20.4兆", "兆円", "20400000"),
        ("2兆3,000億", "兆円", "2300000"),
        ("2兆3,000億円", "百万円", "2300000"),
        ("1.5億円", "兆円", "150"),
        ("1.5", "億円", "150"),
        ("1.5", "百万円", "1.5"),
        ("150百万円", "億円", "150"),
        ("1,500千円", "億円", "1.5"),
        ("1億5,000円", "億円", "100.005"),
        ("1円", "兆円", "0.000001"),
        ("12,345,678円", "百万円", "12.345678"),
        ("▲1.5億円", "億円", "-150"),
        ("△1.5", "億円", "-150"),
        ("−1.5", "億円", "-150"),
        ("－１．５", "億円", "-150"),
        ("-1.5", "億円", "-150"),
        ("▲ 1.5", "億円", "-150"),
        ("▲0", "億円", "0"),
        ("60", "兆円", "60000000"),
    ],
)
def test_money_in_any_spelling_is_stored_in_million_yen(raw: str, unit: str, stored: str) -> None:
    assert str(parse_quantity(raw, unit_named(unit))) == stored


@pytest.mark.parametrize(
    ("raw", "unit", "reason"),
    [
        ("", "人", "empty"),
        (" \u3000\t", "人", "empty"),
        ("12\x003", "人", "control_character"),
        ("12\u200b3", "人", "control_character"),
        ("\ufeff12", "人", "control_character"),
        ("١٢", "人", "foreign_digit"),
        ("三", "人", "foreign_digit"),
        ("①", "人", "foreign_digit"),
        ("10²", "人", "foreign_digit"),
        ("½", "人", "foreign_digit"),
        ("㏠", "日", "foreign_digit"),  # NFKC makes it "1日"
        ("NaN", "人", "not_a_number"),
        ("Infinity", "人", "not_a_number"),
        ("1_000", "人", "not_a_number"),
        ("約5", "人", "not_a_number"),
        ("5程度", "人", "not_a_number"),
        ("3件", "人", "not_a_number"),
        ("人", "人", "not_a_number"),
        ("-", "億円", "not_a_number"),
        ("円", "億円", "not_a_number"),
        ("+5", "人", "not_a_number"),
        (".5", "人", "not_a_number"),
        ("5.", "人", "not_a_number"),
        ("--5", "億円", "not_a_number"),
        ("(5)", "億円", "not_a_number"),
        ("1 234", "人", "not_a_number"),
        ("1.2.3万", "人", "not_a_number"),
        ("万", "人", "not_a_number"),
        ("5ー", "人", "not_a_number"),
        ("1e5", "人", "exponent"),
        ("1E+5", "人", "exponent"),
        ("1,23", "人", "misplaced_comma"),
        ("12,34,567", "人", "misplaced_comma"),
        (",123", "人", "misplaced_comma"),
        ("0,123", "人", "misplaced_comma"),
        ("1.000,5", "人", "misplaced_comma"),
        ("1,5万", "人", "misplaced_comma"),
        ("3億2兆", "億円", "multiplier_order"),
        ("1億20000万", "億円", "multiplier_order"),
        ("1.5億2000万", "億円", "multiplier_order"),
        ("1億百万円", "億円", "multiplier_order"),
        ("1億5百万円", "億円", "multiplier_order"),
        ("1億5000", "億円", "money_unit_missing"),
        ("2兆3000", "兆円", "money_unit_missing"),
        ("1万", "%", "multiplier_not_allowed"),
        ("1万", "位", "multiplier_not_allowed"),
        ("1万", "stages_0_4", "multiplier_not_allowed"),
        ("5%", "人", "percent_sign"),
        ("5%", "億円", "percent_sign"),
        ("5%", "binary", "percent_sign"),
        ("5円", "人", "not_a_number"),
        ("123456789012345678901", "人", "too_many_digits"),
        ("9兆" + "0" * 30, "人", "too_many_digits"),
        ("999999999999兆", "人", "too_many_digits"),
        ("0.1234567", "人", "too_many_decimals"),
        ("0.30000000000000004", "%", "too_many_decimals"),
        ("0.5円", "億円", "too_many_decimals"),
        ("▲5", "人", "negative"),
        ("-3", "%", "negative"),
        ("-1", "stages_0_4", "negative"),
        ("-1", "位", "negative"),
        ("1.5", "位", "not_whole"),
        ("1.5", "stages_0_4", "not_whole"),
        ("0.5", "binary", "not_whole"),
        ("0", "位", "out_of_range"),
        ("5", "stages_0_4", "out_of_range"),
        ("2", "binary", "out_of_range"),
    ],
)
def test_everything_else_is_refused_with_its_reason_and_the_raw_text(raw: str, unit: str, reason: str) -> None:
    with pytest.raises(QuantityError) as refusal:
        parse_quantity(raw, unit_named(unit))
    assert (refusal.value.reason, refusal.value.raw) == (QuantityReason(reason), raw)


@settings(max_examples=150)
@given(
    st.text(alphabet=st.sampled_from("0123456789.,万億兆円%▲-－ 人位百千eE_∞①٣\x00"), max_size=30),
    st.sampled_from(UNITS),
)
def test_any_text_gives_a_finite_canonical_value_or_a_named_refusal(raw: str, unit: str) -> None:
    with suppress(QuantityError):
        value = parse_quantity(raw, unit_named(unit))
        assert value.is_finite()
        assert "E" not in str(value)
        written = format_quantity(value, unit_named(unit))
        assert (written, parse_quantity_again(written, unit)) == (written, value)


def parse_quantity_again(written: str, unit: str) -> Decimal | QuantityReason:
    try:
        return parse_quantity(written, unit_named(unit))
    except QuantityError as refusal:
        return refusal.reason


@settings(max_examples=100)
@given(st.integers(-(10**18), 10**18), st.sampled_from(["円", "千円", "百万円", "億円", "兆円"]))
def test_money_shown_in_any_unit_is_read_back_to_the_yen(yen: int, unit: str) -> None:
    value = Decimal(yen).scaleb(-6)
    written = format_quantity(value, unit_named(unit))
    assert parse_quantity(written, unit_named(unit)) == value
    assert parse_quantity(written, unit_named("百万円")) == value


def test_a_narrow_decimal_context_of_the_caller_changes_nothing() -> None:
    with localcontext() as context:
        context.prec = 3
        assert parse_quantity("12,345.678901億円", unit_named("億円")) == Decimal("1234567.8901")
        assert format_quantity(Decimal("1234567.8901"), unit_named("億円")) == "12,345.678901億円"


@pytest.mark.parametrize(
    ("stored", "unit", "text"),
    [("15744", "人", "15,744人"), ("2040000", "兆円", "2.04兆円"), ("32.20", "%", "32.2%"), ("13", "位", "13位"),
     ("-150", "億円", "-1.5億円"), ("0", "件", "0件"), ("1E+3", "件", "1,000件"), ("3", "stages_0_4", "3"),
     ("60000000", "兆円", "60兆円")],
)  # fmt: skip
def test_a_quantity_is_written_exactly_with_its_unit(stored: str, unit: str, text: str) -> None:
    assert format_quantity(Decimal(stored), unit_named(unit)) == text


def test_sixty_trillion_yen_is_sixty_in_its_own_unit() -> None:
    assert show(Decimal(60_000_000), unit_named("兆円")) == 60


def test_a_unit_knows_its_kind() -> None:
    kinds = {name: unit_named(name).kind for name in ["人", "％", "位", "億円", "stages_0_4", "binary", "t-CO2"]}
    assert list(kinds.values()) == [UnitKind.COUNT, UnitKind.PERCENT, UnitKind.RANK, UnitKind.MONEY, UnitKind.STAGE,
                                    UnitKind.BINARY, UnitKind.COUNT]  # fmt: skip
    assert parse_quantity("5t-CO2", unit_named("t-CO2")) == 5


@pytest.mark.parametrize("name", ["", " ", "5人", "万人", "兆", "-", "人\x00", "人" * 41])
def test_a_name_that_could_be_part_of_a_number_is_no_unit(name: str) -> None:
    with pytest.raises(UnitError):
        unit_named(name)


@pytest.mark.parametrize(
    ("raw", "year"),
    [("令和8年度", 2026), ("R8", 2026), ("r8", 2026), ("Ｒ８年度", 2026), ("2026", 2026), ("２０２６年度", 2026),
     ("FY2026", 2026), (" 令和８ ", 2026), ("令和元年度", 2019), ("R12", 2030), ("平成30年度", 2018), ("H12", 2000)],
)  # fmt: skip
def test_a_fiscal_year_is_read_in_either_calendar(raw: str, year: int) -> None:
    assert parse_year(raw) == year


@pytest.mark.parametrize(
    ("raw", "reason"),
    [("2023年", "calendar_year"), ("令和5年", "calendar_year"), ("26", "not_a_year"), ("R0", "not_a_year"),
     ("H32", "not_a_year"), ("昭和60年度", "not_a_year"), ("1999", "not_a_year"), ("2101", "not_a_year"), ("", "empty"),
     ("٢٠٢٦", "foreign_digit"), ("2026.0", "not_a_year"), ("H11", "not_a_year"), ("FYR8", "not_a_year")],
)  # fmt: skip
def test_a_calendar_year_or_anything_else_is_not_a_fiscal_year(raw: str, reason: str) -> None:
    with pytest.raises(QuantityError) as refusal:
        parse_year(raw)
    assert refusal.value.reason == reason
