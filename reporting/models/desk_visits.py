"""「ここまで確認した」: up to which position somebody has said to have looked at the desk. Not in the log."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from agencies.models import Person


class DeskVisit(models.Model):
    """One saying. The newest of a person counts; those before stay, so that it can be told what was known when."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    position = models.BigIntegerField(_("position"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("visit of the desk")
        verbose_name_plural = _("visits of the desk")
        indexes = [models.Index(fields=["person", "-id"], name="newest_visit_of_a_person")]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.position}"
