/**
 * The control plane's HTTP API as functions, one for each route that the CLI uses. Paths and methods are here and nowhere else in it;
 * bodies and answers are those of api/schemas.ts.
 */
import type { z } from "zod";
import { succeed, type Result } from "../../contract/result.ts";
import {
  closedAnswer,
  incidentAnswer,
  incidentsAnswer,
  type CloseBody,
  type ClosedAnswer,
  type IncidentAnswer,
  type IncidentsAnswer,
  type IncidentStatus,
} from "../api/incident-schemas.ts";
import {
  evaluationSetAnswer,
  evaluationSetsAnswer,
  gatePolicyAnswer,
  gatesAnswer,
  replayAnswer,
  type EvaluationSetAnswer,
  type EvaluationSetMetadata,
  type EvaluationSetsAnswer,
  type GatePolicyAnswer,
  type GatesAnswer,
  type ReplayAnswer,
} from "../api/gate-schemas.ts";
import {
  auditAnswer,
  historyAnswer,
  modelAnswer,
  modelsAnswer,
  moveAnswer,
  releaseAnswer,
  tokenAnswer,
  tokenCreatedAnswer,
  tokensAnswer,
  versionAnswer,
  versionsAnswer,
  type AuditAnswer,
  type HistoryAnswer,
  type ModelAnswer,
  type ModelsAnswer,
  type MoveAnswer,
  type RegistrationMetadata,
  type ReleaseAnswer,
  type Role,
  type Stage,
  type TokenAnswer,
  type TokenCreatedAnswer,
  type TokensAnswer,
  type VersionAnswer,
  type VersionsAnswer,
} from "../api/schemas.ts";
import { errorModelAnswer, type ErrorModelAnswer, type ErrorModelMetadata } from "../api/error-model-schemas.ts";
import { qualityAnswer, type QualityAnswer } from "../api/quality-schemas.ts";
import {
  releasePolicyAnswer,
  rolloutAnswer,
  shadowAnswer,
  type ReleasePolicyAnswer,
  type ReleasePolicyInput,
  type RolloutAct,
  type RolloutAnswer,
  type RolloutBody,
  type ShadowAnswer,
  type ShadowBody,
} from "../api/rollout-schemas.ts";
import { slaAnswer, type SlaAnswer } from "../api/sla-schemas.ts";
import {
  auditVerifyAnswer,
  webhookAnswer,
  webhookCreatedAnswer,
  webhooksAnswer,
  type AuditVerifyAnswer,
  type WebhookAnswer,
  type WebhookBody,
  type WebhookCreatedAnswer,
  type WebhooksAnswer,
} from "../api/webhook-schemas.ts";
import { driftCalls, type DriftCalls } from "./drift-calls.ts";
import type { CliFailure } from "./failure.ts";
import { callJson, refusalOf, send, type HttpCall } from "./http-call.ts";
import { retrainCalls, type RetrainCalls } from "./retrain/retrain-calls.ts";
import { multipartBody } from "./multipart-body.ts";

/** Registration inspects the model in a child process, which may take its time; a promote waits for its publication. */
const REGISTER_TIMEOUT_MS = 300_000;
const MOVE_TIMEOUT_MS = 60_000;
/** A set is read from end to end when it is added, and scored twice in a run. */
const GATES_TIMEOUT_MS = 660_000;

type Answer<Value> = Promise<Result<Value, CliFailure>>;

export interface Registration {
  model: string;
  artifactPath: string;
  artifactBytes: number;
  metadata: RegistrationMetadata;
  onProgress?: (sentBytes: number) => void;
}

export interface NewEvaluationSet {
  model: string;
  name: string;
  path: string;
  fileBytes: number;
  metadata: EvaluationSetMetadata;
  onProgress?: (sentBytes: number) => void;
}

export interface VersionFilter {
  stage?: Stage | undefined;
  tag?: string | undefined;
  limit?: number | undefined;
  before?: string | undefined;
}

