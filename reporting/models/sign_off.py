"""What happens inside an agency before a report leaves it, and when CSTI has begun to look at it.

None of it changes a number: rows, not events. What comes of it is in the submission.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, Person, Unit
from reporting.models.reports import Report


class SignOffRule(models.Model):
    """Whether an agency wants a responsible person to release its reports. The newest row counts; none is no."""

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("agency"))
    wanted = models.BooleanField(_("wanted"))
    set_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    set_name = models.CharField(max_length=120)
    set_at = models.DateTimeField()

    class Meta:
        verbose_name = _("sign-off of an agency")
        verbose_name_plural = _("sign-offs of agencies")
        indexes = [models.Index(fields=["agency", "-id"], name="newest_sign_off_rule")]

    def __str__(self) -> str:
        return f"{self.agency_id}: {self.wanted}"


class Preparation(models.Model):
    """A report handed over to the responsible person: the answers as typed. Released, it is a submission and this row
    goes; sent back or taken back, it stays with what was typed."""

    class State(models.TextChoices):
        PREPARED = "prepared", _("Waiting for the responsible person")
        SENT_BACK = "sent_back", _("Sent back by the responsible person")
        TAKEN_BACK = "taken_back", _("Taken back")

    report = models.OneToOneField(
        Report, models.PROTECT, primary_key=True, related_name="preparation", verbose_name=_("report")
    )
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("agency"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    number = models.IntegerField(default=1)  # counts the handings-over: what is released is the one that was seen
    answers = models.JSONField()
    narrative = models.JSONField()
    correction = models.TextField(_("reason of the correction"), blank=True)
    decided_on = models.DateField(_("date of the decision"), null=True)
    document_number = models.TextField(_("document number"), blank=True)
    prepared_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    prepared_unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    prepared_name = models.CharField(_("prepared by"), max_length=120)
    prepared_at = models.DateTimeField(_("prepared at"))
    comment = models.TextField(blank=True)  # of who sent it back
    answered_name = models.CharField(max_length=120, blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("report before sign-off")
        verbose_name_plural = _("reports before sign-off")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["prepared", "sent_back", "taken_back"]),
                name="preparation_state_is_known",
            )
        ]

    def __str__(self) -> str:
        return f"{self.report_id}: {self.state}"


class ReviewBegun(models.Model):
    """A reviewer opened a submission to decide on it: from then on it cannot be taken back."""

    report = models.ForeignKey(Report, models.PROTECT, related_name="+", verbose_name=_("report"))
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("agency"))
    submission = models.IntegerField()  # the version of the report that was submitted
    begun_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    begun_name = models.CharField(max_length=120)
    begun_at = models.DateTimeField()

    class Meta:
        verbose_name = _("review begun")
        verbose_name_plural = _("reviews begun")
        constraints = [
            models.UniqueConstraint(fields=["report", "submission"], name="a_review_begins_once_per_submission")
        ]

    def __str__(self) -> str:
        return f"{self.report_id} {self.submission}"
