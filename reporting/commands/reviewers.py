"""Naming who reviews what: the secretariat's to say. No facts of the log; what was named before stays, with its end."""

from datetime import datetime

from django.db import IntegrityError

from agencies import access
from agencies.access import Actor, Deed
from agencies.models import Agency, in_force
from indicators.models import Level, PlanNode
from reporting.commands.once import Once
from reporting.commands.opening import command
from reporting.commands.own_report import must
from reporting.domain.errors import NotFound
from reporting.domain.reviewers import AlreadyNamed, NotAReviewer, NotNamedForAgencies
from reporting.models import Post, ReviewPost
from reporting.queries.reviewers import CURRENT, reviewers


def name_reviewer(
    *,
    actor: Actor,
    post: str,
    person: int,
    node: str | None = None,
    agency: str | None = None,
    now: datetime,
    once: Once | None = None,
) -> ReviewPost:
    """Name a reviewer for a pillar or the plan (`node`), or for an `agency`. With its first chief, two decide in a
    pillar from then on. Raises a Refusal."""
    must(actor, Deed.NAME_REVIEWERS)
    with command(actor, once) as done:
        if post not in Post.values or (node is None) == (agency is None) or not _is_there(node, agency):
            raise NotFound()
        if agency is not None and post != Post.REVIEWER:
            raise NotNamedForAgencies()
        who = next((row for row in reviewers(actor) if row.person_id == person), None)
        if who is None:
            raise NotAReviewer()
        try:
            return done(
                ReviewPost.objects.create(
                    post=post,
                    node_id=node,
                    agency_id=agency,
                    person_id=person,
                    unit_id=who.unit_id,
                    from_at=now,
                    named_by=actor.name,
                )
            )
        except IntegrityError as error:
            raise AlreadyNamed(name=str(who.person)) from error


def end_post(*, actor: Actor, post: int, now: datetime, once: Once | None = None) -> None:
    """Somebody is no longer named. With the last chief of a pillar one decides there again. Raises a Refusal."""
    must(actor, Deed.NAME_REVIEWERS)
    with command(actor, once) as done:
        rows = access.visible(ReviewPost.objects.filter(CURRENT, pk=post), actor)
        if not rows.update(until_at=now, ended_by=actor.name):
            raise NotFound()
        done(None)


def _is_there(node: str | None, agency: str | None) -> bool:
    if node is not None:
        return PlanNode.objects.filter(in_force(), code=node, level__in=[Level.PLAN, Level.PILLAR]).exists()
    return Agency.objects.filter(code=agency, profiles__to_position__isnull=True, profiles__isnull=False).exists()
