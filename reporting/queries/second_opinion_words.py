"""Words of the growth-rate method (`indicators.cagr_ratio`): its classes have their own names and are never ours."""

from typing import NamedTuple

from django.utils.translation import gettext

from indicators.cagr_ratio import SecondOpinion
from reporting.domain.errors import gettext_noop as _

NAME = _("Ratio of growth rates (Eurostat, Open SDG)")
CLASSES = {
    "target_achieved": _("Target achieved"),
    "on_track": _("On track"),
    "acceleration_needed": _("Progress made, but acceleration needed"),
    "limited": _("Limited progress"),
    "deterioration": _("Deterioration"),
    "not_available": _("Unable to assess"),
}
REASONS = {
    "target_met": _("The newest value is at the target or beyond."),
    "ratio": _("From the yearly growth so far, over the yearly growth that leads to the target."),
    "growth": _("From the yearly growth so far; there is no target to hold it against."),
    "base_is_target": _("The base is equal to the target, and the newest value has moved away from it."),
    "base_is_limit": _("The base is at the natural limit: all there is to do is to stay there."),
    "no_data": _("There is no base or no newer value."),
    "less_than_a_year": _("The newest value is less than a year after the base."),
    "both_signs": _("Values above and below zero have no growth rate."),
    "target_not_later": _("The target is not later than the base."),
}


class OpinionWords(NamedTuple):
    method: str
    cls: str
    reason: str


def second_opinion_words(opinion: SecondOpinion) -> OpinionWords:
    """In the reader's language: the method's name, the class by its name, and what that rests on."""
    return OpinionWords(gettext(NAME), gettext(CLASSES[opinion.cls]), gettext(REASONS[opinion.why]))
