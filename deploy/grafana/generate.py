"""Writes the Grafana dashboards (JSON, for 11.6) from the boards; `--check` names stale ones.

The datasource is a variable of each dashboard, so that no address of an installation is in it.
"""

from __future__ import annotations

import json
import sys
from itertools import count
from pathlib import Path

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    dashboard,
    prometheus,
    stat,
    statetimeline,
    timeseries,
)
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import BigValueGraphMode, LegendDisplayMode
from grafana_foundation_sdk.models.dashboard import (
    DataSourceRef,
    DynamicConfigValue,
    Threshold,
    ThresholdsMode,
    ValueMap,
    ValueMappingResult,
)

from deploy.grafana.command_centre import COMMAND_CENTRE
from deploy.grafana.engineer import ENGINEER
from deploy.grafana.panels import LEVEL_COLOURS, Board, Panel

__all__ = ["BOARDS", "main", "rendered"]

BOARDS = (COMMAND_CENTRE, ENGINEER)
FOLDER = Path(__file__).parent / "dashboards"
_SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
_Builder = stat.Panel | timeseries.Panel | bargauge.Panel | statetimeline.Panel
_MAKERS: dict[str, type[_Builder]] = {
    "stat": stat.Panel,
    "time": timeseries.Panel,
    "bars": bargauge.Panel,
    "states": statetimeline.Panel,
}


def rendered(board: Board) -> str:
    """The dashboard as Grafana imports it."""
    made = (
        dashboard.Dashboard(f"Watchfloor · {board.zh} · {board.en}")
        .uid(board.uid)
        .description(board.about)
        .tags(["watchfloor"])
        .timezone("browser")
        .time(board.span, "now")
        .refresh(board.refresh)
        .editable()
        .with_variable(
            dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus")
        )
    )
    numbers = count(1)
    for row in board.rows:
        made = made.with_row(dashboard.Row(_title(row.zh, row.en)).id(next(numbers)))
        for panel in row.panels:
            made = made.with_panel(_panel(panel).id(next(numbers)))
    plain = json.dumps(made.build(), cls=JSONEncoder, indent=2, ensure_ascii=False, sort_keys=True)
    return plain + "\n"


def _panel(panel: Panel) -> _Builder:
    made = _MAKERS[panel.kind]()
    made = (
        made.title(_title(panel.zh, panel.en))
        .description(_described(panel))
        .datasource(_SOURCE)
        .span(panel.width)
        .height(panel.height)
        .unit(panel.unit)
        .no_value("–")
        .thresholds(_thresholds(panel.red_from))
    )
    for place, query in enumerate(panel.queries):
        asked = prometheus.Dataquery().expr(query.expr).legend_format(query.legend)
        asked = asked.ref_id(chr(ord("A") + place)).datasource(_SOURCE)
        made = made.with_target(
            asked.range() if panel.kind in ("time", "states") else asked.instant()
        )
    if panel.levels:
        for level, colour in LEVEL_COLOURS.items():
            fixed = {"mode": "fixed", "fixedColor": colour}
            made = made.override_by_name(level, [DynamicConfigValue("color", fixed)])
    if panel.words:
        results = {value: ValueMappingResult(text=word) for value, word in panel.words.items()}
        made = made.mappings([ValueMap(results)])
    if isinstance(made, stat.Panel):
        return made.graph_mode(BigValueGraphMode.NONE)
    if isinstance(made, timeseries.Panel):
        legend = common.VizLegendOptions().display_mode(LegendDisplayMode.LIST)
        return made.min(0).fill_opacity(8).legend(legend.show_legend(show_legend=True))
    return made


def _title(zh: str, en: str) -> str:
    return f"{zh} · {en}"


def _described(panel: Panel) -> str:
    """Both languages, and when a picture without a line is no fault."""
    reasons = dict.fromkeys(q.may_be_empty for q in panel.queries if q.may_be_empty)
    empty = [f"Empty where {reason}." for reason in reasons]
    return "\n\n".join([panel.about_zh, panel.about_en, *empty])


def _thresholds(red_from: float | None) -> dashboard.ThresholdsConfig:
    steps = [Threshold(value=None, color="green" if red_from is not None else "text")]
    if red_from is not None:
        steps.append(Threshold(value=red_from, color="red"))
    return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)


def main() -> int:
    """Write what changed, or with `--check` name what would; 1 where a dashboard is stale."""
    check = "--check" in sys.argv[1:]
    stale = 0
    for board in BOARDS:
        target, content = FOLDER / f"{board.uid}.json", rendered(board)
        if target.exists() and target.read_text(encoding="utf-8") == content:
            continue
        stale += 1
        if check:
            print(f"{target.relative_to(FOLDER.parents[2])} is stale: run make docs")
        else:
            FOLDER.mkdir(exist_ok=True)
            target.write_text(content, encoding="utf-8")
            print(f"wrote {target.relative_to(FOLDER.parents[2])}")
    return 1 if stale and check else 0


if __name__ == "__main__":
    sys.exit(main())
