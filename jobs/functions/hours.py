"""Judge hours by the published models: how unusual each is, and by what."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
from pyflink.table import DataTypes
from pyflink.table.udf import FunctionContext, ScalarFunction, UserDefinedScalarFunctionWrapper, udf

from contracts.models import UNUSUAL_USE
from contracts.settings import Settings
from detection.errors import BrokenModelError, ModelError
from detection.unusual.judging import energies_of, judged
from detection.unusual.versions import PublishedModels

JUDGED_TYPE = DataTypes.ROW(
    [
        DataTypes.FIELD("score", DataTypes.DOUBLE()),
        DataTypes.FIELD("highest", DataTypes.DOUBLE()),
        DataTypes.FIELD("channel", DataTypes.STRING()),
        DataTypes.FIELD("used_wh", DataTypes.DOUBLE()),
        DataTypes.FIELD("usual_wh", DataTypes.DOUBLE()),
        DataTypes.FIELD("model", DataTypes.STRING()),
        DataTypes.FIELD("has_model", DataTypes.BOOLEAN()),
    ]
)
"""What is said of an hour: null where nobody can say, but for whether there is a model at all."""

_log = logging.getLogger(__name__)


class _JudgeHours(ScalarFunction):  # type: ignore[misc]
    """A broken model must not stop what is live: it is logged, and the one before judges."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def open(self, function_context: FunctionContext) -> None:  # noqa: ARG002
        self.models = PublishedModels(self.folder, _tell)
        self.models.look()
        self.models.wait()

    def is_deterministic(self) -> bool:
        # What is published changes. And Flink calls it once a row, however often it is named.
        return False

    def eval(
        self, meter_id: pd.Series, at_ms: "pd.Series[int]", energies: pd.Series
    ) -> pd.DataFrame:
        hours = judged(
            self.models,
            meter_id.to_list(),
            np.asarray(at_ms, dtype=np.int64),
            energies_of(energies.to_list()),
        )
        return pd.DataFrame(
            {
                "score": hours.said.score.round(3),
                "highest": hours.highest.round(3),
                "channel": hours.channels,
                "used_wh": hours.said.used_wh.round(3),
                "usual_wh": hours.said.usual_wh.round(3),
                "model": hours.said.version,
                "has_model": hours.has_model,
            }
        )


def _tell(error: BrokenModelError | ModelError) -> None:
    _log.error("hours are judged by the model before, if there is one: %s", error)


def judge_hours(settings: Settings) -> UserDefinedScalarFunctionWrapper:
    """SQL function: (meter_id, at_ms, energies) of an hour that is over, the energies as
    `contracts.hours` has them; a row of JUDGED_TYPE, by the models that are published where the
    function runs."""
    folder = (settings.models_dir / UNUSUAL_USE).absolute()
    return udf(_JudgeHours(folder), result_type=JUDGED_TYPE, func_type="pandas")
