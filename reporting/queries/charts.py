"""Charts, drawn on the server: pure data in, SVG or PNG bytes out, the same bytes for the same data."""

import hashlib
import io
import threading
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from django.utils import translation
from django.utils.translation import gettext

Size = Literal["small", "large"]
Form = Literal["svg", "png"]
Points = tuple[tuple[float, float], ...]

# Told apart without colour as well: line and dot, dashes, star. The colours are safe for all kinds of colour vision.
ACTUAL, PATH, TARGET, BASE, INK, GRID = "#0017c1", "#626264", "#c74700", "#626264", "#1a1a1c", "#d8d8db"
# What was wanted before: paler the longer ago, and never as strong as what is wanted now.
EARLIER = ("#8f8f93", "#a9a9ad", "#c0c0c4")

SMALL = (4.2, 2.3)  # inches
PNG_WIDTH = 360  # as it is shown
DOTS = 2 * PNG_WIDTH / SMALL[0]  # an inch; of no meaning for SVG
INSIDE = (0.015, 0.02, 0.965, 0.91)  # left, bottom, width, height; the unit stands above
# When and by what it was drawn would make other bytes of the same picture.
SAYS_NOTHING: dict[Form, dict[str, None]] = {"svg": {"Date": None, "Creator": None}, "png": {"Software": None}}

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
    `earlier` what was asked for before, the newest first. `rank` turns the axis upside down; `steps` draws the path as
    stairs; `labels` name points.
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

    @property
    def digest(self) -> str:
        return hashlib.sha256(repr(self).encode()).hexdigest()[:32]


def draw(data: ChartData, language: str, size: Size) -> bytes:
    """The chart as SVG, its text as outlines: no font is needed where it is shown."""
    with _lock, translation.override(language):
        return _draw(data, size, "svg")


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
        for x, y, text in data.labels:
            below = _under(data, x, y)
            axes.annotate(
                text, (x, y), xytext=(9, -5) if below else (0, 9), textcoords="offset points", color=ACTUAL,
                ha="left" if below else "center", va="center" if below else "bottom", fontproperties=font(12),
                annotation_clip=False,
            )  # fmt: skip
        if data.target and data.target_label:
            axes.annotate(
                data.target_label, data.target, xytext=(0, 10), textcoords="offset points", ha="right", va="bottom",
                color=TARGET, fontproperties=font(12), annotation_clip=False,
            )  # fmt: skip
        if not small:
            if axes.get_legend_handles_labels()[0]:
                axes.legend(prop=font(10.5), loc="best", frameon=True, framealpha=0.9, edgecolor=GRID)
            axes.set_title(data.title, fontproperties=font(13), color=INK, loc="left", pad=12)
        written = io.BytesIO()
        figure.savefig(written, format=form, dpi=DOTS, metadata=SAYS_NOTHING[form])
    return written.getvalue()


def _under(data: ChartData, x: float, y: float) -> bool:
    """Whether a point lies under the path as seen, so that its label goes to the side away from it."""
    pairs = pairwise(data.path)
    for (x1, y1), (x2, y2) in pairs:
        if x1 <= x <= x2 and x1 < x2:
            planned = y1 if data.steps else y1 + (y2 - y1) * (x - x1) / (x2 - x1)
            return y > planned if data.rank else y < planned
    return False


def _lines(axes: Any, data: ChartData, small: bool) -> None:
    width = 2.0 if small else 2.4
    for age, before in enumerate(data.earlier):
        color, label = EARLIER[min(age, len(EARLIER) - 1)], before.label
        if before.path:
            xs, ys = zip(*before.path, strict=True)
            axes.plot(
                xs, ys, color=color, linewidth=1.2, linestyle=(0, (2, 2)), zorder=1,
                drawstyle="steps-post" if before.steps else "default", label=label,
            )  # fmt: skip
            label = "_in the legend already"
        if before.target:
            axes.plot(*before.target, marker="*", markersize=10, color="white", markeredgecolor=color,
                      linestyle="none", zorder=1, label=label)  # fmt: skip
    for edge in data.band:
        xs, ys = zip(*edge, strict=True)
        axes.plot(xs, ys, color=PATH, linewidth=1.6, linestyle=(0, (4, 3)), zorder=2,
                  label=gettext("To be kept between") if edge is data.band[0] else "_edge")  # fmt: skip
    if data.path:
        xs, ys = zip(*data.path, strict=True)
        axes.plot(
            xs, ys, color=PATH, linewidth=1.6, linestyle=(0, (4, 3)), zorder=2,
            drawstyle="steps-post" if data.steps else "default", label=gettext("Expected by the trajectory"),
        )  # fmt: skip
    if data.interim:
        xs, ys = zip(*data.interim, strict=True)
        axes.plot(
            xs, ys, marker="D", markersize=5, color="white", markeredgecolor=TARGET, linestyle="none", zorder=3,
            label=gettext("Interim targets"),
        )  # fmt: skip
    if data.baseline:
        axes.plot(
            *data.baseline, marker="s", markersize=6, color="white", markeredgecolor=BASE, linestyle="none",
            zorder=3, label=gettext("Baseline"),
        )  # fmt: skip
    if data.actual:
        xs, ys = zip(*data.actual, strict=True)
        axes.plot(
            xs, ys, color=ACTUAL, linewidth=width, marker="o", markersize=6 if small else 7, zorder=4,
            label=gettext("Approved, final"),
        )  # fmt: skip
    if data.provisional:
        # Tied to the last final point by dots, so that the eye does not take it for the line going on.
        xs, ys = zip(*(*data.actual[-1:], *data.provisional), strict=True)
        axes.plot(xs, ys, color=ACTUAL, linewidth=1.2, linestyle=":", zorder=3)
        xs, ys = zip(*data.provisional, strict=True)
        axes.plot(
            xs, ys, linestyle="none", marker="o", markersize=7 if small else 8, markerfacecolor="white",
            markeredgecolor=ACTUAL, markeredgewidth=1.8, zorder=5, label=gettext("Provisional"),
        )  # fmt: skip
    if data.target:
        axes.plot(
            *data.target, marker="*", markersize=13 if small else 15, color=TARGET, linestyle="none", zorder=6,
            label=gettext("Target"),
        )  # fmt: skip


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
