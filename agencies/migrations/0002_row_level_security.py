from django.db import migrations

from agencies.row_security import FOLLOWER_ROLE_EXISTS, guard, same_agency

OWN = "person_id::text = (SELECT nullif(current_setting('app.person', true), ''))"


class Migration(migrations.Migration):
    dependencies = [("agencies", "0001_people_and_agencies")]

    operations = [
        migrations.RunSQL(FOLLOWER_ROLE_EXISTS, migrations.RunSQL.noop),
        # A person sees their own memberships and units before it is known which agency they act for.
        guard("agencies_unit", or_else=f"id IN (SELECT unit_id FROM agencies_membership WHERE {OWN})"),
        guard("agencies_membership", or_else=OWN),
        same_agency("agencies_membership", "unit_id", "agencies_unit"),
    ]
