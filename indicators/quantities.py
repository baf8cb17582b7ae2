"""Quantities as people write them: the one parser for every door (form, API, CSV, XLSX), and the way back to text.

Money is stored in 百万円, everything else as shown; always Decimal, exact, with trailing zeros trimmed.

| written                  | rule                                                                                |
|--------------------------|-------------------------------------------------------------------------------------|
| full-width               | read as ASCII (NFKC); white space around it is dropped                              |
| 1,234                    | commas in groups of three only, the first group not starting with 0                 |
| ▲5 △5 −5 －5 -5          | negative, and only money may be; a count, share, rank, stage or yes/no may not      |
| bare number              | in the shown unit: 2.04 of 兆円 is 2,040,000 百万円                                 |
| 1.5万 2兆3,000億         | counts: multiplies the count. Money: multiplies yen, with or without 円.            |
|                          | Largest first; later parts are below 10,000; a decimal point in the last part only  |
| 5円 5千円 5百万円        | money only: that many yen. 1億5000 without 円 is refused: 5000 of what?             |
| 5%                       | percent only; above 100 is allowed, because growth is                               |
| 15,744人 13位            | the unit's own name is dropped from the end; any other name is refused              |
| rank, stage, yes/no      | whole numbers; rank from 1, stage 0..4, yes/no 0 or 1                               |
| S A B C D                | of a self-rating one of these letters and nothing else; stored as 4 3 2 1 0         |
| bare JSON numbers        | 350 is taken, being whole and of at most 15 digits; 12.5, 1e5 and longer ones are   |
|                          | refused, having been binary on their way: text is wanted                            |
| size                     | 20 digits written, 18 before the stored point, 6 stored decimals (money: one yen)   |
| refused                  | empty, NUL and other controls, digits of other scripts (٣ 三 ① ²), +5, .5, 1e5,     |
|                          | 1_000, NaN, Infinity, words, a dash alone, spaces inside                            |
| years                    | 2026, FY2026, 2026年度, 令和8年度, R8, H30; with 年 alone it is a calendar year:    |
|                          | refused                                                                             |
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact, InvalidOperation
from enum import StrEnum
from typing import Final

from indicators.periods import FIRST_YEAR, LAST_YEAR

MAX_DIGITS: Final = 20
MAX_DECIMALS: Final = 6
WHOLE_DIGITS: Final = 18  # of a stored value, before its point: what the tables hold
# Wide enough for 20 digits times 兆; anything that would still be rounded raises instead.
_EXACT: Final = Context(prec=80, traps=[Inexact, InvalidOperation])


class UnitKind(StrEnum):
    COUNT = "count"
    MONEY = "money"
    PERCENT = "percent"
    RANK = "rank"
    STAGE = "stage"
    BINARY = "binary"
    RATING = "rating"


class QuantityReason(StrEnum):
    EMPTY = "empty"
    CONTROL_CHARACTER = "control_character"
    FOREIGN_DIGIT = "foreign_digit"
    NOT_A_NUMBER = "not_a_number"
    EXPONENT = "exponent"
    MISPLACED_COMMA = "misplaced_comma"
    MULTIPLIER_NOT_ALLOWED = "multiplier_not_allowed"
    MULTIPLIER_ORDER = "multiplier_order"
    MONEY_UNIT_MISSING = "money_unit_missing"
    PERCENT_SIGN = "percent_sign"
    TOO_MANY_DIGITS = "too_many_digits"
    TOO_MANY_DECIMALS = "too_many_decimals"
    NEGATIVE = "negative"
    NOT_WHOLE = "not_whole"
    OUT_OF_RANGE = "out_of_range"
    NOT_A_RATING = "not_a_rating"
    NOT_A_YEAR = "not_a_year"
    CALENDAR_YEAR = "calendar_year"
    JSON_NUMBER = "json_number"


class QuantityError(ValueError):
    """The text is not a quantity of this unit; `reason` says why, `raw` is what was written."""

    def __init__(self, reason: QuantityReason, raw: str) -> None:
        super().__init__(f"{reason}: {raw[:60]!r}")
        self.reason = reason
        self.raw = raw


class BareNumber(str):
    """A number that did not come as text but as a binary floating-point number, or as one that may have been one."""


class UnitError(ValueError):
    """That is not the name of a unit."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit; one of it is `shown_in` of what is stored, so 兆円 has 1,000,000 (百万円)."""

    name: str
    kind: UnitKind
    shown_in: Decimal = Decimal(1)


