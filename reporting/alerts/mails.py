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


def write_mail(alert: Alert, event: CurrentEvent, unit: Unit) -> tuple[str, str]:
    """Subject and text of the mail that tells `unit` what `event` found."""
    indicator = Indicator.objects.get(code=alert.indicator_id)
    definition = IndicatorDefinition.objects.get(indicator=indicator, to_position__isnull=True)
    evidence, cls, before = event.data["evidence"], event.data["class"], event.data["previous"]
    measured = unit_named(definition.unit)

    def shown(name: str) -> str:
        return format_quantity(Decimal(evidence[name]), measured) if evidence.get(name) is not None else ""

    parts = []
    subject = ""
    for language in ("ja", "en"):
        with translation.override(language):
            name = indicator.name_ja if language == "ja" else indicator.name_en
            scope = _scope(alert, language)
            context: dict[str, Any] = {
                "scope": scope,
                "name": name,
                "unit": unit.name_ja if language == "ja" else unit.name_en,
                "standing": gettext(NAMES[cls]),
                "previous": gettext(NAMES[before]) if before else "",
                "period": event.data["period"],
                "observed": shown("observed"),
                "expected": shown("expected"),
                "target": shown("target"),
                "reason": gettext(reason_words(evidence["reason"])),
                "url": f"{settings.SITE_URL}/desk/indicators/{indicator.code}/",
                "sample": settings.DEMO,
            }
            parts.append(render_to_string("reporting/mails/worsened.txt", context).strip())
            if not subject:
                subject = gettext("[Shinchoku] %(name)s (%(scope)s): %(standing)s") % context
    return " ".join(subject.split()), "\n\n".join(parts) + "\n"
