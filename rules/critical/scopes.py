"""What takes a word back: cues with a reach, silenced by other cues, one clause at a time."""

from __future__ import annotations

from collections.abc import Iterable

from rules.critical.lexicon import Lexicon
from rules.critical.model import OUTCOMES, Cue
from rules.critical.phrases import LATIN_STRETCH, Hit, Hits, stretch
from rules.critical.view import View

__all__ = ["Held", "Scopes"]

Held = tuple[str, Cue, Hit]
"""A cue that holds: its name, the cue, and the word that stands in the text."""

_MARK = "!"
_NOWHERE = Hit(0, 0, None)
"""Where a cue without words stands."""
_ENOUGH = 12
"""Letters without which a text gives nothing to doubt by: who shouts one word is believed."""
_NEAR = ("ahead", "behind")
_WIDE = ("sentence", "text")


class Scopes:
    """The cues that hold in one text."""

    def __init__(self, lexicon: Lexicon, view: View, hits: Hits, told: float = 1.0) -> None:
        """Find the cues that hold.

        told: how likely the second stage takes the text for critical; without one weak cues say
        nothing.
        """
        self._view = view
        self._hits = hits
        self._acts = lexicon.acts
        self.live: list[Held] = []
        cues, groups = lexicon.cues, hits.keys()
        heard = [*(groups & cues.keys()), *lexicon.wordless]
        for name in sorted(heard, key=lexicon.cue_order.__getitem__):
            cue = cues[name]
            if told >= cue.below < 1 or not groups.isdisjoint(cue.spare_with):
                continue
            if cue.needs and groups.isdisjoint(cue.needs):
                continue
            if not cue.words:
                if _worth(view.folded) >= _ENOUGH:
                    self.live.append((name.rpartition(".")[2], cue, _NOWHERE))
                continue
            for hit in hits[name]:
                if not self._inside(hit) and not self._silenced(cue, hit):
                    self.live.append((name.rpartition(".")[2], cue, hit))

    @property
    def whole(self) -> bool:
        """Whether a cue takes back the text as a whole: a drill, a question, a recall."""
        return any(cue.scope == "text" for _, cue, _ in self.live)

    def cancels(self, part: Hit, category: str | None) -> Held | None:
        """The first cue, by name, that takes this word back; None where it stands.

        An outcome is what the whole text is about: only a denial at the word takes it back.
        """
        near_only = category in OUTCOMES
        for held in self.live:
            _, cue, hit = held
            if cue.categories and category not in cue.categories:
                continue
            if near_only and cue.scope not in _NEAR:
                continue
            if self._reaches(cue, hit, part) and not self._ended(cue, hit, part):
                return held
        return None

    def _inside(self, cue: Hit) -> bool:
        """Whether a word that is no cue holds this one: such a cue (没气了) is not meant."""
        start, end = cue.start, cue.end
        for group, found in self._hits.items():
            for hit in found:
                if (
                    hit.start <= start
                    and end <= hit.end
                    and hit.end - hit.start > end - start
                    and not hit.parts
                    and (group[0] != _MARK or group in self._acts)
                ):
                    return True
        return False

    def _silenced(self, cue: Cue, hit: Hit) -> bool:
        return bool(cue.unless) and self._beside(cue.unless, hit)

    def _beside(self, groups: Iterable[str], hit: Hit) -> bool:
        """Whether a word of these groups stands in the clause."""
        clause = self._view.clause(hit.start)
        return any(
            self._view.clause(other.start) == clause
            for group in groups
            for other in self._hits.get(group, ())
        )

    def _reaches(self, cue: Cue, hit: Hit, part: Hit) -> bool:
        view = self._view
        if cue.own and cue.scope in _WIDE and not self._concerns(cue, hit, part):
            return False
        if cue.scope == "text":
            return True
        if cue.scope == "sentence":
            return view.sentence(hit.start) == view.sentence(part.start)
        if view.clause(hit.start) != view.clause(part.start):
            return False
        if cue.scope == "clause":
            return True
        distance = part.start - hit.end if cue.scope == "ahead" else hit.start - part.end
        reach = cue.reach * stretch(view, hit.start)
        return 0 <= distance <= reach

    def _concerns(self, cue: Cue, hit: Hit, part: Hit) -> bool:
        """Whether a cue is about this word: with a topic of its own, only if the word follows it.

        A film and what happens in it stand in one sentence; what was reported before is no film.
        """
        view = self._view
        return not self._beside(cue.own, hit) or (
            view.sentence(hit.start) == view.sentence(part.start)
            and view.clause(hit.start) <= view.clause(part.start)
        )

    def _ended(self, cue: Cue, hit: Hit, part: Hit) -> bool:
        return any(
            hit.end <= other.start <= part.start
            for group in cue.spare_after
            for other in self._hits.get(group, ())
        )


def _worth(folded: str) -> float:
    """The length of a text in Chinese characters, a Latin letter being worth less."""
    latin = sum(map(str.isascii, folded))
    return len(folded) - latin + latin / LATIN_STRETCH
