"""Measuring detectors: invented surges on real counts, power and delay at equal numbers of alerts.

Pure functions of counts on a grid of ticks; `watchfloor evaluate` reads files and writes reports.
"""

from __future__ import annotations
