"""What was answered to a request that carried an Idempotency-Key."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from agencies.models import Membership, Person


class AnsweredRequest(models.Model):
    """A write that was accepted, with its answer. Written in the transaction of its events, so that there is neither
    an event without it nor it without its events. It is its person's, and holds no free text."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="+", db_index=False)
    route = models.TextField()  # method and path, "POST /api/v1/reports/"
    key = models.CharField(max_length=255)
    payload = models.BinaryField(max_length=32)  # SHA-256 of what was sent
    status = models.SmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    # The database's clock and not the business's: it says how long the row must be kept.
    answered_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("answered request")
        verbose_name_plural = _("answered requests")
        constraints = [
            models.UniqueConstraint(fields=["person", "route", "key"], name="one_answer_per_person_route_and_key")
        ]
        # What is old enough to be forgotten.
        indexes = [models.Index(fields=["answered_at"], name="answer_by_age")]

    def __str__(self) -> str:
        return f"{self.route}: {self.status}"
