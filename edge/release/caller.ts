/** What a request says of its caller, as far as a canary is split by it. Reads only; the split itself is split.ts. */
import type { Caller } from "./split.ts";

/** A caller that has several addresses, or shares one, names itself here. */
const KEY_HEADER = "x-edgewise-key";
/** Set by the platform, which overwrites what a caller sends. */
const ADDRESS_HEADER = "cf-connecting-ip";

export function callerOf(request: Request): Caller {
  const { country, regionCode } = (request.cf ?? {}) as { country?: string; regionCode?: string };
  return {
    key: request.headers.get(KEY_HEADER) || request.headers.get(ADDRESS_HEADER) || undefined,
    country,
    region: country !== undefined && regionCode !== undefined ? `${country}-${regionCode}` : undefined,
  };
}
