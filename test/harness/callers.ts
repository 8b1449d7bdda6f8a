/**
 * Callers of a running edge who keep a ledger: of every answer its route, status and predictions, as they got it. They can be told to call a model that is
 * not servable (503), and to send their bodies late, so that the Worker's answers are slow.
 */
import { setTimeout as sleep } from "node:timers/promises";

export interface CallersMode {
  /** Share of the requests that go to `unservableModel`. */
  faultShare: number;
  /** How late the second half of a body comes. */
  bodyDelayMs: number;
}

export interface CallersOptions {
  edgeUrl: string;
  model: string;
  unservableModel: string;
  /** A row in /predict's form. */
  rows: readonly (readonly (number | null)[])[];
  callers: number;
  pauseMs: number;
}

export interface Callers {
  mode: CallersMode;
  /** By series, as /metrics names it. */
  ledger: ReadonlyMap<string, number>;
  start(): void;
  /** One request with this many rows of `rows` over and over; answers with the receipts of its predictions. */
  sendBatch(count: number): Promise<string[]>;
  /** One request to any model; answers with the receipts of its predictions. */
  sendRows(model: string, instances: readonly unknown[], groups?: readonly string[]): Promise<string[]>;
  /** Resolves when every request that was begun is answered. */
  stop(): Promise<void>;
}

interface Answer {
  prediction_ids?: string[];
}

export function makeCallers(options: CallersOptions): Callers {
  const ledger = new Map<string, number>();
  const add = (series: string, amount = 1): void => void ledger.set(series, (ledger.get(series) ?? 0) + amount);
  let calling = new AbortController();
  let sent = 0;
  let loops: Promise<void>[] = [];

  async function post(body: string | ReadableStream<Uint8Array>, rows: number, model = options.model): Promise<Answer> {
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${options.edgeUrl}/predict`, { method: "POST", headers, body, duplex: "half" } as RequestInit);
    const answer = (await response.json()) as Answer;
    add(`api_requests_total{endpoint="/predict",method="POST"}`);
    add(`http_requests_total{endpoint="/predict",method="POST",status="${response.status}"}`);
    add("request_latency_seconds_count");
    if (response.ok) {
      add(`predictions_total{model="${model}",version="${response.headers.get("x-model-version")}"}`, rows);
    }
    return answer;
  }

  const instances = (count: number) => Array.from({ length: count }, (_, at) => options.rows[at % options.rows.length]);

  async function call(mode: CallersMode): Promise<void> {
    // Evenly spread, so that the share holds in any short window.
    const number = sent++;
    const isFault = Math.floor((number + 1) * mode.faultShare) > Math.floor(number * mode.faultShare);
    const rows = 1 + (number % 3);
    const text = JSON.stringify({ model: isFault ? options.unservableModel : options.model, instances: instances(rows) });
    await post(mode.bodyDelayMs === 0 ? text : lateBody(text, mode.bodyDelayMs), rows);
  }

  const callers: Callers = {
    mode: { faultShare: 0, bodyDelayMs: 0 },
    ledger,
    start() {
      calling = new AbortController();
      const { signal } = calling;
      loops = Array.from({ length: options.callers }, async () => {
        while (!signal.aborted) {
          await call(callers.mode);
          await sleep(options.pauseMs);
        }
      });
    },
    sendBatch: (count) => callers.sendRows(options.model, instances(count)),
    async sendRows(model, rows, groups) {
      const answer = await post(JSON.stringify({ model, instances: rows, ...(groups && { groups }) }), rows.length, model);
      return answer.prediction_ids ?? [];
    },
    async stop() {
      calling.abort();
      await Promise.all(loops);
    },
  };
  return callers;
}

function lateBody(text: string, delayMs: number): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  const middle = bytes.length >> 1;
  return new ReadableStream({
    async start(controller) {
      controller.enqueue(bytes.subarray(0, middle));
      await sleep(delayMs);
      controller.enqueue(bytes.subarray(middle));
      controller.close();
    },
  });
}
