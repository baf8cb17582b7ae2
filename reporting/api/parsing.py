"""JSON that cannot hurt: bounded depth, no duplicate keys, no NUL or lone surrogate, numbers kept as they were written.

Quantities are wanted as text. A bare whole number of at most 15 digits is taken as if it were text; any other bare
number (12.5, 1e5, 2^60) has been a binary one on its way here, and the parser of quantities refuses it by name.
"""

import codecs
import json
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from indicators.quantities import BareNumber
from reporting.queries.words import problem_words

DEPTH = 32
KEYS = 1_000
EXACT_DIGITS = 15  # of a binary double


class StrictJSONParser(BaseParser):
    """Refuses with 400 what Python's own reader would pass on or fall over."""

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        raw = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(raw) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise ParseError("The body is too large.")
        try:
            text = codecs.decode(raw, "utf-8")
        except UnicodeDecodeError:
            raise ParseError("The body is not UTF-8.") from None
        try:
            # Numbers are kept as they were written: our one parser of quantities reads text.
            value = json.loads(
                text,
                object_pairs_hook=_object,
                parse_float=BareNumber,
                parse_int=_whole,
                parse_constant=_refuse_constant,
            )
        except RecursionError:
            raise ParseError("The JSON is nested too deeply.") from None
        except ValueError as error:
            raise ParseError(f"The body is not JSON: {error}") from None
        _check(value, DEPTH)
        return value


def _whole(text: str) -> str:
    """A whole number as it was written, as long as every program that may have written it can hold it exactly."""
    return text if len(text.lstrip("-")) <= EXACT_DIGITS else BareNumber(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > KEYS:
        raise ParseError("Too many keys.")
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ParseError("A key stands twice.")
    return value


def _refuse_constant(name: str) -> Any:
    raise ParseError(f"{name} is not a number.")


def _check(value: Any, depth: int) -> None:
    if depth == 0:
        raise ParseError("The JSON is nested too deeply.")
    if isinstance(value, str):
        if "\x00" in value:
            raise ParseError(_(problem_words("control_character")), code="control_character")
        if any("\ud800" <= c <= "\udfff" for c in value):
            raise ParseError("There is an invalid character in the text.")
    elif isinstance(value, dict):
        for key, inner in value.items():
            _check(key, depth - 1)
            _check(inner, depth - 1)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, depth - 1)
