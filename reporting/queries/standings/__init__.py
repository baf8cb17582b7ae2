"""判定: each standing by the id of its event, with all that made it; and all of them at a time, to be narrowed."""

from reporting.queries.standings.evidence import Fact, facts_of, formula_of, thresholds_of
from reporting.queries.standings.explanation import Explanation
from reporting.queries.standings.listing import (
    COUNTED,
    Asked,
    Page,
    Row,
    listed,
    override_record,
    read_asked,
    record,
    records,
    sheet,
)
from reporting.queries.standings.one import StandingPage, find_standing, standing_page

__all__ = [
    "COUNTED", "Asked", "Explanation", "Fact", "Page", "Row", "StandingPage", "facts_of", "find_standing", "formula_of",
    "listed", "override_record", "read_asked", "record", "records", "sheet", "standing_page", "thresholds_of",
]  # fmt: skip
