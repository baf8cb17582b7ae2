"""Where a report stands, and the figures in it. Written in the transaction of the append, never otherwise."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, Person, Temporal, Unit
from indicators.models import Assignment, Domain, Indicator


class Status(models.TextChoices):
    OPEN = "open", _("Not submitted")
    SUBMITTED = "submitted", _("Waiting for review")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    RETURNED = "returned", _("Returned")
    APPROVED = "approved", _("Approved")


class Standpoint(models.Model):
    """Where a report stands: the same columns in the row that is locked and in those that are remembered."""

    status = models.CharField(_("state"), max_length=12, choices=Status.choices, default=Status.OPEN)
    # submitted_…: of the submission that is shown. That is the last, but of a correction that was given up.
    version = models.IntegerField(_("version"), default=0)
    submitted_version = models.IntegerField(default=0)
    submitted_event = models.UUIDField(null=True)
    submitted_at = models.DateTimeField(_("submitted at"), null=True)
    submitted_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    submitted_unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    submitted_name = models.CharField(_("submitted by"), max_length=120, blank=True)
    late = models.BooleanField(_("late"), default=False)
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decided_name = models.CharField(_("decided by"), max_length=120, blank=True)
    # What is in force, though a correction of it may wait or have been returned.
    approved_version = models.IntegerField(default=0)
    approved_event = models.UUIDField(null=True)  # of the submission
    approved_at = models.DateTimeField(_("approved at"), null=True)
    approved_name = models.CharField(_("approved by"), max_length=120, blank=True)
    corrected = models.BooleanField(_("corrected"), default=False)

    class Meta:
        abstract = True

    @property
    def correcting(self) -> bool:
        """Whether a correction waits, was returned or has been asked for, of what stays in force."""
        return self.approved_version > 0 and self.status != Status.APPROVED


STANDPOINT = tuple(field.attname for field in Standpoint._meta.local_fields)


class Report(Standpoint):
    """進捗報告: one assignment in one period. This row is the stream's lock, taken before anything is decided, and says
    where the report stands now; what queries read are its states."""

    id = models.CharField(primary_key=True, max_length=80)  # "JST.P1.A1.M2@FY2026Q1"
    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="reports")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("agency"))
    period = models.CharField(_("period"), max_length=12)
    position = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        constraints = [
            models.UniqueConstraint(fields=["assignment", "period"], name="one_report_per_assignment_and_period"),
            models.CheckConstraint(condition=models.Q(status__in=Status.values), name="report_state_is_known"),
        ]
        indexes = [
            models.Index(fields=["agency", "period"], name="report_by_agency_and_period"),
            # The board asks for all reports of a period.
            models.Index(fields=["period"], name="report_by_period"),
        ]

    def __str__(self) -> str:
        return self.id


class ReportState(Standpoint, Temporal):
    """Where a report stood between two positions of the log: each event closes one row and opens the next."""

    report = models.ForeignKey(Report, models.PROTECT, related_name="states", verbose_name=_("report"))
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("agency"))

    class Meta:
        verbose_name = _("state of a report")
        verbose_name_plural = _("states of reports")
        constraints = [
            models.UniqueConstraint(
                fields=["report"], condition=models.Q(to_position__isnull=True), name="one_state_in_force_per_report"
            ),
            models.UniqueConstraint(fields=["report", "version"], name="one_state_per_event_of_a_report"),
            models.CheckConstraint(condition=models.Q(status__in=Status.values), name="state_is_known"),
        ]
        indexes = [
            # The review queue: what waits, oldest first.
            models.Index(
                fields=["submitted_at"],
                condition=models.Q(status=Status.SUBMITTED, to_position__isnull=True),
                name="state_waiting_for_review",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="no_state_is_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="a_state_is_only_ever_closed", exclude=["to_position"]),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} {self.version}: {self.status}"

    def as_report(self) -> Report:
        """The report as it stood then. To be shown, never saved."""
        for name in STANDPOINT:
            setattr(self.report, name, getattr(self, name))
        self.report.position = self.from_position
        return self.report


class Answer(models.TextChoices):
    VALUE = "value", _("value")
    NOTHING = "nothing", _("nothing to report")
    NOT_MEASURABLE = "not_measurable", _("not measurable yet")


class Figure(Temporal):
    """One reported value. Money in 百万円, all else in the indicator's unit. `approved` figures are in force;
    the others stand beside them, not yet approved, until a decision closes them."""

    report = models.ForeignKey(Report, models.PROTECT, related_name="figures", verbose_name=_("report"))
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("agency"))
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="figures", verbose_name=_("indicator"))
    period = models.CharField(_("period"), max_length=12)
    year_period = models.CharField(max_length=6)  # the fiscal year the period lies in, "FY2026"
    domain = models.ForeignKey(Domain, models.PROTECT, null=True, blank=True, verbose_name=_("technology domain"))
    component = models.CharField(_("component"), max_length=32, null=True, blank=True)  # noqa: DJ001 - null takes part in NULLS NOT DISTINCT
    answer = models.CharField(_("answer"), max_length=16, choices=Answer.choices)
    value = models.DecimalField(_("value"), max_digits=24, decimal_places=6, null=True)
    numerator = models.DecimalField(_("numerator"), max_digits=24, decimal_places=6, null=True)
    denominator = models.DecimalField(_("denominator"), max_digits=24, decimal_places=6, null=True)
    counted_elsewhere = models.DecimalField(_("counted elsewhere"), max_digits=24, decimal_places=6, default=0)
    raw = models.JSONField(default=dict)
    approved = models.BooleanField(_("approved"))

    class Meta:
        verbose_name = _("figure")
        verbose_name_plural = _("figures")
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "agency", "period", "domain", "component", "approved"],
                condition=models.Q(to_position__isnull=True),
                nulls_distinct=False,
                name="one_figure_in_force",
            ),
            models.CheckConstraint(
                condition=models.Q(answer="value", value__isnull=False)
                | (~models.Q(answer="value") & models.Q(value__isnull=True)),
                name="figure_has_a_value_or_says_why_not",
            ),
            models.CheckConstraint(
                # 'NaN'::numeric fits the column and beats every comparison.
                condition=models.Q(value__isnull=True) | models.Q(value__lt=10**18, value__gt=-(10**18)),
                name="figure_is_a_plausible_number",
            ),
        ]
        indexes = [
            # The rollup of a fiscal year reads its figures by this; what was known when a target was set is told by
            # the positions in it, mostly that nothing was.
            models.Index(fields=["indicator", "year_period", "from_position"], name="figure_by_indicator_and_year"),
            # What an agency has given to a fiscal year, at any position.
            models.Index(fields=["indicator", "agency", "year_period"], name="figure_by_agency_and_year"),
            # The reader of touched cells looks for what a page of events opened or closed.
            models.Index(fields=["from_position"], name="figure_by_from_position"),
            models.Index(fields=["to_position"], name="figure_by_to_position"),
            # The desk asks how old the newest figure of each indicator is.
            models.Index(
                fields=["indicator", "from_position"],
                condition=models.Q(approved=True),
                name="newest_approved_figure",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="no_figure_is_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="a_figure_is_only_ever_closed", exclude=["to_position"]),
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.agency_id} {self.period}: {self.value}"
