"""Once a day a time-stamp authority (RFC 3161) signs that the newest head existed by now.

Its answer is kept as it came. `openssl ts -verify -in ANSWER -data HEAD -CAfile …` checks it, where HEAD is the head's
canonical JSON without a line end.
"""

import urllib.request
from datetime import datetime

from django.conf import settings
from django.db import connection
from rfc3161_client import HashAlgorithm, PKIStatus, TimestampRequestBuilder, decode_timestamp_response

from agencies import access
from indicators.periods import JST
from reporting.event_store import heads
from reporting.event_store.records import canonical, head_record
from reporting.models import HeadWitness

SECONDS = 10
LARGEST = 65_536  # an answer with its certificates has a few kilobytes
KEEP = """
INSERT INTO head_witness (day, kind, address, size, token) VALUES (%s, 'timestamp', %s, %s, %s) ON CONFLICT DO NOTHING
"""


class NotStamped(Exception):
    """The authority gave no time stamp of what it was asked for."""


def stamp_newest(now: datetime) -> bool:
    """Have the newest head stamped, once a business day in Tokyo. Whether it was now. Raises NotStamped, OSError.

    Asked outside any transaction. Of two processes at once both ask, and one answer is kept.
    """
    if not settings.TIMESTAMP_URL:
        return False
    day, address = now.astimezone(JST).date(), settings.TIMESTAMP_URL
    with access.following():
        head = heads.newest()
        if head is None or HeadWitness.objects.filter(day=day, kind="timestamp", address=address).exists():
            return False
        message = canonical(head_record(head, heads.log_id()))
    token = _ask(message)
    with access.following(), connection.cursor() as cursor:
        cursor.execute(KEEP, [day, address, head.size, token])
        kept: bool = cursor.rowcount == 1
    return kept


def _ask(message: bytes) -> bytes:
    """The authority's answer about the message, in DER."""
    question = TimestampRequestBuilder().data(message).hash_algorithm(HashAlgorithm.SHA256).build()
    request = urllib.request.Request(  # noqa: S310 - settings refuse other schemes
        settings.TIMESTAMP_URL,
        data=question.as_bytes(),
        headers={"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"},
    )
    with urllib.request.urlopen(request, timeout=SECONDS) as reply:  # noqa: S310
        token: bytes = reply.read(LARGEST + 1)
    if len(token) > LARGEST:
        raise NotStamped(f"the answer is larger than {LARGEST} bytes")
    try:
        answer = decode_timestamp_response(token)
        if answer.status not in (PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS):
            raise NotStamped(f"refused with status {answer.status}: {', '.join(answer.status_string)}")
        of, nonce = answer.tst_info.message_imprint, answer.tst_info.nonce
    except ValueError as error:
        raise NotStamped(f"the answer is no time stamp: {error}") from None
    asked = question.message_imprint
    if (of.message, of.hash_algorithm, nonce) != (asked.message, asked.hash_algorithm, question.nonce):
        raise NotStamped("the stamp is of something else, or the answer to another question")
    return token
