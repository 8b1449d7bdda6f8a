/** The Worker's routes. Each handler turns a request into a call of the part that does the work, and its outcome into an answer. */
import { Hono, type Context } from "hono";
import type { Env } from "./env.ts";
import { health } from "./health/health.ts";
import { answerHeaders, answerJson, answerProblem, requestIdOf } from "./http/answer.ts";
import { checkOperator } from "./http/operator.ts";
import { problemToWire, type Problem } from "./http/problem.ts";
import { makeIsolate, type Isolate } from "./isolate.ts";
import { readShards } from "./metrics/read-shards.ts";
import { infer, inferBody } from "./oip/infer.ts";
import { modelMetadata, SERVER_METADATA } from "./oip/metadata.ts";
import { openApiDocument } from "./openapi.ts";
import { predict } from "./predict/predict.ts";
import type { Picked, ServingProblem } from "./release/fleet.ts";
import { pickVersion } from "./release/pick-version.ts";
import { wasmMemoryBytes } from "./runtime/ort.ts";

type App = { Bindings: Env; Variables: { requestId: string } };
type Handled = Context<App>;

let isolate: Isolate | undefined;
const isolateOf = (c: Handled): Isolate => (isolate ??= makeIsolate(c.env, crypto.randomUUID()));
const waitUntilOf = (c: Handled) => (promise: Promise<unknown>) => c.executionCtx.waitUntil(promise);

export const app = new Hono<App>();

app.use(async function requestId(c, next) {
  c.set("requestId", requestIdOf(c.req.raw));
  await next();
  // Here rather than in each handler: whatever the request counted, refusals by a refresh included, leaves with it.
  if (isolate?.recorder.isFlushDue(Date.now())) c.executionCtx.waitUntil(isolate.recorder.flush(Date.now(), isolate.sendFlush));
});

app.post("/predict", async (c) => {
  const { recorder } = isolateOf(c);
  const predicted = await predict(c.req.raw, isolateOf(c), waitUntilOf(c));
  if (!predicted.ok) return refuse(c, predicted.failure.problem, predicted.failure.picked);
  const { picked, rows, json } = predicted.value;
  recorder.add("predictions_total", { model: picked.model, version: picked.loaded.version }, rows);
  return answerJson(c.get("requestId"), json, picked);
});

for (const path of ["/v2/models/:model/infer", "/v2/models/:model/versions/:version/infer"] as const) {
  app.post(path, async (c) => {
    const { recorder } = isolateOf(c);
    const inferred = await infer(c.req.raw, isolateOf(c), waitUntilOf(c), c.req.param("model"), versionOf(c));
    if (!inferred.ok) return refuse(c, inferred.failure.problem, inferred.failure.picked);
    const { picked, rows, response } = inferred.value;
    recorder.add("predictions_total", { model: picked.model, version: picked.loaded.version }, rows);
    const { body, headers } = inferBody(response);
    return new Response(body, { headers: { ...answerHeaders(c.get("requestId"), "application/json", picked), ...headers } });
  });
}

for (const path of ["/v2/models/:model", "/v2/models/:model/versions/:version"] as const) {
  app.get(path, async (c) => {
    const picked = await picking(c);
    if (!picked.ok) return refuse(c, picked.failure);
    const { model, loaded } = picked.value;
    const serving = isolateOf(c)
      .fleet.lines()
      .find(([name]) => name === model)?.[1].serving;
    if (!serving) return refuse(c, { reason: "model_not_ready", model, because: "unloaded" });
    return answerJson(c.get("requestId"), JSON.stringify(modelMetadata(model, loaded.manifest, serving)), picked.value);
  });
  app.get(`${path}/ready`, async (c) => {
    const picked = await picking(c);
    if (!picked.ok) return refuse(c, picked.failure);
    return answerJson(c.get("requestId"), JSON.stringify({ name: picked.value.model, ready: true }), picked.value);
  });
}

app.get("/v2", (c) => answerJson(c.get("requestId"), JSON.stringify(SERVER_METADATA)));
app.get("/v2/health/live", (c) => answerJson(c.get("requestId"), '{"live":true}'));
app.get("/v2/models", async (c) => answerJson(c.get("requestId"), JSON.stringify({ models: await isolateOf(c).fleet.models() })));

/** Ready when the model that answers a bare /predict does, or, where several do, any of them. */
app.get("/v2/health/ready", async (c) => {
  const problem = await warmUp(c);
  return problem ? refuse(c, problem) : answerJson(c.get("requestId"), '{"ready":true}');
});

app.get("/health", async (c) => {
  await warmUp(c);
  const report = health(isolateOf(c), Date.now());
  return answerJson(c.get("requestId"), JSON.stringify(report), undefined, report.model_loaded ? 200 : 503);
});

app.get("/openapi.json", (c) => answerJson(c.get("requestId"), JSON.stringify(openApiDocument(new URL(c.req.url).origin))));

app.get("/internal/metrics", async (c) => {
  const { config, recorder, id } = isolateOf(c);
  const operator = await checkOperator(c.req.raw, config.edgeToken);
  if (!operator.ok) return refuse(c, operator.failure);
  const shards = await readShards(c.env, config);
  const own = { id, totals: recorder.totals(), wasm_memory_bytes: wasmMemoryBytes() };
  return answerJson(c.get("requestId"), JSON.stringify({ shards, isolate: own }));
});

app.notFound((c) => {
  const allowed = allowedMethods(c.req.path);
  if (allowed.length === 0) return refuse(c, { reason: "route_unknown", path: c.req.path });
  return refuse(c, { reason: "method_not_allowed", method: c.req.method, allowed: allowed.join(", ") });
});

app.onError((error, c) => {
  console.error(
    JSON.stringify({ level: "error", event: "unhandled", request_id: c.get("requestId"), detail: String(error).slice(0, 500) }),
  );
  return answerProblem(c.get("requestId") ?? crypto.randomUUID(), { reason: "internal" });
});

function refuse(c: Handled, problem: Problem, picked?: Picked): Response {
  isolateOf(c).recorder.add("request_errors_total", { code: problemToWire(problem).code });
  return answerProblem(c.get("requestId"), problem, picked);
}

const versionOf = (c: Handled): string | undefined => c.req.param("version");

async function picking(c: Handled) {
  const pick = await pickVersion(c.req.raw, isolateOf(c), waitUntilOf(c), c.req.param("model"), versionOf(c));
  return pick.ok ? pick.value() : pick;
}

async function warmUp(c: Handled): Promise<ServingProblem | undefined> {
  const { fleet } = isolateOf(c);
  const ready = await fleet.ready(undefined, waitUntilOf(c));
  if (ready.ok || fleet.lines().length > 0) return undefined;
  if (ready.failure.reason !== "model_not_named") return ready.failure;
  const [first] = ready.failure.known;
  const warmed = await fleet.ready(first, waitUntilOf(c));
  return warmed.ok ? undefined : warmed.failure;
}

/** Methods that another handler of this path takes, so that a wrong method gets 405 rather than 404. */
function allowedMethods(path: string): string[] {
  return ["GET", "POST"].filter((method) => app.router.match(method, path)[0].some(([[, route]]) => route.path !== "/*"));
}
