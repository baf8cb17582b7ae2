from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("indicators", "0004_weights")]

    operations = [
        migrations.AddField(
            model_name="indicatordefinition",
            name="pace_window",
            field=models.SmallIntegerField(default=5, verbose_name="points of the recent pace"),
        ),
        migrations.AddField(
            model_name="indicatordefinition",
            name="natural_limit",
            field=models.DecimalField(decimal_places=6, max_digits=24, null=True, verbose_name="natural limit"),
        ),
        migrations.AddField(
            model_name="indicatordefinition",
            name="source",
            field=models.JSONField(default=dict, verbose_name="source"),
        ),
        migrations.AddField(
            model_name="indicatordefinition",
            name="decision",
            field=models.JSONField(default=dict, verbose_name="cabinet decision"),
        ),
        migrations.AddField(
            model_name="indicatordefinition",
            name="reason",
            field=models.TextField(blank=True, default="", verbose_name="reason"),
            preserve_default=False,
        ),
    ]
