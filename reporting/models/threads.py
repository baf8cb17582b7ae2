"""Questions and answers between an agency and CSTI about one indicator."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, Person
from indicators.models import Indicator


class ThreadMessage(models.Model):
    """One question or answer. It changes no number, so it is not in the log; it is never changed or taken away, and
    what was agreed about a definition is found again by whoever reports next year."""

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("agency"))
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="+", verbose_name=_("indicator"))
    period = models.CharField(_("period"), max_length=12, blank=True)  # what it was asked about, if one
    from_csti = models.BooleanField()
    text = models.TextField()
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)  # of then
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("question or answer")
        verbose_name_plural = _("questions and answers")
        indexes = [models.Index(fields=["agency", "indicator", "id"], name="thread_in_its_order")]
        triggers = [
            pgtrigger.Protect(name="no_message_is_changed", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.indicator_id} {self.at:%Y-%m-%d}"
