/** For tests: versions in staging, registered in this process with an inspection that takes anything, for a server that is started later. */
import { readConfig } from "../config.ts";
import { startControlPlane } from "../control-plane.ts";
import { createLog } from "../log.ts";
import { registerVersion } from "../registration/register.ts";
import { inspectAnything } from "./test-control-plane.ts";

/** Registers one version per content. */
export async function seedStagedVersions(variables: Record<string, string>, model: string, contents: string[]): Promise<void> {
  const config = readConfig(variables, false);
  if (!config.ok) throw new Error(config.failure.problems.join("; "));
  const log = createLog({ level: "silent", format: "json" }, process.stderr);
  const controlPlane = await startControlPlane(config.value, inspectAnything, log);
  for (const content of contents) {
    const form = new FormData();
    form.set("metadata", JSON.stringify({ stage: "staging" }));
    form.set("artifact", new Blob([content]), "model.onnx");
    const request = new Request("http://localhost", { method: "POST", body: form });
    const source = { contentType: request.headers.get("content-type") ?? undefined, body: request.body };
    const caller = { actor: { tokenId: "seed", name: "seed" }, requestId: "seed" };
    const registered = await registerVersion(controlPlane.registration, caller, model, source);
    if (!registered.ok) throw new Error(registered.failure.reason);
  }
  await controlPlane.close();
}
