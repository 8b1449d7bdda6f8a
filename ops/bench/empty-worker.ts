/** The empty Hono Worker of the benchmark: one route that does nothing, and one that reads its body and does nothing with it. */
import { Hono } from "hono";

const app = new Hono();
app.post("/predict", (c) => c.json({ model: "none", version: "v0", predictions: [0] }));
app.post("/read", async (c) => {
  await c.req.text();
  return c.json({ model: "none", version: "v0", predictions: [0] });
});
export default app;
