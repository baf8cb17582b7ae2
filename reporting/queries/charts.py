"""Charts, drawn on the server: pure data in, SVG or PNG bytes out, the same bytes for the same data."""

import hashlib
import io
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from django.utils import translation
from django.utils.translation import gettext

from reporting.queries.chart_svg import Named, Series, readable

Size = Literal["small", "large"]
Form = Literal["svg", "png"]
Points = tuple[tuple[float, float], ...]

# Told apart without colour as well: line and dot, dashes, star. The colours are safe for all kinds of colour vision.
ACTUAL, PATH, TARGET, BASE, INK, GRID = "#0017c1", "#626264", "#c74700", "#626264", "#1a1a1c", "#d8d8db"
# Where it goes if nothing changes: hatched, for it is no figure.
AHEAD, AHEAD_INK, AHEAD_PAPER = "#5f6fd0", "#3a4aa8", "#eef0fb"
# What was wanted before: paler the longer ago, and never as strong as what is wanted now.
EARLIER = ("#8f8f93", "#a9a9ad", "#c0c0c4")

SMALL = (4.2, 2.3)  # inches
PNG_WIDTH = 360  # as it is shown
DOTS = 2 * PNG_WIDTH / SMALL[0]  # an inch; of no meaning for SVG
INSIDE = (0.015, 0.02, 0.965, 0.91)  # left, bottom, width, height; the unit stands above
# When and by what it was drawn would make other bytes of the same picture.
SAYS_NOTHING: dict[Form, dict[str, None]] = {"svg": {"Date": None, "Creator": None}, "png": {"Software": None}}

# A tenth of a second's work and a tenth of a megabyte each; an edition draws some thirty, some of them twice.
KEPT = 64
# matplotlib keeps its settings per process, not per thread.
_lock = threading.Lock()


@dataclass(frozen=True)
class Earlier:
    """A path and a target that held until a day. `label`: until when, for the legend."""

    label: str
    path: Points
    target: tuple[float, float] | None
    steps: bool = False


@dataclass(frozen=True)
class ChartData:
    """What to draw, in shown units. `years` are the places on the x axis and their labels.

    `actual` are approved and final values; `provisional` (速報) are not, and are drawn hollow; `path` is what the
    target asks for, `band` its two edges where it is to be kept between, `interim` the points it goes through;
    `earlier` what was asked for before, the newest first. `ahead` is the forecast from the newest value on, `ahead_low`
    and `ahead_high` what holds it in four of five cases: none from too few values. `rank` turns the axis upside down;
    `steps` draws the path as stairs; `labels` name points.
    """

    title: str
    unit: str
    years: tuple[tuple[float, str], ...]
    actual: Points
    provisional: Points = ()
    path: Points = ()
    target: tuple[float, float] | None = None
    baseline: tuple[float, float] | None = None
    labels: tuple[tuple[float, float, str], ...] = ()
    target_label: str = ""
    rank: bool = False
    steps: bool = False
    whole_numbers: bool = False
    interim: Points = ()
    band: tuple[Points, ...] = ()
    earlier: tuple[Earlier, ...] = ()
    ahead: Points = ()
    ahead_low: Points = ()
    ahead_high: Points = ()
    ahead_label: str = ""

    @property
    def digest(self) -> str:
        return hashlib.sha256(repr(self).encode()).hexdigest()[:32]


@lru_cache(maxsize=KEPT)
def draw(data: ChartData, language: str, size: Size) -> bytes:
    """The chart as SVG, its text as outlines: no font is needed where it is shown. Its series have names, and each year
    says all values of it, for whoever points at it; a page that allows no styles in itself can hold it."""
    with _lock, translation.override(language):
        return readable(_draw(data, size, "svg"), _series(data), data.years, data.unit)


@lru_cache(maxsize=KEPT)
def draw_png(data: ChartData, language: str, size: Size = "small") -> bytes:
    """For mails and workbooks, which show no SVG: the small one PNG_WIDTH points wide, in twice as many dots."""
    with _lock, translation.override(language):
        return _draw(data, size, "png")


@cache
def font_file() -> str:
    """The Japanese font of matplotlib-fontja; importing that package itself would change matplotlib's settings."""
    found = find_spec("matplotlib_fontja")
    if found is None or found.origin is None:
        raise LookupError("matplotlib-fontja is not installed")
    return str(Path(found.origin).parent / "fonts" / "ipaexg.ttf")


