"""Hands one mail to a provider by its API, which django-anymail speaks.

There are no steps as in SMTP: the mark is written before the request begins, and what the library raises says what the
provider can have seen of it.
"""

import ssl
from collections.abc import Iterator

from anymail.exceptions import (
    AnymailError,
    AnymailInvalidAddress,
    AnymailRecipientsRefused,
    AnymailSerializationError,
    AnymailUnsupportedFeature,
)
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage, get_connection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ProxyError

from reporting.alerts.outbox.answer import Answer, Ready, as_said
from reporting.domain.delivery import Outcome

# Before the first byte of a request.
NOT_CONNECTED = (NewConnectionError, ConnectTimeoutError, ProxyError, ssl.SSLCertVerificationError)
# The mail cannot be written in the provider's way.
UNFIT = (AnymailInvalidAddress, AnymailUnsupportedFeature, AnymailSerializationError)
# It takes nothing from us: a key, a bill, an address of the API that somebody mends; or too much at once.
NOTHING_OF_OURS = {401, 402, 403, 404, 405, 407, 429}


def hand_over(message: EmailMessage, ready: Ready) -> Answer:
    """One request, within the bounds of time of SMTP. The provider's reports will name the mail's Message-ID."""
    try:
        provider = get_connection(timeout=(settings.EMAIL_TIMEOUT, settings.EMAIL_ANSWER_TIMEOUT))
    except (ImproperlyConfigured, ImportError) as error:
        return Answer(Outcome.NOT_REACHED, as_said(error))
    message.metadata = {"mail": message.extra_headers["Message-ID"].strip("<>")}  # type: ignore[attr-defined]
    ready()
    try:
        provider.send_messages([message])
    except Exception as error:  # noqa: BLE001 - what it has not foreseen leaves us in doubt
        return Answer(_outcome(error), as_said(error), no_such_address=isinstance(error, AnymailRecipientsRefused))
    status = message.anymail_status  # type: ignore[attr-defined]
    return Answer(_accepted(status.status or set()), f"{' '.join(sorted(status.status or []))} {status.message_id}")


def _accepted(statuses: set[str]) -> Outcome:
    """Of an answer that is no error. One that says nothing of the recipient may be a refusal nobody understood."""
    if statuses and statuses <= {"sent", "queued"}:
        return Outcome.ACCEPTED
    return Outcome.REFUSED_FOR_NOW if statuses == {"failed"} else Outcome.IN_DOUBT


def _outcome(error: Exception) -> Outcome:
    if isinstance(error, (AnymailRecipientsRefused, *UNFIT)):
        return Outcome.REFUSED
    if not isinstance(error, AnymailError):
        return Outcome.IN_DOUBT
    code = error.status_code
    if code is None:
        never = any(isinstance(cause, NOT_CONNECTED) for cause in _causes(error))
        return Outcome.NOT_REACHED if never else Outcome.IN_DOUBT
    if code in NOTHING_OF_OURS:
        return Outcome.NOT_REACHED
    if code in (408, 425):
        return Outcome.REFUSED_FOR_NOW
    # Of what a server has at fault nobody knows how far it came with the mail.
    return Outcome.REFUSED if 400 <= code < 500 else Outcome.IN_DOUBT


def _causes(error: BaseException) -> Iterator[BaseException]:
    """All that led to it: requests keeps urllib3's errors as arguments, and those have a `reason`."""
    known: dict[int, BaseException] = {}
    left: list[object] = [error]
    while left:
        one = left.pop()
        if isinstance(one, BaseException) and id(one) not in known:
            known[id(one)] = one
            left += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
    yield from known.values()
