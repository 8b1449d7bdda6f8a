"""The FastAPI peer of the benchmark: what the seed of Edgewise was. `python3 fastapi_server.py PORT` serves v2 of the example with XGBoost."""
import os
import sys
from typing import Any, Dict, List

import numpy as np
import uvicorn
import xgboost
from fastapi import FastAPI
from pydantic import BaseModel

FEATURES = ["PM10", "SO2", "NO2", "CO", "O3", "TEMP", "PRES", "DEWP", "RAIN", "WSPM", "month", "hour"]
MODEL = os.environ["PM25_XGBOOST_MODEL"]

booster = xgboost.Booster({"nthread": 1})
booster.load_model(MODEL)
app = FastAPI()


class Call(BaseModel):
    instances: List[Dict[str, Any]]
    model: str = ""


@app.post("/predict")
def predict(call: Call):
    rows = np.array([[row[name] if row[name] is not None else np.nan for name in FEATURES] for row in call.instances], dtype=np.float32)
    predictions = booster.inplace_predict(rows)
    return {"model": "pm25_predictor", "version": "v2", "predictions": [float(value) for value in predictions]}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", access_log=False)
