/** One question to the edge's /internal routes: with the token, bounded in time and size, never through a redirect. Never throws; nothing is read into the answer. */
import { fail, succeed, type Result } from "../../contract/result.ts";

export type EdgeSilence = "token_not_set" | "unreachable" | "timeout" | "refused" | "unreadable";

export interface EdgeFailure {
  reason: EdgeSilence;
  detail: string;
}

export interface EdgeAddress {
  edgeUrl: string;
  edgeToken: string | undefined;
}

const ANSWER_BYTES_MAX = 64 * 1024 * 1024;

/** The JSON that the edge answers `path` with. */
export async function askEdge(
  { edgeUrl, edgeToken }: EdgeAddress,
  path: string,
  timeoutMs: number,
): Promise<Result<unknown, EdgeFailure>> {
  if (edgeToken === undefined) return silent("token_not_set", "EDGE_TOKEN is not set");
  try {
    const response = await fetch(edgeUrl + path, {
      headers: { authorization: `Bearer ${edgeToken}` },
      redirect: "error",
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await readBounded(response);
    if (!response.ok) return silent("refused", `the edge answered ${response.status}`);
    if (text === undefined) return silent("unreadable", `the answer is over ${ANSWER_BYTES_MAX} bytes`);
    return succeed(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) return silent("unreadable", "the answer is not JSON");
    const isTimeout = error instanceof DOMException && error.name === "TimeoutError";
    return isTimeout ? silent("timeout", `no answer within ${timeoutMs} ms`) : silent("unreachable", causeOf(error));
  }
}

const silent = (reason: EdgeSilence, detail: string) => fail({ reason, detail });

async function readBounded(response: Response): Promise<string | undefined> {
  let bytes = 0;
  const parts: Uint8Array[] = [];
  for await (const part of response.body ?? []) {
    bytes += part.byteLength;
    if (bytes > ANSWER_BYTES_MAX) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

/** fetch says "fetch failed" of everything; what failed is the code of its cause. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  const code = (error.cause as { code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : error.message;
}
