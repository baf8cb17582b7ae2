"""Which indicators the clock has still to judge."""

from django.db import models

from indicators.models import Indicator


class JudgedIndicator(models.Model):
    """An indicator, the newest event that changed what it is judged by, and how far and when it was judged.

    Two positions and no flag, so that what comes while it is being judged is not lost: it is to be judged as long as
    `touched` is ahead of `judged`.
    """

    indicator = models.OneToOneField(Indicator, models.PROTECT, primary_key=True, related_name="+")
    touched = models.BigIntegerField()
    judged = models.BigIntegerField(db_default=0)
    day = models.DateField(null=True)  # of the business clock, in Tokyo
    at = models.DateTimeField(null=True)  # by the database's clock

    def __str__(self) -> str:
        return f"{self.indicator_id}: {self.judged} of {self.touched}"
