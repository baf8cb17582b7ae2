"""What a reviewer narrows the review queue by, under a name of their own. Mutable, not in the log."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from agencies.models import Person


class SavedFilter(models.Model):
    """It is its person's, in whatever role they act, and nobody else's, whatever they may see."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(_("name"), max_length=60)
    query = models.JSONField()  # what narrows, by its name in the queue's address

    class Meta:
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        constraints = [models.UniqueConstraint(fields=["person", "name"], name="one_filter_per_person_and_name")]

    def __str__(self) -> str:
        return self.name
