"""担当: who in an agency is in charge of which assignment, and how that passed to a successor. Mutable, not in the log;
what was done stays under the name of who did it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, Person, Unit
from indicators.models import Assignment


class Charge(models.Model):
    """A person in charge of an assignment, from a moment until another. At most one at a time."""

    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("agency"))
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("person in charge"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("department"))
    from_at = models.DateTimeField(_("from"))
    until_at = models.DateTimeField(_("until"), null=True)

    class Meta:
        verbose_name = _("charge of an assignment")
        verbose_name_plural = _("charges of assignments")
        constraints = [
            models.UniqueConstraint(
                fields=["assignment"], condition=models.Q(until_at__isnull=True), name="one_in_charge_per_assignment"
            )
        ]
        indexes = [
            # The desk's "mine".
            models.Index(
                fields=["agency", "person"], condition=models.Q(until_at__isnull=True), name="charge_by_person"
            )
        ]

    def __str__(self) -> str:
        return f"{self.assignment_id}: {self.person_id}"


class Handover(models.Model):
    """引継ぎ: one act by which a person's desk went to a successor. Written once, never changed. Names as they were."""

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("agency"))
    predecessor = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("predecessor"))
    predecessor_name = models.CharField(max_length=120)
    successor = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("successor"))
    successor_name = models.CharField(max_length=120)
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    by_name = models.CharField(_("done by"), max_length=120)
    at = models.DateTimeField(_("done at"))
    note = models.TextField(_("note"), blank=True)
    moved = models.JSONField(default=dict)  # what went over, what began and ended

    class Meta:
        verbose_name = _("handover")
        verbose_name_plural = _("handovers")

    def __str__(self) -> str:
        return f"{self.predecessor_name} → {self.successor_name}"
