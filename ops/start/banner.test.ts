import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { bannerLines, curlLine } from "./banner.ts";
import { exampleInstance } from "./example-line.ts";

it("prints a curl line whose body a shell passes on unchanged", () => {
  const instance = exampleInstance(new URL("../..", import.meta.url).pathname);
  const line = curlLine("http://127.0.0.1:8787", "pm25_predictor", instance);
  const echoed = execFileSync("/bin/sh", ["-c", line.replace(/^curl /, "printf '%s\\n' ")], { encoding: "utf8" })
    .trim()
    .split("\n");
  expect(JSON.parse(echoed.at(-1) as string)).toEqual({ model: "pm25_predictor", instances: [instance] });
});

it("shows where the admin token is, and never a token", () => {
  const secrets = { edgeToken: "secret", edgeEnvFile: "/s/edge.env", adminTokenFile: "/s/admin-token" };
  const text = bannerLines({ edgeUrl: "http://e", controlPlaneUrl: "http://c", secrets, example: undefined }).join("\n");
  expect(text).toContain("/s/admin-token");
  expect(text).not.toContain("secret");
});
