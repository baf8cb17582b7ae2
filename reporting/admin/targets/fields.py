"""The fields of the forms about the plan: what stands in them, and what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from indicators.quantities import QuantityError, Unit, parse_year
from reporting.domain.errors import FigureInvalid, Refusal
from reporting.queries.words import problem_words

# Where a refusal that names no field is told.
FIELD_OF = {
    "reason_missing": "reason", "years_crossed": "year", "no_trajectory": "value", "not_by_domain": "domain",
    "no_such_stage": "stage", "day_missing": "due_on", "bad_day": "due_on", "figures_in_force": "unit",
    "targets_in_force": "unit",
}  # fmt: skip


@dataclass(frozen=True)
class Field:
    """One field. `choices` make it a choice of (value, words); `kind` is the type of the input."""

    name: str
    label: str
    value: str
    hint: str = ""
    problem: str = ""
    choices: Sequence[tuple[str, str]] = ()
    kind: str = "text"
    assumed: bool = False

    @property
    def id(self) -> str:
        return "field-" + self.name.replace(".", "-")


def problems_of(refusal: Refusal | None) -> dict[str, str]:
    """By field what is wrong with it, in words."""
    if refusal is None:
        return {}
    found = {name: _(problem_words(code)) for name, code in refusal.params.get("problems", {}).items()}
    if not found and refusal.code in FIELD_OF:
        found[FIELD_OF[refusal.code]] = _(refusal.message) % refusal.params
    return found


def typed(value: Decimal | str | None, unit: Unit) -> str:
    """A stored value as it is typed: in the shown unit, without its name."""
    if value is None or value == "":
        return ""
    return format((Decimal(value) / unit.shown_in).normalize(), "f")


def year_of(texts: Mapping[str, str], name: str, *, needed: bool = True) -> int | None:
    """A fiscal year in either calendar. Raises FigureInvalid beside its field."""
    text = texts.get(name, "").strip()
    if not text and not needed:
        return None
    try:
        return parse_year(text)
    except QuantityError as error:
        problem = "missing" if not text else str(error.reason)
        raise FigureInvalid(fields=name, problems={name: problem}) from error
