/**
 * The edge's log: one JSON line per request, by level and sampled. It takes the route's pattern and what the answer was, never a body, a query
 * string or a header but the request id, so that no input and no secret can get into it. Writes where it is told to.
 */

export const LOG_LEVELS = ["error", "warn", "info", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface RequestLine {
  method: string;
  /** The route's pattern, e.g. `/v2/models/:model/infer`. */
  path: string;
  status: number;
  duration_ms: number;
  request_id: string;
  colo: string;
  code?: string;
  model?: string;
  version?: string;
  generation?: number;
}

export interface RequestLogOptions {
  level: LogLevel;
  /** Share of requests without an error that get a line, 0 to 1; errors always do. */
  sampleRate: number;
  random: () => number;
  write: (level: Exclude<LogLevel, "silent">, line: string) => void;
}

export class RequestLog {
  readonly #options: RequestLogOptions;

  constructor(options: RequestLogOptions) {
    this.#options = options;
  }

  /** Whether a request with this status could get a line at all: asked before anything is put together for one. */
  isWanted(status: number): boolean {
    const { level, sampleRate } = this.#options;
    const own = levelOf(status);
    return level !== "silent" && SEVERITY[own] >= SEVERITY[level] && (own !== "info" || sampleRate > 0);
  }

  write(line: RequestLine): void {
    if (!this.isWanted(line.status)) return;
    const level = levelOf(line.status);
    const { sampleRate, random, write } = this.#options;
    if (level === "info" && !(random() < sampleRate)) return;
    write(level, JSON.stringify({ level, event: "request", ...line }));
  }
}

const SEVERITY = { info: 0, warn: 1, error: 2 } as const;

/** Our fault, the caller's, or none. */
const levelOf = (status: number): keyof typeof SEVERITY => (status >= 500 ? "error" : status >= 400 ? "warn" : "info");
