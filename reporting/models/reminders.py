"""督促: what the clock has asked for. Who was told of it are notices; no fact of the log."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency
from indicators.models import Assignment


class ReminderRound(models.Model):
    """A business day on which it was looked who is to be reminded: the row says who of many was first."""

    day = models.DateField(_("day"), primary_key=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("round of reminders")
        verbose_name_plural = _("rounds of reminders")

    def __str__(self) -> str:
        return self.day.isoformat()


class Reminder(models.Model):
    """One report, one last day, one time: before it, or after it. A report that was never begun has no row of its own,
    so this names it by what it is."""

    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="+", db_index=False)
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("agency"))
    period = models.CharField(_("period"), max_length=12)
    due_on = models.DateField()  # domain.reminders.counted_from
    kind = models.CharField(max_length=16)  # of domain.reminders.Step, and its number
    number = models.SmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        constraints = [
            models.UniqueConstraint(
                fields=["assignment", "period", "due_on", "kind", "number"], name="each_reminder_is_given_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} {self.due_on}: {self.kind} {self.number}"

    @property
    def report_id(self) -> str:
        """Of the report, whether there is one yet or not."""
        return f"{self.assignment_id}@{self.period}"
