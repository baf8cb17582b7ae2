"""学内・所内照会: what a reporter asks of the departments of their agency before a report is written. Mutable, not in
the log: only what becomes part of a submission is a fact."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, Person, Unit
from indicators.models import Assignment, PlanNode


class Inquiry(models.Model):
    """Some figures of one report, asked of one unit by a day."""

    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("agency"))
    # Whoever answers sees this row and its figures, and no assignment: what they need of it stands here.
    node = models.ForeignKey(PlanNode, models.PROTECT, related_name="+")
    period = models.CharField(_("period"), max_length=12)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("department"))
    unit_name = models.CharField(max_length=120)
    due_on = models.DateField(_("internal due date"))
    note = models.TextField(_("note"), blank=True)
    asked_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    asked_name = models.CharField(_("asked by"), max_length=120)
    asked_at = models.DateTimeField(_("asked at"))
    withdrawn_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)  # when the mail to the unit was queued

    class Meta:
        verbose_name = _("internal inquiry")
        verbose_name_plural = _("internal inquiries")
        constraints = [
            models.UniqueConstraint(
                fields=["assignment", "period", "unit"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="one_open_inquiry_per_report_and_unit",
            ),
            # What the composite foreign key of the figures points at.
            models.UniqueConstraint(fields=["id", "agency"], name="inquiry_with_its_agency"),
        ]
        indexes = [
            # What is asked of a unit: its members' desk.
            models.Index(
                fields=["unit", "due_on"], condition=models.Q(withdrawn_at__isnull=True), name="inquiry_by_unit"
            ),
            # What has no mail yet.
            models.Index(
                fields=["asked_at"],
                condition=models.Q(told_at__isnull=True, withdrawn_at__isnull=True),
                name="inquiry_untold",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assignment_id}@{self.period} → {self.unit_name}"


class AskedFigure(models.Model):
    """One figure of an inquiry, and the unit's answer once there is one. `version` counts its answers."""

    inquiry = models.ForeignKey(Inquiry, models.PROTECT, related_name="figures")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    field = models.CharField(max_length=100)  # as at every door: "IND-06" or "IND-06/former_basis"
    # As the reporter saw them when asking: whoever answers may not look up the agency's figures.
    previous = models.CharField(max_length=60, blank=True)
    last_year = models.CharField(max_length=60, blank=True)
    parts = models.JSONField(default=dict)  # as typed: answer, value, numerator, denominator, reason, domain.<code>
    remark = models.TextField(_("remark"), blank=True)
    version = models.IntegerField(default=0)
    answered_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    answered_name = models.CharField(max_length=120, blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("figure asked of a department")
        verbose_name_plural = _("figures asked of departments")
        constraints = [models.UniqueConstraint(fields=["inquiry", "field"], name="one_row_per_inquiry_and_field")]

    def __str__(self) -> str:
        return f"{self.inquiry_id} {self.field}"
