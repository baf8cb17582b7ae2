"""What moves the deadlines of the plan's calendar. Written in the transaction of the append, and only ever closed."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, Temporal, in_force
from indicators.models import Assignment


class DeadlineChange(Temporal):
    """An extension of a deadline or a reopening of a locked period, for one agency: all its reports of the period, or
    one assignment's. Why stands beside its event."""

    class Kind(models.TextChoices):
        EXTENDED = "extended", _("Deadline extended")
        REOPENED = "reopened", _("Reopened")

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("agency"))
    period = models.CharField(_("period"), max_length=12)
    assignment = models.ForeignKey(Assignment, models.PROTECT, null=True, related_name="+")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    until = models.DateField(_("last day"))
    event_id = models.UUIDField()

    class Meta:
        verbose_name = _("moved deadline")
        verbose_name_plural = _("moved deadlines")
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "period", "assignment", "kind"],
                condition=in_force(),
                nulls_distinct=False,
                name="one_change_in_force_per_scope_and_kind",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["extended", "reopened"]), name="deadline_change_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.period} {self.kind}: {self.until}"


class AddedHoliday(Temporal):
    """A day on which the government is closed, beside those the library knows."""

    day = models.DateField(_("day"))
    event_id = models.UUIDField()

    class Meta:
        verbose_name = _("added holiday")
        verbose_name_plural = _("added holidays")
        constraints = [models.UniqueConstraint(fields=["day"], condition=in_force(), name="one_added_holiday_per_day")]

    def __str__(self) -> str:
        return self.day.isoformat()
