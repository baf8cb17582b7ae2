"""What a drawn chart says beside its lines: its series by name, and of each year all its values. They are attributes of
the SVG, which an image ignores and a page that holds it can read. It has no styles in it, so none need be allowed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree

from defusedxml.ElementTree import fromstring

SVG, LINKS = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
ElementTree.register_namespace("", SVG)
ElementTree.register_namespace("xlink", LINKS)


@dataclass(frozen=True)
class Named:
    """A part of the drawing: its id, and its name in the legend."""

    id: str
    name: str

    @property
    def gid(self) -> str:
        """As it stands in the SVG: no other id of a page begins so."""
        return f"chart-{self.id}"


@dataclass(frozen=True)
class Series:
    """`ranges`: what a value lies between, by its place."""

    named: Named
    points: Sequence[tuple[float, float]]
    ranges: Mapping[float, tuple[float, float]] = field(default_factory=dict)


def readable(svg: bytes, series: Sequence[Series], years: Iterable[tuple[float, str]], unit: str) -> bytes:
    """The same picture. Series are groups with data-name; years are groups with data-year and data-said."""
    root: ElementTree.Element = fromstring(svg)
    _unstyled(root)
    groups = {group.get("id"): group for group in root.iter(f"{{{SVG}}}g")}
    for one in series:
        if (group := groups.get(one.named.gid)) is not None:
            group.set("data-name", one.named.name)
    for n, (x, label) in enumerate(years):
        if (group := groups.get(Named(f"year-{n}", "").gid)) is not None:
            group.set("data-year", label)
            group.set("data-said", "\n".join(_said(series, x, unit)))
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _said(series: Iterable[Series], x: float, unit: str) -> list[str]:
    """The values about the place `x`, a line each."""
    lines = []
    for one in series:
        for place, value in one.points:
            if x - 0.5 <= place < x + 0.5:
                line = f"{one.named.name}: {_number(value)} {unit}".rstrip()
                if place in one.ranges:
                    low, high = one.ranges[place]
                    line += f" ({_number(low)} – {_number(high)})"
                lines.append(line)
    return lines


def _number(value: float) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".") if abs(value) < 100 else f"{value:,.0f}"


def _unstyled(root: ElementTree.Element) -> None:
    """Every style as the attributes of the same names; matplotlib's one rule, which is for all, at the root."""
    for parent in root.iter():
        for child in list(parent):
            if child.tag in (f"{{{SVG}}}style", f"{{{SVG}}}metadata"):
                parent.remove(child)
        for declared in filter(None, (parent.attrib.pop("style", "")).split(";")):
            name, _, value = declared.partition(":")
            parent.set(name.strip(), value.strip())
    root.set("stroke-linejoin", "round")
    root.set("stroke-linecap", "butt")
