"""The evaluation as plots: power against rate, asked against measured, areas side by side."""

from __future__ import annotations

import io
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commands.evaluate.report import DetectorReport, NullRate, Report
from streams.errors import ConfigError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["need_plots", "write_png", "write_svg"]

_COLUMNS = 3
_MOST_KINDS = 6
_PANEL_INCHES = (4.2, 3.2)
_DPI = 110
_STYLE: dict[Any, Any] = {"svg.hashsalt": "watchfloor", "svg.fonttype": "none", "font.size": 8.0}
"""Without a date and with a fixed salt, so that equal figures give equal files."""
_COLOURS = ("#0b5cad", "#c2410c", "#15803d", "#7e22ce", "#a16207", "#0e7490", "#be123c", "#4b5563")
_MARKS = {"nominal": "x", "training": "s", "calibrated": "o"}
_OF_STRATA = 0.1


def need_plots(option: str, path: str) -> None:
    """Raises ConfigError, before any work is done, where nothing can be drawn or put there."""
    if not Path(path).parent.is_dir():
        raise ConfigError(f"{path}: there is no such folder; make it, or choose another place")
    if find_spec("matplotlib") is None:
        raise ConfigError(
            f"{option} draws with matplotlib, which is not installed: install it by "
            "pip install 'watchfloor[plots]', or use --json and the tables"
        )


def write_png(report: Report, path: str) -> None:
    """All plots as one image. Raises ConfigError for a path that cannot be written."""
    import matplotlib as mpl

    with mpl.rc_context(_STYLE):
        try:
            _figure(report).savefig(path, format="png", dpi=_DPI, metadata={"Software": None})
        except OSError as error:
            raise ConfigError(
                f"{path}: {error.strerror or 'it cannot be written'}; choose another place"
            ) from error


def write_svg(report: Report) -> str:
    """The same as an `<svg>` element to put into a page; it refers to nothing outside itself."""
    import matplotlib as mpl

    with mpl.rc_context(_STYLE):
        text = io.StringIO()
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        _figure(report).savefig(text, format="svg", metadata=nothing)
    whole = text.getvalue()
    return whole[whole.index("<svg") :]


def _figure(report: Report) -> Figure:
    from matplotlib.figure import Figure

    kinds = report.options.kinds[:_MOST_KINDS] if report.detectors else []
    panels = len(kinds) + (3 if report.detectors else 1)
    rows = -(-panels // _COLUMNS)
    width, height = _PANEL_INCHES
    figure = Figure(figsize=(width * min(panels, _COLUMNS), height * rows), layout="constrained")
    axes = [figure.add_subplot(rows, min(panels, _COLUMNS), n + 1) for n in range(panels)]
    for kind, each in zip(kinds, axes, strict=False):
        _power(each, report.detectors, kind)
    if report.detectors:
        _asked(axes[-3], report.detectors)
        _areas(axes[-2], report.detectors)
        _by_rate(axes[-1], report.detectors)
    else:
        _null(axes[-1], report)
    axes[0].legend(fontsize="small")
    return figure


def _colour(number: int) -> str:
    return _COLOURS[number % len(_COLOURS)]


def _power(axes: Axes, detectors: list[DetectorReport], kind: str) -> None:
    """Power of a kind of surge over rates of episodes."""
    for number, detector in enumerate(detectors):
        points = [(p.rate, p.power[kind]) for p in detector.curve if kind in p.power]
        axes.plot(
            [rate for rate, _ in points],
            [share for _, share in points],
            color=_colour(number),
            label=detector.name,
        )
    axes.set(
        xscale="log",
        ylim=(-0.02, 1.02),
        title=f"{kind}: surges seen",
        xlabel="episodes per area and week",
    )
    axes.grid(visible=True, alpha=0.3)


def _asked(axes: Axes, detectors: list[DetectorReport]) -> None:
    """Measured over asked rates, with intervals; the diagonal is what was promised."""
    for number, detector in enumerate(detectors):
        for way, mark in _MARKS.items():
            # A rate of nothing has no place on a logarithmic axis.
            found = [a for a in detector.asked if a.way == way and a.measured.value > 0]
            axes.errorbar(
                [a.rate * (1 + number / 12) for a in found],
                [a.measured.value for a in found],
                yerr=[
                    [a.measured.value - a.measured.low for a in found],
                    [a.measured.high - a.measured.value for a in found],
                ],
                fmt=mark,
                markersize=4,
                color=_colour(number),
                label=f"{detector.name}, {way}",
            )
    _diagonal(axes, "Asked and measured (x nominal, square training, dot calibrated)")


def _null(axes: Axes, report: Report) -> None:
    for number, null in enumerate(report.null):
        for way, mark in _MARKS.items():
            found: list[NullRate] = [r for r in null.rates if r.way == way and r.measured > 0]
            axes.errorbar(
                [r.rate * (1 + number / 12) for r in found],
                [r.measured for r in found],
                yerr=[[0.0] * len(found), [r.upper - r.measured for r in found]],
                fmt=mark,
                markersize=4,
                color=_colour(number),
                label=f"{null.name}, {way}",
            )
    _diagonal(axes, "Simulated counts: measured with its upper 95 % bound")


def _diagonal(axes: Axes, title: str) -> None:
    axes.plot([0.005, 2], [0.005, 2], color="#9ca3af", linewidth=0.8)
    axes.set(
        xscale="log",
        yscale="log",
        title=title,
        xlabel="asked, episodes per area and week",
        ylabel="measured",
    )
    axes.grid(visible=True, alpha=0.3)


def _areas(axes: Axes, detectors: list[DetectorReport]) -> None:
    """Every area's own rate where all together have one episode an area-week."""
    for number, detector in enumerate(detectors):
        rates = detector.own_rates
        if rates:
            share = [(n + 0.5) / len(rates) for n in range(len(rates))]
            axes.plot(share, rates, color=_colour(number), label=detector.name)
    axes.axhline(1.0, color="#9ca3af", linewidth=0.8)
    axes.set(
        title="Areas' own rates at 1 a week", xlabel="share of areas", ylabel="episodes a week"
    )
    axes.grid(visible=True, alpha=0.3)


def _by_rate(axes: Axes, detectors: list[DetectorReport]) -> None:
    """Power of the first kind by the areas' base rate, with intervals."""
    title = ""
    for number, detector in enumerate(detectors):
        for at in detector.at:
            if at.rate != _OF_STRATA or not at.power:
                continue
            power = at.power[0]
            title = f"{power.kind} at {at.rate:g} a week, by calls an area-hour"
            parts = [(part.stratum, part.share) for part in power.by_rate]
            values = [share.value or 0.0 for _, share in parts]
            axes.errorbar(
                [place + number / 12 for place in range(len(parts))],
                values,
                yerr=[
                    [v - s.low for v, (_, s) in zip(values, parts, strict=True)],
                    [s.high - v for v, (_, s) in zip(values, parts, strict=True)],
                ],
                fmt="o-",
                markersize=3,
                color=_colour(number),
            )
            axes.set_xticks(range(len(parts)), [name for name, _ in parts])
    axes.set(title=title, ylim=(-0.02, 1.02))
    axes.grid(visible=True, alpha=0.3)
