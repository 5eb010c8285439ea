"""Online statistics: numbers in, verdicts out; imports nothing of ours. The union is the registry.

To add a detector: a file with its parameter struct (tagged by `model`) and its class, its name in
`DetectorConfig`, a test with known answers. The conformance suite and the YAML grammar pick it up.
"""

from __future__ import annotations

from detectors.base import Detector, Verdicts
from detectors.e_detector import EDetector
from detectors.fixed import Fixed
from detectors.river_deviation import RiverGaussian, RiverSad
from detectors.river_predictive import RiverPredictive
from detectors.river_trees import RiverHalfSpaceTrees
from detectors.rolling import RollingMean
from detectors.seasonal import SeasonalCount

__all__ = [
    "Detector",
    "DetectorConfig",
    "EDetector",
    "Fixed",
    "RiverGaussian",
    "RiverHalfSpaceTrees",
    "RiverPredictive",
    "RiverSad",
    "RollingMean",
    "SeasonalCount",
    "Verdicts",
]

DetectorConfig = (
    Fixed
    | RollingMean
    | SeasonalCount
    | EDetector
    | RiverGaussian
    | RiverSad
    | RiverPredictive
    | RiverHalfSpaceTrees
)
"""`baseline:` of a heat rule; `model:` picks the member. Those of river need the extra `learn`."""
