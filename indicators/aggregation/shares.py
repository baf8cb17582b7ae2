"""One agency's share of a cell, over time; and what the shares of a cell come to, over agencies."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction

from indicators.aggregation.kinds import FREQUENCY_OF_GRAIN, PARTS_OF_A_YEAR, PLACES, Kind, Over
from indicators.periods import Frequency, Period

VALUE, NOTHING, NOT_MEASURABLE = "value", "nothing", "not_measurable"
DIGITS = 60  # more than any sum of figures has


@dataclass(frozen=True)
class Answer:
    """What an agency said of an indicator in one period, in one domain and component."""

    period: Period
    answer: str
    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    elsewhere: Decimal = Decimal(0)
    approved: bool = True

    @property
    def said(self) -> bool:
        return self.answer != NOT_MEASURABLE


@dataclass(frozen=True)
class Share:
    """What one agency brings to a cell. `answer` is of the cell's own period; None: it has not answered. `weight` is
    the plan's, else 1. `waits`: rests on something not yet approved."""

    agency: str
    expected: bool = True
    weight: Decimal = Decimal(1)
    answer: str | None = None
    complete: bool = False
    final: bool = False
    carried: bool = False
    waits: bool = False
    amount: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None


@dataclass(frozen=True)
class Combined:
    """What a cell comes to. With n agencies expected: answered = with_value + nothing + not_measurable, and those who
    are neither answered nor carried are missing. Nothing of that is ever a zero."""

    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    expected: int
    expected_weight: Decimal
    answered: int
    with_value: int
    nothing: int
    not_measurable: int
    carried: int
    complete: int
    complete_weight: Decimal
    final_weight: Decimal  # of a fiscal year
    lower_bound: bool
    pending: int
    final: bool

    @property
    def coverage(self) -> Fraction:
        """By count. Of nobody expected nothing is covered."""
        return Fraction(self.complete, self.expected) if self.expected else Fraction(0)

    @property
    def coverage_by_weight(self) -> Fraction:
        return Fraction(self.complete_weight) / Fraction(self.expected_weight) if self.expected_weight else Fraction(0)


def expected_in(cell: Period, frequency: Frequency | None) -> bool:
    """Whether an agency that reports this often (None: not asked) is expected in a cell of the period."""
    if frequency is None:
        return False
    return cell.final or FREQUENCY_OF_GRAIN[cell.grain] is frequency


def share_of(
    kind: Kind,
    cell: Period,
    agency: str,
    answers: Iterable[Answer],
    *,
    frequency: Frequency | None,
    weight: Decimal = Decimal(1),
    with_waiting: bool = False,
) -> Share:
    """An agency's share of the cell of a period, from its answers of whatever periods.

    `with_waiting`: as if what waits for approval were approved, in the place of the approved answer of its period.
    """
    in_force = _in_force(answers, with_waiting=with_waiting)
    expected = expected_in(cell, frequency)
    looked_at, carried = _looked_at(kind, cell, in_force, expected=expected)
    mine = _standing(looked_at, carried=carried)
    own = in_force.get(cell)
    answer = None if carried else _answer(mine)
    parts = sum(a.said for period, a in in_force.items() if cell.final and not period.final and period.year == cell)
    complete = own.said if own else parts >= (PARTS_OF_A_YEAR[frequency] if frequency else 1)
    return Share(
        agency=agency,
        expected=expected,
        weight=weight,
        answer=answer,
        complete=complete,
        final=own is not None and cell.final,
        carried=carried and bool(mine),
        waits=any(not a.approved for a in looked_at),
        amount=added(_amount(kind, a) for a in mine),
        numerator=added(a.numerator for a in mine),
        denominator=added(a.denominator for a in mine),
    )


def behind(
    kind: Kind,
    cell: Period,
    answers: Iterable[Answer],
    *,
    frequency: Frequency | None,
    with_waiting: bool = False,
) -> list[Answer]:
    """The answers that an agency's share of a cell is made of: of the cell, or carried over from the period before."""
    in_force = _in_force(answers, with_waiting=with_waiting)
    looked_at, carried = _looked_at(kind, cell, in_force, expected=expected_in(cell, frequency))
    return _standing(looked_at, carried=carried)


def combine(kind: Kind, cell: Period, shares: Sequence[Share]) -> Combined:
    """What the shares of all agencies of a cell come to."""
    expected = [s for s in shares if s.expected]
    answered = [s for s in shares if s.answer]
    complete = [s for s in expected if s.complete]
    value = value_of(kind, shares)
    return Combined(
        value=value,
        numerator=added(s.numerator for s in shares),
        denominator=added(s.denominator for s in shares),
        expected=len(expected),
        expected_weight=added(s.weight for s in expected) or Decimal(0),
        answered=len(answered),
        with_value=sum(s.answer == VALUE for s in shares),
        nothing=sum(s.answer == NOTHING for s in shares),
        not_measurable=sum(s.answer == NOT_MEASURABLE for s in shares),
        carried=sum(s.carried for s in shares),
        complete=len(complete),
        complete_weight=added(s.weight for s in complete) or Decimal(0),
        final_weight=added(s.weight for s in expected if s.final) or Decimal(0),
        lower_bound=kind.additive and value is not None and not all(stands(kind, s) for s in expected),
        pending=sum(s.waits for s in shares),
        final=cell.final and bool(answered) and all(s.final for s in answered) and all(s.answer for s in expected),
    )


