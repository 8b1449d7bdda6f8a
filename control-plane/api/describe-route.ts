/** What the routes' descriptions for /openapi.json have in common. No behaviour. */
import { z } from "@hono/zod-openapi";
import { ERROR_CODES, type ErrorCode } from "../../contract/error-codes.ts";
import { errorAnswer } from "./schemas.ts";

export const jsonContent = <Schema extends z.ZodType>(schema: Schema) => ({ "application/json": { schema } });

export const jsonRequest = <Schema extends z.ZodType>(schema: Schema) => ({ required: true, content: jsonContent(schema) });

export const BEARER = [{ bearer: [] }];

/** Error answers by status, each with its codes; those that any /api route may give are added. */
export function errorAnswers(...codes: ErrorCode[]) {
  const all: ErrorCode[] = [...codes, "token_missing", "token_invalid", "role_insufficient", "registry_unavailable"];
  const statuses = [...new Set(all.map((code) => ERROR_CODES[code]))];
  return Object.fromEntries(
    statuses.map((status) => {
      const description = all.filter((code) => ERROR_CODES[code] === status).join(", ");
      return [status, { description, content: jsonContent(errorAnswer) }];
    }),
  );
}
