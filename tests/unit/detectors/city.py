"""A made-up city of known rates: what a seasonal baseline should find out."""

from __future__ import annotations

import numpy as np

PER_HOUR = 2
WEEK = 168 * PER_HOUR
DAY = 24 * PER_HOUR
START = 96 * PER_HOUR
"""The first tick: the epoch was a Thursday, so hour 96 begins a Monday."""


def week_shape():
    """Busy afternoons, quiet nights, weekends two hours later; mean 1 over 168 hours."""
    hours = np.arange(168)
    peak = np.where(hours >= 120, 18, 16)
    shape = np.exp(0.7 * np.cos(2 * np.pi * (hours - peak) / 24))
    return shape / shape.mean()


def means(weeks: int, rates: np.ndarray):
    """Expected events per tick and area, from Monday 0:00 UTC on."""
    ticks = np.arange(weeks * WEEK)
    shape = week_shape()[ticks // PER_HOUR % 168]
    return shape[:, None] * rates[None, :] / PER_HOUR


def counts(mean: np.ndarray, seed: int):
    return np.random.default_rng(seed).poisson(mean).astype(np.int64)


def sliding(fresh: np.ndarray, window: int):
    padded = np.vstack([np.zeros((window - 1, fresh.shape[1]), dtype=np.int64), fresh])
    return np.lib.stride_tricks.sliding_window_view(padded, window, axis=0).sum(axis=-1)


def observe(detector, fresh, first=START, window=PER_HOUR):
    return detector.observe(first, fresh, sliding(fresh, window))
