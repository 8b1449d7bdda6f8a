/** What the routes are given: the parts that do the work, and what the middleware leaves for the handlers. Types only. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Logger } from "pino";
import type { GateRunTools } from "../gates/run-gates.ts";
import type { DriftTools } from "../drift/run-drift.ts";
import type { Caller } from "../registry/audit.ts";
import type { EdgeView } from "../metrics/edge-counts.ts";
import type { FamilySource } from "../metrics/metrics.ts";
import type { Registry } from "../registry/database.ts";
import type { RegistrationTools } from "../registration/register.ts";
import type { Runner } from "../retraining/runner-control.ts";
import type { ServerPolicy } from "../retraining/server-policy.ts";
import type { ReleaseKey } from "../releases/release-key.ts";
import type { Reconciler } from "../releases/reconciler.ts";
import type { SlaTargets } from "../sla/targets.ts";

export interface ApiEnv {
  Variables: {
    requestId: string;
    log: Logger;
    /** Set on /api routes only, once the token and its role have passed. */
    caller: Caller;
  };
}

export interface AppTools {
  registry: Registry;
  reconciler: Reconciler;
  key: ReleaseKey;
  /** Undefined where the edge may not be read. */
  readEdgeCounts: (() => Promise<EdgeView>) | undefined;
  registration: RegistrationTools;
  gates: GateRunTools;
  notifying: { secretKey: string; isLoopbackAllowed: boolean; wake: () => void };
  /** What the audit log is verified with: every public half that the release key ever had, and how far the log had come. */
  auditKeys: readonly string[];
  auditHeadPath: string;
  publishWaitMs: number;
  incidents: { directory: string; timelineHours: number };
  slaTargets: SlaTargets;
  drift: DriftTools;
  retrainPolicy: ServerPolicy;
  runner: Runner;
  allowedHosts: readonly string[] | undefined;
  /** What /metrics shows. */
  families: FamilySource;
  metricsToken: string | undefined;
  log: Logger;
  now: () => Date;
  newId: () => string;
  randomBytes: (bytes: number) => Uint8Array;
}

export type Api = OpenAPIHono<ApiEnv>;
