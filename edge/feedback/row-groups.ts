/** The group of each row as a caller gives it, into places in the manifest's list. Pure. */
import { describe } from "../../contract/instances.ts";
import type { ManifestGroups } from "../../contract/manifest.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { RowGroups } from "./receipt-issuer.ts";

export type GroupProblem =
  { reason: "body_invalid"; detail: string } | { reason: "group_unknown"; row: number; got: string; known: string[] };

/** Undefined when none was given. A row whose group is null has none. */
export function rowGroups(
  given: unknown,
  groups: ManifestGroups | undefined,
  rows: number,
): Result<RowGroups | undefined, GroupProblem> {
  if (given === undefined) return succeed(undefined);
  if (!groups) return fail({ reason: "body_invalid", detail: '"groups" is given, and this version has none' });
  if (!Array.isArray(given) || given.length !== rows) {
    const got = Array.isArray(given) ? `${given.length}` : describe(given);
    return fail({ reason: "body_invalid", detail: `"groups" takes one name or null for each of the ${rows} rows, got ${got}` });
  }
  const places: (number | undefined)[] = [];
  for (const [row, name] of (given as unknown[]).entries()) {
    const place = name === null ? undefined : groups.names.indexOf(name as string);
    if (place === -1) return fail({ reason: "group_unknown", row, got: describe(name), known: groups.names });
    places.push(place);
  }
  return succeed(places);
}
