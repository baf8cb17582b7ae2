"""What a national figure would be if the agencies that are missing reported. It touches nothing, and is no figure.

The point is what the assumption says. The range says how much hangs on the missing: each of them may be anywhere
between the lowest and the highest of what was assumed of it, what it said a year ago, and what those who reported came
to (for a sum: per unit of baseline weight; of a level, the level itself). With nobody missing there is no range.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from enum import StrEnum
from typing import Final

from indicators.aggregation.kinds import PLACES, Kind, Over
from indicators.aggregation.shares import DIGITS, Share, added, value_of

_PRECISE: Final = Context(prec=DIGITS, rounding=ROUND_HALF_EVEN)
_LAST_PLACE: Final = Decimal(1).scaleb(-PLACES)


class Assumption(StrEnum):
    LAST_YEAR = "last_year"  # each says what it said a year ago
    AS_THE_OTHERS = "as_the_others"  # each says what those who reported came to, by its weight
    TYPED = "typed"  # each says what somebody typed for it


@dataclass(frozen=True)
class Amount:
    """A value; of a ratio its parts."""

    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None


@dataclass(frozen=True)
class Missing:
    """An agency that has not reported, with its baseline weight and what it said a year ago, if it did."""

    agency: str
    weight: Decimal = Decimal(1)
    last_year: Amount | None = None


@dataclass(frozen=True)
class Scenario:
    """A national figure that nobody reported, and is never stored as one. `value` is today's, without the missing;
    `left_out`: of whom the assumption says nothing, so that they stay missing, in the point as in the range."""

    assumption: Assumption
    value: Decimal | None
    point: Decimal | None
    low: Decimal | None
    high: Decimal | None
    assumed: Mapping[str, Amount] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        return not self.left_out


def scenario(
    kind: Kind,
    shares: Sequence[Share],
    missing: Sequence[Missing],
    assumption: Assumption,
    typed: Mapping[str, Amount] | None = None,
) -> Scenario:
    """The national figure if `missing` reported by the assumption; `shares` are those that are in. What was carried
    over for one that is missing gives way to what is assumed of it."""
    away = {m.agency for m in missing}
    there = [s for s in shares if s.agency not in away]
    others = _per_weight(kind, there)
    assumed: dict[str, Amount] = {}
    ranges: dict[str, dict[Decimal, Amount]] = {}
    for one in missing:
        guesses = {
            Assumption.LAST_YEAR: one.last_year,
            Assumption.AS_THE_OTHERS: _as_the_others(kind, one, there),
            Assumption.TYPED: (typed or {}).get(one.agency),
        }
        amount = guesses[assumption]
        level = _level(kind, amount)
        if amount is None or level is None:
            continue
        assumed[one.agency] = amount
        ranges[one.agency] = _possible(kind, one, amount, others) | {level: amount}
    if not assumed:
        value = value_of(kind, shares)
        return Scenario(assumption, value, value, value, value, {}, tuple(sorted(away)))
    weights = {m.agency: m.weight for m in missing}
    # A carried value stays for those nothing is assumed of.
    kept = [s for s in shares if s.agency not in assumed]

    def with_(amounts: Mapping[str, Amount]) -> Decimal | None:
        return value_of(kind, [*kept, *(_as_share(agency, weights[agency], a) for agency, a in amounts.items())])

    # Each kind only rises with any one of its amounts, so its bounds are those of all of them.
    low = {agency: by_level[min(by_level)] for agency, by_level in ranges.items()}
    high = {agency: by_level[max(by_level)] for agency, by_level in ranges.items()}
    return Scenario(
        assumption=assumption,
        value=value_of(kind, shares),
        point=with_(assumed),
        low=with_(low),
        high=with_(high),
        assumed=assumed,
        left_out=tuple(sorted(away - assumed.keys())),
    )


def _level(kind: Kind, amount: Amount | None) -> Decimal | None:
    """None of an amount that is not whole: a ratio needs both parts."""
    if amount is None:
        return None
    return _ratio(amount.numerator, amount.denominator) if kind.over is Over.RATIO else amount.value


def _ratio(numerator: Decimal | None, denominator: Decimal | None) -> Decimal | None:
    return _divided(numerator, denominator) if numerator is not None and denominator else None


def _per_weight(kind: Kind, there: Iterable[Share]) -> list[Decimal]:
    """What each that reported came to: a level as it is, a share of a sum per unit of weight."""
    if kind.over is Over.RATIO:
        ratios = (_ratio(s.numerator, s.denominator) for s in there)
        return [ratio for ratio in ratios if ratio is not None]
    levels = [(s.amount, s.weight) for s in there if s.amount is not None]
    if kind.over is Over.SUM:
        return [_divided(amount, weight) for amount, weight in levels if weight]
    return [amount for amount, _ in levels]


def _as_the_others(kind: Kind, one: Missing, there: Sequence[Share]) -> Amount | None:
    given = [s for s in there if s.amount is not None or s.numerator is not None]
    weight = added(s.weight for s in given)
    if not weight:
        return None

    def its_part(numbers: Iterable[Decimal | None]) -> Decimal:
        return _times(_divided(added(numbers) or Decimal(0), weight), one.weight)

    if kind.over is Over.SUM:
        return Amount(its_part(s.amount for s in given))
    if kind.over is Over.RATIO:
        return Amount(
            numerator=its_part(s.numerator for s in given), denominator=its_part(s.denominator for s in given)
        )
    return Amount(value_of(kind, given))


def _possible(kind: Kind, one: Missing, assumed: Amount, others: Sequence[Decimal]) -> dict[Decimal, Amount]:
    """Beside the assumption, by level: last year's, and the lowest and the highest of the others'."""
    ends = [min(others), max(others)] if others else []
    if kind.over is Over.SUM:
        ends = [_times(end, one.weight) for end in ends]
    last = _level(kind, one.last_year)
    levels = ends if last is None else [last, *ends]
    size = assumed.denominator
    if kind.over is Over.RATIO and size:
        # A ratio also moves with how much an agency weighs in it: the range is of levels, at the size assumed.
        return {level: Amount(numerator=_times(level, size), denominator=size) for level in levels}
    return {level: Amount(level) for level in levels}


def _as_share(agency: str, weight: Decimal, amount: Amount) -> Share:
    return Share(agency, weight=weight, amount=amount.value, numerator=amount.numerator, denominator=amount.denominator)


def _divided(amount: Decimal, by: Decimal) -> Decimal:
    return _PRECISE.divide(amount, by)


def _times(amount: Decimal, by: Decimal) -> Decimal:
    """Shown to the sixth decimal, as figures are kept."""
    with localcontext(_PRECISE):
        return (amount * by).quantize(_LAST_PLACE).normalize() + Decimal(0)
