"""When no mail of an alert goes: so much has changed at once that an administrator is asked first, or the secretariat
holds them back."""

from datetime import datetime

from django.utils.translation import gettext_noop

from reporting.alerts.findings import settle, tell
from reporting.domain.alerts.telling import Decision, is_storm
from reporting.models import Finding, MailHold, Standing, Telling
from reporting.queries.alerting.holds import changed_since, unseen, unseen_since

Why = MailHold.Why
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
    since = unseen_since()
    if since is None:
        return False
    changed, judged = len(changed_since(since)), Standing.objects.filter(to_position=None).count()
    if not is_storm(changed, judged):
        unseen().update(cleared=True)
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