_YEN: Final = Decimal("0.000001")
_NAMED: Final = {
    unit.name: unit
    for unit in (
        Unit("円", UnitKind.MONEY, _YEN),
        Unit("千円", UnitKind.MONEY, Decimal("0.001")),
        Unit("万円", UnitKind.MONEY, Decimal("0.01")),
        Unit("百万円", UnitKind.MONEY, Decimal(1)),
        Unit("億円", UnitKind.MONEY, Decimal(100)),
        Unit("兆円", UnitKind.MONEY, Decimal(1_000_000)),
        Unit("%", UnitKind.PERCENT),
        Unit("位", UnitKind.RANK),
        Unit("stages_0_4", UnitKind.STAGE),
        Unit("binary", UnitKind.BINARY),
        Unit("self_rating", UnitKind.RATING),
    )
}
RATINGS: Final = "DCBAS"  # in the order of what is stored: D is 0, S is 4
_LARGEST: Final = {UnitKind.STAGE: 4, UnitKind.BINARY: 1}
_SMALLEST: Final = {UnitKind.RANK: 1}
_MULTIPLIERS: Final = {"兆": Decimal(10**12), "億": Decimal(10**8), "万": Decimal(10**4)}
_YEN_WORDS: Final = {"百万円": Decimal(10**6), "千円": Decimal(10**3)}
_SIGNS: Final = "▲△−-"

_NUMBER: Final = r"(?:[1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?"
_PARTS: Final = re.compile(rf"(?:({_NUMBER})兆)?(?:({_NUMBER})億)?(?:({_NUMBER})万)?({_NUMBER})?")
_YEAR: Final = re.compile(r"(?:(FY)?([0-9]{4})|(令和|平成|R|H)([0-9]{1,2}|元))(年度?)?", re.IGNORECASE)
_ERA_START: Final = {"令和": 2018, "R": 2018, "平成": 1988, "H": 1988}
_LAST_HEISEI: Final = 31


def unit_named(name: str) -> Unit:
    """The unit of that name: 円, 千円, 万円, 百万円, 億円, 兆円, %, 位, stages_0_4, binary, self_rating, or any counter
    (人, 件).

    Raises UnitError for an empty name, or one that could be read as part of a number ("5人", "万人": use 人).
    """
    name = unicodedata.normalize("NFKC", name).strip()
    if known := _NAMED.get(name):
        return known
    if not name or len(name) > 40 or not name.isprintable() or name[0] in "0123456789.,+%兆億万" + _SIGNS:
        raise UnitError(f"not a unit: {name!r}")
    return Unit(name, UnitKind.COUNT)


def parse_quantity(raw: str, unit: Unit) -> Decimal:
    """What `raw` says, in the stored unit (money: 百万円), by the table above. Raises QuantityError."""
    if isinstance(raw, BareNumber):
        raise QuantityError(QuantityReason.JSON_NUMBER, raw)
    text = _plain(raw)
    if unit.kind is UnitKind.RATING:
        return _rating(text, raw)
    negative = text[0] in _SIGNS
    if negative:
        text = text[1:].lstrip(" ")
    if sum(character in "0123456789" for character in text.removesuffix(unit.name)) > MAX_DIGITS:
        raise QuantityError(QuantityReason.TOO_MANY_DIGITS, raw)
    value = _canonical(_stored(text, unit, raw))
    if value.adjusted() >= WHOLE_DIGITS:
        raise QuantityError(QuantityReason.TOO_MANY_DIGITS, raw)
    if _decimals(value) > MAX_DECIMALS:
        raise QuantityError(QuantityReason.TOO_MANY_DECIMALS, raw)
    if not negative or value == 0:
        return _within(value, unit, raw)
    if unit.kind is not UnitKind.MONEY:
        raise QuantityError(QuantityReason.NEGATIVE, raw)
    return value.copy_negate()


def show(value: Decimal, unit: Unit) -> Decimal:
    """A stored value in the shown unit, exact: 2,040,000 (百万円) of 兆円 is 2.04."""
    return _canonical(_EXACT.divide(value, unit.shown_in))


def as_typed(value: Decimal, unit: Unit) -> str:
    """A stored value as it is typed where the unit stands beside it: "15744", "2.04", "A"."""
    return RATINGS[int(value)] if unit.kind is UnitKind.RATING else format(show(value, unit), "f")


def format_quantity(value: Decimal, unit: Unit) -> str:
    """A stored value as text: "15,744人", "2.04兆円", "32.2%", "13位", "A"; exact. `parse_quantity` reads it back."""
    if unit.kind is UnitKind.RATING:
        return as_typed(value, unit)
    number = f"{show(value, unit):,f}"
    return number if unit.kind in _LARGEST else number + unit.name


def parse_year(raw: str) -> int:
    """The fiscal year named by "令和8年度", "R8", "2026" or "２０２６年度", within 2000..2100. Raises QuantityError."""
    found = _YEAR.fullmatch(_plain(raw))
    if not found:
        raise QuantityError(QuantityReason.NOT_A_YEAR, raw)
    _, western, era, number, suffix = found.groups()
    if suffix == "年":
        raise QuantityError(QuantityReason.CALENDAR_YEAR, raw)
    in_era = 0 if western else 1 if number == "元" else int(number)
    year = int(western) if western else _ERA_START[era.upper()] + in_era
    no_such_era_year = era is not None and (in_era < 1 or (era.upper() in {"平成", "H"} and in_era > _LAST_HEISEI))
    if no_such_era_year or not FIRST_YEAR <= year <= LAST_YEAR:
        raise QuantityError(QuantityReason.NOT_A_YEAR, raw)
    return year