export interface ControlPlaneClient extends DriftCalls, RetrainCalls {
  url: string;
  models(): Answer<ModelsAnswer>;
  model(model: string): Answer<ModelAnswer>;
  versions(model: string, filter: VersionFilter): Answer<VersionsAnswer>;
  version(model: string, version: string): Answer<VersionAnswer>;
  register(registration: Registration): Answer<VersionAnswer>;
  promote(
    model: string,
    version: string,
    body: { stage: Stage; reason: string; expectedGeneration?: number },
  ): Answer<MoveAnswer>;
  rollback(model: string, body: { to?: string; reason: string }): Answer<MoveAnswer>;
  startRollout(model: string, version: string, body: RolloutBody): Answer<RolloutAnswer>;
  rollout(model: string): Answer<RolloutAnswer>;
  actOnRollout(model: string, act: RolloutAct, reason: string): Answer<RolloutAnswer>;
  shadow(model: string): Answer<ShadowAnswer>;
  startShadow(model: string, body: ShadowBody): Answer<ShadowAnswer>;
  stopShadow(model: string, reason: string): Answer<ShadowAnswer>;
  releasePolicy(model: string): Answer<ReleasePolicyAnswer>;
  setReleasePolicy(model: string, policy: ReleasePolicyInput | null, reason: string): Answer<ReleasePolicyAnswer>;
  history(model: string, query: { at?: string | undefined; limit?: number | undefined }): Answer<HistoryAnswer>;
  release(model: string): Answer<ReleaseAnswer>;
  setTag(model: string, version: string, key: string, value: string): Answer<VersionAnswer>;
  deleteTag(model: string, version: string, key: string): Answer<VersionAnswer>;
  /** The artifact as it was stored; the body is a stream. */
  artifact(model: string, version: string): Answer<Response>;
  createToken(body: { name: string; role: Role; expiresAt?: string }): Answer<TokenCreatedAnswer>;
  tokens(): Answer<TokensAnswer>;
  revokeToken(id: string): Answer<TokenAnswer>;
  incidents(query: { status?: IncidentStatus | undefined; limit?: number | undefined }): Answer<IncidentsAnswer>;
  incident(id: number): Answer<IncidentAnswer>;
  noteIncident(id: number, text: string): Answer<IncidentAnswer>;
  closeIncident(id: number, body: CloseBody): Answer<ClosedAnswer>;
  quality(model: string, query: { version?: string | undefined; span?: string | undefined }): Answer<QualityAnswer>;
  addErrorModel(errorModel: NewErrorModelFile): Answer<ErrorModelAnswer>;
  gates(model: string, version: string): Answer<GatesAnswer>;
  runGates(model: string, version: string): Answer<GatesAnswer>;
  signOff(model: string, version: string, body: { evidenceSha256: string; note: string }): Answer<GatesAnswer>;
  gatePolicy(model: string): Answer<GatePolicyAnswer>;
  setGatePolicy(model: string, body: { policy: unknown; reason: string }): Answer<GatePolicyAnswer>;
  replayGates(model: string, policy: unknown): Answer<ReplayAnswer>;
  evaluationSets(model: string): Answer<EvaluationSetsAnswer>;
  addEvaluationSet(set: NewEvaluationSet): Answer<EvaluationSetAnswer>;
  audit(query: { limit: number; before?: number | undefined }): Answer<AuditAnswer>;
  verifyAudit(): Answer<AuditVerifyAnswer>;
  webhooks(): Answer<WebhooksAnswer>;
  addWebhook(body: WebhookBody): Answer<WebhookCreatedAnswer>;
  removeWebhook(id: string): Answer<WebhookAnswer>;
  testWebhook(id: string): Answer<WebhookAnswer>;
  sla(query: { model?: string | undefined; span?: string | undefined }): Answer<SlaAnswer>;
}

export interface NewErrorModelFile {
  model: string;
  version: string;
  path: string;
  fileBytes: number;
  metadata: ErrorModelMetadata;
}

