import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from agencies.row_security import guard

# Mails of before: when they were queued is not known; what they tell follows from what they hang on. Of one that was
# being sent, nobody knows whether it has left.
FILL = """
SELECT set_config('app.scope', 'all', true);
UPDATE reporting_outboxmail SET queued_at = business_time, first_tried_at = CASE WHEN attempts > 0 THEN due_at END,
    handed_over_at = CASE WHEN state = 'sending' THEN now() END,
    kind = CASE WHEN alert_id IS NOT NULL THEN 'lag' WHEN agency_id IS NULL THEN 'witness' ELSE 'other' END;
SELECT set_config('app.scope', '', true)
"""
# Back in a world without doubt: what may have arrived is not sent again by itself, and has not provably arrived either.
UNDO = """
SELECT set_config('app.scope', 'all', true);
UPDATE reporting_outboxmail SET state = 'failed' WHERE state IN ('uncertain', 'cancelled');
SELECT set_config('app.scope', '', true)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0003_contributors_and_responsible_people"),
        ("reporting", "0027_saved_filters"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MailAttempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("began_at", models.DateTimeField(verbose_name="began at")),
                (
                    "ended_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="ended at"),
                ),
                (
                    "ended",
                    models.CharField(
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
                        ],
                        max_length=12,
                        verbose_name="how it ended",
                    ),
                ),
                ("address", models.EmailField(max_length=254, verbose_name="address")),
                ("server", models.CharField(blank=True, max_length=200, verbose_name="server")),
                ("said", models.TextField(blank=True, verbose_name="answer")),
                ("name", models.CharField(blank=True, max_length=120, verbose_name="who")),
            ],
            options={
                "verbose_name": "attempt",
                "verbose_name_plural": "attempts",
            },
        ),
        migrations.CreateModel(
            name="MailSender",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("generation", models.TextField()),
                ("paused_at", models.DateTimeField(null=True, verbose_name="paused at")),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            (
                                "restored",
                                "The database is not the one it was: restored from a backup, copied or failed over.",
                            ),
                            ("ledger", "The ledger knows of mails that the database holds to be unsent."),
                        ],
                        max_length=8,
                        verbose_name="why",
                    ),
                ),
                ("detail", models.TextField(blank=True, verbose_name="detail")),
                ("resumed_at", models.DateTimeField(null=True, verbose_name="resumed at")),
                ("resumed_name", models.CharField(blank=True, max_length=120, verbose_name="resumed by")),
                ("reconciled", models.BooleanField(default=True)),
            ],
            options={
                "verbose_name": "mail sender",
                "verbose_name_plural": "mail senders",
            },
        ),
        migrations.AddField(
            model_name="outboxmail",
            name="person",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="person",
            ),
        ),
        migrations.AddField(
            model_name="outboxmail",
            name="doubts",
            field=models.SmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="outboxmail",
            name="first_tried_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="outboxmail",
            name="handed_over_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="outboxmail",
            name="kind",
            field=models.CharField(
                choices=[
                    ("lag", "lag"),
                    ("inquiry", "inquiry"),
                    ("finding", "operation"),
                    ("witness", "seal"),
                    ("notice", "notice"),
                    ("other", "other"),
                ],
                default="other",
                max_length=8,
                verbose_name="kind",
            ),
        ),
        migrations.AddField(
            model_name="outboxmail",
            name="mandatory",
            field=models.BooleanField(default=False, verbose_name="mandatory"),
        ),
        migrations.AddField(
            model_name="outboxmail",
            name="queued_at",
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="queued at"),
        ),
        migrations.AddField(
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
                ],
                max_length=16,
                verbose_name="why cancelled",
            ),
        ),
        migrations.AddField(
            model_name="outboxmail",
            name="role",
            field=models.CharField(
                blank=True,
                choices=[
                    ("reporter", "Reporter"),
                    ("contributor", "Department contributor"),
                    ("responsible", "Responsible person"),
                    ("reviewer", "CSTI reviewer"),
                    ("secretariat", "CSTI secretariat"),
                    ("ministry", "Supervising ministry"),
                    ("auditor", "Auditor"),
                    ("operator", "Operator"),
                ],
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="finding",
            name="kind",
            field=models.CharField(
                choices=[
                    ("rollup", "rollup"),
                    ("report", "report"),
                    ("failing", "cannot be computed"),
                    ("stuck", "open for too long"),
                    ("stopped", "stopped"),
                    ("mail", "mail not delivered"),
                ],
                max_length=8,
                verbose_name="kind",
            ),
        ),
        migrations.AlterField(
            model_name="outboxmail",
            name="state",
            field=models.CharField(
                choices=[
                    ("queued", "queued"),
                    ("sending", "sending"),
                    ("sent", "sent"),
                    ("failed", "failed"),
                    ("uncertain", "in doubt"),
                    ("cancelled", "cancelled"),
                ],
                default="queued",
                max_length=9,
                verbose_name="state",
            ),
        ),
        migrations.AddIndex(
            model_name="outboxmail",
            index=models.Index(
                condition=models.Q(("state__in", ["failed", "uncertain"])), fields=["id"], name="mail_in_trouble"
            ),
        ),
        migrations.AddField(
            model_name="mailattempt",
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
            model_name="mailattempt",
            name="mail",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="tries",
                to="reporting.outboxmail",
                verbose_name="mail",
            ),
        ),
        migrations.AddConstraint(
            model_name="mailsender",
            constraint=models.CheckConstraint(condition=models.Q(("pk", 1)), name="one_mail_sender"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="mailattempt",
            trigger=pgtrigger.compiler.Trigger(
                name="no_attempt_is_changed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="3a3e1122b2fe4af48853635a90b05757f8d1be96",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_no_attempt_is_changed_d7d46",
                    table="reporting_mailattempt",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunSQL(FILL, UNDO),
        guard("reporting_mailattempt"),
    ]
