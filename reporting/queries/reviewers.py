"""Who of CSTI is named for which reports, what each has before them, and what one report needs."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, Min, OuterRef, Q

from agencies import access
from agencies.access import Actor
from agencies.models import Agency, Membership, Role, Unit, in_force
from indicators.models import Assignment, Level, PlanNode
from reporting.domain.events import review_stream
from reporting.domain.report import Endorsed, Named
from reporting.models import Event, Post, Report, ReportState, ReviewBegun, ReviewDuty, ReviewPost, Status
from reporting.queries.events import recorded_before

CURRENT = Q(until_at__isnull=True)
DECISIONS = ("ReportApproved", "ReportReturned", "CorrectionApproved", "CorrectionReturned", "SubmissionEndorsed")


def pillar_of(assignment: str, agency: str) -> str:
    """ "JST.P1.A1" of JST is of the pillar P1; an assignment to the plan as a whole is of the plan."""
    return assignment.removeprefix(f"{agency}.").partition(".")[0]


def named_for(
    actor: Actor, reports: Sequence[Report], standing: Sequence[ReviewPost] | None = None
) -> dict[str, Named]:
    """Who is named for each, of the posts `standing`, and whether the first of two levels has been passed. Two queries,
    and one more where there are chiefs."""
    agencies = sorted({row.agency_id for row in reports})
    reviewing = set(
        access.visible(Membership.objects.filter(agency__in=agencies, role=Role.REVIEWER, ended_on=None), actor)
        .values_list("agency", flat=True)
        .distinct()
    )
    posts: dict[tuple[str, str], dict[int, str]] = {}
    for post in posts_in_force(actor) if standing is None else standing:
        posts.setdefault((post.post, post.node_id or ""), {})[post.person_id] = str(post.person)
    endorsed = _endorsed(actor, reports) if any(kind == Post.CHIEF for kind, _ in posts) else {}
    found = {}
    for row in reports:
        pillar = pillar_of(row.assignment_id, row.agency_id)
        found[row.id] = Named(
            stand_ins=posts.get((Post.STAND_IN, pillar), {}) if row.agency_id in reviewing else None,
            chiefs=posts.get((Post.CHIEF, pillar), {}),
            endorsed=endorsed.get(row.id),
        )
    return found


def _endorsed(actor: Actor, reports: Sequence[Report]) -> dict[str, Endorsed]:
    of = {review_stream(row.assignment_id, row.period): row for row in reports}
    rows = access.visible(Event.objects.filter(stream__in=list(of), type="SubmissionEndorsed"), actor)
    return {
        of[row.stream].id: Endorsed(person=int(row.meta["person"]), name=str(row.meta["actor"]))
        for row in rows.order_by("position")
        if row.data["seen"] == of[row.stream].version
    }


@dataclass(frozen=True)
class Load:
    """What one reviewer has before them. `waiting`: reports whose turn is theirs, of which others may be named for some
    too; `begun`: that they have opened to decide; `decided`: what they have done in the last thirty days."""

    person: int
    name: str
    unit: Unit
    waiting: int
    oldest: datetime | None
    begun: int
    decided: int


@dataclass(frozen=True)
class Place:
    """A pillar, the plan as a whole or an agency, with who is named there."""

    node: PlanNode | None
    agency: Agency | None
    posts: Mapping[str, tuple[ReviewPost, ...]]

    @property
    def key(self) -> str:
        return f"node:{self.node.code}" if self.node else f"agency:{self.agency.code if self.agency else ''}"


@dataclass(frozen=True)
class Overview:
    """`unnamed`: reports that wait because nobody of another unit is named, by pillar; `nobodys`: how many wait for
    nobody in particular; `gone`: posts of people who review no more."""

    places: tuple[Place, ...]
    load: tuple[Load, ...]
    reviewers: tuple[Membership, ...]
    waiting: int
    nobodys: int
    unnamed: Mapping[str, int]
    gone: frozenset[int]


def reviewers(actor: Actor) -> list[Membership]:
    """All who review now, one membership a person."""
    rows = access.visible(Membership.objects.filter(role=Role.REVIEWER, ended_on__isnull=True), actor)
    found = rows.filter(person__is_active=True).select_related("person", "unit", "agency").order_by("pk")
    return list({row.person_id: row for row in reversed(found)}.values())[::-1]


def agencies_that_report(actor: Actor) -> list[Agency]:
    reporting = access.visible(Assignment.objects.filter(in_force()), actor).values("agency")
    return list(Agency.objects.filter(code__in=reporting).order_by("code"))


def posts_in_force(actor: Actor) -> list[ReviewPost]:
    rows = access.visible(ReviewPost.objects.filter(CURRENT), actor)
    return list(rows.select_related("person", "unit", "node", "agency").order_by("from_at", "pk"))


def overview(actor: Actor, since: datetime) -> Overview:
    """All that is named, and what it comes to. `since`: from when on decisions are counted. A constant number of
    queries."""
    people = reviewers(actor)
    posts = posts_in_force(actor)
    able = {row.person_id for row in people}
    nodes = PlanNode.objects.filter(in_force(), level__in=[Level.PLAN, Level.PILLAR]).order_by("order")
    agencies = sorted({post.agency for post in posts if post.agency}, key=lambda agency: agency.code)
    places = [Place(node, None, _by_post(posts, node=node.code)) for node in nodes]
    places += [Place(None, agency, _by_post(posts, agency=agency.code)) for agency in agencies]
    waiting = access.visible(ReportState.objects.filter(in_force(), status=Status.SUBMITTED), actor)
    on_duty = ReviewDuty.objects.values("report")
    return Overview(
        places=tuple(places),
        load=tuple(_load(actor, people, since)),
        reviewers=tuple(people),
        waiting=waiting.count(),
        nobodys=waiting.exclude(report__in=on_duty).count(),
        unnamed=_unnamed(actor),
        gone=frozenset(post.pk for post in posts if post.person_id not in able),
    )


def _load(actor: Actor, people: Sequence[Membership], since: datetime) -> list[Load]:
    duties = access.visible(ReviewDuty.objects.all(), actor).values("person")
    on = {
        row["person"]: (row["waiting"], row["oldest"])
        for row in duties.annotate(waiting=Count("report"), oldest=Min("submitted_at"))
    }
    waits = ReportState.objects.filter(
        in_force(), status=Status.SUBMITTED, report=OuterRef("report"), submitted_version=OuterRef("submission")
    )
    begun = access.visible(ReviewBegun.objects.filter(Exists(waits)), actor)
    open_ = dict(begun.values_list("begun_by").annotate(Count("report")))
    # By position, which the log is ordered by; times have no index.
    events = Event.objects.filter(type__in=DECISIONS, position__gt=recorded_before(since))
    decided = dict(access.visible(events, actor).values_list("meta__person").annotate(Count("position")))
    return [
        Load(
            person=row.person_id,
            name=str(row.person),
            unit=row.unit,
            waiting=on.get(row.person_id, (0, None))[0],
            oldest=on.get(row.person_id, (0, None))[1],
            begun=open_.get(row.person_id, 0),
            decided=decided.get(row.person_id, 0),
        )
        for row in people
    ]


def _unnamed(actor: Actor) -> dict[str, int]:
    """Reports of the reviewers' own agency for which nobody is named, by pillar. They are few."""
    own = access.visible(Membership.objects.filter(role=Role.REVIEWER, ended_on__isnull=True), actor).values("agency")
    rows = Report.objects.filter(status=Status.SUBMITTED, agency__in=own)
    waiting = list(access.visible(rows, actor))
    named = named_for(actor, waiting)
    counted = Counter(pillar_of(row.assignment_id, row.agency_id) for row in waiting if named[row.id].nobody)
    return dict(sorted(counted.items()))


def _by_post(posts: Sequence[ReviewPost], *, node: str = "", agency: str = "") -> dict[str, tuple[ReviewPost, ...]]:
    here = [post for post in posts if (post.node_id or "") == node and (post.agency_id or "") == agency]
    return {kind: tuple(post for post in here if post.post == kind) for kind in Post.values}
