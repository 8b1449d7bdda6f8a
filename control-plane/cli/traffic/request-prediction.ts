/** One reading to the edge, and what came back, for the tally. Never tries again: a failed request is what traffic is there to see. */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { z } from "zod";
import { CALLER_KEY_HEADER } from "../../../contract/names.ts";
import type { RequestEnd } from "./tally.ts";
import type { Answered } from "./truth.ts";

const REQUEST_TIMEOUT_MS = 30_000;

const predictAnswer = z.object({ predictions: z.array(z.unknown()), prediction_ids: z.array(z.string()).optional() });
const errorBody = z.object({ code: z.string() });

export interface RequestedPrediction {
  end: Omit<RequestEnd, "latencyMs">;
  /** With `wantsReceipts`, where there is one. */
  answered?: Answered;
}

export interface PredictionRequester {
  /** `caller` is whom the edge takes it from when it splits callers between versions. */
  request(row: unknown, caller: string): Promise<RequestedPrediction>;
  close(): void;
}

/** Plain node:http with kept connections: half the processor time of fetch, which the edge beside it needs. */
export function predictionRequester(edgeUrl: string, model: string, wantsReceipts: boolean): PredictionRequester {
  const url = new URL(`${edgeUrl}/predict`);
  const isSecure = url.protocol === "https:";
  const agent = isSecure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const start = isSecure ? httpsRequest : httpRequest;
  return {
    request: (row, caller) =>
      new Promise((resolve) => {
        const body = Buffer.from(JSON.stringify({ model, instances: [row], prediction_ids: wantsReceipts }));
        const headers = { "content-type": "application/json", "content-length": body.byteLength, [CALLER_KEY_HEADER]: caller };
        const sending = start(url, { method: "POST", agent, headers, timeout: REQUEST_TIMEOUT_MS }, (response) => {
          void readEnd(response, wantsReceipts).then(resolve);
        });
        sending.on("timeout", () => sending.destroy(Object.assign(new Error("no answer in time"), { code: "timed_out" })));
        sending.on("error", (error: NodeJS.ErrnoException) => resolve({ end: unanswered(error) }));
        sending.end(body);
      }),
    close: () => agent.destroy(),
  };
}

async function readEnd(response: IncomingMessage, wantsReceipts: boolean): Promise<RequestedPrediction> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response) chunks.push(chunk as Buffer);
  } catch (error) {
    return { end: unanswered(error as NodeJS.ErrnoException) };
  }
  const { statusCode: status = 0, headers } = response;
  const body = (): string => Buffer.concat(chunks).toString();
  const end = {
    status,
    version: textOf(headers["x-model-version"]),
    generation: textOf(headers["x-release-generation"]),
    errorCode: status === 200 ? null : errorCodeOf(body(), status),
  };
  const answered = wantsReceipts && status === 200 ? answeredOf(body()) : undefined;
  return answered ? { end, answered } : { end };
}

/** Undefined where the edge gives no receipts, or the model's output cannot be scored. */
function answeredOf(body: string): Answered | undefined {
  const answer = predictAnswer.safeParse(JSON.parse(body));
  const [prediction] = answer.data?.predictions ?? [];
  const [receipt] = answer.data?.prediction_ids ?? [];
  return receipt === undefined ? undefined : { prediction, receipt };
}

function errorCodeOf(body: string, status: number): string {
  try {
    return errorBody.parse(JSON.parse(body)).code;
  } catch {
    // A proxy's own page, not the edge's envelope.
    return `http_${status}`;
  }
}

const unanswered = ({ code }: NodeJS.ErrnoException): Omit<RequestEnd, "latencyMs"> => ({
  status: null,
  version: null,
  generation: null,
  errorCode: code ?? "no_answer",
});

const textOf = (header: string | string[] | undefined): string | null => (typeof header === "string" ? header : null);
