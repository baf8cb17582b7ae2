"""Which indicators the clock has still to judge: those touched at a later position than they were judged at.

Two tables, each with one writer, so that whoever reads the log never waits for whoever judges. And positions, no flag,
so that what comes while an indicator is being judged is not lost.
"""

from django.db import models
from django.db.models.functions import Now

from indicators.models import Indicator


class TouchedIndicator(models.Model):
    """The newest event that changed what an indicator is judged by. Written by the reader of the log."""

    indicator = models.OneToOneField(Indicator, models.PROTECT, primary_key=True, related_name="+")
    position = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.indicator_id}: {self.position}"


class JudgedIndicator(models.Model):
    """Up to which event an indicator was judged, and when. Written by the clock."""

    indicator = models.OneToOneField(Indicator, models.PROTECT, primary_key=True, related_name="+")
    position = models.BigIntegerField(db_default=0)
    day = models.DateField(null=True)  # of the business clock, in Tokyo
    at = models.DateTimeField(db_default=Now())  # by the database's clock

    def __str__(self) -> str:
        return f"{self.indicator_id}: {self.position}"
