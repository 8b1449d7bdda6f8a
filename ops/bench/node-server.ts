/** The Node peer of the benchmark: `node node-server.ts PORT` serves v2 of the example with onnxruntime-node behind Hono. */
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { join } from "node:path";
import { InferenceSession, Tensor, type TypedTensor } from "onnxruntime-node";

const FEATURES = ["PM10", "SO2", "NO2", "CO", "O3", "TEMP", "PRES", "DEWP", "RAIN", "WSPM", "month", "hour"];
const session = await InferenceSession.create(join(import.meta.dirname, "../../examples/pm25/pm25-v2.onnx"), {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
});
const app = new Hono();

app.post("/predict", async (c) => {
  const { instances = [] } = (await c.req.json()) as { instances?: (Record<string, number | null> | (number | null)[])[] };
  const data = new Float32Array(instances.length * FEATURES.length);
  instances.forEach((row, index) => {
    FEATURES.forEach((name, column) => {
      data[index * FEATURES.length + column] = (Array.isArray(row) ? row[column] : row[name]) ?? NaN;
    });
  });
  if (instances.length === 0) return c.json({ error: "no instances" }, 400);
  const outputs = await session.run({ features: new Tensor("float32", data, [instances.length, FEATURES.length]) });
  return c.json({ model: "pm25_predictor", version: "v2", predictions: [...(outputs["pm25"] as TypedTensor<"float32">).data] });
});

serve({ fetch: app.fetch, hostname: "127.0.0.1", port: Number(process.argv[2]) });
