import { InvalidArgumentError } from "commander";
import { describe, expect, it } from "vitest";
import {
  collectMetric,
  collectTag,
  parseDurationMs,
  parseModel,
  parseNames,
  parsePositiveInteger,
  parseSeed,
  parseTime,
  parseUrl,
  parseVersion,
} from "./arguments.ts";

const accepted: [name: string, parse: (text: string) => unknown, text: string, value: unknown][] = [
  ["a duration in minutes", parseDurationMs, "5m", 300_000],
  ["a duration in milliseconds", parseDurationMs, "250ms", 250],
  ["a bare duration as seconds", parseDurationMs, "1.5", 1500],
  ["a version", parseVersion, "v12", "v12"],
  ["a version's number alone", parseVersion, "12", "v12"],
  ["names with blanks around", parseNames, "a, b,c", ["a", "b", "c"]],
  ["a URL, without its last slash", parseUrl, "http://127.0.0.1:8080/", "http://127.0.0.1:8080"],
  ["a time with an offset, as UTC", parseTime, "2026-11-23T11:00:00+01:00", "2026-11-23T10:00:00.000Z"],
  ["a seed of 0", parseSeed, "0", 0],
  ["a tag whose value has an equals sign", (text) => collectTag(text, { a: "1" }), "b=x=y", { a: "1", b: "x=y" }],
  ["a metric", (text) => collectMetric(text), "rmse=21.324", { rmse: 21.324 }],
];

const refused: [name: string, parse: (text: string) => unknown, text: string][] = [
  ["a duration of 0", parseDurationMs, "0s"],
  ["a duration in days", parseDurationMs, "1d"],
  ["a model with a slash", parseModel, "a/b"],
  ["version 0", parseVersion, "v0"],
  ["a name that comes twice", parseNames, "a,b,a"],
  ["an empty name", parseNames, "a,,b"],
  ["a URL without a scheme", parseUrl, "127.0.0.1:8080"],
  ["a file URL", parseUrl, "file:///etc/passwd"],
  ["a time that is none", parseTime, "yesterday"],
  ["a fraction where a whole number is needed", parsePositiveInteger, "1.5"],
  ["an empty seed", parseSeed, ""],
  ["a tag without a name", (text) => collectTag(text), "=x"],
  ["a metric that is NaN", (text) => collectMetric(text), "rmse=NaN"],
  ["a metric without a value", (text) => collectMetric(text), "rmse="],
];

describe("accepts", () => {
  it.each(accepted)("%s", (_, parse, text, value) => expect(parse(text)).toEqual(value));
});

describe("refuses", () => {
  it.each(refused)("%s", (_, parse, text) => expect(() => parse(text)).toThrow(InvalidArgumentError));
});
