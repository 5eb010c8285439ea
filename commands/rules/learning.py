"""The work of `watchfloor rules learn`: marks into a step, steps shown, steps taken back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from commands.rules.layers import own_layers
from commands.rules.learned_file import LearnedFile
from commands.rules.learned_text import Report, shown
from commands.rules.texts import name_of, opened
from rules.critical.learning.entries import entries
from rules.critical.learning.from_acts import dispositions
from rules.critical.learning.layer import LearnedLayer, Step, reverted
from rules.critical.learning.learner import Lesson, learn
from rules.critical.learning.marks import Disposition, read_marks
from rules.critical.lexicon import Lexicon
from rules.critical.loader import SHIPPED, Layers, read_layers
from streams.errors import ConfigError, SourceError
from streams.topics import ALERTS_LOG

__all__ = ["learn_from", "learned_so_far", "take_back"]

_CLOCKS_DIFFER = timedelta(minutes=10)


def learn_from(marks: str | None, rules: str, *, dry: bool) -> Report:
    """Learn from a file of marks, all of it or nothing; without one from those on the broker.

    Raises SourceError with every line that is wrong, ConfigError, RuleError and BrokerError.
    """
    layers = _layers(rules)
    read = _on_broker() if marks is None else _read(marks)
    file = LearnedFile(Path(rules))
    lesson = _lesson(file.layer, read, entries(Lexicon(layers)))
    last = file.layer.steps[-1] if file.layer.steps else None
    if lesson.step is not None and not dry:
        file.write(LearnedLayer(steps=[*file.layer.steps, lesson.step]))
    return Report(
        file=str(file.path),
        used=layers.learned is not None,
        dry=dry,
        new=lesson.new,
        repeated=lesson.repeated,
        unknown=lesson.unknown,
        steps=[shown(lesson.step)] if lesson.step else [],
        findings=list(_findings(lesson, last)),
    )


def learned_so_far(rules: str) -> Report:
    """Every step of a rule directory. Raises ConfigError and RuleError."""
    layers = _layers(rules)
    file = LearnedFile(Path(rules))
    used = layers.learned is not None
    return Report(file=str(file.path), used=used, steps=list(map(shown, file.layer.steps)))


def take_back(rules: str, number: int, *, dry: bool) -> Report:
    """Take out a step and all after it. Raises ConfigError where there is no such step."""
    layers = _layers(rules)
    file = LearnedFile(Path(rules))
    steps = file.layer.steps
    if number > len(steps):
        there = f"it has steps 1 to {len(steps)}" if steps else "it has learnt nothing yet"
        raise ConfigError(f"{file.path}: no step {number} to take back; {there}")
    gone = steps[number - 1 :]
    if not dry:
        file.keep(gone)
        file.write(reverted(file.layer, number))
    return Report(
        file=str(file.path),
        used=layers.learned is not None,
        dry=dry,
        reverted=[step.number for step in gone],
    )


def _layers(rules: str) -> Layers:
    return read_layers([SHIPPED, *own_layers(rules)])


def _on_broker() -> list[Disposition]:
    """Marks that were made with `watchfloor alerts mark`, and what they were made on."""
    # Here, since files need no broker: its client would only slow them down.
    from commands.alert_lines import alerts_on
    from commands.alerts.audit import acts_on_broker

    return list(dispositions(acts_on_broker(None, None), alerts_on([ALERTS_LOG], None)))


def _read(marks: str) -> list[Disposition]:
    read, faults = list[Disposition](), list[str]()
    with opened(marks) as file:
        for line in read_marks(file, datetime.now(UTC) + _CLOCKS_DIFFER):
            if line.mark is None:
                faults.append(f"{name_of(file)}:{line.number}: {line.fault}")
            else:
                read.append(line.mark)
    if faults:
        told = "\n".join(faults)
        raise SourceError(f"nothing was learnt; correct these lines, or take them out:\n{told}")
    return read


def _lesson(
    layer: LearnedLayer, marks: Iterable[Disposition], weights: Mapping[str, float]
) -> Lesson:
    try:
        return learn(layer, marks, weights)
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"learning needs the package {error.name}, which is not installed; "
            "install watchfloor with its extra `learn`"
        ) from error


def _findings(lesson: Lesson, last: Step | None) -> Iterator[str]:
    """What somebody should look at."""
    if lesson.unknown:
        yield f"{len(lesson.unknown)} entries in the marks are not in this lexicon"
    step = lesson.step
    if step is None:
        return
    if step.frozen:
        yield f"officers contradict each other on {len(step.frozen)} entries, which are held"
    if step.drift is not None and (last is None or step.drift.noticed > last.as_of):
        yield "the share of false marks has changed"
