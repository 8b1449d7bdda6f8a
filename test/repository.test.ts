/** Tests about the repository itself: import directions, file sizes, bindings, links, and words that do not belong in it. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { describe, expect, it } from "vitest";

const REPOSITORY = join(import.meta.dirname, "..");
const tracked = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: REPOSITORY,
  encoding: "utf8",
})
  .split("\n")
  .filter((path) => path !== "" && existsSync(join(REPOSITORY, path)));
const text = (path: string): string => readFileSync(join(REPOSITORY, path), "utf8");
const isTest = (path: string): boolean => /\.test\.ts$|\.fixture\.ts$|\.case\.ts$|^control-plane\/testing\//.test(path);
const sources = tracked.filter((path) => path.endsWith(".ts"));

/** What each part may import of ours (DESIGN: the parts). Tests may reach further: they put parts together. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  contract: ["contract"],
  edge: ["edge", "contract"],
  "drift-job": ["drift-job", "contract"],
  "control-plane": ["control-plane", "contract", "drift-job"],
};

/** Specifiers of static and dynamic imports and of re-exports. */
const importsOf = (path: string): string[] =>
  [...text(path).matchAll(/^(?:import|export)\s(?:[^;"]*?\sfrom\s)?"([^"]+)"|\bimport\("([^"]+)"\)/gm)].map(
    ([, fixed, dynamic]) => (fixed ?? dynamic) as string,
  );

describe("imports", () => {
  it("run in the allowed directions only", () => {
    const offenders = sources.flatMap((path) => {
      const part = path.split("/")[0] as string;
      const allowed = MAY_IMPORT[part];
      if (!allowed || isTest(path)) return [];
      return importsOf(path)
        .filter((specifier) => specifier.startsWith("."))
        .map((specifier) => normalize(join(dirname(path), specifier)))
        .filter((target) => !allowed.includes(target.split("/")[0] as string))
        .map((target) => `${path} → ${target}`);
    });
    expect(offenders).toEqual([]);
  });

  it("never take onnxruntime-web's default entry, which is not re-entrant", () => {
    const offenders = sources.filter((path) => importsOf(path).includes("onnxruntime-web"));
    expect(offenders).toEqual([]);
  });

  it("keep the contract free of Node and Workers modules", () => {
    const offenders = sources
      .filter((path) => path.startsWith("contract/") && !isTest(path))
      .filter((path) => importsOf(path).some((specifier) => /^(node|cloudflare):/.test(specifier)));
    expect(offenders).toEqual([]);
  });

  it("name only packages that package.json pins to an exact version", () => {
    const { dependencies, devDependencies } = JSON.parse(text("package.json")) as Record<string, Record<string, string>>;
    const pinned = { ...dependencies, ...devDependencies };
    expect(Object.entries(pinned).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
    const unknown = sources.flatMap((path) =>
      importsOf(path)
        .filter((specifier) => !/^(\.|node:|cloudflare:)/.test(specifier))
        .map((specifier) =>
          specifier
            .split("/")
            .slice(0, specifier.startsWith("@") ? 2 : 1)
            .join("/"),
        )
        .filter((name) => !(name in pinned))
        .map((name) => `${path}: ${name}`),
    );
    expect(unknown).toEqual([]);
  });
});

describe("files", () => {
  it("stay within 300 lines", () => {
    const long = sources.filter((path) => text(path).split("\n").length > 300);
    expect(long).toEqual([]);
  });

  it("have no name that says nothing", () => {
    expect(tracked.filter((path) => /(^|\/)(utils?|helpers?|common|manager|misc)(\.|\/|-)/.test(path))).toEqual([]);
  });

  it("say at the top what they are", () => {
    const silent = sources
      .filter((path) => !/\.(test|config|d)\.ts$/.test(path))
      .filter((path) => !/^(#!.*\n)?(\/\*\*|\/\/)/.test(text(path)));
    expect(silent).toEqual([]);
  });

  it("hold no data set, no key and no absolute path of a machine", () => {
    const offenders = tracked
      .filter((path) => !/\.onnx$|package-lock\.json$|repository\.test\.ts$/.test(path))
      .filter((path) => /-----BEGIN [A-Z ]*PRIVATE KEY|\/(work|home|root)\/[a-z]/.test(text(path)));
    expect(offenders).toEqual([]);
    expect(tracked.filter((path) => /PRSA_Data/.test(path))).toEqual([]);
  });
});

describe("wrangler.toml and edge/env.ts", () => {
  it("name the same bindings, variables and secrets", () => {
    const toml = text("wrangler.toml");
    const variables = [...toml.matchAll(/^([A-Z][A-Z0-9_]+) = /gm)].map(([, name]) => name as string);
    const bindings = [...toml.matchAll(/^(?:binding|name) = "([A-Z][A-Z0-9_]+)"/gm)].map(([, name]) => name as string);
    const secrets = [...(/required = \[([^\]]*)\]/.exec(toml)?.[1]?.matchAll(/"([^"]+)"/g) ?? [])].map(
      ([, name]) => name as string,
    );
    const declared = [
      ...(/interface Env \{([^}]*)\}/.exec(text("edge/env.ts"))?.[1]?.matchAll(/^ {2}([A-Z][A-Z0-9_]+):/gm) ?? []),
    ];
    expect([...variables, ...bindings, ...secrets].toSorted()).toEqual(declared.map(([, name]) => name as string).toSorted());
  });
});

describe("documents", () => {
  const documents = tracked.filter((path) => path.endsWith(".md"));

  it("link only to files that exist", () => {
    const broken = documents.flatMap((path) =>
      [...text(path).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
        .map(([, target]) => normalize(join(dirname(path), target as string)))
        .filter((target) => !existsSync(join(REPOSITORY, target)))
        .map((target) => `${path} → ${relative(".", target)}`),
    );
    expect(broken).toEqual([]);
  });

  it("name in README's table only places that exist", () => {
    const places = [...text("README.md").matchAll(/^\|[^|]+\|([^|]+)\|/gm)].flatMap(([, cell]) =>
      [...(cell as string).matchAll(/`([\w./-]+)`/g)].map(([, place]) => place as string),
    );
    expect(places.length).toBeGreaterThan(5);
    expect(places.filter((place) => place.includes("/") && !existsSync(join(REPOSITORY, place)))).toEqual([]);
  });
});