def _plain(raw: str) -> str:
    """`raw` in NFKC without the white space around it; refuses what NFKC would turn into a digit behind our back."""
    trimmed = raw.strip(" \t\r\n\u00a0\u3000")
    if not trimmed:
        raise QuantityError(QuantityReason.EMPTY, raw)
    # First of all: doors that cannot carry such a character refuse it before they look at the rest.
    if any(unicodedata.category(character)[0] == "C" or character in "\u2028\u2029" for character in trimmed):
        raise QuantityError(QuantityReason.CONTROL_CHARACTER, raw)
    for character in trimmed:
        if character in "0123456789０１２３４５６７８９兆億万千百":
            continue
        if character.isnumeric() or any(part.isdigit() for part in unicodedata.normalize("NFKC", character)):
            raise QuantityError(QuantityReason.FOREIGN_DIGIT, raw)
    return unicodedata.normalize("NFKC", trimmed)


def _rating(text: str, raw: str) -> Decimal:
    if len(text) != 1 or text.upper() not in RATINGS:
        raise QuantityError(QuantityReason.NOT_A_RATING, raw)
    return Decimal(RATINGS.index(text.upper()))


def _stored(text: str, unit: Unit, raw: str) -> Decimal:
    """The size of an unsigned text, in the stored unit."""
    if unit.kind is UnitKind.MONEY:
        return _money(text, unit, raw)
    if unit.kind not in _LARGEST and text.endswith(unit.name):
        text = text.removesuffix(unit.name).rstrip(" ")
    elif text.endswith("%"):
        raise QuantityError(QuantityReason.PERCENT_SIGN, raw)
    value, multiplied = _multiplied(text, raw)
    if multiplied and unit.kind is not UnitKind.COUNT:
        raise QuantityError(QuantityReason.MULTIPLIER_NOT_ALLOWED, raw)
    return value


def _money(text: str, unit: Unit, raw: str) -> Decimal:
    for word, yen in _YEN_WORDS.items():
        if text.endswith(word):
            value, multiplied = _multiplied(text.removesuffix(word).rstrip(" "), raw)
            if multiplied:
                raise QuantityError(QuantityReason.MULTIPLIER_ORDER, raw)
            return _EXACT.multiply(value, yen * _YEN)
    in_yen = text.endswith("円")
    if in_yen:
        text = text[:-1].rstrip(" ")
    elif text.endswith("%"):
        raise QuantityError(QuantityReason.PERCENT_SIGN, raw)
    value, multiplied = _multiplied(text, raw)
    if multiplied and not in_yen and text[-1] not in _MULTIPLIERS:
        raise QuantityError(QuantityReason.MONEY_UNIT_MISSING, raw)
    return _EXACT.multiply(value, _YEN if multiplied or in_yen else unit.shown_in)


def _multiplied(text: str, raw: str) -> tuple[Decimal, bool]:
    """The sum of the 兆, 億, 万 and plain parts of `text`, and whether it had any but a plain one."""
    found = _PARTS.fullmatch(text)
    if not found or not text:
        raise QuantityError(_why_not(text), raw)
    factors = (*_MULTIPLIERS.values(), Decimal(1))
    parts = [
        (Decimal(part.replace(",", "")), factor) for part, factor in zip(found.groups(), factors, strict=True) if part
    ]
    if any(_decimals(part) for part, _ in parts[:-1]) or any(part >= 10_000 for part, _ in parts[1:]):
        raise QuantityError(QuantityReason.MULTIPLIER_ORDER, raw)
    total = Decimal(0)
    for part, factor in parts:
        total = _EXACT.add(total, _EXACT.multiply(part, factor))
    return total, any(factor != 1 for _, factor in parts)


def _why_not(text: str) -> QuantityReason:
    if re.fullmatch(r"[0-9.,]+[eE][+-]?[0-9]+", text):
        return QuantityReason.EXPONENT
    if re.fullmatch(rf"(?:{_NUMBER}[兆億万])+(?:{_NUMBER})?", text):
        return QuantityReason.MULTIPLIER_ORDER
    if re.fullmatch(r"[0-9.,兆億万]*[0-9][0-9.,兆億万]*", text) and "," in text:
        return QuantityReason.MISPLACED_COMMA
    return QuantityReason.NOT_A_NUMBER


def _within(value: Decimal, unit: Unit, raw: str) -> Decimal:
    if unit.kind in (UnitKind.RANK, UnitKind.STAGE, UnitKind.BINARY) and _decimals(value):
        raise QuantityError(QuantityReason.NOT_WHOLE, raw)
    if value < _SMALLEST.get(unit.kind, 0) or value > _LARGEST.get(unit.kind, value):
        raise QuantityError(QuantityReason.OUT_OF_RANGE, raw)
    return value


def _decimals(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _canonical(value: Decimal) -> Decimal:
    """The same number without trailing zeros, exponent or negative zero, so that equal values have equal text."""
    trimmed = value.normalize(_EXACT) if value else Decimal(0)
    return trimmed if _decimals(trimmed) else trimmed.quantize(Decimal(1), context=_EXACT)
