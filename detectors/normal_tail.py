"""A tail probability as standard deviations of the normal law, also far below 1e-300."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["deviations"]

Floats = NDArray[np.float64]

_CENTRE = 0.075
_NEAR, _FAR = 5.0, 27.0
"""Where the pieces meet: a probability, and two values of sqrt(-log p)."""

# Coefficients of Wichura's algorithm AS 241 (PPND16), constant term last.
_CENTRAL = (
    (2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4,
     4.5921953931549871457e4, 1.3731693765509461125e4, 1.9715909503065514427e3,
     1.3314166789178437745e2, 3.3871328727963666080e0),
    (5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4,
     2.1213794301586595867e4, 5.3941960214247511077e3, 6.8718700749205790830e2,
     4.2313330701600911252e1, 1.0),
)  # fmt: skip
_MIDDLE = (
    (7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1,
     1.27045825245236838258e0, 3.64784832476320460504e0, 5.76949722146069140550e0,
     4.63033784615654529590e0, 1.42343711074968357734e0),
    (1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2,
     1.48103976427480074590e-1, 6.89767334985100004550e-1, 1.67638483018380384940e0,
     2.05319162663775882187e0, 1.0),
)  # fmt: skip
_OUTER = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3,
     2.65321895265761230930e-2, 2.96560571828504891230e-1, 1.78482653991729133580e0,
     5.46378491116411436990e0, 6.65790464350110377720e0),
    (2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5,
     7.86869131145613259100e-4, 1.48753612908506148525e-2, 1.36929880922735805310e-1,
     5.99832206555887937690e-1, 1.0),
)  # fmt: skip


def deviations(log_tail: Floats) -> Floats:
    """The z with P(Z > z) = exp(log_tail), for probabilities up to 0.9; finite for finite input.

    Relative error below 1e-9 (Wichura 1988, algorithm AS 241; beyond its range the asymptotic
    series of Mills' ratio).
    """
    root = np.sqrt(-log_tail)
    out = np.empty_like(log_tail)
    tail = np.exp(log_tail)
    centre = tail > _CENTRE
    q = 0.5 - tail[centre]
    out[centre] = q * _ratio(_CENTRAL, 0.180625 - q * q)
    middle = ~centre & (root <= _NEAR)
    out[middle] = _ratio(_MIDDLE, root[middle] - 1.6)
    outer = (root > _NEAR) & (root <= _FAR)
    out[outer] = _ratio(_OUTER, root[outer] - 5.0)
    beyond = root > _FAR
    if beyond.any():
        out[beyond] = _asymptotic(log_tail[beyond])
    return out


def _ratio(coefficients: tuple[tuple[float, ...], tuple[float, ...]], x: Floats) -> Floats:
    upper, lower = (np.full_like(x, row[0]) for row in coefficients)
    for a, b in zip(coefficients[0][1:], coefficients[1][1:], strict=True):
        upper *= x
        upper += a
        lower *= x
        lower += b
    return upper / lower


def _asymptotic(log_tail: Floats) -> Floats:
    """Solve log P = -z^2/2 - log(z sqrt(2 pi)) + log(1 - 1/z^2 + 3/z^4), by fixed point."""
    twice = -2.0 * log_tail - np.log(2.0 * np.pi)
    square = twice
    for _ in range(4):
        inverse = 1.0 / square
        square = twice - np.log(square) + 2.0 * np.log1p(inverse * (3.0 * inverse - 1.0))
    return np.asarray(np.sqrt(square))
