"""Tree heads are handed to others while young: who holds one can tell if the log was changed behind it."""

from reporting.witnesses.file import append_heads
from reporting.witnesses.mail import queue_edition_mails, queue_mails
from reporting.witnesses.timestamp import stamp_newest

__all__ = ["append_heads", "queue_edition_mails", "queue_mails", "stamp_newest"]
