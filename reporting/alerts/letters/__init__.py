"""Letters: the mails that tell of alerts. Text and html, Japanese first and English second, with small charts.

A letter holds no figure of another scope than its alert's: its numbers and its chart are made from the evidence of that
alert alone. It loads nothing, and its links lead to pages behind sign-in.
"""

from reporting.alerts.letters.said import Image, Letter, Said, To
from reporting.alerts.letters.words import KINDS
from reporting.alerts.letters.write import write_letters

__all__ = ["KINDS", "Image", "Letter", "Said", "To", "write_letters"]
