/** A request's body, bounded before and while it is read, and unpacked when it came as gzip. No parsing here (json.ts). */
import { REQUEST_BODY_BYTES_MAX } from "../../contract/limits.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";

export type BodyProblem =
  | { reason: "body_too_large"; bytesMax: number }
  | { reason: "body_incomplete" }
  | { reason: "body_encoding_unsupported"; got: string }
  | { reason: "body_encoding_invalid"; encoding: string }
  | { reason: "media_type_unsupported"; got: string }
  | { reason: "charset_unsupported"; got: string };

/** Accepted without complaint; none at all is fine too (many inference clients send none, and curl -d says form-urlencoded). */
const MEDIA_TYPES = new Set([
  "application/json",
  "text/json",
  "text/plain",
  "application/octet-stream",
  "application/x-www-form-urlencoded",
]);

/** The body as text. Bytes that are no UTF-8 become U+FFFD here and are refused by the parser. */
export async function readText(request: Request): Promise<Result<string, BodyProblem>> {
  // `text()` costs workerd about half of `arrayBuffer()` and a decoder, and this is the path of every prediction.
  const { headers } = request;
  const declared = headers.get("content-length");
  const isPlain = declared !== null && Number(declared) <= REQUEST_BODY_BYTES_MAX && !headers.has("content-encoding");
  if (isPlain) {
    const mediaProblem = mediaTypeProblem(headers.get("content-type"));
    return mediaProblem ? fail(mediaProblem) : arriving(request.text());
  }
  const bytes = await readBytes(request);
  return bytes.ok ? succeed(decoder.decode(bytes.value)) : bytes;
}

const decoder = new TextDecoder();

/** The body as bytes. */
export async function readBytes(request: Request): Promise<Result<Uint8Array, BodyProblem>> {
  const { headers } = request;
  const mediaProblem = mediaTypeProblem(headers.get("content-type"));
  if (mediaProblem) return fail(mediaProblem);
  const encoding = headers.get("content-encoding")?.toLowerCase() ?? "identity";
  if (encoding !== "identity" && encoding !== "gzip")
    return fail({ reason: "body_encoding_unsupported", got: encoding.slice(0, 40) });
  const declared = headers.get("content-length");
  if (declared !== null && !(Number(declared) <= REQUEST_BODY_BYTES_MAX)) {
    return fail({ reason: "body_too_large", bytesMax: REQUEST_BODY_BYTES_MAX });
  }
  if (request.body === null) return succeed(new Uint8Array());
  if (encoding === "identity") {
    if (declared !== null) return arriving(request.arrayBuffer().then((buffer) => new Uint8Array(buffer)));
    const read = await arriving(readBounded(request.body));
    return read.ok ? (read.value ?? fail({ reason: "body_too_large", bytesMax: REQUEST_BODY_BYTES_MAX })) : read;
  }
  try {
    const unpacked = await readBounded(request.body.pipeThrough(new DecompressionStream("gzip")));
    return unpacked ?? fail({ reason: "body_too_large", bytesMax: REQUEST_BODY_BYTES_MAX });
  } catch {
    return fail({ reason: "body_encoding_invalid", encoding });
  }
}

/** A client that leaves in the middle of its body is no fault of ours: nobody reads this answer, but it must not count as an error here. */
async function arriving<Body>(body: Promise<Body>): Promise<Result<Body, BodyProblem>> {
  try {
    return succeed(await body);
  } catch {
    return fail({ reason: "body_incomplete" });
  }
}

function mediaTypeProblem(contentType: string | null): BodyProblem | undefined {
  if (contentType === null || contentType === "application/json") return undefined;
  const [mediaType = "", ...parameters] = contentType.toLowerCase().split(";");
  const type = mediaType.trim();
  if (!MEDIA_TYPES.has(type) && !/^application\/[a-z0-9.-]+\+json$/.test(type)) {
    return { reason: "media_type_unsupported", got: type.slice(0, 60) };
  }
  for (const parameter of parameters) {
    const [name, value = ""] = parameter.split("=");
    const charset = value.trim().replaceAll('"', "");
    if (name?.trim() === "charset" && charset !== "utf-8" && charset !== "utf8" && charset !== "us-ascii") {
      return { reason: "charset_unsupported", got: charset.slice(0, 40) };
    }
  }
  return undefined;
}

/** Undefined as soon as the stream passes the limit: a gzip bomb is cut off at its first megabytes, not unpacked. */
async function readBounded(stream: ReadableStream<Uint8Array>): Promise<Result<Uint8Array, never> | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.byteLength;
    if (bytes > REQUEST_BODY_BYTES_MAX) {
      await reader.cancel();
      return undefined;
    }
    chunks.push(value);
  }
  const body = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.byteLength;
  }
  return succeed(body);
}
