"""The rule table is what the one parser does; every reason is in it, and says in Japanese what to do."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from indicators.quantities import BareNumber, QuantityError, QuantityReason, parse_quantity, parse_year, unit_named
from reporting.queries.words import PROBLEMS
from tests.numbers import NUMBERS, YEARS, Row

JAPANESE = Path(__file__).parent.parent.parent / "locale" / "ja" / "LC_MESSAGES" / "django.po"


def said(parse: Callable[[], object]) -> object:
    try:
        return parse()
    except QuantityError as refusal:
        return "missing" if refusal.reason == "empty" else str(refusal.reason)


@pytest.mark.parametrize("row", NUMBERS, ids=repr)
def test_a_quantity_is_what_the_table_says(row: Row) -> None:
    assert said(lambda: parse_quantity(row.raw, unit_named(row.unit))) == row.outcome


@pytest.mark.parametrize("row", YEARS, ids=repr)
def test_a_fiscal_year_is_what_the_table_says(row: Row) -> None:
    assert said(lambda: parse_year(row.raw)) == row.outcome


def test_the_table_is_long_and_knows_every_reason() -> None:
    assert len({(row.raw, row.unit) for row in NUMBERS}) == len(NUMBERS) >= 60
    told = {row.result for row in [*NUMBERS, *YEARS]}
    # Empty is "missing" at every door; a bare JSON number comes by one door only.
    assert {str(reason) for reason in QuantityReason} - told == {"empty", "json_number"}


def test_every_reason_says_in_japanese_what_to_do() -> None:
    text = JAPANESE.read_text(encoding="utf-8")
    for reason in QuantityReason:
        said = re.search(rf'msgid "{re.escape(PROBLEMS[reason])}"\nmsgstr "(.+)"\n', text)
        assert said, reason
        assert re.search("ください|だけです", said[1]), (reason, said[1])


@pytest.mark.parametrize("raw", ["0.5", "1e5", "350"])
def test_a_number_that_has_been_binary_is_refused_by_name(raw: str) -> None:
    with pytest.raises(QuantityError) as refusal:
        parse_quantity(BareNumber(raw), unit_named("件"))
    assert refusal.value.reason is QuantityReason.JSON_NUMBER
