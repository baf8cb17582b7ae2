from django.db import migrations, models

ROLES = [
    ("reporter", "Reporter"),
    ("contributor", "Department contributor"),
    ("responsible", "Responsible person"),
    ("reviewer", "CSTI reviewer"),
    ("secretariat", "CSTI secretariat"),
    ("ministry", "Supervising ministry"),
    ("auditor", "Auditor"),
    ("operator", "Operator"),
]


class Migration(migrations.Migration):
    dependencies = [("agencies", "0002_row_level_security")]

    operations = [
        migrations.AlterField(
            "membership", "role", models.CharField(choices=ROLES, max_length=16, verbose_name="role")
        ),
        migrations.RemoveConstraint("membership", "membership_role_is_known"),
        migrations.AddConstraint(
            "membership",
            models.CheckConstraint(
                condition=models.Q(("role__in", [value for value, _ in ROLES])), name="membership_role_is_known"
            ),
        ),
    ]
