/**
 * Versions side by side, each in the engine that serves it: those whose manifest names the walk of trees there, all others in one onnxruntime, which is
 * not even started where there is none. For the child process, as probe.ts is.
 */
import type { Manifest } from "../../contract/manifest.ts";
import { fail, succeed, type Result } from "../../contract/result.ts";
import type { InspectionRefusal } from "./inspection.ts";
import { openProbes, type Probe } from "./probe.ts";
import { openTreeProbe } from "./tree-probe.ts";

export interface EngineModel {
  artifact: Uint8Array;
  manifest: Pick<Manifest, "engine" | "inputs" | "outputs">;
}

export interface OpenEngines {
  /** In the order of the models. */
  probes: Probe[];
  /** WASM memory of all of them together. */
  memoryBytes: () => number;
}

export async function openEngines(models: readonly EngineModel[]): Promise<Result<OpenEngines, InspectionRefusal>> {
  const probes = new Map<EngineModel, Probe>();
  const walked = models.filter(({ manifest }) => manifest.engine === "tree_walk");
  for (const model of walked) {
    const opened = await openTreeProbe(model.artifact, model.manifest);
    if (!opened.ok)
      return fail({ reason: "session_rejected", detail: `its trees cannot be walked because ${opened.failure.why}` });
    probes.set(model, opened.value);
  }
  const others = models.filter((model) => !probes.has(model));
  const opened = others.length === 0 ? succeed([]) : await openProbes(others.map(({ artifact }) => artifact));
  if (!opened.ok) return opened;
  for (const [at, model] of others.entries()) probes.set(model, opened.value[at] as Probe);
  // The probes of onnxruntime share one memory.
  const memories = [...walked, ...others.slice(0, 1)];
  return succeed({
    probes: models.map((model) => probes.get(model) as Probe),
    memoryBytes: () => memories.reduce((bytes, model) => bytes + (probes.get(model) as Probe).memoryBytes(), 0),
  });
}
