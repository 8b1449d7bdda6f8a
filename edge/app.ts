/** The Worker's routes. Each handler turns a request into a call of the part that does the work, and its outcome into an answer. */
import { Hono, type Context } from "hono";
import type { Result } from "../contract/result.ts";
import { windowsQuery } from "./drift/windows-query.ts";
import type { Env } from "./env.ts";
import { takeFeedback } from "./feedback/feedback.ts";
import { readCursors, readLedgers } from "./feedback/read-ledgers.ts";
import { health } from "./health/health.ts";
import { answerHeaders, answerJson, answerProblem, requestIdOf } from "./http/answer.ts";
import { checkOperator } from "./http/operator.ts";
import { problemToWire, type Problem } from "./http/problem.ts";
import { makeIsolate, type Isolate } from "./isolate.ts";
import { RequestAccount, type AccountedRoute } from "./metrics/request-account.ts";
import { readShards, readWindows } from "./metrics/read-shards.ts";
import { infer, inferBody } from "./oip/infer.ts";
import { modelMetadata, SERVER_METADATA } from "./oip/metadata.ts";
import { openApiDocument } from "./openapi.ts";
import { predict } from "./predict/predict.ts";
import type { Picked, ServingProblem, WaitUntil } from "./release/fleet.ts";
import { pickVersion } from "./release/pick-version.ts";
import { wasmMemoryBytes } from "./runtime/wasm-memory.ts";

type Handled = Context<{ Bindings: Env }>;

/** What a handler is given: the request's parts, and the one way to refuse it. */
interface Call {
  request: Request;
  isolate: Isolate;
  env: Env;
  waitUntil: WaitUntil;
  requestId: string;
  param: (name: string) => string | undefined;
  json: (value: unknown, picked?: Picked, status?: number) => Response;
  refuse: (problem: Problem, picked?: Picked) => Response;
  /** Tells the account of the request what it predicted. */
  predicted: (picked: Picked, rows: number) => void;
}

type Handler = (call: Call) => Promise<Response>;

let isolate: Isolate | undefined;

const app = new Hono<{ Bindings: Env }>();
const allowedMethods = new Map<string, string[]>();

predictionRoute("/predict", async ({ request, isolate, waitUntil, requestId, refuse, predicted: account }) => {
  const predicted = await predict(request, isolate, waitUntil);
  if (!predicted.ok) return refuse(predicted.failure.problem, predicted.failure.picked);
  const { picked, rows, json } = predicted.value;
  account(picked, rows);
  return answerJson(requestId, json, picked);
});

for (const path of ["/v2/models/:model", "/v2/models/:model/versions/:version"]) {
  predictionRoute(`${path}/infer`, async ({ request, isolate, waitUntil, requestId, param, refuse, predicted }) => {
    const inferred = await infer(request, isolate, waitUntil, param("model") ?? "", param("version"));
    if (!inferred.ok) return refuse(inferred.failure.problem, inferred.failure.picked);
    const { picked, rows, response } = inferred.value;
    predicted(picked, rows);
    const { body, headers } = inferBody(response);
    return new Response(body, { headers: { ...answerHeaders(requestId, "application/json", picked), ...headers } });
  });
  route("GET", path, async (call) => {
    const picked = await picking(call);
    if (!picked.ok) return call.refuse(picked.failure);
    const { model, loaded } = picked.value;
    return call.json(modelMetadata(model, loaded.manifest, call.isolate.fleet.versions(model)), picked.value);
  });
  route("GET", `${path}/ready`, async (call) => {
    const picked = await picking(call);
    if (!picked.ok) return call.refuse(picked.failure);
    return call.json({ name: picked.value.model, ready: true }, picked.value);
  });
}

route("GET", "/v2", async ({ json }) => json(SERVER_METADATA));
route("GET", "/v2/health/live", async ({ json }) => json({ live: true }));
route("GET", "/v2/models", async ({ isolate, json }) => json({ models: await isolate.fleet.models() }));

/** Ready when the model that answers a bare /predict does, or, where several do, any of them. */
route("GET", "/v2/health/ready", async (call) => {
  const problem = await warmUp(call);
  return problem ? call.refuse(problem) : call.json({ ready: true });
});

route("GET", "/health", async (call) => {
  await warmUp(call);
  const report = health(call.isolate, Date.now());
  return call.json(report, undefined, report.model_loaded ? 200 : 503);
});

route("GET", "/openapi.json", async ({ request, json }) => json(openApiDocument(new URL(request.url).origin)));

