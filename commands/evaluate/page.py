"""The evaluation as one page of HTML: plots, power, goals, all figures; nothing from outside."""

from __future__ import annotations

from pathlib import Path

import jinja2

from commands.evaluate.plots import write_svg
from commands.evaluate.report import Report
from commands.evaluate.text import lines
from streams.errors import ConfigError

__all__ = ["write_html"]

_TEMPLATE = Path(__file__).with_name("page.html")


def write_html(report: Report, path: str) -> None:
    """Write the page. Raises ConfigError for a path that cannot be written."""
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    template = environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))
    page = template.render(report=report, plots=write_svg(report), text="\n".join(lines(report)))
    try:
        Path(path).write_text(page, encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"{path}: {error.strerror or 'it cannot be written'}; choose another place"
        ) from error
