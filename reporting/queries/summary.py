"""What the tables hold, in one glance."""

from typing import Any, NamedTuple

from django.db.models import CharField, Count, Value
from django.db.models.functions import Cast
from django.utils import timezone

from agencies.models import in_force
from indicators.models import Indicator, IndicatorDefinition, PlanNode
from reporting.domain.overrides import shown_class
from reporting.event_store import backlog, head, heads
from reporting.models import (
    IS_OPEN,
    Alert,
    Finding,
    MailSender,
    OutboxMail,
    ReportState,
    Rollup,
    Standing,
    StandingOverride,
)
from reporting.models.log import Follower
from reporting.queries.alerts import open_alerts
from reporting.queries.backlog import rollup_backlog


class Troubles(NamedTuple):
    """`stopped`: the followers that cannot go on, by name; why is in their rows. Of how many things operators were told
    that are not right yet: `stuck`, that stand still; `wrong`, that the self-check has found. And whether mails are
    `paused`. Not that holidays are not known, which every page computes."""

    stopped: list[str]
    stuck: int
    wrong: int
    paused: bool


def troubles() -> Troubles:
    """One query, for it is asked on every page."""
    stopped = Follower.objects.exclude(error="").values_list(Value("stopped follower"), "name")
    counted = Finding.objects.filter(resolved_at=None).values("kind")
    counts = counted.annotate(n=Cast(Count("pk"), CharField())).values_list("kind", "n")
    paused = MailSender.objects.filter(paused_at__isnull=False).values_list(Value("paused sender"), Value("1"))
    rows = list(stopped.union(counts, paused, all=True))
    kinds = {kind: int(n) for kind, n in rows if kind not in ("stopped follower", "paused sender")}
    kinds.pop(Finding.Kind.HOLIDAYS, None)
    wrong = sum(n for kind, n in kinds.items() if kind in Finding.OF_THE_SELF_CHECK)
    names = sorted(name for kind, name in rows if kind == "stopped follower")
    return Troubles(names, sum(kinds.values()) - wrong, wrong, ("paused sender", "1") in rows)


def summary(*, as_of: int | None = None) -> dict[str, Any]:
    """Counts of everything; `standings` by headline indicator, as they are shown, and for which of all indicators the
    nation's was `set_by_hand`. Of the past what the log says, and nothing of how the
    system itself was. Read in a context that sees all."""
    national = Standing.objects.filter(in_force(as_of), agency__isnull=True, domain__isnull=True)
    by_hand = StandingOverride.objects.filter(in_force(as_of), agency__isnull=True, domain__isnull=True)
    overridden = dict(by_hand.values_list("indicator_id", "cls"))
    standings = {
        code: shown_class(cls, overridden.get(code)).cls for code, cls in national.values_list("indicator_id", "cls")
    }
    headlines = Indicator.objects.filter(headline=True).order_by("order").values_list("code", flat=True)
    said = {
        "events": head().position if as_of is None else as_of,
        "reports": ReportState.objects.filter(in_force(as_of)).count(),
        "measures": PlanNode.objects.filter(in_force(as_of), level="measure").count(),
        "standings": {code: standings.get(code, "unjudged") for code in headlines},
        "set_by_hand": sorted(overridden),
    }
    if as_of is not None:
        return said | {"alerts": _alerts(as_of)}
    waits = rollup_backlog(now=timezone.now())
    findings = list(Finding.objects.filter(resolved_at=None).order_by("found_at", "pk"))
    return said | {
        "sealed": sealed.size if (sealed := heads.newest()) else 0,
        "rollups": Rollup.objects.count(),
        "alerts": Alert.objects.filter(IS_OPEN).count(),
        "mails_sent": OutboxMail.objects.filter(state="sent").count(),
        "backlog": max(waits.events, backlog("alerts")) + waits.cells + waits.failing_cells,
        "unread": waits.events,
        "open_cells": waits.cells,
        "behind_seconds": waits.seconds,
        "failing_cells": waits.failing_cells,
        "failing": [f"{cell}: {cell.error} (tries: {cell.tries})" for cell in waits.failing],
        "findings": [f"{f}: {f.detail}" for f in findings if f.kind in Finding.OF_THE_SELF_CHECK],
        "stuck": [f"{f}: {f.detail}" for f in findings if f.kind not in Finding.OF_THE_SELF_CHECK],
        "stopped": {f.name: f.error for f in Follower.objects.exclude(error="")},
    }


def _alerts(as_of: int) -> int:
    rows = IndicatorDefinition.objects.filter(in_force(as_of)).select_related("responsible")
    standings = Standing.objects.filter(from_position__lte=as_of).select_related("agency", "domain")
    by_hand = StandingOverride.objects.filter(from_position__lte=as_of).select_related("agency", "domain")
    responsible = {row.indicator_id: row.responsible for row in rows}
    return len(open_alerts(standings=standings, overrides=by_hand, responsible=responsible, upto=as_of))
