"""A second opinion: the ratio of growth rates by which Eurostat and Open SDG judge progress, for comparison abroad.

Written from the method of Statistics Canada and Open SDG, "Progress Measurement Methodology for the Sustainable
Development Goals". With base (t0, y0), now (t, y), target (T, yT) and d = +1 where more is better, else −1:

    CAGR(a, b, k) = (a/b)^(1/k) − 1
    R = sign(y0)·d·CAGR(y, y0, t − t0) / |CAGR(yT, y0, T − t0)|        with a target
    G = sign(y0)·d·CAGR(y, y0, t − t0)                                 without one

| class               | R      | G, times C near a natural limit | score of R             | score of G, C = 1      |
|---------------------|--------|---------------------------------|------------------------|------------------------|
| on_track            | ≥ 0.95 | ≥ 1.5 %                         | 7.1429·R − 4.2857, ≤ 5 | 500·G − 5, ≤ 5         |
| acceleration_needed | ≥ 0.60 | ≥ 0.5 %                         | 7.1429·R − 4.2857      | 250·G − 1.25           |
| limited             | ≥ 0    | ≥ 0                             | 4.1667·R − 2.5         | 500·G − 2.5            |
| deterioration       | < 0    | < 0                             | 4.1667·R − 2.5, ≥ −5   | 125·G − 2.5, ≥ −5      |

Before all of these: target_achieved, score 5, when y is at the target or beyond, whatever R is; and not_available,
without a score, where there is no growth rate: less than a year of data, or values of both signs.

A base or target of 0 counts as 0.001. A base equal to the target has no ratio: what then misses the target has moved
away from it, which is deterioration. Its classes are never ours: a growth rate knows neither noise nor the shape of a
plan, and near the target it explodes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from enum import StrEnum
from fractions import Fraction
from typing import Final

from indicators.trajectory import Exact, exact

METHOD: Final = "cagr_ratio"

# More than the nine of our own numbers: what others publish is to be met to one part in a thousand million.
_RESULT: Final = Context(prec=12, rounding=ROUND_HALF_EVEN)
_WORK: Final = Context(prec=40, rounding=ROUND_HALF_EVEN)

INSTEAD_OF_ZERO: Final = Fraction(1, 1000)
LIMIT_EXPONENT: Final = Decimal("4.44")
_RATIO_EDGES: Final = (Decimal("0.95"), Decimal("0.60"))
_GROWTH_EDGES: Final = (Decimal("0.015"), Decimal("0.005"))
_SCORE_EDGES: Final = (Decimal("2.5"), Decimal(0), Decimal("-2.5"))
HIGHEST_SCORE, LOWEST_SCORE = Decimal(5), Decimal(-5)


class ProgressClass(StrEnum):
    TARGET_ACHIEVED = "target_achieved"
    ON_TRACK = "on_track"
    ACCELERATION_NEEDED = "acceleration_needed"
    LIMITED = "limited"
    DETERIORATION = "deterioration"
    NOT_AVAILABLE = "not_available"


class Why(StrEnum):
    """What the class rests on."""

    TARGET_MET = "target_met"
    RATIO = "ratio"
    GROWTH = "growth"
    BASE_IS_TARGET = "base_is_target"
    BASE_IS_LIMIT = "base_is_limit"
    NO_DATA = "no_data"
    LESS_THAN_A_YEAR = "less_than_a_year"
    BOTH_SIGNS = "both_signs"
    TARGET_NOT_LATER = "target_not_later"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondOpinion:
    """A class of this method and what it came from; a number is None where there is no such number.

    `ratio` is R, or G without a target. `growth` and `needed` are the two rates, as they are, without direction.
    `base` and `current` are the points compared; `limit_factor` is C.
    """

    cls: ProgressClass
    why: Why
    ratio: Decimal | None = None
    score: Decimal | None = None
    growth: Decimal | None = None
    needed: Decimal | None = None
    base: tuple[Fraction, Fraction] | None = None
    current: tuple[Fraction, Fraction] | None = None
    limit_factor: Decimal | None = None
    method: str = METHOD


def second_opinion(
    baseline: tuple[Exact, Exact] | None,
    target: tuple[Exact, Exact] | None,
    points: Sequence[tuple[Exact, Exact]],
    *,
    higher_is_better: bool,
    natural_limit: Exact | None = None,
    base_year: Exact | None = None,
) -> SecondOpinion:
    """What the growth-rate method says of a series of (time in years, value), its newest point against the base.

    Without a baseline the base is the first point, from `base_year` on where that is given. `natural_limit` is the one
    in the wanted direction (100 for a share that is to rise), and counts only where there is no target. All values are
    of one kind: a yearly flow has no growth rate to the running total of five years.
    Never refuses a series; raises TrajectoryError for a float.
    """
    series = sorted((exact(time), exact(value)) for time, value in points)
    base = _base(baseline, series, base_year)
    current = series[-1] if series else None
    if base is None or current is None:
        return SecondOpinion(cls=ProgressClass.NOT_AVAILABLE, why=Why.NO_DATA)
    aim = None if target is None else (exact(target[0]), exact(target[1]) or INSTEAD_OF_ZERO)
    with localcontext(_WORK):
        if aim is None:
            limit = None if natural_limit is None else exact(natural_limit)
            return _without_target(base, current, limit, higher_is_better)
        return _with_target(base, current, aim, higher_is_better)


def limit_factor(base: Exact, limit: Exact) -> Decimal:
    """C, from 0 at the natural limit to 1 far from it: near 100 % nobody grows by 1.5 % a year."""
    y0, lim = abs(exact(base)), abs(exact(limit))
    if y0 >= 2 * lim:
        return Decimal(1)
    near = y0 / lim if y0 < lim else (2 * lim - y0) / lim
    with localcontext(_WORK):
        return 1 - _decimal(near) ** LIMIT_EXPONENT


def ratio_score(ratio: Decimal) -> Decimal:
    """The score of R, from −5 to 5. The coefficients are rounded as published, so −2.5 at 0 and about 0 at 0.6."""
    if ratio >= _RATIO_EDGES[1]:
        return min(Decimal("7.1429") * ratio - Decimal("4.2857"), HIGHEST_SCORE)
    return max(Decimal("4.1667") * ratio - Decimal("2.5"), LOWEST_SCORE)


def growth_score(growth: Decimal, factor: Decimal) -> Decimal:
    """The score of G: its straight pieces meet at 0, 0.5 % and 1.5 % (times C) and end at −2 % and 2 % (times C)."""
    if growth < 0:
        return max(125 * growth - Decimal("2.5"), LOWEST_SCORE)
    if factor == 0:
        return HIGHEST_SCORE  # at the limit, and kept there
    share = growth / factor
    if share >= _GROWTH_EDGES[0]:
        return min(500 * share - 5, HIGHEST_SCORE)
    return 250 * share - Decimal("1.25") if share >= _GROWTH_EDGES[1] else 500 * share - Decimal("2.5")


def class_of_score(score: Decimal) -> ProgressClass:
    return _class(score, _SCORE_EDGES)


def mean_score(opinions: Sequence[SecondOpinion]) -> tuple[ProgressClass, Decimal | None]:
    """The class of several series: that of the mean of their scores; those without a score are left out.

    Achieved only if all that have a score are.
    """
    scored = [(opinion, opinion.score) for opinion in opinions if opinion.score is not None]
    if not scored:
        return ProgressClass.NOT_AVAILABLE, None
    with localcontext(_WORK):
        score = _RESULT.plus(sum((score for _, score in scored), Decimal(0)) / len(scored))
    if all(opinion.cls is ProgressClass.TARGET_ACHIEVED for opinion, _ in scored):
        return ProgressClass.TARGET_ACHIEVED, score
    return class_of_score(score), score


Dated = tuple[Fraction, Fraction]


def _base(baseline: tuple[Exact, Exact] | None, series: list[Dated], base_year: Exact | None) -> Dated | None:
    if baseline is not None:
        return exact(baseline[0]), exact(baseline[1])
    return next((point for point in series if base_year is None or point[0] >= exact(base_year)), None)


def _with_target(base: Dated, current: Dated, target: Dated, higher_is_better: bool) -> SecondOpinion:
    met = current[1] >= target[1] if higher_is_better else current[1] <= target[1]
    y0 = base[1] or INSTEAD_OF_ZERO
    growth, why = _growth((base[0], y0), current)
    needed, why_not = _needed((base[0], y0), target)
    ratio = None
    if growth is not None and needed:
        ratio = _direction(y0, higher_is_better) * growth / abs(needed)
    cls, score = ProgressClass.NOT_AVAILABLE, None
    if met:
        cls, score, why = ProgressClass.TARGET_ACHIEVED, HIGHEST_SCORE, Why.TARGET_MET
    elif ratio is not None:
        cls, score, why = _class(ratio, (*_RATIO_EDGES, Decimal(0))), ratio_score(ratio), Why.RATIO
    elif growth is not None:
        why = why_not
        if why is Why.BASE_IS_TARGET:
            cls, score = ProgressClass.DETERIORATION, LOWEST_SCORE
    return SecondOpinion(
        cls=cls,
        why=why,
        ratio=_shown(ratio),
        score=_shown(score),
        growth=_shown(growth),
        needed=_shown(needed),
        base=base,
        current=current,
    )


def _without_target(base: Dated, current: Dated, limit: Fraction | None, higher_is_better: bool) -> SecondOpinion:
    # From the base as it is: the 0.001 that stands for 0 in a growth rate is no distance from a limit.
    factor = Decimal(1) if limit is None else limit_factor(base[1], limit)
    y0 = base[1] or INSTEAD_OF_ZERO
    growth, why = _growth((base[0], y0), current)
    if growth is None:
        return SecondOpinion(cls=ProgressClass.NOT_AVAILABLE, why=why, base=base, current=current)
    rate = _direction(y0, higher_is_better) * growth
    return SecondOpinion(
        cls=_class(rate, (*(edge * factor for edge in _GROWTH_EDGES), Decimal(0))),
        why=Why.BASE_IS_LIMIT if factor == 0 else Why.GROWTH,
        ratio=_shown(rate),
        score=_shown(growth_score(rate, factor)),
        growth=_shown(growth),
        base=base,
        current=current,
        limit_factor=None if limit is None else _shown(factor),
    )


def _growth(base: Dated, current: Dated) -> tuple[Decimal | None, Why]:
    if current[0] - base[0] < 1:
        return None, Why.LESS_THAN_A_YEAR
    if current[1] / base[1] < 0:
        return None, Why.BOTH_SIGNS
    return _yearly(current[1] / base[1], current[0] - base[0]), Why.GROWTH


def _needed(base: Dated, target: Dated) -> tuple[Decimal | None, Why]:
    if target[0] <= base[0]:
        return None, Why.TARGET_NOT_LATER
    if target[1] / base[1] < 0:
        return None, Why.BOTH_SIGNS
    return _yearly(target[1] / base[1], target[0] - base[0]), Why.BASE_IS_TARGET


def _yearly(times: Fraction, years: Fraction) -> Decimal:
    """The compound rate a year of growing `times`-fold in `years`."""
    return _decimal(times) ** _decimal(1 / years) - 1


def _direction(base: Fraction, higher_is_better: bool) -> int:
    """+1 where a growth rate above 0 is progress. Of values below zero, growing means to fall further."""
    return 1 if higher_is_better is (base > 0) else -1


def _class(number: Decimal, edges: tuple[Decimal, ...]) -> ProgressClass:
    steps = (ProgressClass.ON_TRACK, ProgressClass.ACCELERATION_NEEDED, ProgressClass.LIMITED)
    return next((cls for cls, edge in zip(steps, edges, strict=True) if number >= edge), ProgressClass.DETERIORATION)


def _shown(number: Decimal | None) -> Decimal | None:
    return None if number is None else _RESULT.plus(number)


def _decimal(number: Fraction) -> Decimal:
    return Decimal(number.numerator) / Decimal(number.denominator)
