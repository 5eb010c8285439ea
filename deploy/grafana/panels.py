"""What a dashboard is made of, as plain data: rows of panels, and queries with what they show."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

__all__ = ["LEVEL_COLOURS", "Board", "Panel", "Query", "Row", "quantiles"]

LEVEL_COLOURS = {"I": "#e02f44", "II": "#ff780a", "III": "#f2cc0c", "IV": "#3274d9"}
"""Red, orange, yellow and blue, as levels are shown in China."""


class Query(Struct, frozen=True):
    """One query and the legend of its series (`{{label}}`).

    may_be_empty: why it may have no series although all is well; empty where it always has one.
    """

    expr: str
    legend: str
    may_be_empty: str = ""


class Panel(Struct, frozen=True, kw_only=True):
    """One picture. Titles and explanations in both languages; `width` of 24 columns.

    unit: Grafana's name of it. red_from: from this value on it is shown in red. levels: its series
    are named by levels, and have their colours. words: what numbers mean.
    """

    zh: str
    en: str
    about_zh: str
    about_en: str
    queries: tuple[Query, ...]
    kind: Literal["stat", "time", "bars", "states"] = "time"
    unit: str = "short"
    width: int = 8
    height: int = 7
    red_from: float | None = None
    levels: bool = False
    words: dict[str, str] = {}


class Row(Struct, frozen=True):
    """Panels under one heading."""

    zh: str
    en: str
    panels: tuple[Panel, ...]


class Board(Struct, frozen=True, kw_only=True):
    """One dashboard; `uid` is its stable address in Grafana, and the name of its file."""

    uid: str
    zh: str
    en: str
    about: str
    span: str
    refresh: str
    rows: tuple[Row, ...]

    @property
    def queries(self) -> list[Query]:
        """Every query on it."""
        return [query for row in self.rows for panel in row.panels for query in panel.queries]


def quantiles(name: str, by: str, legend: str, why: str = "") -> tuple[Query, ...]:
    """p50 and p99 of a histogram over five minutes: chunks and alerts may be rare."""
    return tuple(
        Query(
            f"histogram_quantile({share}, sum by ({by}le) (rate({name}_bucket[5m])))",
            f"{legend} {title}".strip(),
            why,
        )
        for share, title in ((0.5, "p50"), (0.99, "p99"))
    )
