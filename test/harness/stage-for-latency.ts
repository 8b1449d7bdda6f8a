/** Makes a version of the example line a candidate of which only the latency at the edge is asked: staged, with rows to drive it with, under a policy of its own. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "./run-edgewise.ts";

interface ControlPlane {
  controlPlaneUrl: string;
  adminToken: string;
}

export async function stageForLatency(
  { controlPlaneUrl, adminToken }: ControlPlane,
  model: string,
  version: "v1" | "v2",
): Promise<void> {
  async function send(method: string, path: string, body: FormData | object): Promise<void> {
    const isForm = body instanceof FormData;
    const response = await fetch(`${controlPlaneUrl}/api/models/${model}/${path}`, {
      method,
      headers: { authorization: `Bearer ${adminToken}`, ...(!isForm && { "content-type": "application/json" }) },
      body: isForm ? body : JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    await response.arrayBuffer();
  }
  const { features, instances, predictions } = JSON.parse(
    readFileSync(join(REPOSITORY, "examples/pm25/examples.json"), "utf8"),
  ) as { features: string[]; instances: (number | null)[][]; predictions: Record<"v1" | "v2", number[]> };
  const rows = instances.map((row, at) => [...row.map((cell) => cell ?? ""), predictions[version][at]].join(","));
  const form = new FormData();
  form.set("metadata", JSON.stringify({ format: "csv", spec: { label: "truth" } }));
  form.set("rows", new Blob([[[...features, "truth"].join(","), ...rows, ""].join("\n")]), "rows.csv");
  const off = { level: "off" };
  const policy = { latency: { level: "block", requests: 20 }, quality: off, fairness: off, drift: off };
  await send("POST", `versions/${version}/promote`, { stage: "staging", reason: "a candidate for its latency" });
  await send("POST", "evaluation-sets/few", form);
  await send("PUT", "gate-policy", { policy, reason: "a test" });
}
