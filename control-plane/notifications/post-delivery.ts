/**
 * Posts one delivery. The address is checked where the connection is made, on what the name resolved to then: a name that answers otherwise the next
 * time gains nothing. Redirects are not followed.
 */
import { lookup } from "node:dns";
import { request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { fail, succeed, type Result } from "../../contract/result.ts";
import { mayDeliverTo, mayDeliverToAll } from "./public-address.ts";

export interface Delivery {
  url: string;
  headers: Record<string, string>;
  body: string;
  isLoopbackAllowed: boolean;
}

/** `isFinal`: trying again would not help. */
export interface DeliveryFailure {
  sentence: string;
  isFinal: boolean;
  retryAfterMs: number | null;
}

const TIMEOUT_MS = 10_000;
/** Worth another try; the other statuses say that this very delivery is not wanted. */
const RETRIED_STATUSES = new Set([408, 425, 429, 500, 502, 503, 504]);

export async function postDelivery({ url, headers, body, isLoopbackAllowed }: Delivery): Promise<Result<void, DeliveryFailure>> {
  const problem = urlProblem(url, isLoopbackAllowed);
  if (problem !== undefined) return fail({ sentence: problem, isFinal: true, retryAfterMs: null });
  const target = new URL(url);
  const options: RequestOptions = {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
      "user-agent": "edgewise",
      ...headers,
    },
    lookup: guardedLookup(isLoopbackAllowed),
    signal: AbortSignal.timeout(TIMEOUT_MS),
    // A connection that was checked is used once.
    agent: false,
  };
  try {
    const { status, retryAfter } = await post(target, options, body);
    if (status >= 200 && status < 300) return succeed(undefined);
    if (status >= 300 && status < 400)
      return fail({ sentence: `it answered ${status}: redirects are not followed`, isFinal: true, retryAfterMs: null });
    return fail({
      sentence: `it answered ${status}`,
      isFinal: !RETRIED_STATUSES.has(status),
      retryAfterMs: retryAfterMsOf(retryAfter),
    });
  } catch (error) {
    const { code, name, message } = error as NodeJS.ErrnoException;
    const sentence =
      name === "TimeoutError" || name === "AbortError" ? `no answer within ${TIMEOUT_MS / 1000} s` : (code ?? message);
    return fail({ sentence, isFinal: code === "EFORBIDDEN", retryAfterMs: null });
  }
}

/** What is wrong with a webhook's URL before any name is resolved; undefined: nothing. */
export function urlProblem(url: string, isLoopbackAllowed: boolean): string | undefined {
  if (!URL.canParse(url)) return "it is no URL";
  const { protocol, hostname, username, password } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, "");
  const isLoopback = host === "localhost" || (isIP(host) !== 0 && mayDeliverTo(host, true) && !mayDeliverTo(host, false));
  if (username !== "" || password !== "") return "a webhook's URL carries no name and password";
  if (protocol !== "https:" && !(protocol === "http:" && isLoopback && isLoopbackAllowed))
    return "a webhook's URL begins with https://";
  // A literal address is never looked up, so it is checked here.
  if (isIP(host) !== 0 && !mayDeliverTo(host, isLoopbackAllowed)) return `${host} is not an address on the public internet`;
  return undefined;
}

function guardedLookup(isLoopbackAllowed: boolean): LookupFunction {
  return function lookupPublic(hostname, options, callback) {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      const resolved = addresses.map(({ address }) => address);
      if (!mayDeliverToAll(resolved, isLoopbackAllowed)) {
        const refusal: NodeJS.ErrnoException = new Error(`${hostname} resolves to an address that is not on the public internet`);
        refusal.code = "EFORBIDDEN";
        return callback(refusal, []);
      }
      if (options.all) return callback(null, addresses);
      const [first] = addresses;
      callback(null, first?.address ?? "", first?.family);
    });
  };
}

function post(url: URL, options: RequestOptions, body: string): Promise<{ status: number; retryAfter: string | undefined }> {
  return new Promise((resolve, reject) => {
    const respond = (response: IncomingMessage): void => {
      // What it says is not read: only that it answered.
      response.destroy();
      resolve({ status: response.statusCode ?? 0, retryAfter: response.headers["retry-after"] });
    };
    const request = url.protocol === "https:" ? httpsRequest(url, options, respond) : httpRequest(url, options, respond);
    request.on("error", reject);
    request.end(body);
  });
}

function retryAfterMsOf(text: string | undefined): number | null {
  const seconds = /^\d{1,6}$/.test(text?.trim() ?? "") ? Number(text) : Number.NaN;
  return Number.isFinite(seconds) ? Math.min(seconds * 1000, 3_600_000) : null;
}
