"""A small invented city as files: calls of known rates, with places, repeats, faults and gaps."""

from __future__ import annotations

import csv
import gzip
from datetime import UTC, datetime, timedelta

import numpy as np

START = datetime(2024, 1, 1, tzinfo=UTC)
RATES = (0.05, 0.2, 0.4, 0.8, 1.5)


def calls(days=84, seed=1, rates=RATES):
    """(moment, area, category, lat, lon), in order of time: Poisson, busier in the afternoon."""
    rng = np.random.default_rng(seed)
    hours = np.arange(days * 24)
    shape = np.exp(0.6 * np.cos(2 * np.pi * (hours - 16) / 24))
    shape /= shape.mean()
    found = []
    for number, rate in enumerate(rates):
        counts = rng.poisson(rate * shape)
        at = np.repeat(hours, counts) + rng.random(counts.sum())
        for hour in at:
            moment = START + timedelta(seconds=round(float(hour) * 3600))
            lat, lon = 40 + rng.random() / 4, -75 + rng.random() / 4
            category = ("EMS: FALL", "Fire: ALARM")[int(rng.integers(2))]
            found.append((moment, f"A{number}", category, lat, lon))
    return sorted(found)


def write_csv(path, rows, header=("ts", "area", "category", "lat", "lon")):
    with gzip.open(path, "wt") if path.suffix == ".gz" else path.open("w") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for moment, *cells in rows:
            ts = moment.strftime("%Y-%m-%dT%H:%M:%S") if hasattr(moment, "strftime") else moment
            writer.writerow([ts, *cells][: len(header)])
    return path
