/** One HTTP exchange as a Result: an answer of the expected form, or a failure that says which of the many ways it went wrong. */
import { z } from "zod";
import { ERROR_CODES, type ErrorBody, type ErrorCode } from "../../contract/error-codes.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { CliFailure, Peer } from "./failure.ts";

export interface HttpCall {
  peer: Peer;
  url: string;
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  token?: string | undefined;
  /** Sent as JSON. */
  json?: unknown;
  /** JSON that is text already. */
  jsonText?: string;
  body?: { stream: AsyncIterable<Uint8Array>; bytes: number; contentType: string };
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
}

const TIMEOUT_MS_DEFAULT = 30_000;

const errorBody = z.object({
  error: z.string(),
  code: z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]),
  request_id: z.string(),
  details: z.unknown().optional(),
});

/** The response to a call, whatever its status; only a call that got none is a failure. */
export async function send(call: HttpCall): Promise<Result<Response, CliFailure>> {
  const { peer, url, method = "GET", token, json, body, timeoutMs = TIMEOUT_MS_DEFAULT, signal } = call;
  const jsonText = call.jsonText ?? (json === undefined ? undefined : JSON.stringify(json));
  const timeout = AbortSignal.timeout(timeoutMs);
  const headers = new Headers({ accept: "application/json" });
  if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
  if (jsonText !== undefined) headers.set("content-type", "application/json");
  const init: RequestInit & { duplex?: "half" } = {
    method,
    headers,
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  };
  if (jsonText !== undefined) init.body = jsonText;
  if (body) {
    headers.set("content-type", body.contentType);
    // Known beforehand, so that the receiver can refuse a body over its limit before it is sent.
    headers.set("content-length", String(body.bytes));
    init.body = ReadableStream.from(body.stream);
    init.duplex = "half";
  }
  try {
    return succeed(await fetch(url, init));
  } catch (error) {
    if (signal?.aborted) return fail({ reason: "interrupted" });
    return fail({ reason: "unreachable", peer, url, detail: connectionProblem(error, timeoutMs) });
  }
}

/** The answer of a call, checked against `schema`. */
export async function callJson<Schema extends z.ZodType>(
  schema: Schema,
  call: HttpCall,
): Promise<Result<z.infer<Schema>, CliFailure>> {
  const sent = await send(call);
  if (!sent.ok) return sent;
  const response = sent.value;
  if (!response.ok) return fail(await refusalOf(response, call));
  const body = await readJson(response, call);
  if (!body.ok) return body;
  const parsed = schema.safeParse(body.value);
  if (parsed.success) return succeed(parsed.data);
  return fail(unreadable(response, call, z.prettifyError(parsed.error)));
}

/** The failure that a response of status 400 and up stands for. */
export async function refusalOf(response: Response, call: HttpCall): Promise<CliFailure> {
  const body = await readJson(response, call);
  if (!body.ok) return body.failure;
  const parsed = errorBody.safeParse(body.value);
  if (!parsed.success) return unreadable(response, call, "an error without the usual error, code and request_id");
  return { reason: "refused", peer: call.peer, status: response.status, body: parsed.data as ErrorBody };
}

async function readJson(response: Response, call: HttpCall): Promise<Result<unknown, CliFailure>> {
  let text: string;
  try {
    text = await response.text();
  } catch (error) {
    return fail({ reason: "unreachable", peer: call.peer, url: call.url, detail: connectionProblem(error, call.timeoutMs ?? 0) });
  }
  try {
    return succeed(text === "" ? null : JSON.parse(text));
  } catch {
    return fail(unreadable(response, call, `not JSON but ${JSON.stringify(text.slice(0, 80))}`));
  }
}

const unreadable = (response: Response, { peer, url }: HttpCall, detail: string): CliFailure => ({
  reason: "answer_unreadable",
  peer,
  url,
  status: response.status,
  detail,
});

/** fetch hides the reason in `cause`, sometimes one for each address that was tried. */
function connectionProblem(error: unknown, timeoutMs: number): string {
  if (error instanceof Error && error.name === "TimeoutError") return `no answer within ${timeoutMs / 1000} s`;
  const cause = (error as { cause?: unknown }).cause;
  const first = cause instanceof AggregateError ? (cause.errors[0] as unknown) : cause;
  const { code, message } = (first ?? error) as { code?: string; message?: string };
  return code === "ECONNREFUSED" ? "connection refused" : (code ?? message ?? "no connection");
}
