/** Checks the JSON body of a request before any schema sees it: its type, size, syntax and depth, each with an answer of its own. */
import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";
import { ADMIN_BODY_BYTES_MAX, REQUEST_JSON_DEPTH_MAX } from "../../contract/limits.ts";
import type { ApiEnv } from "./api-env.ts";
import { AnswerError } from "./envelope.ts";

/** On every path but `isUpload`'s, which streams and counts for itself. */
export function limitBody(isUpload: (c: Context<ApiEnv>) => boolean) {
  const limit = bodyLimit({
    maxSize: ADMIN_BODY_BYTES_MAX,
    onError: () => {
      throw new AnswerError({ code: "body_too_large", sentence: `the body is over the limit of ${ADMIN_BODY_BYTES_MAX} bytes` });
    },
  });
  return createMiddleware<ApiEnv>(async function limitBody(c, next) {
    return isUpload(c) ? next() : limit(c, next);
  });
}

export const jsonBody = createMiddleware<ApiEnv>(async function jsonBody(c, next) {
  const contentType = c.req.header("content-type") ?? "";
  if (!/^application\/json\s*(;|$)/i.test(contentType)) {
    throw new AnswerError({ code: "media_type_unsupported", sentence: "the body must be application/json" });
  }
  const text = await c.req.text();
  if (jsonDepth(text) > REQUEST_JSON_DEPTH_MAX) {
    throw new AnswerError({ code: "json_too_deep", sentence: `the body is nested deeper than ${REQUEST_JSON_DEPTH_MAX}` });
  }
  try {
    JSON.parse(text);
  } catch (error) {
    throw new AnswerError({ code: "body_not_json", sentence: `the body is not JSON: ${(error as Error).message}` });
  }
  await next();
});

/** Deepest nesting of arrays and objects in a JSON text, right or wrong; brackets within strings do not count. */
export function jsonDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (isInString) {
      if (char === "\\") at++;
      else if (char === '"') isInString = false;
    } else if (char === '"') isInString = true;
    else if (char === "[" || char === "{") deepest = Math.max(deepest, ++depth);
    else if (char === "]" || char === "}") depth--;
  }
  return deepest;
}
