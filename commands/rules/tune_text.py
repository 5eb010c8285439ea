"""A tuning as text: the patch, what becomes of marked alerts, and what else would change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from commands.rules.tune_run import TuneReport

__all__ = ["tune_lines"]

_SHOWN = 20


def tune_lines(report: TuneReport) -> Iterator[str]:
    """The report for people."""
    yield f"{report.rule}: {report.false} alerts marked false, {report.true} marked true"
    if report.verdict is None:
        yield "the marks ask for no change that keeps the true ones: nothing is proposed"
        return
    for proposal in report.proposals:
        yield f"  {proposal.because}"
    yield ""
    yield report.patch.rstrip("\n")
    yield ""
    verdict = report.verdict
    for ids, words in (
        (verdict.lost, "true alerts would be LOST"),
        (verdict.silenced, "false ones would not come"),
        (verdict.reviewed, "false ones would come lower or for review"),
        (verdict.kept, "false ones would still come"),
        (verdict.unseen, "marked ones are not in this history, and were not tried"),
    ):
        if ids:
            more = ", ..." if len(ids) > _SHOWN else ""
            yield f"{len(ids)} {words}: {', '.join(ids[:_SHOWN])}{more}"
    counts = Counter(change.what for change in report.changes)
    told = ", ".join(f"{counts[what]} {what}" for what in sorted(counts))
    yield f"of all alerts of the rule: {told or 'none differs'}"
    if report.refused:
        yield "refused: a known true alert would be lost; nothing was written"
    elif report.written:
        yield f"written to {report.file}; look at it, test it, publish it"
    else:
        yield "no known true alert is lost; --write puts it into the file"
