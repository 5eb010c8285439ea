"""How odd a count is under a negative binomial law: its mid-p tail as standard deviations."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detectors.normal_tail import deviations

__all__ = ["LEAST_DISPERSION", "at_most", "log_tails", "negbin_score"]

Floats = NDArray[np.float64]

LEAST_DISPERSION = 1e-3
"""Below it the law is Poisson for every count that matters, and its series would be long."""
_LEAST_MEAN = 1e-12
_SUMMED = 48
"""Up to this count the lower tail is summed term by term: most windows of an area hold less."""
_EXACT = 1e-6
"""A tail above it keeps ten digits as 1 minus the other."""
_UNDERFLOW = -600.0
_HALF = float(np.log(0.5))
_STEPS, _STRIDE = 2000, 4
_CONVERGED = 1e-11
_TINY = 1e-300
_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188)
_SHIFT = 8


def negbin_score(counts: NDArray[np.int64], mean: Floats, dispersion: Floats) -> Floats:
    """Standard deviations z with P(X > k) + P(X = k) / 2 = P(Z > z); arrays of one shape.

    X is negative binomial with the mean m and variance m + dispersion m^2. The half of P(X = k)
    (mid-p, Lancaster 1961) keeps the score centred although counts are a lattice. Every cell is
    computed by itself: its value does not depend, even in the last bit, on the others.
    """
    log_tail, upper = log_tails(counts, mean, dispersion)
    score = deviations(log_tail)
    return np.where(upper, score, -score)


def log_tails(
    counts: NDArray[np.int64], mean: Floats, dispersion: Floats
) -> tuple[Floats, NDArray[np.bool_]]:
    """(log of a mid-p tail, whether it is the upper one): always the one that is known well.

    The other is 1 minus it. Relative error of either tail below 1e-9, however small it is.
    """
    shape = counts.shape
    k = counts.ravel()
    phi = np.maximum(dispersion.ravel(), LEAST_DISPERSION)
    odds = phi * np.maximum(mean.ravel(), _LEAST_MEAN)
    log_none = -np.log1p(odds) / phi
    log_tail = log_none + _HALF
    upper = np.zeros(k.size, dtype=np.bool_)
    few = np.flatnonzero((k > 0) & (k <= _SUMMED) & (log_none > _UNDERFLOW))
    below = _summed(k[few], odds[few], phi[few], log_none[few])
    above = 1.0 - below
    upper[few] = above < below
    log_tail[few] = np.log(np.where(above < below, np.maximum(above, _EXACT), below))
    rest = (k > _SUMMED) | ((k > 0) & (log_none <= _UNDERFLOW))
    rest[few[above < _EXACT]] = True
    hard = np.flatnonzero(rest)
    if hard.size:
        found = _by_fraction(k[hard].astype(np.float64), odds[hard], phi[hard], log_none[hard])
        log_tail[hard], upper[hard] = found
    return log_tail.reshape(shape), upper.reshape(shape)


def at_most(counts: NDArray[np.int64], mean: Floats, dispersion: Floats) -> Floats:
    """P(X <= k) of such a count, 0 where k is negative; arrays of one shape."""
    k = np.maximum(counts, 0).astype(np.float64)
    phi = np.maximum(dispersion, LEAST_DISPERSION)
    odds = phi * np.maximum(mean, _LEAST_MEAN)
    log_tail, upper = log_tails(np.maximum(counts, 0), mean, dispersion)
    tail = np.exp(log_tail)
    below = np.where(upper, 1.0 - tail, tail)
    half = 0.5 * np.exp(_log_term(k, odds, phi, -np.log1p(odds) / phi))
    return np.where(counts < 0, 0.0, below + half)


def _summed(k: NDArray[np.int64], odds: Floats, phi: Floats, log_none: Floats) -> Floats:
    """P(X < k) + P(X = k) / 2 by the recurrence of the terms; k from 1 to _SUMMED."""
    order = np.argsort(-k, kind="stable")
    k, x, size = k[order], (odds / (1.0 + odds))[order], (1.0 / phi)[order]
    term = np.exp(log_none)[order]
    total = np.zeros_like(term)
    top = int(k[0]) if k.size else 0
    # In falling order of counts those that still add terms are always the first ones.
    lengths = np.searchsorted(-k, -np.arange(1, top + 1), side="right")
    for j, n in enumerate(lengths.tolist()):
        total[:n] += term[:n]
        term[:n] *= (size[:n] + j) * x[:n] / (j + 1.0)
    total += 0.5 * term
    out = np.empty_like(total)
    out[order] = total
    return out


def _by_fraction(
    k: Floats, odds: Floats, phi: Floats, log_none: Floats
) -> tuple[Floats, NDArray[np.bool_]]:
    """Either tail as P(X = k) times a continued fraction of the incomplete beta function."""
    size = 1.0 / phi
    x = odds / (1.0 + odds)
    log_term = _log_term(k, odds, phi, log_none)
    upper = x < (k + 2.0) / (k + size + 3.0)
    next_term = x * (k + size)
    a = np.where(upper, k + 1.0, size)
    b = np.where(upper, size, k + 1.0)
    fraction = _beta_fraction(a, b, np.where(upper, x, 1.0 / (1.0 + odds)))
    times = next_term * fraction / a
    log_tail = log_term + np.log(np.where(upper, times + 0.5, times - 0.5))
    more = log_tail > _HALF
    log_tail[more] = np.log1p(-np.exp(log_tail[more]))
    return log_tail, upper ^ more


def _log_term(k: Floats, odds: Floats, phi: Floats, log_none: Floats) -> Floats:
    """Log of P(X = k)."""
    size = 1.0 / phi
    ways = _log_gamma(k + size) - _log_gamma(size) - _log_gamma(k + 1.0)
    return np.asarray(ways + k * (np.log(odds) - np.log1p(odds)) + log_none)


def _beta_fraction(a: Floats, b: Floats, x: Floats) -> Floats:
    """The continued fraction of I_x(a, b) for x below its mean (Lentz; DLMF 8.17.22).

    A cell stops at its own convergence, looked at every few steps, so that its value does not
    depend on the company it is computed in.
    """
    result = np.empty_like(x)
    left = np.arange(x.size)
    d = 1.0 / _apart(1.0 - (a + b) * x / (a + 1.0))
    c, h = np.ones_like(x), d.copy()
    for m in range(1, _STEPS + 1):
        ends = a + 2.0 * m
        step = m * (b - m) * x / ((ends - 1.0) * ends)
        d = 1.0 / _apart(1.0 + step * d)
        c = _apart(1.0 + step / c)
        h *= d * c
        step = -(a + m) * (a + b + m) * x / (ends * (ends + 1.0))
        d = 1.0 / _apart(1.0 + step * d)
        c = _apart(1.0 + step / c)
        last = d * c
        h *= last
        if m % _STRIDE:
            continue
        done = np.abs(last - 1.0) < _CONVERGED
        if done.any() or m == _STEPS:
            result[left] = h
            stay = ~done
            left = left[stay]
            a, b, x, c, d, h = (values[stay] for values in (a, b, x, c, d, h))
            if not left.size:
                break
    return result


def _apart(value: Floats) -> Floats:
    """Away from zero, so that nothing is divided by it."""
    return np.where(np.abs(value) < _TINY, _TINY, value)


def _log_gamma(z: Floats) -> Floats:
    """Log of the gamma function for z > 0: Stirling's series, shifted up where z is small."""
    small = z < _SHIFT
    product = np.ones_like(z)
    for i in range(_SHIFT):
        product *= np.where(small, z + i, 1.0)
    z = np.where(small, z + _SHIFT, z)
    inverse = 1.0 / z
    series = np.zeros_like(z)
    for coefficient in reversed(_STIRLING):
        series = series * inverse * inverse + coefficient
    main = (z - 0.5) * np.log(z) - z + 0.5 * np.log(2.0 * np.pi)
    return np.asarray(main + series * inverse - np.log(product))
