"""手動判定 and 意見: what people say about a standing. The computed one stays as it is."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, Person, Temporal, in_force
from indicators.models import Domain, Indicator
from reporting.models.standings import StandingClass


class StandingOverride(Temporal):
    """A class that a person has set for an indicator at a scope, shown in place of the computed one until the end of a
    day. Why stands beside its event; how it ended says the event at `to_position`."""

    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="+", verbose_name=_("indicator"))
    # null: the nation
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+", verbose_name=_("agency"))
    domain = models.ForeignKey(Domain, models.PROTECT, null=True, related_name="+", verbose_name=_("technology domain"))
    cls = models.CharField(_("standing"), max_length=12, choices=StandingClass.choices)
    until = models.DateField(_("last day"))
    event_id = models.UUIDField()
    set_at = models.DateTimeField()
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=120)  # of then
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("standing set by hand")
        verbose_name_plural = _("standings set by hand")
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "agency", "domain"],
                condition=in_force(),
                nulls_distinct=False,
                name="one_override_in_force_per_scope",
            ),
            models.CheckConstraint(
                condition=models.Q(cls__in=["achieved", "on_track", "at_risk", "off_track", "unknown"]),
                name="override_class_may_be_set",
            ),
            models.CheckConstraint(
                condition=models.Q(to_position__isnull=True, ended_at__isnull=True)
                | models.Q(to_position__isnull=False, ended_at__isnull=False),
                name="override_ended_at_a_time",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="no_override_is_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="an_override_is_only_ever_closed", exclude=["to_position", "ended_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id}: {self.cls} until {self.until}"


class Opinion(models.Model):
    """What an agency says to the explanation of a standing, or CSTI answers it. It changes no number, so it is not in
    the log; it is never changed or taken away."""

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("agency"))
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="+", verbose_name=_("indicator"))
    position = models.BigIntegerField()  # of the event that is the standing
    event_id = models.UUIDField()
    from_csti = models.BooleanField()
    text = models.TextField()
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)  # of then
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("opinion on a standing")
        verbose_name_plural = _("opinions on standings")
        indexes = [models.Index(fields=["indicator", "position", "agency"], name="opinion_on_a_standing")]
        triggers = [
            pgtrigger.Protect(name="no_opinion_is_changed", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.indicator_id} {self.at:%Y-%m-%d}"
