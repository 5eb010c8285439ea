"""Rows of the engineer's dashboard about what leaves: dead letters, channels, and the rules."""

from __future__ import annotations

from deploy.grafana.panels import Panel, Query, Row, quantiles

__all__ = ["CHANNELS", "LETTERS", "RULES"]

_NO_CHANNELS = "no worker runs the stage dispatch"
_RATE = "[$__rate_interval]"

LETTERS = Row(
    "死信",
    "Dead letters",
    (
        Panel(
            zh="死信按原因",
            en="By reason",
            about_zh="被拒收或修复的记录，近一小时。",
            about_en="Records refused or repaired, last hour.",
            queries=(
                Query(
                    "sum by (reason) (increase(watchfloor_dead_letters_total[1h])) > 0",
                    "{{reason}}",
                    "no record was refused or repaired",
                ),
            ),
            kind="bars",
            width=12,
        ),
        Panel(
            zh="拒收与忽略",
            en="Refused, ignored, foreign",
            about_zh="拒收的记录、忽略的字段、外来记录，每秒。",
            about_en="Records refused, fields ignored, records that are not ours, a second.",
            queries=(
                Query(
                    f"sum by (topic) (rate(watchfloor_records_refused_total{_RATE}))",
                    "{{topic}} 拒收 refused",
                ),
                Query(
                    f"sum by (topic) (rate(watchfloor_unknown_fields_total{_RATE}))",
                    "{{topic}} 忽略字段 fields",
                ),
                Query(
                    f"sum by (topic) (rate(watchfloor_foreign_records_total{_RATE}))",
                    "{{topic}} 外来 foreign",
                    "nothing but our own records lies on the log",
                ),
            ),
            width=12,
        ),
    ),
)
CHANNELS = Row(
    "渠道",
    "Channels",
    (
        Panel(
            zh="断路器",
            en="Circuit breakers",
            about_zh="0 正常，1 试探，2 断开。",
            about_en="0 closed (all is well), 1 half open, 2 open (its alerts wait).",
            queries=(
                Query(
                    'max by (channel) (watchfloor_channel_state{state="open"}) * 2 '
                    '+ max by (channel) (watchfloor_channel_state{state="half_open"})',
                    "{{channel}}",
                    _NO_CHANNELS,
                ),
            ),
            kind="states",
            width=12,
            words={"0": "正常 closed", "1": "试探 half open", "2": "断开 open"},
            red_from=2,
        ),
        Panel(
            zh="送达",
            en="Deliveries",
            about_zh="送达、失败重试、拒收，每秒。",
            about_en="Messages delivered, failed and tried again, rejected, a second.",
            queries=(
                Query(
                    f"sum by (channel, outcome) (rate(watchfloor_deliveries_total{_RATE}))",
                    "{{channel}} {{outcome}}",
                    _NO_CHANNELS,
                ),
            ),
            width=12,
        ),
        Panel(
            zh="送达时延",
            en="Time to delivery",
            about_zh="从告警入日志至渠道收下。",
            about_en="From the alert on its log to the moment the channel took it.",
            queries=quantiles(
                "watchfloor_delivery_seconds",
                "channel, ",
                "{{channel}}",
                f"{_NO_CHANNELS}, or no channel has taken an alert yet",
            ),
            unit="s",
            width=12,
        ),
        Panel(
            zh="渠道积压",
            en="Lag of channels",
            about_zh="渠道尚未处理的告警。",
            about_en="Alerts that a channel has not dealt with yet.",
            queries=(
                Query(
                    "sum by (channel) (watchfloor_channel_lag_records)",
                    "{{channel}}",
                    _NO_CHANNELS,
                ),
            ),
            width=12,
        ),
    ),
)
RULES = Row(
    "规则",
    "Rules",
    (
        Panel(
            zh="规则切换",
            en="Rules taken and refused",
            about_zh="分区收到新规则的次数，近一小时。",
            about_en="Partitions told of other rules, last hour.",
            queries=(
                Query(
                    "sum by (outcome) (increase(watchfloor_rules_switch_total[1h]))", "{{outcome}}"
                ),
            ),
        ),
        Panel(
            zh="词库重载",
            en="Lexicons taken and refused",
            about_zh="词库更改的次数，近一小时。",
            about_en="Changed words, last hour.",
            queries=(
                Query(
                    "sum by (outcome) (increase(watchfloor_lexicon_reloads_total[1h]))",
                    "{{outcome}}",
                ),
            ),
        ),
        Panel(
            zh="预算依据",
            en="What budgets rest on",
            about_zh="误报预算所依据的辖区周数。",
            about_en="Area-weeks that the measured rates rest on.",
            queries=(
                Query(
                    "sum by (rule) (watchfloor_heat_budget_area_weeks)",
                    "{{rule}}",
                    "no rule of the book has a budget of false alarms, or no area was seen yet",
                ),
            ),
        ),
    ),
)