def _draw(data: ChartData, size: Size, form: Form) -> bytes:
    # Not at the top: it takes more than a second, which only a process that draws should pay.
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    small = size == "small"

    def font(points: float) -> Any:
        return FontProperties(fname=font_file(), size=points)

    with matplotlib.rc_context({"svg.fonttype": "path", "svg.hashsalt": "shinchoku", "path.snap": False}):
        # A picture is shown in a frame: nothing may touch it.
        layout = ConstrainedLayoutEngine(rect=INSIDE) if form == "png" else ConstrainedLayoutEngine()
        figure = Figure(figsize=SMALL if small else (8.6, 4.2), layout=layout, facecolor="white")
        (FigureCanvasSVG if form == "svg" else FigureCanvasAgg)(figure)
        axes = figure.add_subplot()
        _lines(axes, data, small)
        _axes(axes, data, font(11), small)
        if form == "svg":
            _years(axes, data)
        _labels(axes, data, font)
        if not small:
            if axes.get_legend_handles_labels()[0]:
                axes.legend(prop=font(10.5), loc="best", frameon=True, framealpha=0.9, edgecolor=GRID)
            axes.set_title(data.title, fontproperties=font(13), color=INK, loc="left", pad=12)
        written = io.BytesIO()
        figure.savefig(written, format=form, dpi=DOTS, metadata=SAYS_NOTHING[form])
    return written.getvalue()


def _labels(axes: Any, data: ChartData, font: Any) -> None:
    from matplotlib.patheffects import withStroke

    readable_anywhere = [withStroke(linewidth=3, foreground="white")]

    def label(text: str, place: tuple[float, float], **how: Any) -> None:
        axes.annotate(text, place, textcoords="offset points", annotation_clip=False, path_effects=readable_anywhere,
                      zorder=8, **how)  # fmt: skip

    for x, y, text in data.labels:
        below = _under(data, x, y)
        if not below:
            how = {"xytext": (0, 9), "ha": "center", "va": "bottom"}
        elif data.ahead:  # to the side the outlook begins
            how = {"xytext": (3, -8), "ha": "left", "va": "top"}
        else:
            how = {"xytext": (9, -5), "ha": "left", "va": "center"}
        label(text, (x, y), color=ACTUAL, fontproperties=font(12), **how)
    if data.target and data.target_label:
        label(data.target_label, data.target, xytext=(0, 10), ha="right", va="bottom", color=TARGET,
              fontproperties=font(12))  # fmt: skip
    if data.ahead and data.ahead_label:
        label(data.ahead_label, data.ahead[-1], xytext=(9, 0), ha="left", va="center", color=AHEAD_INK,
              fontproperties=font(11), linespacing=1.3)  # fmt: skip


def _under(data: ChartData, x: float, y: float) -> bool:
    """Whether a point lies under the path as seen, so that its label goes to the side away from it."""
    pairs = pairwise(data.path)
    for (x1, y1), (x2, y2) in pairs:
        if x1 <= x <= x2 and x1 < x2:
            planned = y1 if data.steps else y1 + (y2 - y1) * (x - x1) / (x2 - x1)
            return y > planned if data.rank else y < planned
    return False


def _series(data: ChartData) -> list[Series]:
    """All that is drawn, by the ids it is drawn under and the names of the legend, in the order it is read out."""
    outlook = gettext("Outlook (80 percent interval)") if data.ahead_low else gettext("Outlook (for reference)")
    ahead = data.ahead[1:]  # the first is the newest value itself
    ends = [tuple(zip(*ends, strict=True)) for ends in zip(data.ahead_low[1:], data.ahead_high[1:], strict=True)]
    ranges = {xs[0]: (min(ys), max(ys)) for xs, ys in ends}
    target, baseline = [data.target] if data.target else [], [data.baseline] if data.baseline else []
    found = [
        Series(Named("actual", gettext("Approved, final")), data.actual),
        Series(Named("provisional", gettext("Provisional")), data.provisional),
        Series(Named("provisional-tie", gettext("Provisional")), ()),
        Series(Named("path", gettext("Expected by the trajectory")), data.path),
        *(Series(Named(f"band-{n}", gettext("To be kept between")), edge) for n, edge in enumerate(data.band)),
        Series(Named("ahead", outlook), ahead, ranges),
        Series(Named("ahead-range", outlook), ()),
        Series(Named("interim", gettext("Interim targets")), data.interim),
        Series(Named("target", gettext("Target")), target),
        Series(Named("baseline", gettext("Baseline")), baseline),
    ]
    for age, before in enumerate(data.earlier):
        found += [
            Series(Named(f"earlier-{age}", before.label), before.path),
            Series(Named(f"earlier-target-{age}", before.label), [before.target] if before.target else []),
        ]
    return found


