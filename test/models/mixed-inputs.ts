/**
 * A regressor with several named inputs, as a scikit-learn ColumnTransformer exports: two text columns (one-hot, ordinal) and two
 * numbers, each an input of shape [rows, 1], joined into one linear head.
 */
import { attribute, integers, mlNode, node, port, writeModel } from "./onnx-writer.ts";
import { weights } from "./weights.ts";

export const STATIONS = ["Aotizhongxin", "Changping", "Dingling"] as const;
export const WINDS = ["N", "E", "S", "W"] as const;

export function mixedInputsModel(): Uint8Array {
  const columns = STATIONS.length + 3;
  return writeModel({
    inputs: [
      port("station", "BYTES", ["batch", 1]),
      port("wind", "BYTES", ["batch", 1]),
      port("temperature", "FP32", ["batch", 1]),
      port("pressure", "FP32", ["batch", 1]),
    ],
    outputs: [port("pm25", "FP32", ["batch", 1])],
    initializers: [integers("station_shape", [-1, STATIONS.length])],
    nodes: [
      mlNode(
        "OneHotEncoder",
        ["station"],
        ["station_cube"],
        [attribute.texts("cats_strings", STATIONS), attribute.int("zeros", 1)],
      ),
      node("Reshape", ["station_cube", "station_shape"], ["station_columns"]),
      mlNode(
        "LabelEncoder",
        ["wind"],
        ["wind_column"],
        [
          attribute.texts("keys_strings", WINDS),
          attribute.floats(
            "values_floats",
            WINDS.map((_, index) => index),
          ),
          attribute.float("default_float", -1),
        ],
      ),
      node("Concat", ["station_columns", "wind_column", "temperature", "pressure"], ["columns"], {
        attributes: [attribute.int("axis", 1)],
      }),
      mlNode(
        "LinearRegressor",
        ["columns"],
        ["pm25"],
        [
          attribute.floats("coefficients", weights(11, columns)),
          attribute.floats("intercepts", [42]),
          attribute.int("targets", 1),
        ],
      ),
    ],
  });
}
