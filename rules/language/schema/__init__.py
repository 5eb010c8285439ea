"""The kinds of rule files: `KINDS` says which there are, each by the type of a whole file."""

from __future__ import annotations

from rules.language.schema.areas import AreasFile
from rules.language.schema.calendar import CalendarFile
from rules.language.schema.channels import ChannelsFile
from rules.language.schema.coverage import CoverageFile, CoverageRule
from rules.language.schema.heat import HeatFile, HeatRule
from rules.language.schema.keyword import KeywordFile, KeywordRule
from rules.language.schema.process import ProcessFile, ProcessRule

__all__ = ["KINDS", "RULE_KINDS", "File", "Rule"]

Rule = KeywordRule | HeatRule | CoverageRule | ProcessRule
File = KeywordFile | HeatFile | CoverageFile | ProcessFile | AreasFile | CalendarFile | ChannelsFile

RULE_KINDS: dict[str, type[Rule]] = {
    "keyword": KeywordRule,
    "heat": HeatRule,
    "coverage": CoverageRule,
    "process": ProcessRule,
}
"""Kinds whose files hold rules, and the type of one."""
KINDS: dict[str, type[File]] = {
    "keyword": KeywordFile,
    "heat": HeatFile,
    "coverage": CoverageFile,
    "process": ProcessFile,
    "areas": AreasFile,
    "calendar": CalendarFile,
    "channels": ChannelsFile,
}
"""Every kind. A new one is a struct in a file of its own here, and a line here."""
