"""What the tables hold, in one glance."""

from typing import Any

from indicators.models import Indicator, PlanNode
from reporting.event_store import backlog, head, heads
from reporting.models import Alert, OutboxMail, Report, Rollup, Standing, TouchedCell
from reporting.models.log import Follower


def summary() -> dict[str, Any]:
    """Counts of everything; `standings` by headline indicator. Read in a context that sees all."""
    standings = dict(
        Standing.objects.filter(to_position__isnull=True, agency__isnull=True, domain__isnull=True).values_list(
            "indicator_id", "cls"
        )
    )
    headlines = Indicator.objects.filter(headline=True).order_by("order").values_list("code", flat=True)
    return {
        "events": head().position,
        "sealed": sealed.size if (sealed := heads.newest()) else 0,
        "reports": Report.objects.exclude(status="open").count(),
        "measures": PlanNode.objects.filter(level="measure", to_position__isnull=True).count(),
        "rollups": Rollup.objects.count(),
        "standings": {code: standings.get(code, "unjudged") for code in headlines},
        "alerts": Alert.objects.filter(resolved_at__isnull=True).count(),
        "mails_sent": OutboxMail.objects.filter(state="sent").count(),
        "backlog": max(backlog(name) for name in ("rollups", "alerts")) + TouchedCell.objects.count(),
        "stopped": {f.name: f.error for f in Follower.objects.exclude(error="")},
    }
