/** The edge's OpenAPI document. Written by hand: its bodies depend on the model, so a schema library would have little to derive. */
import { RECEIPT_CHARACTERS_MAX } from "../contract/receipt.ts";
import { REQUEST_BODY_BYTES_MAX, REQUEST_ELEMENTS_MAX, REQUEST_ROWS_MAX } from "../contract/limits.ts";

const model = { name: "model", in: "path", required: true, schema: { type: "string" } };
const version = { name: "version", in: "path", required: true, schema: { type: "string", pattern: "^v?[1-9][0-9]*$" } };
const time = (name: string) => ({ name, in: "query", required: true, schema: { type: "string", format: "date-time" } });
const bearer = [{ operator: [] }];

const json = (schema: unknown, example?: unknown) => ({
  content: { "application/json": { schema, ...(example === undefined ? {} : { example }) } },
});
const ok = (description: string, schema: unknown = { type: "object" }) => ({
  description,
  headers: {
    "x-request-id": { schema: { type: "string" } },
    "x-model-version": { schema: { type: "string" } },
    "x-release-generation": { schema: { type: "integer" } },
  },
  ...json(schema),
});
const errors = Object.fromEntries(
  [400, 401, 404, 405, 413, 415, 429, 500, 503].map((status) => [String(status), { $ref: "#/components/responses/Error" }]),
);
const get = (summary: string, parameters: unknown[], description: string, extra: object = {}) => ({
  get: { summary, parameters, responses: { 200: ok(description), ...errors }, ...extra },
});
const infer = (parameters: unknown[]) => ({
  post: {
    summary: "Infer (Open Inference Protocol V2)",
    description: "JSON tensors, or JSON followed by raw tensors with Inference-Header-Content-Length; gzip is accepted.",
    parameters,
    requestBody: { required: true, ...json({ $ref: "#/components/schemas/InferRequest" }) },
    responses: { 200: ok("Output tensors"), ...errors },
  },
});

