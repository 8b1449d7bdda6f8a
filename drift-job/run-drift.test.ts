/** The job on real files in a temporary directory: every format, bad input, memory in passes, threads, and URLs that must not be fetched. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { driftReport, type DriftReport } from "../contract/drift-report.ts";
import { DRIFT_RULE_DEFAULT } from "../contract/drift-rule.ts";
import type { Result } from "../contract/result.ts";
import { describeInputFailure, type InputFailure } from "./input/input-failure.ts";
import { delimited, jsonLines, makeRows, parquet, parquetWithShortColumn, writeFormats, type Row } from "./rows.fixture.ts";
import { runDrift, type DriftRequest } from "./run-drift.ts";

let directory: string;
let reference: Record<string, string>;
let current: Record<string, string>;
const now = new Date("2026-11-25T06:00:00Z");

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "drift-run-"));
  reference = await writeFormats(directory, "reference", makeRows(1500, 11));
  current = await writeFormats(directory, "current", makeRows(1100, 77, 0.3));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const columns = { features: [], categorical: [], excluded: [], prediction: undefined, truth: undefined };
function run(from: string[], to: string[], more: Partial<DriftRequest> = {}): Promise<Result<DriftReport, InputFailure>> {
  const request = {
    reference: from,
    current: to,
    columns,
    rule: DRIFT_RULE_DEFAULT,
    download: { allowsPrivate: false },
    memoryBytes: 2 ** 30,
    ...more,
  };
  return runDrift(request, now, { total: () => undefined, read: () => undefined });
}
async function report(from: string[], to: string[], more: Partial<DriftRequest> = {}): Promise<DriftReport> {
  const result = await run(from, to, more);
  if (!result.ok) throw new Error(describeInputFailure(result.failure));
  return result.value;
}
async function failure(from: string[], to: string[], more: Partial<DriftRequest> = {}): Promise<string> {
  const result = await run(from, to, more);
  return result.ok ? `no failure: ${result.value.verdict}` : describeInputFailure(result.failure);
}
const file = async (name: string, content: string | Uint8Array): Promise<string> => {
  const path = join(directory, name);
  await writeFile(path, content);
  return path;
};

describe("runDrift", () => {
  it("finds what was shifted and only that, in the published form", async () => {
    const found = await report([reference["csv"] as string], [current["csv"] as string], {
      columns: { ...columns, prediction: "prediction", truth: "truth" },
    });
    expect(driftReport.parse(JSON.parse(JSON.stringify(found)))).toEqual(found);
    expect(found).toMatchObject({ timestamp: "2026-11-25T06:00:00.000Z", reference_size: 1500, current_size: 1100 });
    expect(found.features["smooth"]).toMatchObject({
      ks_test: { drift_detected: true, direction: "up" },
      psi: { drift_level: "significant", drift_detected: true },
      drift_detected: true,
    });
    expect(
      Object.entries(found.features).map(([name, { role, kind, drift_detected: isDrifted }]) => [name, role, kind, isDrifted]),
    ).toEqual([
      ["smooth", "feature", "numeric", true],
      ["coarse", "feature", "numeric", false],
      ["wind", "feature", "categorical", false],
      ["prediction", "prediction", "numeric", false],
      ["absolute_error", "error", "numeric", false],
    ]);
    expect(found.verdict).toBe(
      "1 of 5 features drifted: smooth. That is less than the 50 % from which the data set counts as drifted.",
    );
  });

  it("says the same of the same rows in every format, in several files, and in any order of columns", async () => {
    const csv = await report([reference["csv"] as string], [current["csv"] as string]);
    const reversed = await file(
      "reversed.csv",
      delimited(makeRows(1100, 77, 0.3), ",", ["truth", "wind", "prediction", "smooth", "coarse"]),
    );
    const halves = makeRows(1500, 11);
    await file("half-1.csv", delimited(halves.slice(0, 700), ","));
    await file("half-2.jsonl", jsonLines(halves.slice(700)));
    for (const [from, to] of [
      ["tsv", "jsonl"],
      ["jsonl", "parquet"],
      ["parquet", "csv.gz"],
      ["csv.gz", "ndjson.gz"],
      ["ndjson.gz", "tsv"],
    ] as const)
      expect((await report([reference[from] as string], [current[to] as string])).features, `${from} against ${to}`).toEqual(
        csv.features,
      );
    expect((await report([reference["csv"] as string], [reversed])).features).toEqual(csv.features);
    expect((await report([join(directory, "half-*")], [current["csv"] as string])).features).toEqual(csv.features);
  });

  it("reads in as many passes as memory asks for, and says the same", async () => {
    const whole = await report([reference["csv"] as string], [current["parquet"] as string]);
    const inPasses = await report([reference["csv"] as string], [current["parquet"] as string], { memoryBytes: 8 * 5500 });
    expect(inPasses.features).toEqual(whole.features);
    expect(await failure([reference["csv"] as string], [current["csv"] as string], { memoryBytes: 1000 })).toMatch(
      /^one feature needs 0 MiB|--memory/,
    );
  });

  it("says the same with threads, and the right row when one of them finds it", async () => {
    const rows = makeRows(20_000, 5);
    const text = delimited(rows, ",");
    const body = text.slice(text.indexOf("\n") + 1);
    const times = Math.ceil((5 * 1024 * 1024) / body.length);
    const large = await file("large.csv", text + body.repeat(times - 1));
    const found = await report([large], [current["csv"] as string], { threads: 2 });
    expect(found.reference_size).toBe(20_000 * times);
    const small = await report([await file("small.csv", text)], [current["csv"] as string]);
    // Each row `times` over: the same distribution.
    expect(found.features["smooth"]?.ks_test?.statistic).toBeCloseTo(small.features["smooth"]?.ks_test?.statistic as number, 12);
    expect(found.features["wind"]?.psi?.psi).toBeCloseTo(small.features["wind"]?.psi?.psi as number, 12);
    await writeFile(large, `${text}${body.repeat(times - 1)}1,oops,"N",1,1\n`);
    expect(await failure([large], [current["csv"] as string], { threads: 2 })).toContain(
      `large.csv, row ${20_000 * times + 1}, column coarse: "oops" is not a number`,
    );
  });
});

describe("bad input", () => {
  it("is told with file, row and column, and what is allowed", async () => {
    const good = current["csv"] as string;
    const header = "smooth,coarse,wind,prediction,truth\n";
    const infinite = { ...makeRows(1, 1)[0], smooth: Infinity } as Row;
    const ids = (part: number): Promise<string> =>
      file(`ids-${part}.csv`, `id\n${Array.from({ length: 6_000 }, (_, row) => `id-${part}-${row}\n`).join("")}`);
    const cases: [string, Promise<string>, RegExp][] = [
      ["an empty file", failure([await file("empty.csv", "")], [good]), /empty\.csv is empty$/],
      ["no such file", failure([join(directory, "none-*.csv")], [good]), /^no file matches .*none-\*\.csv$/],
      ["no known format", failure([await file("f.xlsx", "x")], [good]), /f\.xlsx: its name must end in \.csv/],
      [
        "a missing column",
        failure([good], [await file("fewer.csv", "smooth,coarse\n1,2\n")]),
        /fewer\.csv has no column wind; it has smooth, coarse$/,
      ],
      [
        "text among numbers",
        failure([good], [await file("text.csv", `${header}1,2,N,3,4\n1,two,N,3,4\n`)]),
        /text\.csv, row 2, column coarse: "two" is not a number$/,
      ],
      [
        "an infinite value",
        failure([good], [await file("inf.csv", `${header}Infinity,2,N,3,4\n`)]),
        /inf\.csv, row 1, column smooth: "Infinity" is infinite/,
      ],
      [
        "an infinite value in Parquet",
        failure([good], [await file("inf.parquet", parquet(makeRows(1500, 1).with(1202, infinite)))]),
        /inf\.parquet, row 1203, column smooth: "Infinity" is infinite/,
      ],
      [
        "texts that are too various over several files",
        failure([await ids(1), await ids(2)], [good], { columns: { ...columns, categorical: ["id"] } }),
        /ids-2\.csv, column id: more than 10000 different texts are no category/,
      ],
      ["a column twice", failure([await file("twice.csv", "a,b,a\n1,2,3\n")], [good]), /the header has "a" twice/],
      [
        "a short row",
        failure([good], [await file("short.csv", `${header}1,2,N,3,4\n1,2\n`)]),
        /short\.csv, row 2: it has 2 cells, the header 5$/,
      ],
      [
        "a line that is no JSON",
        failure([await file("broken.jsonl", '{"smooth":1}\n{"smooth":\n')], [good], {
          columns: { ...columns, features: ["smooth"] },
        }),
        /broken\.jsonl, row 2: /,
      ],
      [
        "a truncated Parquet file",
        failure([await file("cut.parquet", parquet(makeRows(3000, 1)).subarray(0, 9000))], [good]),
        /cut\.parquet: it is no whole Parquet file/,
      ],
      [
        "a Parquet file with a broken page",
        failure([await file("bad.parquet", parquet(makeRows(3000, 1)).fill(255, 100, 4000))], [good]),
        /bad\.parquet: it is no whole Parquet file/,
      ],
      [
        "a Parquet column that is shorter than its rows",
        failure([await file("uneven.parquet", parquetWithShortColumn(150))], [join(directory, "uneven.parquet")]),
        /uneven\.parquet: it is no whole Parquet file \(column y has 143 of 150 rows\)/,
      ],
      [
        "text in a number column of Parquet",
        failure([good], [current["parquet"] as string], { columns: { ...columns, features: ["wind"] } }),
        /column wind/,
      ],
      [
        "10,000 columns",
        failure(
          [await file("wide.csv", `${Array.from({ length: 10_000 }, (_, at) => `c${at}`).join(",")}\n${"1,".repeat(9_999)}1\n`)],
          [good],
        ),
        /wide\.csv has 10000 columns that could be features, at most 1000 are compared: name them with --features/,
      ],
    ];
    for (const [name, told, expected] of cases) expect(await told, name).toMatch(expected);
  });

  it("reads the columns that are named out of 10,000", async () => {
    const header = Array.from({ length: 10_000 }, (_, at) => `c${at}`).join(",");
    const wide = await file("wide-rows.csv", `${header}\n${`${"7,".repeat(9_999)}7\n`.repeat(150)}`);
    const found = await report([wide], [wide], { columns: { ...columns, features: ["c0", "c9999"] } });
    expect(found.features["c9999"]).toMatchObject({ reference_rows: 150, drift_detected: false, psi: { psi: 0 } });
  });

  it("is not enough data where there are no rows to speak of", async () => {
    const rows = makeRows(300, 3);
    const missing = rows.map((row) => ({ ...row, coarse: null }));
    const constant = rows.map((row) => ({ ...row, smooth: 5 }));
    const gone = await report(
      [await file("rows.csv", delimited(rows, ","))],
      [await file("missing.csv", delimited(missing, ","))],
    );
    expect(gone.features["coarse"]).toMatchObject({
      status: "not_enough_data",
      reason: "all 300 rows of the current are missing",
      missing: { drift_detected: true },
      drift_detected: true,
    });
    const never = await report([join(directory, "missing.csv")], [join(directory, "missing.csv")]);
    expect(never.features["coarse"]).toMatchObject({ status: "not_enough_data", drift_detected: null });
    const headerOnly = await report(
      [join(directory, "rows.csv")],
      [await file("header.csv", "smooth,coarse,wind,prediction,truth\n")],
    );
    expect(headerOnly.verdict).toBe("Not enough data to say whether anything has drifted.");
    expect(headerOnly.drift_detected).toBe(false);
    const flat = await report([await file("constant.csv", delimited(constant, ","))], [join(directory, "constant.csv")]);
    expect(flat.features["smooth"]).toMatchObject({
      status: "judged",
      drift_detected: false,
      psi: { psi: 0 },
      ks_test: { statistic: 0, p_value: 1 },
    });
  });
});

describe("URLs", () => {
  it("are fetched with the token, and refused when private, redirected, absent or cut short", async () => {
    const seen: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers.authorization);
      if (request.url === "/moved.csv") response.writeHead(302, { location: "/reference.csv" }).end();
      else if (request.url === "/cut.csv") {
        response.writeHead(200, { "content-length": "100000" }).write("smooth\n1\n");
        setTimeout(() => response.destroy(), 50);
      } else if (request.url?.startsWith("/reference.csv") === true)
        void readFile(reference["csv"] as string).then((text) => response.end(text));
      else response.writeHead(404).end();
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const open = { download: { allowsPrivate: true, token: "t0ken" } };
      const found = await report([`${origin}/reference.csv?signature=s3cret`], [current["csv"] as string], open);
      expect(found.source).toMatchObject({ reference: [`${origin}/reference.csv`] });
      expect(JSON.stringify(found)).not.toContain("s3cret");
      expect(seen).toEqual(["Bearer t0ken"]);
      expect(await failure([`${origin}/moved.csv`], [current["csv"] as string], open)).toContain(
        "HTTP 302, and redirects are not followed",
      );
      expect(await failure([`${origin}/none.csv`], [current["csv"] as string], open)).toContain("HTTP 404");
      expect(await failure([`${origin}/cut.csv`], [current["csv"] as string], open)).toMatch(/cannot read .*cut\.csv/);
      const calls = seen.length;
      expect(await failure([`${origin}/reference.csv`], [current["csv"] as string])).toContain("only https is fetched");
      expect(
        await failure([`https://127.0.0.1:${(server.address() as AddressInfo).port}/x.csv`], [current["csv"] as string]),
      ).toContain("127.0.0.1 is not a public address");
      expect(await failure(["https://[::ffff:169.254.169.254]/x.csv"], [current["csv"] as string])).toContain(
        "is not a public address",
      );
      expect(await failure(["https://localhost/x.csv"], [current["csv"] as string])).toContain("is not a public address");
      expect(seen).toHaveLength(calls);
      expect((await readdir(tmpdir())).filter((name) => name.startsWith("edgewise-drift-"))).toEqual([]);
    } finally {
      server.close();
    }
  });
});
