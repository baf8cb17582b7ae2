"""A mail as it is handed over, made from its row alone: the same bytes at every try."""

from email.charset import Charset
from email.message import Message
from email.mime.image import MIMEImage
from email.utils import format_datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.validators import validate_email

from agencies import access
from reporting.alerts.pages import SETTINGS, page
from reporting.models import MailImage, OutboxMail

BASE64 = Charset("utf-8")  # Python's own: base64, which any server takes, in lines of 76


def written(mail: OutboxMail) -> EmailMessage:
    """Raises ValueError or ValidationError when it cannot be written, or is to nobody."""
    validate_email(mail.address)
    what: dict[str, Any] = {"subject": mail.subject, "body": mail.body, "to": [mail.address], "headers": _headers(mail)}
    if not mail.html:
        return EmailMessage(**what)
    letter = _Letter(**what)
    letter.boundary, letter.html = mail.key[:32], mail.html
    letter.attach_alternative(mail.html, "text/html")
    with access.following():
        images = list(MailImage.objects.filter(mail=mail.pk).order_by("pk"))
    for image in images:
        letter.attach(_inline(image))
    return letter


def content_id(name: str) -> str:
    """By what the html shows a picture: `<img src="cid:…">`."""
    return f"{name}@shinchoku"


def _headers(mail: OutboxMail) -> dict[str, str]:
    headers = {
        # The id follows from the row, so that a mail sent twice in doubt is known to be the same. Half the key: with
        # the whole of it the header is folded, and its first line empty.
        "Message-ID": _message_id(mail.key),
        "Date": format_datetime(mail.business_time),
        "Auto-Submitted": "auto-generated",
    }
    if before := [_message_id(key) for key in mail.references.split()]:
        headers |= {"In-Reply-To": before[-1], "References": " ".join(before)}
    if mail.digest:
        # A page behind sign-in. Without List-Unsubscribe-Post no mail program acts on it by itself.
        headers["List-Unsubscribe"] = f"<{page(SETTINGS)}>"
    return headers


def _message_id(key: str) -> str:
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
    return f"<{key[:32]}@{domain}>"


def _inline(image: MailImage) -> MIMEImage:
    part = MIMEImage(bytes(image.content), "png")
    part["Content-ID"] = f"<{content_id(image.name)}>"
    part["Content-Disposition"] = f'inline; filename="{image.name}"'
    return part


class _Letter(EmailMultiAlternatives):
    """Text, html and the pictures of that. As Django puts it together, but for what would be chosen anew each time or
    is not for every server."""

    boundary = html = ""

    def message(self) -> Message:  # type: ignore[override]  # the types are of a later Django
        message: Message = super().message()
        if self.attachments:
            # Pictures of the html, not files beside the mail (RFC 2387).
            message.set_type("multipart/related")
            message.set_param("type", "multipart/alternative")
        texts = [part for part in message.walk() if part.get_content_maintype() == "text"]
        for part, text in zip(texts, (self.body, self.html), strict=True):
            del part["Content-Transfer-Encoding"]  # 8bit, to servers that may not take it
            part.set_payload(text, BASE64)
        for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
            part.set_boundary(f"=_{self.boundary}.{number}")
        return message
