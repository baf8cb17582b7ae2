"""What an event commits to: SHA-256 of its RFC 8785 form."""

import hashlib
from contextlib import suppress
from typing import Any

import orjson
import rfc8785

from reporting.event_store.events import NewEvent

# orjson writes what RFC 8785 asks for, twenty times as fast as the reference, but for floats and for keys with letters
# outside ASCII, which it sorts by code point where the RFC sorts by UTF-16 unit. `_plain` finds both.
_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER
_KEYS = frozenset({str})
_LEAVES = frozenset({str, int, bool, type(None)})
_BRANCHES = frozenset({dict, list, tuple})


class FloatInEvent(ValueError):
    """A float in an event's data: quantities are strings, for ever exact."""


def canonical(value: Any) -> bytes:
    """The RFC 8785 form of what an event holds. Raises FloatInEvent, ValueError for what JSON lacks."""
    return _canonical(value, plain=_plain(value))


def _canonical(value: Any, *, plain: bool) -> bytes:
    if plain:
        with suppress(orjson.JSONEncodeError):  # said by the reference, for all its readers in the same words
            return orjson.dumps(value, option=_OPTIONS)
    _refuse_floats(value)
    return rfc8785.dumps(value)


def canonical_event(event: NewEvent) -> bytes:
    """The RFC 8785 form of stream, event_id, type, schema_version, data, meta and occurred_at: what is hashed."""
    whole = {
        "stream": event.stream,
        "event_id": str(event.event_id),
        "type": event.type,
        "schema_version": event.schema_version,
        "data": event.data,
        "meta": event.meta,
        "occurred_at": event.occurred_at.isoformat(timespec="microseconds"),
    }
    return _canonical(whole, plain=_plain(event.data) and _plain(event.meta))


def event_hash(event: NewEvent) -> bytes:
    """32 bytes. Raises FloatInEvent."""
    return hashlib.sha256(canonical_event(event)).digest()


def _plain(value: Any) -> bool:
    """Whether orjson's form is that of RFC 8785."""
    kind = type(value)
    if kind is dict:
        if not _KEYS.issuperset(map(type, value)) or not "".join(value).isascii():
            return False
        value = value.values()
    elif kind not in _BRANCHES:
        return kind in _LEAVES
    return _LEAVES.issuperset(map(type, value)) or all(
        type(one) in _LEAVES or (type(one) in _BRANCHES and _plain(one)) for one in value
    )


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise FloatInEvent(repr(value))
    if isinstance(value, dict):
        for inner in value.values():
            _refuse_floats(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            _refuse_floats(inner)
