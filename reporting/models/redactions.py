"""Requests to erase a text. Written in the transaction of the append; the row is the lock of its stream."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, Person, Unit


class Redaction(models.Model):
    class State(models.TextChoices):
        PROPOSED = "proposed", _("Waiting for a second person")
        DECLINED = "declined", _("Declined")
        REDACTED = "redacted", _("Erased")

    id = models.UUIDField(primary_key=True)  # of the RedactionProposed event
    event_id = models.UUIDField()  # beside which the text stands
    field = models.TextField(_("field"))
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+", verbose_name=_("agency"))
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.PROPOSED)
    version = models.IntegerField(_("version"))  # of the stream
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    proposed_unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    proposed_name = models.CharField(max_length=120)
    decided_at = models.DateTimeField(null=True)
    decided_name = models.CharField(max_length=120, blank=True)
    decided_event = models.UUIDField(null=True)

    class Meta:
        verbose_name = _("erasure of a text")
        verbose_name_plural = _("erasures of texts")
        constraints = [
            models.UniqueConstraint(
                fields=["event_id", "field"],
                condition=models.Q(state__in=["proposed", "redacted"]),
                name="one_redaction_waiting_or_done_per_text",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["proposed", "declined", "redacted"]), name="redaction_state_is_known"
            ),
        ]
        # What waits, oldest first.
        indexes = [models.Index(fields=["proposed_at"], condition=models.Q(state="proposed"), name="redaction_waiting")]

    def __str__(self) -> str:
        return f"{self.event_id} {self.field}: {self.state}"
