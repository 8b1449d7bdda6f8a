/** What the middleware leaves for the handlers, by Hono's variables. Type only. */
import type { Logger } from "pino";
import type { Caller } from "../registry/audit.ts";

export interface ApiEnv {
  Variables: {
    requestId: string;
    log: Logger;
    /** Set on /api routes only, once the token and its role have passed. */
    caller: Caller;
  };
}
