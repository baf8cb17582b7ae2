"""From any number to the reports, the events, the people and the receipts that make it. All reading, through
access.visible."""

from reporting.queries.lineage.number import Contribution, NumberPage, Part, Row, number_page
from reporting.queries.lineage.which import Which, read_page, read_which

__all__ = ["Contribution", "NumberPage", "Part", "Row", "Which", "number_page", "read_page", "read_which"]
