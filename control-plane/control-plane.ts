/** Puts the control plane together from its configuration: registry, release key, storage, reconciler, API. Listens on nothing. */
import { randomBytes, randomUUID } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "pino";
import type { Api } from "./api/api-env.ts";
import { createApp } from "./api/app.ts";
import { openAuditedRegistry } from "./audit/open-audited-registry.ts";
import { restStorage } from "./cloudflare/rest-storage.ts";
import type { Config } from "./config.ts";
import { openSetFiles } from "./evaluation/set-files.ts";
import type { GateRunTools } from "./gates/run-gates.ts";
import { windowCollector } from "./drift/collect-windows.ts";
import { driftFamilies } from "./drift/drift-families.ts";
import { turnRunner } from "./drift/run-turns.ts";
import { incidentFamilies } from "./incidents/incident-families.ts";
import { edgeCounts } from "./metrics/edge-counts.ts";
import { edgeScrape } from "./metrics/edge-scrape.ts";
import { metricFamilies } from "./metrics/metrics.ts";
import { processFamilies } from "./metrics/process-families.ts";
import { startDeliverer, type Deliverer } from "./notifications/deliverer.ts";
import { openArtifactFiles } from "./registration/artifact-files.ts";
import type { InspectArtifact, RegistrationTools } from "./registration/register.ts";
import { startCollector } from "./quality/collect-quality.ts";
import { countedTotals, edgeLedgers } from "./quality/edge-quality.ts";
import { qualityFamilies } from "./quality/quality-families.ts";
import { createSecretFile } from "./secret-file.ts";
import { findVersionRow } from "./registry/versions.ts";
import { retrainFamilies } from "./retraining/retrain-families.ts";
import { startRetraining, type Retraining } from "./retraining/start-retraining.ts";
import { startReconciler } from "./releases/reconciler.ts";
import { releaseKeyOfBase64, releaseKeyOfFile, type ReleaseKey } from "./releases/release-key.ts";
import { repeat } from "./repeating.ts";
import { startController } from "./rollouts/controller.ts";
import { SerialQueue } from "./serial-queue.ts";
import { edgeSample } from "./sla/edge-sample.ts";
import { slaFamilies } from "./sla/sla-families.ts";
import { startSampler } from "./sla/sampler.ts";
import { ensureAdminToken } from "./tokens/first-token.ts";

const now = (): Date => new Date();
/** Live quality is by the hour; this is how soon a truth shows. */
const COLLECT_EVERY_MS = 10_000;
/** The SLA's looks at the edge, as often as Prometheus's. */
const SAMPLE_EVERY_MS = 5000;
/** Collects drift windows, and sees whether a turn of the drift schedule is due. */
const DRIFT_LOOK_EVERY_MS = 60_000;

export interface ControlPlane {
  app: Api;
  key: ReleaseKey;
  registration: RegistrationTools;
  retraining: Retraining;
  /** Where the admin token is, when this start wrote one. */
  adminTokenPath: string | undefined;
  /** Ends the reconciler's current step and the queued writes, then closes the registry. */
  close(): Promise<void>;
}

