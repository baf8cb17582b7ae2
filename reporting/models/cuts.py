"""What the nation's figures of fiscal years came to at some positions of the log, kept so that of any later position
only what has happened since is to be counted. They can be thrown away: nothing changes by it but how long it takes.
"""

from typing import Any

from django.contrib.postgres.indexes import GistIndex
from django.db import models

from agencies.models import Temporal
from indicators.models import Domain, Indicator


class Exact(models.Field):  # type: ignore[type-arg]
    """A decimal of any length, as PostgreSQL adds them up: never rounded."""

    def db_type(self, connection: Any) -> str:
        return "numeric"


class Cut(models.Model):
    """A position for which the nation's cells are kept."""

    position = models.BigIntegerField(primary_key=True)

    def __str__(self) -> str:
        return str(self.position)


class CutCell(Temporal):
    """What the shares of all agencies add up to in a cell of the nation, from one cut on until another at which it is
    something else: SUMS of reporting.queries.rollups_at."""

    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="+", db_index=False)
    period = models.CharField(max_length=6)
    domain = models.ForeignKey(Domain, models.PROTECT, null=True, related_name="+", db_index=False)
    component = models.CharField(max_length=32, null=True)  # noqa: DJ001 - null takes part in NULLS NOT DISTINCT
    amount = Exact(null=True)
    amount_pending = Exact(null=True)
    weighed = Exact(null=True)
    weighed_pending = Exact(null=True)
    numerator = Exact(null=True)
    numerator_pending = Exact(null=True)
    denominator = Exact(null=True)
    denominator_pending = Exact(null=True)
    expected = models.IntegerField()
    expected_weight = Exact()
    answered = models.IntegerField()
    present = models.IntegerField()
    with_value = models.IntegerField()
    nothing = models.IntegerField()
    not_measurable = models.IntegerField()
    carried = models.IntegerField()
    complete = models.IntegerField()
    complete_weight = Exact()
    final_weight = Exact()
    standing = models.IntegerField()
    pending = models.IntegerField()
    finals = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "period", "domain", "component", "from_position"], nulls_distinct=False,
                name="a_cell_is_kept_once_a_cut",
            )
        ]  # fmt: skip
        indexes = [
            # What was true at a position.
            GistIndex(models.Func("from_position", "to_position", function="int8range"), name="kept_between_cuts"),
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.period} {self.from_position}"
