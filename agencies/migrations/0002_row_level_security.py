from agencies.row_security import FOLLOWER_ROLE_EXISTS, guard, same_agency
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("agencies", "0001_people_and_agencies")]

    operations = [
        migrations.RunSQL(FOLLOWER_ROLE_EXISTS, migrations.RunSQL.noop),
        guard("agencies_unit"),
        # A person sees their own memberships before it is known which agency they act for.
        guard(
            "agencies_membership",
            or_else="person_id::text = (SELECT nullif(current_setting('app.person', true), ''))",
        ),
        same_agency("agencies_membership", "unit_id", "agencies_unit"),
    ]
