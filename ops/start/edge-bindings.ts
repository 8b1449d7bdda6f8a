/**
 * The ids that wrangler.toml gives the Worker's storage, which the control plane must write to. Reads the few lines it needs; not a TOML
 * parser, and says so when it does not find them.
 */

export interface EdgeBindings {
  kvNamespaceId: string;
  r2Bucket: string;
}

/** From the text of wrangler.toml: the KV namespace bound as RELEASES and the R2 bucket bound as MODELS. */
export function edgeBindings(toml: string): EdgeBindings {
  return {
    kvNamespaceId: valueInTable(toml, "kv_namespaces", "RELEASES", "id"),
    r2Bucket: valueInTable(toml, "r2_buckets", "MODELS", "bucket_name"),
  };
}

function valueInTable(toml: string, table: string, binding: string, key: string): string {
  for (const section of toml.split(/^(?=\[)/m)) {
    if (!section.startsWith(`[[${table}]]`)) continue;
    const values = new Map([...section.matchAll(/^(\w+)\s*=\s*"([^"]*)"/gm)].map(([, name = "", value = ""]) => [name, value]));
    const value = values.get(key);
    if (values.get("binding") === binding && value) return value;
  }
  throw new Error(`wrangler.toml has no [[${table}]] with binding = "${binding}" and a ${key}`);
}
