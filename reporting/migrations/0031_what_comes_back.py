import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from agencies.row_security import guard


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0003_contributors_and_responsible_people"),
        ("reporting", "0030_alerts_that_are_answered"),
    ]

    operations = [
        migrations.CreateModel(
            name="SuppressedAddress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address", models.EmailField(max_length=254, verbose_name="address")),
                (
                    "why",
                    models.CharField(
                        choices=[
                            ("bounced", "there is no such address, or it takes no mail"),
                            ("bounced_now", "bounced three times in seven days"),
                            ("complained", "complained; it is sent no digests"),
                        ],
                        max_length=12,
                        verbose_name="why",
                    ),
                ),
                ("said", models.TextField(blank=True, verbose_name="answer")),
                (
                    "since",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="since"),
                ),
                ("until", models.DateTimeField(null=True, verbose_name="until")),
                ("lifted_at", models.DateTimeField(null=True, verbose_name="lifted at")),
                ("lifted_name", models.CharField(blank=True, max_length=120, verbose_name="lifted by")),
            ],
            options={
                "verbose_name": "suppressed address",
                "verbose_name_plural": "suppressed addresses",
            },
        ),
        migrations.AddField(
            model_name="mailattempt",
            name="report_key",
            field=models.CharField(max_length=64, null=True, unique=True),
        ),
        migrations.AddField(
            model_name="outboxmail",
            name="bounced_at",
            field=models.DateTimeField(null=True, verbose_name="bounced at"),
        ),
        migrations.AddField(
            model_name="outboxmail",
            name="delivered_at",
            field=models.DateTimeField(null=True, verbose_name="delivered at"),
        ),
        migrations.AlterField(
            model_name="mailattempt",
            name="ended",
            field=models.CharField(
                choices=[
                    ("accepted", "accepted by the server"),
                    ("not_reached", "server not reached"),
                    ("for_now", "refused for now"),
                    ("refused", "refused for good"),
                    ("died", "sender died before handing it over"),
                    ("in_doubt", "handed over, no answer"),
                    ("unwanted", "not wanted any more"),
                    ("known", "the ledger knows it was sent"),
                    ("again", "to be sent again"),
                    ("arrived", "has arrived"),
                    ("left", "left as it is"),
                    ("delivered", "delivered"),
                    ("bounced", "bounced"),
                    ("bounced_now", "bounced for now"),
                    ("complained", "complained of"),
                ],
                max_length=12,
                verbose_name="how it ended",
            ),
        ),
        migrations.AlterField(
            model_name="outboxmail",
            name="reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("no_address", "the unit has no address any more"),
                    ("nobody_in_role", "nobody in the unit has the role any more"),
                    ("resolved", "over before it was sent"),
                    ("superseded", "a later mail tells it anew"),
                    ("left", "an operator has decided so"),
                    ("suppressed", "the address takes no mail"),
                ],
                max_length=16,
                verbose_name="why cancelled",
            ),
        ),
        migrations.AddIndex(
            model_name="mailattempt",
            index=models.Index(
                django.db.models.functions.text.Lower("address"),
                models.F("began_at"),
                condition=models.Q(("ended", "bounced_now")),
                name="bounces_of_an_address",
            ),
        ),
        migrations.AddField(
            model_name="suppressedaddress",
            name="agency",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="agencies.agency",
                verbose_name="agency",
            ),
        ),
        migrations.AddField(
            model_name="suppressedaddress",
            name="mail",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="reporting.outboxmail",
                verbose_name="mail",
            ),
        ),
        migrations.AddConstraint(
            model_name="suppressedaddress",
            constraint=models.UniqueConstraint(
                condition=models.Q(("lifted_at__isnull", True), models.Q(("why", "complained"), _negated=True)),
                fields=("address",),
                name="one_suppression_in_force_per_address",
            ),
        ),
        migrations.AddConstraint(
            model_name="suppressedaddress",
            constraint=models.UniqueConstraint(
                condition=models.Q(("lifted_at__isnull", True), ("why", "complained")),
                fields=("address",),
                name="one_complaint_in_force_per_address",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="suppressedaddress",
            trigger=pgtrigger.compiler.Trigger(
                name="no_suppression_is_deleted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="599ef7395d8cd8e5900cf752950b3739432fbc45",
                    operation="DELETE",
                    pgid="pgtrigger_no_suppression_is_deleted_3c5fb",
                    table="reporting_suppressedaddress",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="suppressedaddress",
            trigger=pgtrigger.compiler.Trigger(
                name="a_suppression_is_only_ever_closed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."address" IS DISTINCT FROM (NEW."address") OR OLD."agency_id" IS DISTINCT FROM (NEW."agency_id") OR OLD."mail_id" IS DISTINCT FROM (NEW."mail_id") OR OLD."why" IS DISTINCT FROM (NEW."why") OR OLD."said" IS DISTINCT FROM (NEW."said") OR OLD."since" IS DISTINCT FROM (NEW."since") OR OLD."until" IS DISTINCT FROM (NEW."until"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="199c45e1a2030e396da9212b13abc71fc3a26a78",
                    operation="UPDATE",
                    pgid="pgtrigger_a_suppression_is_only_ever_closed_dc05a",
                    table="reporting_suppressedaddress",
                    when="BEFORE",
                ),
            ),
        ),
        guard("reporting_suppressedaddress"),
    ]
