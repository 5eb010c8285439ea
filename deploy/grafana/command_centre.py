"""The dashboard of the command centre: what fires, where, who answers, and what alerts cost."""

from __future__ import annotations

from deploy.grafana.panels import Board, Panel, Query, Row

__all__ = ["COMMAND_CENTRE"]

_NO_BUDGET = "no rule of the book has a budget of false alarms, or no area of one was seen yet"
_NO_UNITS = "no unit has sent a position yet"
_NO_COVERAGE = "no live rule of the book judges coverage, or no unit was seen yet"
_NO_ACKS = "nobody has acknowledged an alert yet"
_NOTHING_YET = "no report has come yet, so there is no event time"

_NOW = Row(
    "现在",
    "Now",
    (
        Panel(
            zh="当前告警",
            en="Firing now",
            about_zh="正在告警的数量，按级别；重启后仍准确。",
            about_en="Alerts that fire now, by level; exact after a restart too.",
            queries=(Query("sum by (level) (watchfloor_alerts_firing)", "{{level}}"),),
            kind="stat",
            levels=True,
        ),
        Panel(
            zh="警力冰点",
            en="Cold spots",
            about_zh="警力不足的辖区告警，按级别。",
            about_en="Alerts of areas with too few units, by level.",
            queries=(
                Query('sum by (level) (watchfloor_alerts_firing{kind="coverage"})', "{{level}}"),
            ),
            kind="stat",
            levels=True,
        ),
        Panel(
            zh="静默中",
            en="Silences",
            about_zh="当前生效的静默数量；被静默的告警仍会发布并标注。",
            about_en="Silences in force; what they silence is published all the same, and says so.",
            queries=(Query("max(watchfloor_silences)", "静默 silences"),),
            kind="stat",
            width=4,
        ),
        Panel(
            zh="数据延迟",
            en="Event time behind",
            about_zh="研判落后于当前时间多少；正常约为允许乱序时间加一分钟。",
            about_en="How far judgement is behind the clock; normally the lateness plus a minute.",
            queries=(Query("max(watchfloor_watermark_age_seconds)", "延迟 behind", _NOTHING_YET),),
            kind="stat",
            unit="s",
            width=4,
            red_from=900,
        ),
    ),
)
_TREND = Row(
    "走势",
    "Over time",
    (
        Panel(
            zh="告警按级别",
            en="Firing by level",
            about_zh="各级别正在告警的数量。",
            about_en="Alerts that fire, by level.",
            queries=(Query("sum by (level) (watchfloor_alerts_firing)", "{{level}}"),),
            levels=True,
        ),
        Panel(
            zh="告警按类型",
            en="Firing by kind",
            about_zh="关键词、热度、警力覆盖、流程。",
            about_en="Keyword, heat, coverage, process.",
            queries=(Query("sum by (kind) (watchfloor_alerts_firing)", "{{kind}}"),),
        ),
        Panel(
            zh="告警按层级",
            en="Firing by kind of area",
            about_zh="派出所、区县、地市、省。",
            about_en="Beat, station, county, city, province.",
            queries=(Query("sum by (area_kind) (watchfloor_alerts_firing)", "{{area_kind}}"),),
        ),
        Panel(
            zh="每小时接警",
            en="Reports an hour",
            about_zh="读入的警情记录，每小时。",
            about_en="Records of reports read, an hour.",
            queries=(
                Query(
                    'sum(rate(watchfloor_records_read_total{topic="incidents"}'
                    "[$__rate_interval])) * 3600",
                    "警情 reports",
                ),
            ),
        ),
        Panel(
            zh="重大警情告警时延",
            en="Time to a critical alert",
            about_zh="从警情到达消息队列至告警可读，p50 与 p99。",
            about_en="From the report at the broker to the readable alert, p50 and p99.",
            queries=tuple(
                Query(
                    f"histogram_quantile({share}, sum by (le) "
                    '(rate(watchfloor_alert_latency_seconds_bucket{kind="keyword"}[5m])))',
                    name,
                )
                for share, name in ((0.5, "p50"), (0.99, "p99"))
            ),
            unit="s",
        ),
        Panel(
            zh="转办与转入",
            en="Diverted, both ways",
            about_zh="建议转反诈中心、12345 的告警，以及 12345 转来的紧急警情，每小时。",
            about_en="Alerts that the anti-fraud centre or 12345 is asked to take over, and "
            "critical reports that came from 12345, an hour.",
            queries=(
                Query("sum by (to) (increase(watchfloor_diverted_total[1h]))", "→ {{to}}"),
                Query("sum(increase(watchfloor_diverted_in_total[1h]))", "← 12345"),
            ),
        ),
        Panel(
            zh="管辖不清",
            en="Unclear whose",
            about_zh="管辖不清、先由就近派出所处置的警情，每小时。",
            about_en="Reports of which nobody knows for sure whose they are; the nearest station "
            "goes first. An hour.",
            queries=(Query("sum(increase(watchfloor_unclear_records_total[1h]))", "不清 unclear"),),
        ),
    ),
)
_ANSWERS = Row(
    "应答",
    "Answers",
    (
        Panel(
            zh="签收用时",
            en="Time to acknowledge",
            about_zh="从告警到签收，p50 与 p90，按级别，近一小时。",
            about_en="From the alert to its acknowledgement, p50 and p90, by level, last hour.",
            queries=tuple(
                Query(
                    f"histogram_quantile({share}, sum by (level, le) "
                    "(rate(watchfloor_acknowledgement_seconds_bucket[1h])))",
                    f"{{{{level}}}} {name}",
                    _NO_ACKS,
                )
                for share, name in ((0.5, "p50"), (0.9, "p90"))
            ),
            unit="s",
        ),
        Panel(
            zh="逐级上报",
            en="Escalations",
            about_zh="无人应答而上报的次数，按级别，每小时。",
            about_en="Alerts that went up a rung for want of an answer, by level, an hour.",
            queries=(
                Query("sum by (level) (increase(watchfloor_escalations_total[1h]))", "{{level}}"),
            ),
            levels=True,
        ),
        Panel(
            zh="处置操作",
            en="Acts",
            about_zh="签收、指派、关闭、标注、静默等，每小时。",
            about_en="Acknowledged, assigned, closed, marked, silenced and so on, an hour.",
            queries=(Query("sum by (kind) (increase(watchfloor_acts_total[1h]))", "{{kind}}"),),
        ),
    ),
)
_COST = Row(
    "误报预算",
    "Budget of false alarms",
    (
        Panel(
            zh="预算与实测",
            en="Asked and measured",
            about_zh="每辖区每周允许的误报，与近 13 周实测及其 95 % 区间上下限。",
            about_en="Alerts a rule may give per area-week, what the last 13 weeks gave, and the "
            "ends of its 95 % interval.",
            queries=(
                Query(
                    "max by (rule) (watchfloor_heat_budget_asked)",
                    "{{rule}} 预算 asked",
                    _NO_BUDGET,
                ),
                Query(
                    "sum by (rule) (watchfloor_heat_budget_alerts) "
                    "/ sum by (rule) (watchfloor_heat_budget_area_weeks)",
                    "{{rule}} measured",
                    _NO_BUDGET,
                ),
                Query(
                    'min by (rule, bound) (watchfloor_heat_budget_measured{bound!="mean"})',
                    "{{rule}} {{bound}}",
                    "no area-week of a rule with a budget has passed yet",
                ),
            ),
            width=16,
        ),
        Panel(
            zh="告警消息",
            en="Alert records",
            about_zh="发布的告警消息（每次修订计一次），每小时。",
            about_en="Alert records published, every revision is one, an hour.",
            queries=(
                Query("sum by (status) (increase(watchfloor_alerts_total[1h]))", "{{status}}"),
            ),
        ),
    ),
)
_FORCE = Row(
    "警力",
    "Units",
    (
        Panel(
            zh="单位状态",
            en="Units by status",
            about_zh="各单位最近一次定位的状态；stale 与 lost 为失联。",
            about_en="By their newest position; stale and lost have not been heard of.",
            queries=(Query("sum by (status) (watchfloor_units)", "{{status}}", _NO_UNITS),),
        ),
        Panel(
            zh="冰点辖区",
            en="Areas by coldness",
            about_zh="警力缺口的程度：0 充足，1 偏冷，2 冷，3 冰点。",
            about_en="How far areas fall short of the units they need: 0 enough, 1 cool, 2 cold, "
            "3 ice.",
            queries=(
                Query(
                    'sum by (coldness) (watchfloor_coverage_areas{coldness!="0"})',
                    "{{coldness}}",
                    _NO_COVERAGE,
                ),
            ),
        ),
        Panel(
            zh="警力缺口",
            en="Units missing",
            about_zh="有缺口的辖区共缺多少单位（折合警车）。",
            about_en="Units missing in all areas that need more, in cars.",
            queries=(
                Query("sum(watchfloor_coverage_missing_units)", "缺口 missing", _NO_COVERAGE),
            ),
        ),
    ),
)

COMMAND_CENTRE = Board(
    uid="watchfloor-command",
    zh="指挥中心",
    en="Command centre",
    about="What fires, where, who answers, and what alerts cost. 告警、应答与误报预算。",
    span="now-6h",
    refresh="10s",
    rows=(_NOW, _TREND, _ANSWERS, _COST, _FORCE),
)
