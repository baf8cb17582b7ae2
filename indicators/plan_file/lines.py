"""YAML whose mappings remember their lines, so that a fault can be shown where it stands."""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

import yaml


class PlanFileError(ValueError):
    """The file cannot be loaded. `line` is 1-based."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line, self.reason = line, reason


class Lined(dict[str, Any]):
    """A mapping that remembers the line it began at, to say where a fault is."""

    line: int = 1

    def need(self, key: str, kind: type | tuple[type, ...] = str) -> Any:
        if key not in self:
            raise PlanFileError(self.line, f"'{key}' is missing")
        value = self[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
            raise PlanFileError(self.line, f"'{key}' is not of the right kind: {value!r}")
        return value

    def rows(self, key: str) -> list["Lined"]:
        rows = self.get(key) or []
        if not isinstance(rows, list) or not all(isinstance(row, Lined) for row in rows):
            raise PlanFileError(self.line, f"'{key}' must be a list of mappings")
        return rows

    def number(self, key: str) -> Decimal | None:
        value = self.get(key)
        if value is None:
            return None
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            raise PlanFileError(self.line, f"'{key}' is not a number: {value!r}") from None
        if isinstance(value, bool) or not number.is_finite():
            raise PlanFileError(self.line, f"'{key}' is not a number: {value!r}")
        return number


class Loader(yaml.CSafeLoader):
    def construct_mapping_with_line(self, node: yaml.MappingNode) -> Iterator[Lined]:
        lined = Lined()
        lined.line = node.start_mark.line + 1
        yield lined
        for key, _ in node.value:
            if key.value in lined:
                raise PlanFileError(key.start_mark.line + 1, f"'{key.value}' stands twice")
            lined[key.value] = None
        lined.update({str(key): value for key, value in self.construct_mapping(node, deep=True).items()})


Loader.add_constructor("tag:yaml.org,2002:map", Loader.construct_mapping_with_line)
