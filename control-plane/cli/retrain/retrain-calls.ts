/** The retrain routes as functions: a part of the control plane's client (control-plane-client.ts), which says how a call is made. */
import type { z } from "zod";
import type { Result } from "../../../contract/result.ts";
import {
  configAnswer,
  configsAnswer,
  logAnswer,
  runAnswer,
  runsAnswer,
  triggersAnswer,
  type ConfigAnswer,
  type ConfigsAnswer,
  type LogAnswer,
  type RunAnswer,
  type RunsAnswer,
  type TriggersAnswer,
} from "../../api/retrain-schemas.ts";
import { whyAnswer, type WhyAnswer } from "../../api/why-schema.ts";
import type { CliFailure } from "../failure.ts";
import type { HttpCall } from "../http-call.ts";

type Answer<Value> = Promise<Result<Value, CliFailure>>;
type Ask = <Schema extends z.ZodType>(schema: Schema, path: string, call?: Partial<HttpCall>) => Answer<z.infer<Schema>>;

export interface RetrainCalls {
  retrain(model: string, reason: string): Answer<RunAnswer>;
  retrains(query: { model?: string | undefined; state?: string | undefined; limit?: number | undefined }): Answer<RunsAnswer>;
  retrainRun(id: number): Answer<RunAnswer>;
  retrainLog(id: number, query: { after: number; limit: number }): Answer<LogAnswer>;
  actOnRetrain(id: number, act: "cancel" | "accept" | "dismiss", reason: string): Answer<RunAnswer>;
  /** Whether it is a good configuration is the control plane's to say. */
  configureRetraining(model: string, body: { config: unknown; reason: string }): Answer<ConfigAnswer>;
  retraining(model: string): Answer<ConfigAnswer>;
  retrainingHistory(model: string): Answer<ConfigsAnswer>;
  retrainTriggers(model: string): Answer<TriggersAnswer>;
  why(model: string, version: string): Answer<WhyAnswer>;
}

export function retrainCalls(ask: Ask): RetrainCalls {
  return {
    retrain: (model, reason) => ask(runAnswer, `${modelPath(model)}/retrain`, { method: "POST", json: { reason } }),
    retrains: (query) => ask(runsAnswer, `/api/retrains${queryText(query)}`),
    retrainRun: (id) => ask(runAnswer, `/api/retrains/${id}`),
    retrainLog: (id, query) => ask(logAnswer, `/api/retrains/${id}/log${queryText(query)}`),
    actOnRetrain: (id, act, reason) => ask(runAnswer, `/api/retrains/${id}/${act}`, { method: "POST", json: { reason } }),
    configureRetraining: (model, json) => ask(configAnswer, `${modelPath(model)}/retraining`, { method: "PUT", json }),
    retraining: (model) => ask(configAnswer, `${modelPath(model)}/retraining`),
    retrainingHistory: (model) => ask(configsAnswer, `${modelPath(model)}/retraining/history`),
    retrainTriggers: (model) => ask(triggersAnswer, `${modelPath(model)}/retraining/triggers`),
    why: (model, version) => ask(whyAnswer, `${versionPath(model, version)}/why`),
  };
}

const modelPath = (model: string): string => `/api/models/${encodeURIComponent(model)}`;
const versionPath = (model: string, version: string): string => `${modelPath(model)}/versions/${encodeURIComponent(version)}`;

function queryText(query: Readonly<Record<string, string | number | undefined>>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value));
  return parameters.size === 0 ? "" : `?${parameters.toString()}`;
}
