"""Tree heads over the log, as Django sees them. Made by hand in migration 0004; rows are only ever added."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class LogKey(models.Model):
    """A public key that signs heads: the first one, or one that another of them endorses."""

    key = models.TextField(_("key"), primary_key=True)
    public = models.BinaryField()
    endorsed_by = models.ForeignKey(
        "self", models.PROTECT, db_column="endorsed_by", null=True, related_name="+", verbose_name=_("endorsed by")
    )
    endorsement = models.BinaryField(null=True)
    first_used_at = models.DateTimeField(_("first used at"))

    class Meta:
        managed = False
        db_table = "log_key"
        verbose_name = _("signing key")
        verbose_name_plural = _("signing keys")

    def __str__(self) -> str:
        return self.key


class TreeHead(models.Model):
    """The Merkle root over the first `size` events, signed. `frontier`: what the next head is computed from."""

    size = models.BigIntegerField(_("number of events"), primary_key=True)
    root = models.BinaryField()
    sealed_at = models.DateTimeField(_("sealed at"))
    key = models.ForeignKey(LogKey, models.PROTECT, db_column="key", related_name="+", verbose_name=_("key"))
    signature = models.BinaryField()
    frontier = models.BinaryField()

    class Meta:
        managed = False
        db_table = "tree_head"
        ordering = ["-size"]
        verbose_name = _("tree head")
        verbose_name_plural = _("tree heads")

    def __str__(self) -> str:
        return str(self.size)


class HeadWitness(models.Model):
    """A head was handed to a witness: mailed, or stamped with the time by an authority, whose answer is `token`."""

    pk = models.CompositePrimaryKey("day", "kind", "address")
    day = models.DateField(_("day"))
    kind = models.TextField(_("kind"))
    address = models.TextField(_("address"))
    size = models.BigIntegerField(_("number of events"))
    token = models.BinaryField(null=True)
    told_at = models.DateTimeField(_("told at"))

    class Meta:
        managed = False
        db_table = "head_witness"
        verbose_name = _("witness")
        verbose_name_plural = _("witnesses")

    def __str__(self) -> str:
        return f"{self.day} {self.kind} {self.address}: {self.size}"
