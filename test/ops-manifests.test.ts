/** The Kubernetes and compose files: they parse, kustomize renders them, and they hold what the control plane needs. No cluster and no container engine is asked. */
import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";

const OPS = join(import.meta.dirname, "../ops");
const read = (path: string): string => readFileSync(join(OPS, path), "utf8");
const files = globSync("kubernetes/*.yaml", { cwd: OPS });
// oxlint-disable-next-line typescript/no-explicit-any -- parsed YAML, whose shape these tests are about
const manifest = (name: string): any => parse(read(`kubernetes/${name}.yaml`));

/** The variables that the control plane reads. */
const variables = [...read("../control-plane/config.ts").matchAll(/^ {2}([A-Z][A-Z0-9_]+):/gm)].map(([, name]) => name);

describe("Kubernetes manifests", () => {
  it.each(files)("%s is one object of a known kind", (file) => {
    expect(parse(read(file))).toMatchObject({ apiVersion: expect.any(String), kind: expect.any(String) });
  });

  it("are all in the kustomization, but for the template of the Secret", () => {
    const listed = (manifest("kustomization").resources as string[]).map((name) => `kubernetes/${name}`);
    const left = files.filter((file) => !listed.includes(file)).toSorted();
    expect(left).toEqual(["kubernetes/kustomization.yaml", "kubernetes/secret.example.yaml"]);
  });

  it.skipIf(spawnSync("kubectl", ["version", "--client"]).status !== 0)(
    "are rendered by kustomize, each once (skipped without kubectl)",
    () => {
      const { status, stdout, stderr } = spawnSync("kubectl", ["kustomize", join(OPS, "kubernetes")], { encoding: "utf8" });
      expect(stderr).toBe("");
      expect(status).toBe(0);
      const rendered = parseAllDocuments(stdout).map((document) => (document.toJS() as { kind: string }).kind);
      const listed = (manifest("kustomization").resources as string[]).map(
        (name) => (parse(read(`kubernetes/${name}`)) as { kind: string }).kind,
      );
      expect(rendered.toSorted()).toEqual(listed.toSorted());
    },
  );

  it("are in one namespace", () => {
    const names = ["configuration", "secret.example", "volume", "deployment", "service", "network-policy"];
    expect(new Set(names.map((name) => manifest(name).metadata.namespace))).toEqual(
      new Set([manifest("namespace").metadata.name]),
    );
  });

  it("run one pod at a time", () => {
    expect(manifest("deployment").spec).toMatchObject({ replicas: 1, strategy: { type: "Recreate" } });
    expect(manifest("volume").spec.accessModes).toEqual(["ReadWriteOncePod"]);
  });

  it("probe liveness every 30 s for 10 s without dependencies, readiness every 5 s for 5 s", () => {
    const [container] = manifest("deployment").spec.template.spec.containers;
    expect(container.livenessProbe).toMatchObject({ httpGet: { path: "/livez" }, periodSeconds: 30, timeoutSeconds: 10 });
    expect(container.readinessProbe).toMatchObject({ httpGet: { path: "/readyz" }, periodSeconds: 5, timeoutSeconds: 5 });
  });

  it("run as nobody special, with nothing but the volumes to write to", () => {
    const pod = manifest("deployment").spec.template.spec;
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 1000,
      seccompProfile: { type: "RuntimeDefault" },
    });
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(pod.containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    const mounted = pod.containers[0].volumeMounts.map(({ name }: { name: string }) => name);
    expect(mounted).toEqual(pod.volumes.map(({ name }: { name: string }) => name));
  });

  it("select the pod that the Deployment makes", () => {
    const { labels } = manifest("deployment").spec.template.metadata;
    const selectors = [
      manifest("deployment").spec.selector.matchLabels,
      manifest("service").spec.selector,
      manifest("network-policy").spec.podSelector.matchLabels,
    ];
    for (const selector of selectors) expect(labels).toMatchObject(selector);
  });

  it("set only variables that the control plane reads", () => {
    const set = [...Object.keys(manifest("configuration").data), ...Object.keys(manifest("secret.example").stringData)];
    expect(set.filter((name) => !variables.includes(name))).toEqual([]);
  });
});

describe("compose.yaml", () => {
  const compose = parse(read("compose.yaml"));
  const services = Object.entries(compose.services) as [string, Record<string, never>][];

  it("has the control plane and its monitoring", () => {
    expect(services.map(([name]) => name)).toEqual([
      "control-plane",
      "prometheus",
      "alertmanager",
      "grafana",
      "loki",
      "collector",
    ]);
  });

  it.each(services)("%s has a pinned image, is watched and comes back", (name, service) => {
    expect(service["image"]).toMatch(name === "control-plane" ? /:local$/ : /:v?\d+\.\d+\.\d+$/);
    expect(service["restart"]).toBe("unless-stopped");
    // The control plane's check is in its image.
    expect("healthcheck" in service || read("container/Dockerfile").includes("HEALTHCHECK")).toBe(true);
    if (name !== "control-plane") expect(service).toHaveProperty("healthcheck.test");
  });

  it("mounts configuration that is here, and names volumes and secrets that are declared", () => {
    const mounts = services.flatMap(([, service]) => (service["volumes"] as string[] | undefined) ?? []);
    const sources = mounts.map((mount) => mount.split(":")[0] as string);
    const missing = sources.filter((source) => source.startsWith("./") && !existsSync(join(OPS, source)));
    expect(missing).toEqual([]);
    const named = sources.filter((source) => !/^[./]/.test(source)).toSorted();
    expect(named).toEqual(Object.keys(compose.volumes).toSorted());
    const secrets = services.flatMap(([, service]) => (service["secrets"] as string[] | undefined) ?? []).toSorted();
    expect(secrets).toEqual(Object.keys(compose.secrets).toSorted());
  });

  it("mounts each secret where Alertmanager's file looks for it", () => {
    const wanted = [...read("alertmanager/alertmanager.yml").matchAll(/_file: \/run\/secrets\/(\S+)/g)].map(
      ([, name]) => name as string,
    );
    expect(wanted.toSorted()).toEqual((compose.services.alertmanager.secrets as string[]).toSorted());
  });

  it("sets only variables that the control plane reads", () => {
    const set = Object.keys(compose.services["control-plane"].environment);
    expect(set.filter((name) => !variables.includes(name))).toEqual([]);
  });
});
