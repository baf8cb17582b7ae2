"""The words of a mail: Japanese first, English second, no figure of another agency."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext

from agencies.models import Unit
from indicators.models import Indicator, IndicatorDefinition
from indicators.quantities import format_quantity, unit_named
from reporting.domain.standing import NAMES
from reporting.models import Alert, CurrentEvent
from reporting.queries.words import reason_words


def _scope(alert: Alert, language: str) -> str:
    """Of whom the mail speaks: the nation, one agency, one technology domain."""
    parts = [part for part in (alert.agency, alert.domain) if part is not None]
    return " · ".join(part.name_ja if language == "ja" else part.name_en for part in parts) or gettext("Nation")


def write_mail(alert: Alert, event: CurrentEvent, unit: Unit, computed: str) -> tuple[str, str]:
    """Subject and text of the mail that tells `unit` what `event` found, or what a person has set. `computed`: the
    class beneath that."""
    indicator = Indicator.objects.get(code=alert.indicator_id)
    shown = computed if event.type in ENDED else event.data["class"]
    judged = event.type not in TEMPLATES
    parts = []
    subject = ""
    for language in ("ja", "en"):
        with translation.override(language):
            context: dict[str, Any] = {
                "scope": _scope(alert, language),
                "name": indicator.name_ja if language == "ja" else indicator.name_en,
                "unit": unit.name_ja if language == "ja" else unit.name_en,
                "standing": gettext(NAMES[shown]),
                "url": f"{settings.SITE_URL}/desk/indicators/{indicator.code}/",
                "sample": settings.DEMO,
            } | (_as_judged(event, indicator) if judged else _by_hand(event, computed))
            template = TEMPLATES.get(event.type, "worsened")
            parts.append(render_to_string(f"reporting/mails/{template}.txt", context).strip())
            if not subject:
                subject = gettext("[Shinchoku] %(name)s (%(scope)s): %(standing)s") % context
                if event.type == "StandingOverridden":
                    subject += gettext(" (set by hand)")
    return " ".join(subject.split()), "\n\n".join(parts) + "\n"


def _as_judged(event: CurrentEvent, indicator: Indicator) -> dict[str, Any]:
    """What the clock found, and by which numbers."""
    definition = IndicatorDefinition.objects.get(indicator=indicator, to_position__isnull=True)
    evidence, before = event.data["evidence"], event.data["previous"]
    measured = unit_named(definition.unit)

    def shown(name: str) -> str:
        return format_quantity(Decimal(evidence[name]), measured) if evidence.get(name) is not None else ""

    return {
        "previous": gettext(NAMES[before]) if before else "",
        "period": event.data["period"],
        "observed": shown("observed"),
        "expected": shown("expected"),
        "target": shown("target"),
        "reason": gettext(reason_words(evidence["reason"])),
    }


def _by_hand(event: CurrentEvent, computed: str) -> dict[str, Any]:
    """Who, until when, and what is computed. Why is on the page and not in a mail: what is erased there, no mail
    gives back."""
    was = NAMES[event.data["class"]]
    return {
        "who": event.meta.get("actor", ""),
        "until": event.data["until"],
        "computed": gettext(NAMES[computed]),
        "was": gettext(was),
        "expired": event.type == "OverrideExpired",
    }


ENDED = ("OverrideExpired", "OverrideWithdrawn")
TEMPLATES = {"StandingOverridden": "set_by_hand"} | dict.fromkeys(ENDED, "hand_ended")
