/** The drift routes as functions, a part of the control plane's client. */
import type { z } from "zod";
import { succeed, type Result } from "../../contract/result.ts";
import {
  driftReportAnswer,
  driftReportsAnswer,
  liveReferenceAnswer,
  type DriftOrigin,
  type DriftReportAnswer,
  type DriftReportsAnswer,
  type LiveDriftBody,
  type LiveReferenceAnswer,
  type LiveReferenceBody,
} from "../api/drift-schemas.ts";
import type { CliFailure } from "./failure.ts";
import { callJson, refusalOf, send, type HttpCall } from "./http-call.ts";

type Answer<Value> = Promise<Result<Value, CliFailure>>;

export interface DriftCalls {
  driftLive(model: string, body: LiveDriftBody): Answer<DriftReportAnswer>;
  driftReference(model: string, version: string | undefined): Answer<LiveReferenceAnswer>;
  setDriftReference(model: string, body: LiveReferenceBody): Answer<LiveReferenceAnswer>;
  driftReports(query: {
    model?: string | undefined;
    origin?: DriftOrigin | undefined;
    limit: number;
  }): Answer<DriftReportsAnswer>;
  driftReport(id: number): Answer<DriftReportAnswer>;
  /** The report as a self-contained HTML page. */
  driftReportPage(id: number): Answer<string>;
}

/** The newest windows are fetched from the edge first. */
const LIVE_TIMEOUT_MS = 60_000;

const ofModel = (model: string): string => `/api/models/${encodeURIComponent(model)}/drift`;

/** `to` makes a call of a path, with the caller's token. */
export function driftCalls(to: (path: string, call?: Partial<HttpCall>) => HttpCall): DriftCalls {
  const ask = <Schema extends z.ZodType>(schema: Schema, path: string, call?: Partial<HttpCall>): Answer<z.infer<Schema>> =>
    callJson(schema, to(path, call));
  return {
    driftLive: (model, json) =>
      ask(driftReportAnswer, `${ofModel(model)}/live`, { method: "POST", json, timeoutMs: LIVE_TIMEOUT_MS }),
    driftReference: (model, version) =>
      ask(liveReferenceAnswer, `${ofModel(model)}/reference${version === undefined ? "" : `?version=${version}`}`),
    setDriftReference: (model, json) => ask(liveReferenceAnswer, `${ofModel(model)}/reference`, { method: "POST", json }),
    driftReports({ model, origin, limit }) {
      const query = new URLSearchParams({ limit: String(limit), ...(model && { model }), ...(origin && { origin }) });
      return ask(driftReportsAnswer, `/api/drift/reports?${query.toString()}`);
    },
    driftReport: (id) => ask(driftReportAnswer, `/api/drift/reports/${id}`),
    async driftReportPage(id) {
      const call = to(`/api/drift/reports/${id}/page`);
      const sent = await send(call);
      if (!sent.ok) return sent;
      return sent.value.ok ? succeed(await sent.value.text()) : { ok: false, failure: await refusalOf(sent.value, call) };
    },
  };
}
