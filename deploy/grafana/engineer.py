"""The dashboard of the engineer: throughput, latency, lag, state, dead letters, channels, rules."""

from __future__ import annotations

from deploy.grafana.leaving import CHANNELS, LETTERS, RULES
from deploy.grafana.panels import Board, Panel, Query, Row, quantiles

__all__ = ["ENGINEER"]

_NOTHING_YET = "no report has come yet, so there is no event time"
_NOT_STORED = "no state has changed since the start, so none was stored"
_NO_POSITIONS = "no position has come yet"
_RATE = "[$__rate_interval]"


_HEALTH = Row(
    "健康",
    "Health",
    (
        Panel(
            zh="进程",
            en="Workers",
            about_zh="应答的进程数与就绪的进程数。",
            about_en="Workers that answer, and those that are ready.",
            queries=(
                Query('sum(up{job="watchfloor"})', "应答 up"),
                Query("sum(watchfloor_ready)", "就绪 ready"),
                Query("count by (version) (watchfloor_build_info)", "{{version}}"),
            ),
            kind="stat",
        ),
        Panel(
            zh="规则与词库版本",
            en="Bundles and lexicons",
            about_zh="正在使用的规则与词库，应各只有一个。",
            about_en="Rules and words in use; of each there should be one.",
            queries=(
                Query("count by (hash) (watchfloor_rules_bundle_info)", "规则 rules {{hash}}"),
                Query("count by (hash) (watchfloor_lexicon_info)", "词库 lexicon {{hash}}"),
            ),
            kind="stat",
        ),
        Panel(
            zh="意外故障",
            en="Faults contained",
            about_zh="已隔离的意外故障，近一小时；应为 0。",
            about_en="Unexpected faults, last hour; should be 0.",
            queries=(
                Query("sum by (stage) (increase(watchfloor_failures_total[1h]))", "{{stage}}"),
            ),
            kind="stat",
            red_from=1,
        ),
    ),
)
_FLOW = Row(
    "吞吐",
    "Throughput",
    (
        Panel(
            zh="读入",
            en="Records read",
            about_zh="每秒读入的记录，按主题。",
            about_en="Input records a second, by topic.",
            queries=(
                Query(f"sum by (topic) (rate(watchfloor_records_read_total{_RATE}))", "{{topic}}"),
            ),
        ),
        Panel(
            zh="去向",
            en="What became of them",
            about_zh="接受、重复、迟到、拒收，每秒。",
            about_en="Accepted, duplicate, late, rejected, a second.",
            queries=(
                Query(
                    f"sum by (outcome) (rate(watchfloor_records_counted_total{_RATE}))",
                    "{{outcome}}",
                ),
            ),
        ),
        Panel(
            zh="写入日志的批次",
            en="Batches on the log",
            about_zh="intake 每秒写入 observations 的批次。",
            about_en="Batches that intake writes to `observations`, a second.",
            queries=(Query(f"sum(rate(watchfloor_batches_total{_RATE}))", "批次 batches"),),
        ),
        Panel(
            zh="每块记录数",
            en="Records in a chunk",
            about_zh="一次处理的记录数，p50 与 p99。",
            about_en="Records computed at once, p50 and p99.",
            queries=quantiles("watchfloor_chunk_records", "stage, ", "{{stage}}"),
        ),
        Panel(
            zh="处理器",
            en="Processor",
            about_zh="每个进程占用的处理器核数。",
            about_en="Cores that each worker uses.",
            queries=(
                Query(
                    f'rate(process_cpu_seconds_total{{job="watchfloor"}}{_RATE})', "{{instance}}"
                ),
            ),
        ),
        Panel(
            zh="内存",
            en="Memory",
            about_zh="每个进程的常驻内存。",
            about_en="Resident memory of each worker.",
            queries=(Query('process_resident_memory_bytes{job="watchfloor"}', "{{instance}}"),),
            unit="bytes",
        ),
    ),
)
_TIME = Row(
    "时延与积压",
    "Latency and lag",
    (
        Panel(
            zh="告警时延",
            en="Alert latency",
            about_zh="从记录到达消息队列至告警确认，按类型。",
            about_en="From a record at the broker to the confirmed alert, by kind.",
            queries=quantiles("watchfloor_alert_latency_seconds", "kind, ", "{{kind}}"),
            unit="s",
        ),
        Panel(
            zh="积压",
            en="Lag",
            about_zh="尚未读取的记录，按主题。",
            about_en="Records not read yet, by topic.",
            queries=(Query("sum by (topic) (watchfloor_lag_records)", "{{topic}}"),),
        ),
        Panel(
            zh="事件时间落后",
            en="Event time behind",
            about_zh="研判落后于时钟，按分区。",
            about_en="How far judgement is behind the clock, by partition.",
            queries=(
                Query(
                    "max by (partition) (watchfloor_watermark_age_seconds)",
                    "{{partition}}",
                    _NOTHING_YET,
                ),
            ),
            unit="s",
        ),
        Panel(
            zh="计算用时",
            en="Computing time",
            about_zh="一块记录的计算用时，按阶段。",
            about_en="Time to compute a chunk, by stage.",
            queries=quantiles("watchfloor_chunk_seconds", "stage, ", "{{stage}}"),
            unit="s",
        ),
        Panel(
            zh="定位时延",
            en="Age of positions",
            about_zh="定位从产生到到达。",
            about_en="From a position to its arrival.",
            queries=quantiles("watchfloor_position_age_seconds", "", ""),
            unit="s",
        ),
        Panel(
            zh="被丢弃的定位",
            en="Positions dropped",
            about_zh="未改变任何状态的定位，每秒，按原因。",
            about_en="Positions that changed nothing, a second, by why.",
            queries=(
                Query(
                    f"sum by (reason) (rate(watchfloor_position_fixes_dropped_total{_RATE}))",
                    "{{reason}}",
                ),
            ),
        ),
    ),
)
_STATE = Row(
    "状态",
    "State",
    (
        Panel(
            zh="快照",
            en="Snapshots",
            about_zh="每分钟捕获的快照。",
            about_en="Snapshots captured, a minute.",
            queries=(
                Query(f"sum(rate(watchfloor_snapshots_total{_RATE})) * 60", "快照 snapshots"),
            ),
        ),
        Panel(
            zh="快照新旧",
            en="Age of the stored state",
            about_zh="距上次保存状态的时间，按分区；静默的分区可以很久。",
            about_en="Since the state was stored, by partition; a silent one may be old.",
            queries=(
                Query(
                    "time() - max by (partition) (watchfloor_snapshot_stored_timestamp_seconds)",
                    "{{partition}}",
                    _NOT_STORED,
                ),
            ),
            unit="s",
        ),
        Panel(
            zh="快照大小",
            en="Size of a snapshot",
            about_zh="最近一次快照的大小。",
            about_en="Of the newest one.",
            queries=(Query("max by (instance) (watchfloor_snapshot_bytes)", "{{instance}}"),),
            unit="bytes",
        ),
        Panel(
            zh="捕获与恢复用时",
            en="Time to capture and to restore",
            about_zh="最近一次快照与最近一次接管。",
            about_en="Of the newest snapshot, and of the newest takeover.",
            queries=(
                Query("max by (instance) (watchfloor_snapshot_seconds)", "{{instance}} capture"),
                Query("max by (instance) (watchfloor_restore_seconds)", "{{instance}} restore"),
            ),
            unit="s",
        ),
        Panel(
            zh="接管",
            en="Takeovers",
            about_zh="分区接管次数，近一小时；频繁说明消费组不稳定。",
            about_en="Takeovers of partitions, last hour; many mean that the group is not stable.",
            queries=(
                Query(
                    "sum by (instance) (increase(watchfloor_restores_total[1h]))", "{{instance}}"
                ),
            ),
        ),
        Panel(
            zh="累计账目",
            en="Records accounted for",
            about_zh="自日志开始以来，经崩溃仍准确。",
            about_en="Since the beginning of the log, exact through crashes.",
            queries=(Query("sum by (outcome) (watchfloor_log_records)", "{{outcome}}"),),
        ),
    ),
)
ENGINEER = Board(
    uid="watchfloor-engineer",
    zh="运行",
    en="Engineer",
    about="Throughput, latency, lag, state, dead letters, channels and rules. 运行状况。",
    span="now-1h",
    refresh="10s",
    rows=(_HEALTH, _FLOW, _TIME, _STATE, LETTERS, CHANNELS, RULES),
)
