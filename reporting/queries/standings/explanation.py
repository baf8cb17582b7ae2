"""Why a standing is what it is, in words, from what was kept with it: the same on every screen, in the API, in exports.

What a standing's event holds and what the newest figures would give are explained alike: both are evidence.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from indicators.cagr_ratio import SecondOpinion, second_opinion
from indicators.quantities import Unit
from reporting.domain.evaluation import evaluate
from reporting.domain.standing import NAMES
from reporting.queries.second_opinion_words import NAME as SECOND_OPINION
from reporting.queries.second_opinion_words import second_opinion_words
from reporting.queries.shown import period_shown, quantity_shown, rounded, share_shown
from reporting.queries.standings.evidence import formula_of, number_in, thresholds_of
from reporting.queries.words import reason_words

UNTOLD = ("unknown", "not_started")

HOW = {
    "first": _("It is the first judgement, and counts as it is."),
    "same": _("The class of the year is the same as the official one."),
    "at_once": _("The change is clear of the edge by five hundredths of the planned progress, and counts at once."),
    "confirmed": _("A second year in a row has confirmed the change."),
    "held": _("A single year near an edge does not turn the standing: the change waits for the next year."),
    "dropped": _("The next year did not confirm the change that was waiting. It has been dropped."),
    "outside": _("Achieved, not started and cannot be judged count at once, and so does what follows them."),
    "provisional": _(
        "The figures of the year are provisional (速報). The standing waits for final figures, or for a second "
        "provisional year of the same class."
    ),
}
HELD = _("Waiting for confirmation since %(period)s: %(standing)s.")
PROVISIONAL = _("By the provisional figures (速報) it would be: %(standing)s.")
KNOWN = _("The last standing before that, by the figures of %(period)s: %(standing)s.")
UNGUARDED = _(
    "In the first two years after the baseline a shortfall this small may be noise, and counts for less. Without this "
    "guard the class of the year would be: %(standing)s."
)
TO_BE_CONFIRMED = _(
    "The value is far from the line of those before it. It has to be confirmed, and counts as provisional until then."
)
LOWER_BOUND = _("A part is missing: the total is a lower bound (下限), and the truth can only be higher.")
OLD_VALUE = _("There is no value of the judged year. The newest before it is used, and counts as stale.")


@dataclass(frozen=True)
class Year:
    """One period of the fold, in words."""

    period: str
    observed: str
    attainment: str
    cls: str
    official: str
    provisional: bool
    code: str  # of the period whose number was observed; "" where that is not told


@dataclass(frozen=True)
class Explanation:
    """`evidence` as reporting.domain.evaluation.explained makes it, or as older events have it."""

    evidence: Mapping[str, Any]
    unit: Unit

    @property
    def reason(self) -> str:
        code = self.evidence.get("reason")
        return gettext(reason_words(str(code))) if code else ""

    @property
    def coverage(self) -> str:
        share = number_in(self.evidence, "coverage")
        return "" if share is None else share_shown(share)

    @property
    def method(self) -> str:
        return f"{self.evidence.get('table', '–')} (v{self.evidence.get('method', '–')})"

    def formula(self) -> tuple[str, str]:
        """The formula in words, and with its numbers."""
        return formula_of(self.evidence, self.unit)

    def thresholds(self) -> list[tuple[str, str]]:
        return thresholds_of(self.evidence)

    def schedule(self) -> str:
        """The sentence of earned schedule: where the plan stood when it was where we are."""
        elapsed, earned = number_in(self.evidence, "elapsed_years"), number_in(self.evidence, "earned_years")
        cls = self.evidence.get("class")
        if elapsed is None or earned is None or self.evidence.get("table") == "B4_stage" or cls in UNTOLD:
            return ""  # of a lower bound, say, nobody knows how far behind it is
        behind = elapsed - earned
        # One decimal is as much as a yearly figure can bear.
        words = {"level": rounded(earned, 1), "years": rounded(abs(behind), 1)}
        if abs(behind) < Fraction(1, 20):
            return gettext("At the level planned for year %(level)s: on schedule.") % words
        if behind > 0:
            return gettext("At the level planned for year %(level)s: %(years)s years behind.") % words
        return gettext("At the level planned for year %(level)s: %(years)s years ahead.") % words

    def course(self) -> list[str]:
        """How the class of the year became the official one, and what stands beside it; sentences."""
        evidence = self.evidence
        said = []
        if words := HOW.get(str(evidence.get("how"))):
            said.append(gettext(words))
        if held := evidence.get("held"):
            said.append(gettext(HELD) % {"period": period_shown(held["since"]), "standing": _name(held["class"])})
        if evidence.get("provisional"):
            said.append(gettext(PROVISIONAL) % {"standing": _name(evidence["provisional"])})
        if known := evidence.get("known"):
            said.append(gettext(KNOWN) % {"standing": _name(known[0]), "period": period_shown(known[1])})
        if evidence.get("unguarded"):
            said.append(gettext(UNGUARDED) % {"standing": _name(evidence["unguarded"])})
        return said

    def cautions(self) -> list[str]:
        """What is to be known of the value itself; sentences."""
        newest = (self._inputs.get("periods") or [{}])[-1]
        found = (
            (self.evidence.get("needs_confirmation"), TO_BE_CONFIRMED),
            (self.evidence.get("lower_bound"), LOWER_BOUND),
            (newest.get("age"), OLD_VALUE),
        )
        return [gettext(words) for holds, words in found if holds]

    def outlook(self) -> list[tuple[str, str]]:
        """Pace and forecast: what it is, and the number."""
        data = self.evidence.get("outlook")
        if not data:
            return []
        rows = [(gettext("Change per year of late"), self._quantity(data.get("pace")))]
        if (needed := number_in(self.evidence, "needed_pace")) is not None:
            rows.append((gettext("Change needed per year from now to the target"), self._quantity(needed)))
        if (index := number_in(data, "pace_index")) is not None:
            rows.append((gettext("Pace of late ÷ pace needed"), rounded(index, 2)))
        if "at_target" in data:
            rows.append((gettext("Forecast for the target's year"), self._forecast(data, "at_target", "share")))
            if "low" in data:
                interval = f"{self._quantity(data['low'])} – {self._quantity(data['high'])}"
                rows.append((gettext("Holds it in four of five cases"), interval))
            rows.append(
                (gettext("If the pace slows by a tenth every year"), self._forecast(data, "damped", "share_damped"))
            )
            if data.get("reference_only"):
                words = gettext("Fewer than four values: for reference only (参考), without an interval.")
                rows.append((gettext("Certainty"), words))
        return rows

    @property
    def position(self) -> str:
        """Of the log, whose figures were judged; "" of what is not kept."""
        return str(self.evidence.get("position") or "")

    @property
    def since(self) -> str:
        """Of a running total the period it begins with; "" where each year has a value of its own."""
        periods = self._inputs.get("periods")
        return str(periods[0]["period"]) if periods and self._inputs.get("kind") == "cumulative" else ""

    def _observed_in(self) -> dict[str, str]:
        """By period judged, the fiscal year whose number was looked at: an older one where it had none."""
        if self._inputs.get("kind") == "stage":
            return {}  # the newest of any year
        rows = self._inputs.get("periods") or ()
        return {row["period"]: f"FY{int(row['period'][2:]) - int(row.get('age') or 0)}" for row in rows}

    def years(self) -> list[Year]:
        """Every period that the official standing is the fold of, oldest first."""
        observed_in = self._observed_in()
        return [
            Year(
                period_shown(row["period"]), self._quantity(row.get("observed")),
                share_shown(number_in(row, "attainment")), row["class"], row["official"], bool(row.get("provisional")),
                observed_in.get(row["period"], ""),
            )
            for row in self.evidence.get("periods") or ()
        ]  # fmt: skip

    @cached_property
    def second(self) -> SecondOpinion | None:
        """What the growth-rate method of Eurostat and Open SDG says of the same numbers; None where it says nothing of
        such a series."""
        inputs = self._inputs
        if inputs.get("kind") != "level" or not inputs.get("baseline") or not inputs.get("target"):
            return None
        points = [(Fraction(row["time"]), Fraction(row["observed"])) for row in inputs["periods"] if row["observed"]]
        if not points:
            return None
        base, aim = (
            (Fraction(inputs[name]["time"]), Fraction(inputs[name]["value"])) for name in ("baseline", "target")
        )
        return second_opinion(base, aim, points, higher_is_better=inputs["direction"] == "up")

    def second_opinion(self) -> str:
        """Its class, by its own name, its number, and what it rests on."""
        if self.second is None:
            return ""
        words = second_opinion_words(self.second)
        number = "" if self.second.ratio is None else f" ({rounded(self.second.ratio, 2)})"
        return f"{words.cls}{number}. {words.reason}"

    def replayed(self) -> bool | None:
        """Whether the inputs that were kept, evaluated again now, give the same digest and the same standing; None of a
        standing whose event keeps no inputs."""
        if not self._inputs:
            return None
        again = evaluate(self._inputs)
        kept = [(row["period"], row["official"]) for row in self.evidence["periods"]]
        return again.digest == self.evidence["digest"] and list(again.by_period.items()) == kept

    def lines(self) -> list[tuple[str, str]]:
        """All of it, heading and text, for the API and for exports."""
        formula = " ".join(part for part in self.formula() if part)
        rows = [
            (gettext("Why"), self.reason),
            (gettext("How far the plan is"), self.schedule()),
            (gettext("Formula"), formula),
            *((name, edge) for name, edge in self.thresholds()),
            *((gettext("Official standing"), said) for said in self.course()),
            *((gettext("To be known"), said) for said in self.cautions()),
            *self.outlook(),
            (gettext("Coverage"), self.coverage),
            (gettext(SECOND_OPINION), self.second_opinion()),
            (gettext("Method"), self.method),
            (gettext("Caution of the Cabinet Office"), gettext(CAUTION)),
        ]
        return [(name, text) for name, text in rows if text]

    @property
    def _inputs(self) -> Mapping[str, Any]:
        return self.evidence.get("inputs") or {}

    def _quantity(self, value: Any) -> str:
        if isinstance(value, str):
            value = Decimal(value)
        return "" if value is None else quantity_shown(value, self.unit)

    def _forecast(self, data: Mapping[str, Any], value: str, share: str) -> str:
        number, part = self._quantity(data.get(value)), number_in(data, share)
        if part is None:
            return number
        return gettext("%(number)s (%(share)s of the way)") % {"number": number, "share": share_shown(part)}


CAUTION = _("Do not judge by the figure of a single year, nor single institutions by it: read it with its trend.")


def _name(cls: str) -> str:
    return gettext(NAMES[cls]) if cls in NAMES else cls
