import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from agencies.row_security import guard


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0003_contributors_and_responsible_people"),
        ("reporting", "0028_mails_in_doubt"),
    ]

    operations = [
        migrations.AddField(
            model_name="outboxmail",
            name="digest",
            field=models.BooleanField(default=False, verbose_name="digest"),
        ),
        migrations.AddField(
            model_name="outboxmail",
            name="html",
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name="outboxmail",
            name="references",
            field=models.TextField(blank=True),
        ),
        migrations.CreateModel(
            name="MailImage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80)),
                ("content", models.BinaryField()),
                (
                    "agency",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.agency",
                        verbose_name="agency",
                    ),
                ),
                (
                    "mail",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="images",
                        to="reporting.outboxmail",
                        verbose_name="mail",
                    ),
                ),
            ],
            options={
                "verbose_name": "picture of a mail",
                "verbose_name_plural": "pictures of mails",
                "constraints": [models.UniqueConstraint(fields=("mail", "name"), name="one_picture_of_a_name")],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="mailimage",
            trigger=pgtrigger.compiler.Trigger(
                name="no_picture_is_changed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="6accc095daa6004fa659b982c7f1baf41c8793b1",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_no_picture_is_changed_59f8e",
                    table="reporting_mailimage",
                    when="BEFORE",
                ),
            ),
        ),
        guard("reporting_mailimage"),
    ]