def _lines(axes: Any, data: ChartData, small: bool) -> None:
    names = {series.named.id: series.named for series in _series(data)}

    def line(id: str, points: Iterable[tuple[float, float]], **how: Any) -> None:
        xs, ys = zip(*points, strict=True)
        axes.plot(xs, ys, gid=names[id].gid, **({"label": names[id].name} | how))

    dashed: dict[str, Any] = {"color": PATH, "linewidth": 1.6, "linestyle": (0, (4, 3)), "zorder": 2}
    for age, before in enumerate(data.earlier):
        color = EARLIER[min(age, len(EARLIER) - 1)]
        if before.path:
            line(f"earlier-{age}", before.path, color=color, linewidth=1.2, linestyle=(0, (2, 2)), zorder=1,
                 drawstyle="steps-post" if before.steps else "default")  # fmt: skip
        if before.target:
            once = {"label": "_in the legend already"} if before.path else {}
            line(f"earlier-target-{age}", [before.target], marker="*", markersize=10, color="white",
                 markeredgecolor=color, linestyle="none", zorder=1, **once)  # fmt: skip
    if data.ahead_low:
        xs, low = zip(*data.ahead_low, strict=True)
        axes.fill_between(
            xs, low, [y for _, y in data.ahead_high], facecolor=AHEAD_PAPER, edgecolor=AHEAD, hatch="////", linewidth=0,
            zorder=0.8, gid=names["ahead-range"].gid, label=names["ahead-range"].name,
        )  # fmt: skip
    if data.ahead:
        once = {"label": "_in the legend already"} if data.ahead_low else {}
        line("ahead", data.ahead, color=AHEAD, linewidth=1.4, linestyle=(0, (7, 2, 1.5, 2)), zorder=2.5, **once)
    for n, edge in enumerate(data.band):
        line(f"band-{n}", edge, **dashed, **({"label": "_edge"} if n else {}))
    if data.path:
        line("path", data.path, **dashed, drawstyle="steps-post" if data.steps else "default")
    if data.interim:
        line("interim", data.interim, marker="D", markersize=5, color="white", markeredgecolor=TARGET,
             linestyle="none", zorder=3)  # fmt: skip
    if data.baseline:
        line("baseline", [data.baseline], marker="s", markersize=6, color="white", markeredgecolor=BASE,
             linestyle="none", zorder=3)  # fmt: skip
    if data.actual:
        line("actual", data.actual, color=ACTUAL, linewidth=2.0 if small else 2.4, marker="o",
             markersize=6 if small else 7, zorder=4)  # fmt: skip
    if data.provisional:
        # Tied to the last final point by dots, so that the eye does not take it for the line going on.
        xs, ys = zip(*(*data.actual[-1:], *data.provisional), strict=True)
        axes.plot(xs, ys, color=ACTUAL, linewidth=1.2, linestyle=":", zorder=3, gid=names["provisional-tie"].gid)
        line("provisional", data.provisional, linestyle="none", marker="o", markersize=7 if small else 8,
             markerfacecolor="white", markeredgecolor=ACTUAL, markeredgewidth=1.8, zorder=5)  # fmt: skip
    if data.target:
        line("target", [data.target], marker="*", markersize=13 if small else 15, color=TARGET, linestyle="none",
             zorder=6)  # fmt: skip


def _years(axes: Any, data: ChartData) -> None:
    """A field for each year, not to be seen, that can be pointed at."""
    left, right = axes.get_xlim()
    for n, (x, _) in enumerate(data.years):
        axes.axvspan(max(x - 0.5, left), min(x + 0.5, right), facecolor="black", alpha=0, linewidth=0, zorder=9,
                     gid=Named(f"year-{n}", "").gid)  # fmt: skip
    axes.set_xlim(left, right)


def _axes(axes: Any, data: ChartData, font: Any, small: bool) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.margins(x=0.08, y=0.22)
    shown = data.years
    if small and len(shown) > 4:  # first, last, and the middle one
        shown = (shown[0], shown[len(shown) // 2], shown[-1])
    axes.set_xticks([x for x, _ in shown], [label for _, label in shown])
    axes.yaxis.set_major_locator(MaxNLocator(nbins=3 if small else 6, integer=data.whole_numbers or data.rank))
    axes.yaxis.set_major_formatter(FuncFormatter(_tick))
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set_fontproperties(font)
        label.set_color(INK)
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(INK)
    axes.tick_params(axis="y", length=0)
    axes.set_ylabel(data.unit, fontproperties=font, color=INK, rotation=0, ha="right", va="bottom", y=1.02, labelpad=0)
    if data.rank:
        axes.invert_yaxis()
    elif min((y for _, y in (*data.actual, *data.path)), default=0) >= 0 and axes.get_ylim()[0] < 0:
        axes.set_ylim(bottom=0)


def _tick(value: float, place: object) -> str:
    return f"{value:,.0f}" if abs(value - round(value)) < 1e-9 else f"{value:,.1f}"
