from django.db import migrations

from agencies.row_security import guard, same_agency


class Migration(migrations.Migration):
    dependencies = [("indicators", "0001_plan_read_models"), ("agencies", "0002_row_level_security")]

    operations = [
        guard("indicators_target", national=True),
        guard("indicators_milestone", national=True),
        guard("indicators_targetproposal"),
        guard("indicators_assignment"),
        guard("indicators_assignedindicator"),
        same_agency("indicators_assignedindicator", "assignment_id", "indicators_assignment"),
    ]
