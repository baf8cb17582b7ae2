"""When no mail of an alert goes: so much has changed at once that an administrator is asked first, or the secretariat
holds them back."""

from datetime import datetime

from django.db.models import Min
from django.utils.translation import gettext_noop

from reporting.alerts.findings import settle, tell
from reporting.alerts.lag import JUDGED
from reporting.domain.alerts.telling import Decision, Kind, is_storm
from reporting.domain.standing import is_alarm
from reporting.models import Event, Finding, MailHold, Standing, Telling

Why = MailHold.Why
FIRST = (Kind.FIRED, Kind.REOPENED, Kind.WORSE)
FOLLOWS = {Why.STORM: Decision.STORM, Why.FREEZE: Decision.FROZEN}


def held(now: datetime) -> bool:
    """Whether no mail may be written now. Does what follows from holds that were decided about."""
    for hold in MailHold.objects.filter(settled=False).exclude(decision="").select_for_update():
        waiting = Telling.objects.filter(decision=Decision.WAITING, at__lte=hold.decided_at)
        if hold.decision == MailHold.Decision.DISCARDED:
            waiting.update(decision=FOLLOWS[Why(hold.why)], decided_at=now, detail={"hold": hold.pk})
        else:
            waiting.update(cleared=True)
        MailHold.objects.filter(pk=hold.pk).update(settled=True)
        if hold.why == Why.STORM:
            settle(Finding.Kind.HELD, {}, now)
    return MailHold.objects.filter(decision="").exists() or _storm(now)


def _storm(now: datetime) -> bool:
    """Whether too much changed since the oldest of what nobody has looked at; then an administrator is asked."""
    unseen = Telling.objects.filter(decision=Decision.WAITING, cleared=False, kind__in=FIRST)
    since = unseen.aggregate(first=Min("turn"))["first"]
    if since is None:
        return False
    changed, judged = len(_changed(since)), Standing.objects.filter(to_position=None).count()
    if not is_storm(changed, judged):
        unseen.update(cleared=True)
        return False
    hold = MailHold.objects.create(why=Why.STORM, at=now, changed=changed, judged=judged)
    detail = {str(hold.pk): f"{changed} / {judged}"}
    tell(
        settle(Finding.Kind.HELD, detail, now),
        now,
        subject=gettext_noop("[Shinchoku] Alert mails wait for your decision"),
        template="reporting/mails/held.txt",
    )
    return True


def _changed(since: int) -> set[str]:
    """The streams of what changed its class; judged for the first time, of what alarms."""
    rows = Event.objects.filter(position__gte=since, type__in=JUDGED)
    return {
        stream
        for stream, cls, previous in rows.values_list("stream", "data__class", "data__previous")
        if (cls != previous if previous else is_alarm(cls))
    }
