from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

SQL = Path(__file__).with_name("sql")


class Migration(migrations.Migration):
    dependencies = [("reporting", "0003_row_level_security")]

    operations = [
        migrations.RunSQL((SQL / "tree_heads.sql").read_text(), (SQL / "tree_heads_reverse.sql").read_text()),
        migrations.CreateModel(
            name="LogKey",
            fields=[
                ("key", models.TextField(primary_key=True, serialize=False, verbose_name="key")),
                ("public", models.BinaryField()),
                (
                    "endorsed_by",
                    models.ForeignKey(
                        db_column="endorsed_by",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="reporting.logkey",
                        verbose_name="endorsed by",
                    ),
                ),
                ("endorsement", models.BinaryField(null=True)),
                ("first_used_at", models.DateTimeField(verbose_name="first used at")),
            ],
            options={
                "verbose_name": "signing key",
                "verbose_name_plural": "signing keys",
                "db_table": "log_key",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="TreeHead",
            fields=[
                ("size", models.BigIntegerField(primary_key=True, serialize=False, verbose_name="number of events")),
                ("root", models.BinaryField()),
                ("sealed_at", models.DateTimeField(verbose_name="sealed at")),
                (
                    "key",
                    models.ForeignKey(
                        db_column="key",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="reporting.logkey",
                        verbose_name="key",
                    ),
                ),
                ("signature", models.BinaryField()),
                ("frontier", models.BinaryField()),
            ],
            options={
                "verbose_name": "tree head",
                "verbose_name_plural": "tree heads",
                "db_table": "tree_head",
                "ordering": ["-size"],
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="HeadWitness",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "day", "kind", "address", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("day", models.DateField(verbose_name="day")),
                ("kind", models.TextField(verbose_name="kind")),
                ("address", models.TextField(verbose_name="address")),
                ("size", models.BigIntegerField(verbose_name="number of events")),
                ("token", models.BinaryField(null=True)),
                ("told_at", models.DateTimeField(verbose_name="told at")),
            ],
            options={
                "verbose_name": "witness",
                "verbose_name_plural": "witnesses",
                "db_table": "head_witness",
                "managed": False,
            },
        ),
        # A mail to a witness belongs to no alert and goes to no agency.
        migrations.AlterField(
            model_name="outboxmail",
            name="agency",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="agencies.agency",
                verbose_name="agency",
            ),
        ),
        migrations.AlterField(
            model_name="outboxmail",
            name="alert",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="mails",
                to="reporting.alert",
            ),
        ),
        migrations.AlterField(
            model_name="outboxmail",
            name="unit",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="agencies.unit",
                verbose_name="unit",
            ),
        ),
    ]
