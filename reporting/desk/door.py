"""Who comes in: any signed-in actor with the deed. Nobody signed in goes to the sign-in page."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from agencies.access import Deed
from agencies.middleware import ActingRequest

P = ParamSpec("P")
View = Callable[Concatenate[ActingRequest, P], HttpResponse]


def for_those_who_may(deed: Deed) -> Callable[[View[P]], View[P]]:
    """A page that only reads, for whoever may do `deed`."""

    def decorator(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: ActingRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path(), "sign-in")
            if not request.actor.may(deed):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return require_safe(guarded)

    return decorator
