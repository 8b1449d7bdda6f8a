/** The metadata part of an upload, checked against its schema. Pure. */
import type { z } from "zod";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { UploadFailure } from "../failure.ts";

export function parseMetadata<Schema extends z.ZodType>(text: string, schema: Schema): Result<z.infer<Schema>, UploadFailure> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return fail({ reason: "metadata_not_json", detail: (error as Error).message });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return succeed(parsed.data);
  const issues = parsed.error.issues.map(({ path, message }) => ({ path: path.join("."), message }));
  return fail({ reason: "metadata_invalid", issues });
}
