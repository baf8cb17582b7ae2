"""What has happened to what rollups are made of, from position %(first)s to %(position)s of the log."""

from reporting.queries.rollups_at.cells import at

# Beside figures, as parts of a WITH: agencies that came, or that count for another ministry now; who is asked for what,
# and was not, or is not any more; indicators whose figures may be added up in another way.
CHANGES = f"""
moved AS (
    SELECT DISTINCT agency_id FROM agencies_agencyprofile
    WHERE from_position BETWEEN %(first)s AND %(position)s OR to_position BETWEEN %(first)s AND %(position)s
), asked AS (
    SELECT indicator_id, agency_id FROM indicators_assignedindicator
    WHERE from_position BETWEEN %(first)s AND %(position)s OR to_position BETWEEN %(first)s AND %(position)s
    UNION
    SELECT e.indicator_id, e.agency_id FROM indicators_assignedindicator e JOIN moved USING (agency_id)
    WHERE {at("e")}
), redefined AS (
    SELECT DISTINCT indicator_id FROM indicators_indicatordefinition
    WHERE from_position BETWEEN %(first)s AND %(position)s
)
"""  # noqa: S608
# The figures that were opened or closed, and those of agencies that moved; some of them twice.
CHANGED_FIGURES = """
    SELECT f.* FROM reporting_figure f WHERE f.from_position BETWEEN %(first)s AND %(position)s
    UNION ALL
    SELECT f.* FROM reporting_figure f WHERE f.to_position BETWEEN %(first)s AND %(position)s
    UNION ALL
    SELECT f.* FROM reporting_figure f JOIN moved USING (agency_id)
"""
