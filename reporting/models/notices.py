"""お知らせ: who is told what happened to a report. In the application's list, and by mail; no fact of the log."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, Person, Unit
from reporting.models.alerts import OutboxMail
from reporting.models.reminders import Reminder
from reporting.models.reports import Report


class Notice(models.Model):
    """One event or reminder, one person or the shared address of one unit. `detail`: what a kind needs beside its
    event."""

    kind = models.CharField(_("what happened"), max_length=32)  # the event's type, FiguresMoved, or the reminder's kind
    position = models.BigIntegerField(_("position"))  # of the event; with a reminder, of the log when it was given
    reminder = models.ForeignKey(Reminder, models.PROTECT, null=True, related_name="+", db_index=False)
    # Not with FiguresMoved: who is told of a nation's figure need not know whose report moved it.
    report = models.ForeignKey(Report, models.PROTECT, null=True, related_name="+", verbose_name=_("report"))
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("agency"))  # of whoever is told
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name=_("person"))
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", verbose_name=_("unit"))
    by = models.CharField(_("done by"), max_length=120)
    at = models.DateTimeField(_("done at"))
    detail = models.JSONField(default=dict)
    read_at = models.DateTimeField(_("read at"), null=True)
    mailed_at = models.DateTimeField(null=True)  # by the database's clock: its mail was queued, or it needs none
    # With a reminder: its mail, which is not wanted any more when all it asks for is in.
    mail = models.ForeignKey(OutboxMail, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [
            models.UniqueConstraint(
                fields=["position", "kind", "person", "unit"],
                condition=models.Q(reminder__isnull=True),
                nulls_distinct=False,
                name="each_is_told_once",
            ),
            models.UniqueConstraint(
                fields=["reminder", "person", "unit"],
                condition=models.Q(reminder__isnull=False),
                nulls_distinct=False,
                name="each_is_reminded_once",
            ),
            models.CheckConstraint(
                condition=models.Q(person__isnull=False, unit__isnull=True)
                | models.Q(person__isnull=True, unit__isnull=False),
                name="a_person_or_a_unit_is_told",
            ),
        ]
        indexes = [
            # The list of a person, newest first, and the count of what is unread.
            models.Index(fields=["person", "-position"], name="notice_of_a_person"),
            models.Index(fields=["person"], condition=models.Q(read_at__isnull=True), name="notice_unread"),
            # What the writer of mails looks for, and who had one lately.
            models.Index(fields=["position"], condition=models.Q(mailed_at__isnull=True), name="notice_to_mail"),
            models.Index(fields=["mailed_at"], name="notice_mailed"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.position}"

    @property
    def about(self) -> Report | Reminder | None:
        """What has an assignment, an agency and a period."""
        return self.report or self.reminder
