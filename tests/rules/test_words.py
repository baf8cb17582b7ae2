"""What a check found is said with its numbers, as people read them."""

import pytest
from django.utils.translation import override

from reporting.queries.words import FINDINGS, PROBLEMS, finding_words


@pytest.mark.parametrize(
    ("low", "unit", "shown"),
    [("35.123456", "社", "35.12社"), ("1234.567", "件", "1,235件"), ("123456.7", "件", "123,457件"), ("0", "件", "0件"),
     ("1234567", "兆円", "1.234567兆円"), ("12.345678", "%", "12.35%"), ("-0.5", "億円", "-0.005億円")],
)  # fmt: skip
def test_what_was_usual_is_said_in_few_digits(low: str, unit: str, shown: str) -> None:
    message, filled = finding_words("outside_history", {"value": low, "low": low, "high": low, "points": "5"}, unit)
    assert (filled["low"], filled["points"]) == (shown, "5")
    assert shown in message % filled


def test_what_was_reported_is_said_exactly() -> None:
    _, filled = finding_words("more_than_other", {"value": "1234.567", "limit": "0.1", "other": "IND-07"}, "件")
    assert filled == {"value": "1,234.567件", "limit": "0.1件", "other": "IND-07"}


@pytest.mark.parametrize(("unit", "shown"), [("人", "1,234 people"), ("%", "1,234%"), ("", "1,234")])
def test_in_english_its_unit_is_english_too(unit: str, shown: str) -> None:
    with override("en"):
        _, filled = finding_words("more_than_other", {"value": "1234", "limit": "1", "other": "IND-07"}, unit)
    assert filled["value"] == shown


def test_every_finding_can_also_be_said_without_numbers() -> None:
    assert set(FINDINGS) <= set(PROBLEMS)