export async function startControlPlane(config: Config, inspect: InspectArtifact, log: Logger): Promise<ControlPlane> {
  const { directory, artifactBytesMax } = config;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const key =
    config.releasePrivateKey === undefined
      ? releaseKeyOfFile(join(directory, "release-key.pem"))
      : releaseKeyOfBase64(config.releasePrivateKey);
  const auditHeadPath = join(directory, "audit-head.json");
  const webhookKeyPath = join(directory, "webhook-key");
  createSecretFile(webhookKeyPath, () => randomBytes(32).toString("base64url"));
  let deliverer: Deliverer | undefined;
  const notifying = {
    secretKey: readFileSync(webhookKeyPath, "utf8").trim(),
    isLoopbackAllowed: config.isWebhookLoopbackAllowed,
    wake: (): void => deliverer?.wake(),
  };
  const registry = await openAuditedRegistry(config.registry, {
    key,
    headPath: auditHeadPath,
    newId: randomUUID,
    onNotifications: notifying.wake,
  });
  deliverer = startDeliverer({ registry, ...notifying, now, random: Math.random, log });
  const files = openArtifactFiles(directory);
  const adminTokenPath = join(directory, "admin-token");
  const isTokenWritten = await ensureAdminToken(registry, adminTokenPath, now(), randomBytes);
  const storage = restStorage(config.storage);
  const reconciler = startReconciler({
    registry,
    tools: {
      storage,
      key,
      artifactPath: (sha256) => files.artifactPath(sha256),
      async manifestJson(model, version) {
        const row = await registry.read((db) => findVersionRow(db, model, version));
        if (!row.ok) throw new Error(`a release names ${model} ${version}, which is not in the registry`);
        return row.value.manifestJson;
      },
    },
    now,
    random: Math.random,
    log,
  });
  const registration: RegistrationTools = {
    registry,
    files,
    key,
    inspect,
    inspections: new SerialQueue(),
    artifactBytesMax,
    now,
  };
  const gates: GateRunTools = {
    registry,
    key,
    artifactBytesMax,
    files,
    setFiles: openSetFiles(directory),
    evaluations: new SerialQueue(),
    edge: config.edge,
    now,
    monotonicMs: () => performance.now(),
  };
  const retraining = startRetraining({
    config,
    registration,
    storage,
    evaluations: gates.evaluations,
    onRegistered: () => reconciler.wake(),
    now,
    log,
  });
  const lookAtEdge = edgeScrape({ edgeUrl: config.edge.url, edgeToken: config.edge.token, now });
  const readEdgeCounts = edgeCounts({ lookAtEdge, statePath: join(directory, "edge-counts.json"), log });
  // Without its token the edge tells nothing, and there is nothing to store.
  const sampler =
    config.edge.token === undefined
      ? undefined
      : startSampler({ registry, scrape: async () => edgeSample(await readEdgeCounts()), everyMs: SAMPLE_EVERY_MS, now, log });
  const collector =
    config.edge.token === undefined
      ? undefined
      : startCollector({
          registry,
          readLedgers: edgeLedgers(config.edge.url, config.edge.token),
          readCounted: async () => countedTotals(await readEdgeCounts()),
          everyMs: COLLECT_EVERY_MS,
          now,
          log,
        });
  const readCounts = config.edge.token === undefined ? undefined : readEdgeCounts;
  const drift = {
    registry,
    collect: windowCollector({ registry, edge: { edgeUrl: config.edge.url, edgeToken: config.edge.token }, now }),
    rule: config.drift.rule,
    now,
  };
  const controller = startController({
    registry,
    gateTools: gates,
    collectWindows: config.edge.token === undefined ? undefined : () => drift.collect(),
    timelineHours: config.incidents.timelineHours,
    readEdgeCounts: readCounts,
    wake: () => reconciler.wake(),
    everyMs: config.rolloutAnalysisMs,
    now,
    log,
  });
  const driftLoop =
    config.edge.token === undefined
      ? undefined
      : repeat(turnRunner({ ...drift, schedule: config.drift.schedule, log }), {
          everyMs: DRIFT_LOOK_EVERY_MS,
          onFailure: (error) => log.error({ error: String(error) }, "the drift schedule failed unexpectedly"),
        });
  const app = createApp({
    readEdgeCounts: readCounts,
    registry,
    drift,
    reconciler,
    key,
    registration,
    gates,
    notifying,
    auditKeys: [key.publicKey, ...config.auditPublicKeys],
    auditHeadPath,
    publishWaitMs: config.publishWaitMs,
    incidents: config.incidents,
    slaTargets: config.slaTargets,
    retrainPolicy: config.retraining.policy,
    runner: retraining.runner,
    allowedHosts: config.listen.allowedHosts,
    families: metricFamilies({
      registry,
      readEdgeCounts,
      sources: [
        processFamilies(),
        incidentFamilies(registry),
        retrainFamilies(registry),
        slaFamilies({ registry, targets: config.slaTargets, now }),
        qualityFamilies({ registry, now }),
        driftFamilies(registry, config.drift.schedule),
      ],
      log,
    }),
    metricsToken: config.metricsToken,
    log,
    now,
    newId: randomUUID,
    randomBytes,
  });
  return {
    app,
    key,
    registration,
    retraining,
    adminTokenPath: isTokenWritten ? adminTokenPath : undefined,
    async close() {
      await controller.stop();
      await retraining.stop();
      await sampler?.stop();
      await collector?.stop();
      await deliverer.stop();
      await driftLoop?.stop();
      await reconciler.stop();
      await registry.close();
    },
  };
}
