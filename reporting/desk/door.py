"""Who comes in: any signed-in actor with the deed. Nobody signed in goes to the sign-in page. And at which time they
look: now, or `?as_of=`."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from agencies import access, clock
from agencies.access import Deed
from agencies.middleware import ActingRequest, acts
from reporting.domain.errors import Busy, Refusal
from reporting.queries.as_of import AsOf, find_as_of

P = ParamSpec("P")
View = Callable[Concatenate[ActingRequest, P], HttpResponse]


class TimedRequest(ActingRequest):
    """A request to a page that can be looked at as of any time; and other places of the log that it names."""

    at: AsOf
    places: Mapping[str, AsOf]


TimedView = Callable[Concatenate[TimedRequest, P], HttpResponse]


def for_those_who_may(deed: Deed, *, writes: bool = False) -> Callable[[View[P]], View[P]]:
    """A page that only reads, for whoever may do `deed`; with `writes`, one that can also be sent something."""

    def decorator(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: ActingRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path(), "sign-in")
            if not request.actor.may(deed):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded if writes else require_safe(guarded)

    return decorator


def with_places(*names: str) -> Callable[[View[P]], View[P]]:
    """A page that is asked about these places of the log too, each by a parameter of its name: "" and "now" are now.
    Outside of `at_a_time`: they are found before its transaction begins."""

    def decorator(view: View[P]) -> View[P]:
        @wraps(view)
        def placed(request: ActingRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            looking, now = cast(TimedRequest, request), clock.now()
            said = {name: request.GET.get(name, "") for name in names}
            try:
                with transaction.atomic():
                    looking.places = {
                        name: find_as_of(text="" if text == "now" else text, now=now) for name, text in said.items()
                    }
            except Refusal as refusal:
                looking.at = AsOf("", None, now)
                return no_such_time(looking, refusal)
            return view(looking, *args, **kwargs)

        return placed

    return decorator


def no_such_time(request: ActingRequest, refusal: Refusal) -> HttpResponse:
    """What was asked about cannot be: in a sentence, with the way back to now."""
    context = {"refusal": _(refusal.message) % refusal.params}
    return render(request, "reporting/desk/no_such_time.html", context, status=refusal.status)


def at_a_time(view: TimedView[P]) -> View[P]:
    """A page that shows the time of `?as_of=`, or now, in a transaction that sees one moment only."""

    @wraps(view)
    def timed(request: ActingRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        looking = cast(TimedRequest, request)
        now = clock.now()
        try:
            # In a transaction before: the one that reads must not be older than the heads it goes by.
            with transaction.atomic():
                looking.at = find_as_of(text=request.GET.get("as_of", ""), now=now)
        except Refusal as refusal:
            looking.at = AsOf("", None, now)
            return no_such_time(request, refusal)
        try:
            with access.reading(request.actor, at_one_moment=True):
                return view(looking, *args, **kwargs)
        except Refusal as refusal:  # two times, of which the page was asked for the later one first
            return no_such_time(request, refusal)
        except OperationalError:
            if looking.at.position is None:
                raise
            # So much of the past could not be counted in time.
            return no_such_time(request, Busy())

    return acts(timed)