export function controlPlaneClient(url: string, token: string): ControlPlaneClient {
  const to = (path: string, call: Partial<HttpCall> = {}): HttpCall => ({
    peer: "control plane",
    url: url + path,
    token,
    ...call,
  });
  const ask = <Schema extends z.ZodType>(schema: Schema, path: string, call?: Partial<HttpCall>): Answer<z.infer<Schema>> =>
    callJson(schema, to(path, call));
  const move = (path: string, json: unknown): Answer<MoveAnswer> =>
    ask(moveAnswer, path, { method: "POST", json, timeoutMs: MOVE_TIMEOUT_MS });

  return {
    url,
    models: () => ask(modelsAnswer, "/api/models"),
    model: (model) => ask(modelAnswer, modelPath(model)),
    versions: (model, filter) => ask(versionsAnswer, `${modelPath(model)}/versions${queryText({ ...filter })}`),
    version: (model, version) => ask(versionAnswer, versionPath(model, version)),
    register: ({ model, artifactPath, artifactBytes, metadata, onProgress }) =>
      ask(versionAnswer, `${modelPath(model)}/versions`, {
        method: "POST",
        body: multipartBody({ metadata, part: "artifact", path: artifactPath, fileBytes: artifactBytes, onProgress }),
        timeoutMs: REGISTER_TIMEOUT_MS,
      }),
    promote: (model, version, body) => move(`${versionPath(model, version)}/promote`, body),
    rollback: (model, body) => move(`${modelPath(model)}/rollback`, body),
    startRollout: (model, version, json) =>
      ask(rolloutAnswer, `${versionPath(model, version)}/rollout`, { method: "POST", json, timeoutMs: MOVE_TIMEOUT_MS }),
    rollout: (model) => ask(rolloutAnswer, `${modelPath(model)}/rollout`),
    actOnRollout: (model, act, reason) =>
      ask(rolloutAnswer, `${modelPath(model)}/rollout/${act}`, { method: "POST", json: { reason } }),
    shadow: (model) => ask(shadowAnswer, `${modelPath(model)}/shadow`),
    startShadow: (model, json) => ask(shadowAnswer, `${modelPath(model)}/shadow`, { method: "POST", json }),
    stopShadow: (model, reason) => ask(shadowAnswer, `${modelPath(model)}/shadow/stop`, { method: "POST", json: { reason } }),
    releasePolicy: (model) => ask(releasePolicyAnswer, `${modelPath(model)}/release-policy`),
    setReleasePolicy: (model, policy, reason) =>
      ask(releasePolicyAnswer, `${modelPath(model)}/release-policy`, { method: "PUT", json: { policy, reason } }),
    history: (model, query) => ask(historyAnswer, `${modelPath(model)}/history${queryText(query)}`),
    release: (model) => ask(releaseAnswer, `${modelPath(model)}/release`),
    setTag: (model, version, key, value) => ask(versionAnswer, tagPath(model, version, key), { method: "PUT", json: { value } }),
    deleteTag: (model, version, key) => ask(versionAnswer, tagPath(model, version, key), { method: "DELETE" }),
    artifact: async (model, version) => {
      const call = to(`${versionPath(model, version)}/artifact`, { timeoutMs: REGISTER_TIMEOUT_MS });
      const sent = await send(call);
      return !sent.ok || sent.value.ok ? sent : { ok: false, failure: await refusalOf(sent.value, call) };
    },
    createToken: (json) => ask(tokenCreatedAnswer, "/api/tokens", { method: "POST", json }),
    tokens: () => ask(tokensAnswer, "/api/tokens"),
    revokeToken: (id) => ask(tokenAnswer, `/api/tokens/${encodeURIComponent(id)}`, { method: "DELETE" }),
    incidents: (query) => ask(incidentsAnswer, `/api/incidents${queryText(query)}`),
    incident: (id) => ask(incidentAnswer, `/api/incidents/${id}`),
    noteIncident: (id, text) => ask(incidentAnswer, `/api/incidents/${id}/notes`, { method: "POST", json: { text } }),
    closeIncident: (id, json) => ask(closedAnswer, `/api/incidents/${id}/close`, { method: "POST", json }),
    quality: (model, query) => ask(qualityAnswer, `${modelPath(model)}/quality${queryText(query)}`),
    addErrorModel: ({ model, version, path, fileBytes, metadata }) =>
      ask(errorModelAnswer, `${versionPath(model, version)}/error-model`, {
        method: "POST",
        body: multipartBody({ metadata, part: "artifact", path, fileBytes }),
        timeoutMs: REGISTER_TIMEOUT_MS,
      }),
    gates: (model, version) => ask(gatesAnswer, `${versionPath(model, version)}/gates`),
    runGates: (model, version) =>
      ask(gatesAnswer, `${versionPath(model, version)}/gates/run`, { method: "POST", timeoutMs: GATES_TIMEOUT_MS }),
    signOff: (model, version, json) => ask(gatesAnswer, `${versionPath(model, version)}/sign-off`, { method: "POST", json }),
    gatePolicy: (model) => ask(gatePolicyAnswer, `${modelPath(model)}/gate-policy`),
    setGatePolicy: (model, json) => ask(gatePolicyAnswer, `${modelPath(model)}/gate-policy`, { method: "PUT", json }),
    replayGates: (model, policy) => ask(replayAnswer, `${modelPath(model)}/gates/replay`, { method: "POST", json: { policy } }),
    evaluationSets: (model) => ask(evaluationSetsAnswer, `${modelPath(model)}/evaluation-sets`),
    addEvaluationSet: ({ model, name, path, fileBytes, metadata, onProgress }) =>
      ask(evaluationSetAnswer, `${modelPath(model)}/evaluation-sets/${encodeURIComponent(name)}`, {
        method: "POST",
        body: multipartBody({ metadata, part: "rows", path, fileBytes, onProgress }),
        timeoutMs: GATES_TIMEOUT_MS,
      }),
    audit: (query) => ask(auditAnswer, `/api/audit${queryText(query)}`),
    verifyAudit: () => ask(auditVerifyAnswer, "/api/audit/verify", { timeoutMs: MOVE_TIMEOUT_MS }),
    webhooks: () => ask(webhooksAnswer, "/api/webhooks"),
    addWebhook: (json) => ask(webhookCreatedAnswer, "/api/webhooks", { method: "POST", json }),
    removeWebhook: (id) => ask(webhookAnswer, `/api/webhooks/${encodeURIComponent(id)}`, { method: "DELETE" }),
    testWebhook: (id) => ask(webhookAnswer, `/api/webhooks/${encodeURIComponent(id)}/test`, { method: "POST" }),
    ...retrainCalls(ask),
    sla: (query) => ask(slaAnswer, `/api/sla${queryText(query)}`),
    ...driftCalls(to),
  };
}

/** All pages of a model's versions, newest first. */
export async function allVersions(client: ControlPlaneClient, model: string, filter: VersionFilter): Answer<VersionAnswer[]> {
  const versions: VersionAnswer[] = [];
  let before: string | undefined;
  do {
    const page = await client.versions(model, { ...filter, before });
    if (!page.ok) return page;
    versions.push(...page.value.versions);
    before = page.value.next ?? undefined;
  } while (before !== undefined);
  return succeed(versions);
}

const modelPath = (model: string): string => `/api/models/${encodeURIComponent(model)}`;
const versionPath = (model: string, version: string): string => `${modelPath(model)}/versions/${encodeURIComponent(version)}`;
const tagPath = (model: string, version: string, key: string): string =>
  `${versionPath(model, version)}/tags/${encodeURIComponent(key)}`;

function queryText(query: Readonly<Record<string, string | number | undefined>>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value));
  return parameters.size === 0 ? "" : `?${parameters.toString()}`;
}
