"""A reviewer's own filters of the review queue. No facts: nobody else sees them, and they may go again."""

from collections.abc import Mapping

from agencies import access
from agencies.access import Actor, Deed
from agencies.models import Person
from reporting.commands.once import Once
from reporting.commands.opening import command
from reporting.commands.own_report import must
from reporting.domain import saved_filters as rules
from reporting.domain.errors import NotFound
from reporting.models import SavedFilter
from reporting.queries.review_queue import read_asked
from reporting.queries.saved_filters import narrowing


def save_filter(*, actor: Actor, name: str, query: Mapping[str, str], once: Once | None = None) -> SavedFilter:
    """Keep what narrows of a query of the queue's address. Under a name that is there it takes the other's place.
    Raises a Refusal."""
    must(actor, Deed.DECIDE)
    assert actor.person_id is not None, "filters are people's"
    with command(actor, once) as done:
        name, narrows = rules.read_name(name), narrowing(read_asked(query))
        if not narrows:
            raise rules.NothingNarrowed()
        # Two at once of one person would each find room for the last one.
        Person.objects.select_for_update(no_key=True).get(pk=actor.person_id)
        mine = access.own(SavedFilter.objects.all(), actor)
        rules.must_fit(set(mine.values_list("name", flat=True)), name)
        there = {"query": narrows}
        saved, _new = mine.update_or_create(
            name=name, defaults=there, create_defaults={**there, "person_id": actor.person_id}
        )
        return done(saved)


def forget_filter(*, actor: Actor, saved: int, once: Once | None = None) -> None:
    """Raises NotFound of one that is not there, or somebody else's."""
    must(actor, Deed.DECIDE)
    with command(actor, once) as done:
        if not access.own(SavedFilter.objects.filter(pk=saved), actor).delete()[0]:
            raise NotFound()
        done(None)