export function openApiDocument(origin: string): object {
  return {
    openapi: "3.1.0",
    info: {
      title: "Edgewise edge",
      version: "0.1.0",
      description: `Limits: ${REQUEST_BODY_BYTES_MAX} body bytes, ${REQUEST_ROWS_MAX} rows, ${REQUEST_ELEMENTS_MAX} elements.`,
    },
    servers: [{ url: origin }],
    paths: {
      "/predict": {
        post: {
          summary: "Predict rows",
          requestBody: {
            required: true,
            ...json({ $ref: "#/components/schemas/PredictRequest" }, { instances: [{ PM10: 200, TEMP: 24.5, "…": null }] }),
          },
          responses: { 200: ok("One prediction per row", { $ref: "#/components/schemas/PredictAnswer" }), ...errors },
        },
      },
      "/feedback": {
        post: {
          summary: "Send the truth of predictions",
          description:
            "One truth, or a list of them. Each receipt counts once, wherever and however often it is sent. In a list each item has its own outcome; a single truth that is refused is an error (receipt_refused), unless it was only counted before.",
          requestBody: {
            required: true,
            ...json(
              {
                oneOf: [{ $ref: "#/components/schemas/Truth" }, { type: "array", items: { $ref: "#/components/schemas/Truth" } }],
              },
              { prediction_id: "AQ…", actual: 41.5 },
            ),
          },
          responses: { 200: ok("What became of each", { $ref: "#/components/schemas/FeedbackAnswer" }), ...errors },
        },
      },
      "/health": get("Whether this isolate can answer, and which releases it serves", [], "Serving"),
      "/v2": get("Server metadata", [], "Name, version and extensions"),
      "/v2/health/live": get("Liveness", [], "Live"),
      "/v2/health/ready": get("Readiness", [], "Ready"),
      "/v2/models": get("Models", [], "Names of models that have a release"),
      "/v2/models/{model}": get("Model metadata", [model], "Inputs and outputs"),
      "/v2/models/{model}/versions/{version}": get("Version metadata", [model, version], "Inputs and outputs"),
      "/v2/models/{model}/ready": get("Model readiness", [model], "Ready"),
      "/v2/models/{model}/versions/{version}/ready": get("Version readiness", [model, version], "Ready"),
      "/v2/models/{model}/infer": infer([model]),
      "/v2/models/{model}/versions/{version}/infer": infer([model, version]),
      "/internal/metrics": get("Cumulative counters of every metrics shard", [], "Shards", { security: bearer }),
      "/internal/quality": get(
        "Scored predictions of every quality ledger, by hour",
        [
          {
            name: "since",
            in: "query",
            schema: { type: "string" },
            description: "{ledger}:{epoch}:{revision}, several separated by commas",
          },
        ],
        "Ledgers",
        { security: bearer },
      ),
      "/internal/windows": get("Drift windows of every metrics shard, by hour", [time("from"), time("to")], "Shards", {
        security: bearer,
      }),
    },
    components: {
      securitySchemes: { operator: { type: "http", scheme: "bearer" } },
      responses: { Error: { description: "Error", ...json({ $ref: "#/components/schemas/Error" }) } },
      schemas: {
        PredictRequest: {
          type: "object",
          required: ["instances"],
          additionalProperties: false,
          properties: {
            model: { type: "string", description: "May be left out where there is a default or only one model." },
            version: { type: "string", description: "A version in the release; a staged one with the operator's token." },
            instances: {
              type: "array",
              minItems: 1,
              maxItems: REQUEST_ROWS_MAX,
              items: { oneOf: [{ type: "object" }, { type: "array" }] },
              description: "Objects by feature name, or arrays in the manifest's order; null where a missing value is allowed.",
            },
            groups: {
              type: "array",
              items: { type: ["string", "null"] },
              description: "For fairness: the group of each row, of those that the version names; no input of the model.",
            },
            prediction_ids: { type: "boolean", default: true, description: "false: an answer without receipts." },
          },
        },
        PredictAnswer: {
          type: "object",
          required: ["model", "version", "predictions"],
          properties: {
            model: { type: "string" },
            version: { type: "string" },
            predictions: { type: "array", items: {} },
            prediction_ids: {
              type: "array",
              items: { type: "string", maxLength: RECEIPT_CHARACTERS_MAX },
              description:
                "A receipt for each prediction, to be sent to /feedback with its truth; absent where the model's output cannot be scored.",
            },
          },
        },
        Truth: {
          type: "object",
          required: ["prediction_id", "actual"],
          additionalProperties: false,
          properties: {
            prediction_id: { type: "string", maxLength: RECEIPT_CHARACTERS_MAX },
            actual: {
              oneOf: [{ type: "number" }, { type: "string" }, { type: "boolean" }],
              description: "The number that was predicted, or the name of the true class.",
            },
          },
        },
        FeedbackAnswer: {
          type: "object",
          required: ["received", "counted", "outcomes", "refused"],
          properties: {
            received: { type: "integer" },
            counted: { type: "integer" },
            outcomes: { type: "object", additionalProperties: { type: "integer" } },
            refused: {
              type: "array",
              items: {
                type: "object",
                required: ["index", "outcome", "error"],
                properties: {
                  index: { type: "integer" },
                  outcome: {
                    enum: ["repeated", "expired", "late", "forged", "foreign", "malformed", "actual_invalid", "unavailable"],
                  },
                  error: { type: "string" },
                },
              },
            },
          },
        },
        InferRequest: {
          type: "object",
          required: ["inputs"],
          properties: {
            id: { type: "string" },
            parameters: {
              type: "object",
              properties: {
                prediction_ids: { type: "boolean", description: "true: an output prediction_ids with a receipt a row." },
                groups: { type: "array", items: { type: ["string", "null"] } },
              },
            },
            inputs: { type: "array", items: { $ref: "#/components/schemas/Tensor" } },
            outputs: { type: "array", items: { type: "object", required: ["name"], properties: { name: { type: "string" } } } },
          },
        },
        Tensor: {
          type: "object",
          required: ["name", "shape", "datatype"],
          properties: {
            name: { type: "string" },
            shape: { type: "array", items: { type: "integer" } },
            datatype: { type: "string" },
            parameters: { type: "object" },
            data: { type: "array", items: {} },
          },
        },
        Error: {
          type: "object",
          required: ["error", "code", "request_id"],
          properties: { error: { type: "string" }, code: { type: "string" }, request_id: { type: "string" } },
        },
      },
    },
  };
}