route("GET", "/internal/metrics", async ({ request, isolate, env, json, refuse }) => {
  const operator = await checkOperator(request, isolate.config.edgeToken);
  if (!operator.ok) return refuse(operator.failure);
  const own = { id: isolate.id, totals: isolate.recorder?.totals() ?? {}, wasm_memory_bytes: wasmMemoryBytes() };
  return json({ shards: await readShards(env, isolate.config), isolate: own });
});

route("POST", "/feedback", async ({ request, isolate, env, json, refuse }) => {
  const taken = await takeFeedback(request, isolate, env);
  return taken.ok ? json(taken.value) : refuse(taken.failure);
});

route("GET", "/internal/quality", async ({ request, isolate, env, json, refuse }) => {
  const operator = await checkOperator(request, isolate.config.edgeToken);
  if (!operator.ok) return refuse(operator.failure);
  const since = readCursors(new URL(request.url).searchParams);
  return since.ok ? json({ ledgers: await readLedgers(env, since.value) }) : refuse(since.failure);
});

route("GET", "/internal/windows", async ({ request, isolate, env, json, refuse }) => {
  const operator = await checkOperator(request, isolate.config.edgeToken);
  if (!operator.ok) return refuse(operator.failure);
  const hours = windowsQuery(new URL(request.url).searchParams);
  if (!hours.ok) return refuse(hours.failure);
  const shards = await readWindows(env, isolate.config, hours.value.fromHour, hours.value.toHour);
  return json({ now: new Date(isolate.clock()).toISOString(), shards });
});

for (const [path, methods] of allowedMethods) {
  app.all(path, (c) =>
    handle(c, { endpoint: path, isPrediction: false }, async ({ request, refuse }) =>
      refuse({ reason: "method_not_allowed", method: request.method, allowed: methods.join(", ") }),
    ),
  );
}
app.notFound((c) =>
  handle(c, { endpoint: "other", isPrediction: false }, async ({ refuse }) =>
    refuse({ reason: "route_unknown", path: c.req.path }),
  ),
);

/** What no handler met: a wrong configuration. */
app.onError((error, c) => {
  const requestId = requestIdOf(c.req.raw);
  logUnhandled(requestId, error);
  return answerProblem(requestId, { reason: "internal" });
});

export { app };

function route(method: "GET" | "POST", path: string, handler: Handler, isPrediction = false): void {
  allowedMethods.set(path, [...(allowedMethods.get(path) ?? []), method]);
  const accounted: AccountedRoute = { endpoint: path, isPrediction };
  app.on(method, path, (c) => handle(c, accounted, handler));
}

function predictionRoute(path: string, handler: Handler): void {
  route("POST", path, handler, true);
}

/** Around every handler, and not a middleware: a single handler spares the hot path Hono's composition. */
async function handle(c: Handled, accounted: AccountedRoute, handler: Handler): Promise<Response> {
  const { env, executionCtx } = c;
  const request = c.req.raw;
  isolate ??= makeIsolate(env, crypto.randomUUID());
  const requestId = requestIdOf(request);
  const arrivedMs = isolate.clock();
  isolate.afterAnswers.arrived(arrivedMs);
  const account = new RequestAccount(isolate, accounted, request, requestId, arrivedMs);
  const waitUntil: WaitUntil = (promise) => executionCtx.waitUntil(promise);
  const refuse: Call["refuse"] = (problem, picked) => {
    account.refused(problemToWire(problem).code, picked);
    return answerProblem(requestId, problem, picked);
  };
  const call: Call = {
    request,
    isolate,
    env,
    requestId,
    waitUntil,
    param: (name) => c.req.param(name),
    json: (value, picked, status) => answerJson(requestId, JSON.stringify(value), picked, status),
    refuse,
    predicted: (picked, rows) => account.predicted(picked, rows),
  };
  const response = await handler(call).catch((error: unknown) => {
    logUnhandled(requestId, error);
    return refuse({ reason: "internal" });
  });
  account.answered(response.status, waitUntil);
  return response;
}

function logUnhandled(requestId: string, error: unknown): void {
  const detail = String(error).slice(0, 500);
  console.error(JSON.stringify({ level: "error", event: "unhandled", request_id: requestId, detail }));
}

async function picking({ request, isolate, waitUntil, param }: Call): Promise<Result<Picked, Problem>> {
  const pick = await pickVersion(request, isolate, waitUntil, param("model"), param("version"));
  return pick.ok ? pick.value() : pick;
}

async function warmUp({ isolate: { fleet }, waitUntil }: Call): Promise<ServingProblem | undefined> {
  const ready = await fleet.ready(undefined, waitUntil);
  if (ready.ok || fleet.lines().length > 0) return undefined;
  if (ready.failure.reason !== "model_not_named") return ready.failure;
  const warmed = await fleet.ready(ready.failure.known[0], waitUntil);
  return warmed.ok ? undefined : warmed.failure;
}
