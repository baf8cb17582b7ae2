"""判定: the official class of an indicator at a scope, with its reasons. Each row was true between two positions."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, Temporal
from indicators.models import Domain, Indicator


class StandingClass(models.TextChoices):
    ACHIEVED = "achieved", _("Achieved")
    ON_TRACK = "on_track", _("On track")
    AT_RISK = "at_risk", _("At risk")
    OFF_TRACK = "off_track", _("Off track")
    NOT_STARTED = "not_started", _("Not started")
    UNKNOWN = "unknown", _("Cannot be judged")


class Standing(Temporal):
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="standings", verbose_name=_("indicator"))
    # null: the nation
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+", verbose_name=_("agency"))
    domain = models.ForeignKey(Domain, models.PROTECT, null=True, related_name="+", verbose_name=_("technology domain"))
    cls = models.CharField(_("standing"), max_length=12, choices=StandingClass.choices)
    period = models.CharField(_("period"), max_length=12, blank=True)
    evidence = models.JSONField(_("evidence"))
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("standing")
        verbose_name_plural = _("standings")
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "agency", "domain"],
                condition=models.Q(to_position__isnull=True),
                nulls_distinct=False,
                name="one_standing_in_force",
            ),
            models.CheckConstraint(condition=models.Q(cls__in=StandingClass.values), name="standing_class_is_known"),
        ]
        triggers = [
            pgtrigger.Protect(name="no_standing_is_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="a_standing_is_only_ever_closed", exclude=["to_position"]),
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id}: {self.cls}"
