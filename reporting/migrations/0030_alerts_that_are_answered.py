from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from agencies.row_security import guard

SQL = Path(__file__).parent / "sql"

# Alerts of before: what was over stays over, and a lag that comes back is another alert. For what is open nobody could
# answer until now: the days of escalation begin today.
FILL = """
SELECT set_config('app.scope', 'all', true);
UPDATE reporting_alert SET state = CASE WHEN resolved_at IS NULL THEN 'firing' ELSE 'closed' END,
    clock_from = CASE WHEN resolved_at IS NULL THEN (now() AT TIME ZONE 'Asia/Tokyo')::date END;
SELECT set_config('app.scope', '', true)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0003_contributors_and_responsible_people"),
        ("indicators", "0005_where_definitions_come_from"),
        ("reporting", "0029_letters"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ActionPlan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.SmallIntegerField(verbose_name="number")),
                ("event_id", models.UUIDField(unique=True)),
                (
                    "causes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("funds", "funds"),
                                ("staff", "staff"),
                                ("rules", "rules and institutions"),
                                ("outside", "external circumstances"),
                                ("measurement", "measurement"),
                            ],
                            max_length=12,
                        ),
                        size=None,
                        verbose_name="causes",
                    ),
                ),
                ("due_on", models.DateField(verbose_name="to be done by")),
                ("expected", models.JSONField(verbose_name="expected effect")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("submitted", "waits for a decision"),
                            ("returned", "returned"),
                            ("accepted", "accepted"),
                        ],
                        default="submitted",
                        max_length=9,
                        verbose_name="state",
                    ),
                ),
                ("submitted_at", models.DateTimeField(verbose_name="submitted at")),
                ("submitted_name", models.CharField(max_length=120)),
                ("decided_at", models.DateTimeField(null=True, verbose_name="decided at")),
                ("decided_name", models.CharField(blank=True, max_length=120)),
                ("decision_id", models.UUIDField(null=True)),
            ],
            options={
                "verbose_name": "action plan",
                "verbose_name_plural": "action plans",
            },
        ),
        migrations.CreateModel(
            name="AlertChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("pending", "A worse standing waits to be confirmed"),
                            ("dropped", "The worse standing was not confirmed"),
                            ("fired", "Fell behind"),
                            ("reopened", "Fell behind again"),
                            ("worse", "Got worse"),
                            ("better", "Got better, and is still behind"),
                            ("resolved", "Recovered"),
                            ("closed", "Closed: two periods without lag"),
                            ("by_hand", "A standing was set by hand"),
                            ("hand_ended", "A standing set by hand ended"),
                            ("acknowledged", "Acknowledged"),
                            ("plan_submitted", "Action plan submitted"),
                            ("plan_returned", "Action plan returned"),
                            ("plan_accepted", "Action plan accepted"),
                            ("lapsed", "No accepted action plan in time"),
                            ("action_overdue", "The action should have been done by now"),
                            ("again", "Told again: nobody has answered"),
                            ("escalated", "Passed on to the next level"),
                            ("silenced", "Mails kept back for a time"),
                            ("silence_approved", "Keeping mails back was agreed to"),
                            ("silence_ended", "Mails are not kept back any more"),
                        ],
                        max_length=16,
                        verbose_name="what happened",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "to be confirmed"),
                            ("dropped", "not confirmed"),
                            ("firing", "unanswered"),
                            ("acknowledged", "acknowledged"),
                            ("plan_submitted", "action plan submitted"),
                            ("in_action", "action under way"),
                            ("resolved", "recovered"),
                            ("closed", "closed"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "severity",
                    models.CharField(choices=[("at_risk", "At risk"), ("off_track", "Off track")], max_length=12),
                ),
                ("seq", models.SmallIntegerField()),
                ("position", models.BigIntegerField(null=True)),
                ("event_id", models.UUIDField(null=True)),
                ("name", models.CharField(blank=True, max_length=120)),
                ("detail", models.JSONField(default=dict)),
            ],
            options={
                "verbose_name": "change of an alert",
                "verbose_name_plural": "changes of alerts",
            },
        ),
        migrations.CreateModel(
            name="Ladder",
            fields=[
                (
                    "agency",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="agencies.agency",
                        verbose_name="agency",
                    ),
                ),
                (
                    "days",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.SmallIntegerField(), size=4, verbose_name="business days"
                    ),
                ),
                ("set_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("set_name", models.CharField(max_length=120)),
            ],
            options={
                "verbose_name": "escalation",
                "verbose_name_plural": "escalations",
            },
        ),
        migrations.CreateModel(
            name="LadderContact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "level",
                    models.SmallIntegerField(
                        choices=[
                            (0, "officer in charge"),
                            (1, "head of division"),
                            (2, "supervising ministry"),
                            (3, "CSTI secretariat"),
                        ],
                        verbose_name="level",
                    ),
                ),
            ],
            options={
                "verbose_name": "contact",
                "verbose_name_plural": "contacts",
            },
        ),
        migrations.CreateModel(
            name="MailChoice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "group",
                    models.CharField(
                        choices=[
                            ("lag", "an indicator is behind"),
                            ("answers", "answers and action plans"),
                            ("recovered", "an indicator has recovered"),
                            ("notes", "signs, and changes of earlier periods"),
                        ],
                        max_length=10,
                        verbose_name="what",
                    ),
                ),
                (
                    "frequency",
                    models.CharField(
                        choices=[
                            ("immediate", "at once (at most one mail a business day)"),
                            ("daily", "each business day"),
                            ("weekly", "each week, on Monday"),
                            ("monthly", "each month, on the first"),
                            ("never", "never"),
                        ],
                        max_length=10,
                        verbose_name="how often",
                    ),
                ),
                (
                    "at_least",
                    models.CharField(
                        choices=[("at_risk", "At risk"), ("off_track", "Off track")],
                        default="at_risk",
                        max_length=12,
                        verbose_name="from",
                    ),
                ),
            ],
            options={
                "verbose_name": "choice of mails",
                "verbose_name_plural": "choices of mails",
            },
        ),
        migrations.CreateModel(
            name="MailHold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "why",
                    models.CharField(
                        choices=[
                            ("storm", "more than three tenths of what is judged changed in one round"),
                            ("freeze", "the secretariat holds all mails of alerts back"),
                        ],
                        max_length=8,
                        verbose_name="why",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="since")),
                ("reason", models.TextField(blank=True, verbose_name="reason")),
                ("name", models.CharField(blank=True, max_length=120, verbose_name="by")),
                ("changed", models.IntegerField(default=0)),
                ("judged", models.IntegerField(default=0)),
                (
                    "decision",
                    models.CharField(
                        blank=True,
                        choices=[("released", "mails go out"), ("discarded", "what waited is not told")],
                        max_length=10,
                        verbose_name="decision",
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True, verbose_name="decided at")),
                ("decided_name", models.CharField(blank=True, max_length=120, verbose_name="decided by")),
                ("settled", models.BooleanField(default=False)),
            ],
            options={
                "verbose_name": "hold of alert mails",
                "verbose_name_plural": "holds of alert mails",
            },
        ),
        migrations.CreateModel(
            name="MailReader",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "language",
                    models.CharField(
                        choices=[("both", "Japanese and English"), ("ja", "Japanese only"), ("en", "English only")],
                        default="both",
                        max_length=4,
                        verbose_name="language",
                    ),
                ),
                ("deputy_from", models.DateField(null=True, verbose_name="from")),
                ("deputy_until", models.DateField(null=True, verbose_name="until")),
            ],
            options={
                "verbose_name": "reader of mails",
                "verbose_name_plural": "readers of mails",
            },
        ),
        migrations.CreateModel(
            name="Silence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("event_id", models.UUIDField(unique=True)),
                ("since", models.DateTimeField(verbose_name="since")),
                ("until", models.DateField(verbose_name="last day")),
                ("renewals", models.SmallIntegerField(default=0)),
                ("waits", models.BooleanField()),
                ("asked_name", models.CharField(max_length=120, verbose_name="asked by")),
                ("approved_name", models.CharField(blank=True, max_length=120, verbose_name="agreed by")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended at")),
                ("ended_name", models.CharField(blank=True, max_length=120)),
            ],
            options={
                "verbose_name": "silence",
                "verbose_name_plural": "silences",
            },
        ),
        migrations.CreateModel(
            name="Telling",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("fired", "fell behind"),
                            ("reopened", "fell behind again"),
                            ("worse", "got worse"),
                            ("again", "still unanswered"),
                            ("escalated", "passed on, for nobody has answered"),
                            ("acknowledged", "acknowledged"),
                            ("plan_submitted", "action plan submitted"),
                            ("plan_returned", "action plan returned"),
                            ("plan_accepted", "action plan accepted"),
                            ("lapsed", "no accepted action plan in time"),
                            ("action_overdue", "action overdue"),
                            ("resolved", "recovered"),
                            ("by_hand", "standing set by hand"),
                            ("hand_ended", "standing set by hand ended"),
                            ("pending", "worse, to be confirmed"),
                            ("late", "an earlier period changed"),
                            ("unjudgeable", "cannot be judged any more"),
                        ],
                        max_length=16,
                        verbose_name="what is told",
                    ),
                ),
                ("turn", models.BigIntegerField()),
                ("seq", models.SmallIntegerField(default=0)),
                ("severity", models.CharField(max_length=12)),
                ("level", models.SmallIntegerField(default=0, verbose_name="level")),
                ("said", models.JSONField(default=dict)),
                ("at", models.DateTimeField(verbose_name="at")),
                ("queued_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("cleared", models.BooleanField(default=False)),
                (
                    "decision",
                    models.CharField(
                        choices=[
                            ("waiting", "waits for the next mail"),
                            ("mailed", "in a mail"),
                            ("over", "not told: over before a mail was written"),
                            ("superseded", "not told: something newer was told instead"),
                            ("untold", "not told: the recipient had not been told that it was behind"),
                            ("silenced", "not told: the mails of this alert are kept back for a time"),
                            ("inhibited", "not told: the indicator as a whole is off track, which was told"),
                            ("asked_for", "not told: the overdue report is being asked for itself"),
                            ("frozen", "not told: all mails of alerts were held back"),
                            ("storm", "not told: an administrator found it to be an error"),
                            ("declined", "not told: the recipient does not want such mails"),
                            ("unreachable", "not told: there is no address that takes mails"),
                        ],
                        default="waiting",
                        max_length=12,
                        verbose_name="what became of it",
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True, verbose_name="decided at")),
                ("detail", models.JSONField(default=dict)),
            ],
            options={
                "verbose_name": "thing told",
                "verbose_name_plural": "things told",
            },
        ),
        migrations.RemoveConstraint(
            model_name="alert",
            name="one_open_alert_per_thing",
        ),
        migrations.AddField(
            model_name="alert",
            name="clock_from",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="alert",
            name="due_on",
            field=models.DateField(null=True, verbose_name="due"),
        ),
        migrations.AddField(
            model_name="alert",
            name="looked_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="alert",
            name="period",
            field=models.CharField(blank=True, max_length=12, verbose_name="period"),
        ),
        migrations.AddField(
            model_name="alert",
            name="reopened",
            field=models.SmallIntegerField(default=0, verbose_name="times it came back"),
        ),
        migrations.AddField(
            model_name="alert",
            name="seq",
            field=models.SmallIntegerField(default=1),
        ),
        migrations.AddField(
            model_name="alert",
            name="state",
            field=models.CharField(
                choices=[
                    ("pending", "to be confirmed"),
                    ("dropped", "not confirmed"),
                    ("firing", "unanswered"),
                    ("acknowledged", "acknowledged"),
                    ("plan_submitted", "action plan submitted"),
                    ("in_action", "action under way"),
                    ("resolved", "recovered"),
                    ("closed", "closed"),
                ],
                default="firing",
                max_length=16,
                verbose_name="state of the alert",
            ),
        ),
        migrations.AddField(
            model_name="alert",
            name="told_level",
            field=models.SmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="alert",
            name="well_in",
            field=models.CharField(blank=True, max_length=12),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(fields=["responsible", "state"], name="alert_by_responsible"),
        ),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "acknowledged",
                            "firing",
                            "in_action",
                            "plan_submitted",
                        ],
                    )
                ),
                fields=["looked_on"],
                name="alert_to_look_at",
            ),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        ["closed", "dropped"],
                    ),
                    _negated=True,
                ),
                fields=("indicator", "agency", "domain"),
                name="one_open_alert_per_thing",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "pending",
                            "dropped",
                            "firing",
                            "acknowledged",
                            "plan_submitted",
                            "in_action",
                            "resolved",
                            "closed",
                        ],
                    )
                ),
                name="alert_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("resolved_at__isnull", False),
                    (
                        "state__in",
                        [
                            "acknowledged",
                            "firing",
                            "in_action",
                            "plan_submitted",
                            "pending",
                        ],
                    ),
                    _connector="XOR",
                ),
                name="an_open_alert_has_not_ended",
            ),
        ),
        migrations.AddField(
            model_name="actionplan",
            name="agency",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="agencies.agency",
                verbose_name="agency",
            ),
        ),
        migrations.AddField(
            model_name="actionplan",
            name="alert",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="plans",
                to="reporting.alert",
                verbose_name="alert",
            ),
        ),
        migrations.AddField(
            model_name="actionplan",
            name="submitted_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="actionplan",
            name="submitted_unit",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agencies.unit"),
        ),
        migrations.AddField(
            model_name="alertchange",
            name="agency",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="agencies.agency",
                verbose_name="agency",
            ),
        ),
        migrations.AddField(
            model_name="alertchange",
            name="alert",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="changes",
                to="reporting.alert",
                verbose_name="alert",
            ),
        ),
        migrations.AddField(
            model_name="laddercontact",
            name="agency",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="agencies.agency",
                verbose_name="agency",
            ),
        ),
        migrations.AddField(
            model_name="laddercontact",
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
            model_name="laddercontact",
            name="unit",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="agencies.unit",
                verbose_name="unit",
            ),
        ),
        migrations.AddField(
            model_name="mailchoice",
            name="agency",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agencies.agency"
            ),
        ),
        migrations.AddField(
            model_name="mailchoice",
            name="person",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="mailchoice",
            name="unit",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agencies.unit"
            ),
        ),
        migrations.AddConstraint(
            model_name="mailhold",
            constraint=models.UniqueConstraint(
                condition=models.Q(("decision", "")), fields=("why",), name="one_hold_of_a_kind_is_undecided"
            ),
        ),
        migrations.AddField(
            model_name="mailreader",
            name="agency",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agencies.agency"
            ),
        ),
        migrations.AddField(
            model_name="mailreader",
            name="deputy",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="deputy",
            ),
        ),
        migrations.AddField(
            model_name="mailreader",
            name="person",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="mailreader",
            name="unit",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agencies.unit"
            ),
        ),
        migrations.AddField(
            model_name="silence",
            name="agency",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="agencies.agency",
                verbose_name="agency",
            ),
        ),
        migrations.AddField(
            model_name="silence",
            name="alert",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="silences",
                to="reporting.alert",
                verbose_name="alert",
            ),
        ),
        migrations.AddField(
            model_name="silence",
            name="asked_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="telling",
            name="agency",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="agencies.agency",
                verbose_name="agency",
            ),
        ),
        migrations.AddField(
            model_name="telling",
            name="alert",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="tellings",
                to="reporting.alert",
                verbose_name="alert",
            ),
        ),
        migrations.AddField(
            model_name="telling",
            name="indicator",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="indicators.indicator",
                verbose_name="indicator",
            ),
        ),
        migrations.AddField(
            model_name="telling",
            name="mail",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="tellings",
                to="reporting.outboxmail",
                verbose_name="mail",
            ),
        ),
        migrations.AddField(
            model_name="telling",
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
            model_name="telling",
            name="scope_agency",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agencies.agency"
            ),
        ),
        migrations.AddField(
            model_name="telling",
            name="scope_domain",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="indicators.domain"
            ),
        ),
        migrations.AddField(
            model_name="telling",
            name="unit",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="agencies.unit",
                verbose_name="unit",
            ),
        ),
        migrations.AddConstraint(
            model_name="actionplan",
            constraint=models.UniqueConstraint(fields=("alert", "number"), name="plans_of_an_alert_are_numbered"),
        ),
        migrations.AddConstraint(
            model_name="actionplan",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "submitted")), fields=("alert",), name="one_plan_of_an_alert_waits"
            ),
        ),
        migrations.AddIndex(
            model_name="alertchange",
            index=models.Index(fields=["alert", "id"], name="change_of_an_alert"),
        ),
        migrations.AddConstraint(
            model_name="alertchange",
            constraint=models.UniqueConstraint(
                condition=models.Q(("position__isnull", False)),
                fields=("alert", "position", "what"),
                name="each_change_is_kept_once",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="alertchange",
            trigger=pgtrigger.compiler.Trigger(
                name="no_change_is_changed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="99ab29599f883545e1d2246284fe2f05833caf42",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_no_change_is_changed_bc1b1",
                    table="reporting_alertchange",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="laddercontact",
            constraint=models.UniqueConstraint(
                fields=("agency", "level", "unit", "person"), name="each_contact_is_named_once", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="laddercontact",
            constraint=models.CheckConstraint(
                condition=models.Q(("unit__isnull", False), ("person__isnull", False), _connector="XOR"),
                name="contact_is_unit_or_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="laddercontact",
            constraint=models.CheckConstraint(
                condition=models.Q(("level__in", [0, 1, 2, 3])), name="contact_level_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="mailchoice",
            constraint=models.UniqueConstraint(
                fields=("agency", "unit", "person", "group"), name="one_choice_a_group", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="mailchoice",
            constraint=models.CheckConstraint(
                condition=models.Q(("unit__isnull", False), ("person__isnull", False), _connector="XOR"),
                name="choice_of_unit_or_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="mailreader",
            constraint=models.UniqueConstraint(
                fields=("agency", "unit", "person"), name="one_reader_a_recipient", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="mailreader",
            constraint=models.CheckConstraint(
                condition=models.Q(("unit__isnull", False), ("person__isnull", False), _connector="XOR"),
                name="reader_is_unit_or_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="mailreader",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("deputy__isnull", True), ("deputy_from__isnull", True), ("deputy_until__isnull", True)),
                    models.Q(
                        ("deputy__isnull", False), ("deputy_from__isnull", False), ("deputy_until__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="a_deputy_has_dates",
            ),
        ),
        migrations.AddIndex(
            model_name="silence",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", True)), fields=["alert"], name="silence_of_an_alert"
            ),
        ),
        migrations.AddIndex(
            model_name="telling",
            index=models.Index(condition=models.Q(("decision", "waiting")), fields=["queued_at"], name="telling_waits"),
        ),
        migrations.AddIndex(
            model_name="telling",
            index=models.Index(condition=models.Q(("mail__isnull", False)), fields=["mail"], name="telling_in_a_mail"),
        ),
        migrations.AddIndex(
            model_name="telling",
            index=models.Index(fields=["unit", "-id"], name="telling_to_a_unit"),
        ),
        migrations.AddIndex(
            model_name="telling",
            index=models.Index(fields=["person", "-id"], name="telling_to_a_person"),
        ),
        migrations.AddIndex(
            model_name="telling",
            index=models.Index(fields=["alert", "-id"], name="telling_of_an_alert"),
        ),
        migrations.AddConstraint(
            model_name="telling",
            constraint=models.UniqueConstraint(
                fields=("alert", "indicator", "scope_agency", "scope_domain", "kind", "turn", "unit", "person"),
                name="each_thing_is_told_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="telling",
            constraint=models.CheckConstraint(
                condition=models.Q(("unit__isnull", False), ("person__isnull", False), _connector="XOR"),
                name="told_to_unit_or_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="telling",
            constraint=models.CheckConstraint(
                condition=models.Q(("decision", "mailed"), ("mail__isnull", True), _connector="OR"),
                name="mailed_in_a_mail",
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
                ],
                max_length=8,
                verbose_name="kind",
            ),
        ),
        migrations.RunSQL((SQL / "event_current.sql").read_text(), migrations.RunSQL.noop),
        guard("reporting_alertchange"),
        guard("reporting_actionplan"),
        guard("reporting_silence"),
        guard("reporting_telling"),
        guard("reporting_ladder"),
        guard("reporting_laddercontact"),
        guard("reporting_mailchoice"),
        guard("reporting_mailreader"),
    ]
