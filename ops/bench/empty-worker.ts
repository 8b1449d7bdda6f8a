/** The empty Hono Worker of the benchmark. Does nothing on purpose. */
import { Hono } from "hono";

const app = new Hono();
app.post("/predict", (c) => c.json({ model: "none", version: "v0", predictions: [0] }));
export default app;
