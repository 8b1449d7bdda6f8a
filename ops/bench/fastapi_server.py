"""
The FastAPI peers of the benchmark: what the seed of Edgewise was. `python3 fastapi_server.py PORT lean|usual` serves v2 of the example with XGBoost.

lean: written for speed, rows as they come into one NumPy array and inplace_predict. usual: as tutorials of FastAPI, pandas and XGBoost put it together, a field
per feature, a DataFrame with their names, and a DMatrix.
"""
import os
import sys
from typing import Any, Dict, List, Optional

import numpy as np
import uvicorn
import xgboost
from fastapi import FastAPI
from pydantic import BaseModel, create_model

FEATURES = ["PM10", "SO2", "NO2", "CO", "O3", "TEMP", "PRES", "DEWP", "RAIN", "WSPM", "month", "hour"]
MODEL = os.environ["PM25_XGBOOST_MODEL"]

booster = xgboost.Booster({"nthread": 1})
booster.load_model(MODEL)
app = FastAPI()


def answer(predictions):
    return {"model": "pm25_predictor", "version": "v2", "predictions": [float(value) for value in predictions]}


def lean():
    class Call(BaseModel):
        instances: List[Dict[str, Any]]
        model: str = ""

    @app.post("/predict")
    def predict(call: Call):
        rows = np.array([[row[name] if row[name] is not None else np.nan for name in FEATURES] for row in call.instances], dtype=np.float32)
        return answer(booster.inplace_predict(rows))


def usual():
    import pandas

    Reading = create_model("Reading", **{name: (Optional[float], None) for name in FEATURES})

    class Call(BaseModel):
        instances: List[Reading]
        model: str = ""

    @app.post("/predict")
    def predict(call: Call):
        rows = pandas.DataFrame([dict(reading) for reading in call.instances], columns=FEATURES, dtype="float32")
        return answer(booster.predict(xgboost.DMatrix(rows)))


if __name__ == "__main__":
    {"lean": lean, "usual": usual}[sys.argv[2]]()
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", access_log=False)
