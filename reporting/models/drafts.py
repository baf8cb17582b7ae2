"""What reporters are still typing: mutable, not in the log, gone with the submission it becomes."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, Person
from indicators.models import Assignment


class Draft(models.Model):
    """下書き of one report. Its row is the lock of its fields, and counts their versions. It stays when its fields go
    into a submission, so no version is given twice: an old tab must not pass for one that has seen the new."""

    id = models.CharField(primary_key=True, max_length=80)  # the report's: "JST.P1.A1.M2@FY2026Q1"
    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("agency"))
    period = models.CharField(_("period"), max_length=12)
    version = models.BigIntegerField(default=0)
    # Who has ever typed into it, by id: they are told what becomes of the report.
    hands = ArrayField(models.IntegerField(), default=list, db_default=[], blank=True)

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")

    def __str__(self) -> str:
        return self.id


class DraftField(models.Model):
    """One field as it was last typed. A field that was emptied stays, with an empty text: that too is an answer to
    whoever had typed something else."""

    draft = models.ForeignKey(Draft, models.PROTECT, related_name="fields")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)  # as in the form: "figure:IND-02:value", "narrative:summary"
    text = models.TextField(blank=True)
    version = models.BigIntegerField()  # the draft's when this was typed
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("field of a draft")
        verbose_name_plural = _("fields of drafts")
        constraints = [models.UniqueConstraint(fields=["draft", "name"], name="one_field_of_a_name_per_draft")]

    def __str__(self) -> str:
        return f"{self.draft_id} {self.name}"
