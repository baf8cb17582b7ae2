"""Why a standing is what it is: the inputs, the formula with the numbers in it, the thresholds."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from indicators.assessment import Assessment, Evidence, SeriesKind, StandingClass
from indicators.quantities import Unit
from indicators.trajectory import Exact, exact
from reporting.queries.desk.shown import THRESHOLDS, quantity_shown, rounded, share_shown
from reporting.queries.words import reason_words


@dataclass(frozen=True)
class Explanation:
    evidence: Evidence
    found: Assessment
    unit: Unit

    @property
    def reason(self) -> str:
        return gettext(reason_words(self.found.reason))

    @property
    def behind_years(self) -> Fraction | None:
        """How many years the value is behind the plan; negative when ahead."""
        if self.found.earned_years is None or self.found.elapsed_years is None:
            return None
        return self.found.elapsed_years - self.found.earned_years

    def schedule(self) -> str:
        """The sentence of earned schedule: where the plan stood when it was where we are."""
        behind = self.behind_years
        if behind is None or self.found.earned_years is None or self.evidence.kind is SeriesKind.STAGE:
            return ""
        if self.found.cls in (StandingClass.UNKNOWN, StandingClass.NOT_STARTED):
            return ""  # of a lower bound, say, nobody knows how far behind it is
        # One decimal is as much as a yearly figure can bear.
        words = {"level": rounded(self.found.earned_years, 1), "years": rounded(abs(behind), 1)}
        if abs(behind) < Fraction(1, 20):
            return gettext("At the level planned for year %(level)s: on schedule.") % words
        if behind > 0:
            return gettext("At the level planned for year %(level)s: %(years)s years behind.") % words
        return gettext("At the level planned for year %(level)s: %(years)s years ahead.") % words

    def formula_shown(self) -> tuple[str, str]:
        """The formula in words, and with its numbers; empty where the series is not judged by a share."""

        def n(value: Exact | None) -> str:
            return "–" if value is None else quantity_shown(exact(value), self.unit, places=3)

        return FORMULAS[self.evidence.kind](self, n)

    def thresholds(self) -> list[tuple[str, str]]:
        return [(gettext(THRESHOLDS.get(name, name)), _edge(name, edge)) for name, edge in self.found.table.edges]


Shown = Callable[[Exact | None], str]


def _level(why: Explanation, n: Shown) -> tuple[str, str]:
    found, evidence = why.found, why.evidence
    words = gettext(LEVEL)
    if found.attainment is None or evidence.baseline is None:
        return words, ""
    base = n(evidence.baseline.value)
    numbers = f"({n(evidence.observed)} − {base}) ÷ ({n(found.expected)} − {base}) = {share_shown(found.attainment)}"
    return words, numbers


def _cumulative(why: Explanation, n: Shown) -> tuple[str, str]:
    words = gettext(CUMULATIVE)
    if why.found.attainment is None:
        return words, ""
    return words, f"{n(why.evidence.observed)} ÷ {n(why.found.expected)} = {share_shown(why.found.attainment)}"


def _rank(why: Explanation, n: Shown) -> tuple[str, str]:
    words = gettext(RANK)
    if why.found.expected is None or why.evidence.observed is None:
        return words, ""
    behind = exact(why.evidence.observed) - why.found.expected
    return words, f"{n(why.evidence.observed)} − {n(why.found.expected)} = {rounded(behind, 0)}"


def _stage(why: Explanation, n: Shown) -> tuple[str, str]:
    words = gettext(STAGE)
    if why.found.expected is None or why.evidence.observed is None:
        return words, ""
    behind = why.found.expected - exact(why.evidence.observed)
    return (
        words,
        f"{rounded(why.found.expected, 0)} − {rounded(exact(why.evidence.observed), 0)} = {rounded(behind, 0)}",
    )


LEVEL = _("Planned progress = (value − baseline) ÷ (expected − baseline)")
CUMULATIVE = _("Planned progress = total so far ÷ total expected by now")
RANK = _("Places behind = rank − allowed rank")
STAGE = _("Stages behind = planned stage − reported stage")
FORMULAS: dict[SeriesKind, Callable[[Explanation, Shown], tuple[str, str]]] = {
    SeriesKind.LEVEL: _level,
    SeriesKind.CUMULATIVE: _cumulative,
    SeriesKind.RANK: _rank,
    SeriesKind.STAGE: _stage,
}


def _edge(name: str, edge: Fraction) -> str:
    if name in ("on_track_from", "off_track_below"):
        return share_shown(edge)
    if name == "off_track_overdue_years":
        return gettext("90 days")
    return rounded(edge, 0)
