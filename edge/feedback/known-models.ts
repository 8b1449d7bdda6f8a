/** The models that are here, by the reference that a receipt has of them. Kept per isolate; asked of KV again when the fleet does. */
import { modelReference } from "../../contract/receipt.ts";
import type { Isolate } from "../isolate.ts";

const references = new Map<string, number>();

/** Undefined when no model is known, which says only that KV has not answered yet. */
export async function knownModels({ fleet }: Pick<Isolate, "fleet">): Promise<ReadonlyMap<number, string> | undefined> {
  const names = await fleet.models();
  if (names.length === 0) return undefined;
  return new Map(names.map((name) => [referenceOf(name), name]));
}

function referenceOf(name: string): number {
  const known = references.get(name);
  if (known !== undefined) return known;
  const made = modelReference(name);
  references.set(name, made);
  return made;
}
