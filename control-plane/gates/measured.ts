/** A piece of evidence, or the gap where it would be. Apart from the schemas of evidence.ts, which the process that measures has no use for. Pure. */
import type { Gap } from "./evidence.ts";

export type Measured<Value> = { state: "measured"; value: Value } | { state: "missing"; gap: Gap };

export const missing = (gap: Gap): { state: "missing"; gap: Gap } => ({ state: "missing", gap });