def stands(kind: Kind, share: Share) -> bool:
    """Whether all of an agency's part is in the sum. Of a stock the newest level is all there is to know, and may be
    above the next one; what is in of a flow can only grow."""
    if kind.carries:
        return share.carried or share.answer in (VALUE, NOTHING)
    return share.complete


def value_of(kind: Kind, shares: Iterable[Share]) -> Decimal | None:
    """Over agencies; None where there is nothing to reckon with, or nothing to divide by."""
    given = [s for s in shares if s.amount is not None or s.numerator is not None]
    amounts = [s.amount for s in given if s.amount is not None]
    match kind.over:
        case Over.RATIO:
            return quotient(added(s.numerator for s in given), added(s.denominator for s in given), percent=True)
        case Over.MEAN:
            weighed = [(s.weight, s.amount) for s in given if s.amount is not None]
            return quotient(added(_times(w, x) for w, x in weighed), added(w for w, _ in weighed))
        case Over.LOWEST:
            return min(amounts, default=None)
        case Over.HIGHEST:
            return max(amounts, default=None)
        case Over.SUM:
            return added(amounts)


def added(numbers: Iterable[Decimal | None]) -> Decimal | None:
    """The exact sum of those that are given; None of none, which is not zero."""
    given = [number for number in numbers if number is not None]
    with localcontext(prec=DIGITS):
        return sum(given, Decimal(0)) if given else None


def quotient(numerator: Decimal | None, denominator: Decimal | None, *, percent: bool = False) -> Decimal | None:
    """Rounded once, half up at the sixth decimal. None without a denominator."""
    if numerator is None or not denominator:
        return None
    exact = Fraction(numerator) / Fraction(denominator) * (100 if percent else 1)
    shown = (2 * abs(exact) * 10**PLACES + 1) // 2
    with localcontext(prec=DIGITS):
        return Decimal(shown if exact >= 0 else -shown).scaleb(-PLACES)


def _in_force(answers: Iterable[Answer], *, with_waiting: bool) -> Mapping[Period, Answer]:
    """By period: the approved answer, or the waiting one in its place."""
    found: dict[Period, Answer] = {}
    for answer in answers:
        if answer.approved or with_waiting:
            known = found.get(answer.period)
            if known is None or known.approved:
                found[answer.period] = answer
    return found


def _reckoned(kind: Kind, cell: Period, in_force: Mapping[Period, Answer]) -> list[Answer]:
    """The answers that make up an agency's share of its own: that of the period itself, else those of its parts."""
    if cell in in_force:
        return [in_force[cell]]
    parts = sorted(p for p in in_force if cell.final and not p.final and p.year == cell)
    if not kind.takes_latest:
        return [in_force[p] for p in parts]
    said = [p for p in parts if in_force[p].said]
    # The later code wins between parts of different lengths: the rows of one agency are of one length.
    return [in_force[max(said or parts, key=lambda p: p.code)]] if parts else []


def _looked_at(
    kind: Kind, cell: Period, in_force: Mapping[Period, Answer], *, expected: bool
) -> tuple[list[Answer], bool]:
    """An agency's own answers in the cell; where it has none and may carry, those of the period before."""
    mine = _reckoned(kind, cell, in_force)
    if mine or not kind.carries or not expected:
        return mine, False
    return _before(kind, cell, in_force), True


def _standing(looked_at: list[Answer], *, carried: bool) -> list[Answer]:
    """What carries is a value and nothing else."""
    return [a for a in looked_at if a.answer == VALUE] if carried else looked_at


def _before(kind: Kind, cell: Period, in_force: Mapping[Period, Answer]) -> list[Answer]:
    """The answers of the reporting period before."""
    before = cell.previous()
    if not cell.final and before.year != cell.year and before.year in in_force:
        return [in_force[before.year]]
    return _reckoned(kind, before, in_force)


def _answer(mine: Sequence[Answer]) -> str | None:
    """The best that was said: a value, else nothing to report, else not measurable yet."""
    said = {a.answer for a in mine}
    return next((answer for answer in (VALUE, NOTHING, NOT_MEASURABLE) if answer in said), None)


def _amount(kind: Kind, answer: Answer) -> Decimal | None:
    if answer.value is None or not kind.less_elsewhere:
        return answer.value
    return added([answer.value, -answer.elsewhere])


def _times(weight: Decimal, amount: Decimal) -> Decimal:
    with localcontext(prec=DIGITS):
        return weight * amount
