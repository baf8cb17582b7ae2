"""Reads a delivery status notification (RFC 3464), as a mail server returns it. What strangers send is not believed to
be one: anything else is refused."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.message import Message
from email.parser import BytesParser, Parser
from typing import cast

from reporting.domain.bounces import CameBack, bounced, status_in

LARGEST = 1_000_000  # bytes; a notification brings back at most the headers or the text of one of our mails
RECIPIENTS = 10
MESSAGE_ID = re.compile(r"([0-9a-f]{32})@")


class NotANotification(ValueError):
    """It is no delivery status notification, or says nothing of a mail."""


@dataclass(frozen=True)
class Notified:
    """What it says of one recipient. `mail`: what stands before the @ of the returned mail's Message-ID."""

    mail: str
    what: CameBack
    recipient: str
    status: str
    said: str
    server: str


def mail_named_in(text: str) -> str:
    """What stands before the @ of a Message-ID of ours, if there is one."""
    found = MESSAGE_ID.search(text)
    return found[1] if found else ""


def read(raw: bytes) -> list[Notified]:
    """One for each recipient whose mail was delivered or has failed; none for who is told that it is late. Raises
    NotANotification, and nothing else."""
    if len(raw) > LARGEST:
        raise NotANotification(f"larger than {LARGEST} bytes")
    try:
        return list(_read(BytesParser(policy=policy.compat32).parsebytes(raw)))
    except NotANotification:
        raise
    except Exception as error:
        # The parser was not made for enemies: nested too deep, a charset that is none.
        raise NotANotification(f"{type(error).__name__}: {error}") from error


def _read(message: Message) -> Iterator[Notified]:
    if message.get_content_type() != "multipart/report" or message.get_param("report-type") is None:
        raise NotANotification("no multipart/report")
    parts = [part for part in message.get_payload() if isinstance(part, Message)]
    statuses = next((part for part in parts if part.get_content_type() == "message/delivery-status"), None)
    if statuses is None:
        raise NotANotification("no message/delivery-status")
    mail = next(filter(None, map(_returned, parts)), "")
    if not mail:
        raise NotANotification("names no mail of ours")
    about, *recipients = cast(list[object], statuses.get_payload())  # a part of that type is parsed into blocks
    for fields in recipients[:RECIPIENTS]:
        diagnosis = _field(fields, "Diagnostic-Code")
        status = status_in(_field(fields, "Status")) or status_in(diagnosis)
        what = {"failed": bounced(status), "delivered": CameBack.DELIVERED}.get(_field(fields, "Action").lower())
        if what is not None:
            recipient = _field(fields, "Original-Recipient") or _field(fields, "Final-Recipient")
            yield Notified(
                mail=mail,
                what=what,
                recipient=recipient.rpartition(";")[2].strip(),
                status=status,
                said=diagnosis or status,
                server=_field(fields, "Remote-MTA") or _field(about, "Reporting-MTA"),
            )


def _returned(part: Message) -> str:
    """The mail of which this part is the returned copy, or its headers."""
    headers: object
    if part.get_content_type() == "message/rfc822":
        headers = part.get_payload(0)
    elif part.get_content_type() == "text/rfc822-headers":
        headers = Parser(policy=policy.compat32).parsestr(str(part.get_payload()), headersonly=True)
    else:
        return ""
    return mail_named_in(str(headers.get("Message-ID", ""))) if isinstance(headers, Message) else ""


def _field(fields: object, name: str) -> str:
    """On one line, and no longer than is kept."""
    return " ".join(str(fields.get(name, "")).split())[:500] if isinstance(fields, Message) else ""
