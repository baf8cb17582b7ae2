"""Which papers there are, and in which forms."""

from collections.abc import Callable
from typing import Protocol

from agencies.access import Actor
from reporting.models import PaperJob
from reporting.papers.agency import agency
from reporting.papers.indicator import indicator
from reporting.papers.national import national, pillar
from reporting.papers.paper import Paper
from reporting.papers.pdf import pdf
from reporting.papers.words import Maker
from reporting.papers.xlsx import xlsx
from reporting.queries.as_of import AsOf


class _OfOne(Protocol):
    def __call__(self, *, actor: Actor, code: str, maker: Maker, at: AsOf) -> Paper | None: ...


OF_ONE: dict[str, _OfOne] = {
    PaperJob.Kind.PILLAR: pillar,
    PaperJob.Kind.INDICATOR: indicator,
    PaperJob.Kind.AGENCY: agency,
}
FORMS: dict[str, Callable[[Paper], bytes]] = {PaperJob.Form.PDF: pdf, PaperJob.Form.XLSX: xlsx}
TYPES = {
    PaperJob.Form.PDF: "application/pdf",
    PaperJob.Form.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def paper_of(*, kind: str, code: str, actor: Actor, maker: Maker, at: AsOf) -> Paper | None:
    """The paper as of a position, in the active language; None for what is not there, or not this actor's to see."""
    if kind == PaperJob.Kind.NATIONAL:
        return national(actor=actor, maker=maker, at=at)
    return OF_ONE[kind](actor=actor, code=code, maker=maker, at=at)
