"""Many reports approved at once: each a decision of its own in the log, all of them in one transaction."""

from collections.abc import Mapping
from datetime import datetime

from agencies import access
from agencies.access import Actor, Deed
from reporting import event_store
from reporting.commands.once import Once
from reporting.commands.opening import command
from reporting.commands.own_report import event_of, must
from reporting.domain.errors import NotFound, StaleVersion
from reporting.domain.report import approve
from reporting.domain.together import approve_together, must_be_a_few
from reporting.event_store import Recorded, StaleStream
from reporting.models import Report
from reporting.projections import reports as projection
from reporting.queries import forms
from reporting.queries.together import candidates


def approve_reports(
    *, actor: Actor, seen: Mapping[str, int], now: datetime, once: Once | None = None
) -> list[Recorded]:
    """Approve all of these reports in the versions that were seen, or, when one needs a look of its own, none."""
    must(actor, Deed.DECIDE)
    must_be_a_few(len(seen))
    with command(actor, once) as done:
        # Locked in one order, whatever order they were chosen in.
        rows = list(access.visible(Report.objects.filter(id__in=list(seen)), actor).order_by("id").select_for_update())
        if len(rows) < len(seen):
            raise NotFound()
        who = forms.who(actor)
        chosen = candidates(rows, actor)
        approve_together(chosen, seen=seen, who=who)
        facts = [approve(one.state, seen_version=seen[one.report], who=who, named=one.named) for one in chosen]
        events = [event_of(row, fact, actor, now) for row, fact in zip(rows, facts, strict=True)]
        try:
            recorded = event_store.append(events, {e.stream: r.version for e, r in zip(events, rows, strict=True)})
        except StaleStream as error:
            raise StaleVersion() from error
        projection.apply_approvals(events, recorded, rows)
        return done(recorded)
