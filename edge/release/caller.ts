/** What a request says of its caller, as far as a canary is split by it. Reads only; the split itself is split.ts. */
import { CALLER_KEY_HEADER } from "../../contract/names.ts";
import type { Caller } from "./split.ts";

/** Set by the platform, which overwrites what a caller sends. */
const ADDRESS_HEADER = "cf-connecting-ip";

export function callerOf(request: Request): Caller {
  const { country, regionCode } = (request.cf ?? {}) as { country?: string; regionCode?: string };
  return {
    key: request.headers.get(CALLER_KEY_HEADER) || request.headers.get(ADDRESS_HEADER) || undefined,
    country,
    region: country !== undefined && regionCode !== undefined ? `${country}-${regionCode}` : undefined,
  };
}
