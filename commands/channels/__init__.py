"""`watchfloor channels`: the channels of the rule book, and whether their receivers take alerts."""

from __future__ import annotations
