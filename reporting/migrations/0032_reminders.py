import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from agencies.row_security import guard, same_agency

# Which inquiry a mail of before is about is in its key.
FILL = """
SELECT set_config('app.scope', 'all', true);
UPDATE reporting_outboxmail m SET inquiry_id = i.id FROM reporting_inquiry i
WHERE m.kind = 'inquiry' AND m.key = encode(sha256(convert_to('inquiry|' || i.id, 'UTF8')), 'hex');
SELECT set_config('app.scope', '', true)
"""
# Back in a world where the clock tells nobody anything: what it told goes, for all of it is at one position. Notices
# are shown to none but who was told, not even to who owns the table.
UNDO = """
ALTER TABLE reporting_notice NO FORCE ROW LEVEL SECURITY;
DELETE FROM reporting_notice WHERE reminder_id IS NOT NULL;
ALTER TABLE reporting_notice FORCE ROW LEVEL SECURITY;
SELECT set_config('app.scope', 'all', true);
UPDATE reporting_outboxmail SET kind = 'other' WHERE kind = 'reminder';
SELECT set_config('app.scope', '', true)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0003_contributors_and_responsible_people"),
        ("indicators", "0005_where_definitions_come_from"),
        ("reporting", "0031_what_comes_back"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Reminder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("period", models.CharField(max_length=12, verbose_name="period")),
                ("due_on", models.DateField()),
                ("kind", models.CharField(max_length=16)),
                ("number", models.SmallIntegerField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "reminder",
                "verbose_name_plural": "reminders",
            },
        ),
        migrations.CreateModel(
            name="ReminderRound",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False, verbose_name="day")),
                ("at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "round of reminders",
                "verbose_name_plural": "rounds of reminders",
            },
        ),
        migrations.RemoveConstraint(
            model_name="notice",
            name="each_is_told_once",
        ),
        migrations.AddField(
            model_name="notice",
            name="mail",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="reporting.outboxmail"
            ),
        ),
        migrations.AddField(
            model_name="outboxmail",
            name="inquiry",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="reporting.inquiry",
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
                    ("held", "alert mails held back"),
                    ("holidays", "holidays not known"),
                ],
                max_length=8,
                verbose_name="kind",
            ),
        ),
        migrations.AlterField(
            model_name="outboxmail",
            name="kind",
            field=models.CharField(
                choices=[
                    ("lag", "lag"),
                    ("inquiry", "inquiry"),
                    ("finding", "operation"),
                    ("witness", "seal"),
                    ("notice", "notice"),
                    ("reminder", "reminder"),
                    ("other", "other"),
                ],
                default="other",
                max_length=8,
                verbose_name="kind",
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
                    ("withdrawn", "the inquiry was withdrawn"),
                    ("left", "an operator has decided so"),
                    ("suppressed", "the address takes no mail"),
                ],
                max_length=16,
                verbose_name="why cancelled",
            ),
        ),
        migrations.AddField(
            model_name="reminder",
            name="agency",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="agencies.agency",
                verbose_name="agency",
            ),
        ),
        migrations.AddField(
            model_name="reminder",
            name="assignment",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="indicators.assignment",
            ),
        ),
        migrations.AddField(
            model_name="notice",
            name="reminder",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="reporting.reminder",
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("reminder__isnull", True)),
                fields=("position", "kind", "person", "unit"),
                name="each_is_told_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("reminder__isnull", False)),
                fields=("reminder", "person", "unit"),
                name="each_is_reminded_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.UniqueConstraint(
                fields=("assignment", "period", "due_on", "kind", "number"), name="each_reminder_is_given_once"
            ),
        ),
        guard("reporting_reminder"),
        same_agency("reporting_reminder", "assignment_id", "indicators_assignment"),
        migrations.RunSQL(FILL, UNDO),
    ]
