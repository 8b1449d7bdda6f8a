/** The metadata of a registration from a file, example files and options; an option wins over the file. Pure but for reading files. */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { fail, succeed, type Result } from "../../contract/result.ts";
import { registrationMetadata, type RegistrationMetadata } from "../api/schemas.ts";
import type { CliFailure } from "./failure.ts";
import { readReferenceFile } from "./reference-file.ts";

export interface RegisterOptions {
  model: string;
  metadata?: string;
  description?: string;
  tag?: Record<string, string>;
  metric?: Record<string, number>;
  input: string;
  features?: string[];
  missing?: "nan" | "refused";
  examples?: string;
  expected?: string;
  reference?: string;
  keyFeatures?: string[];
  stage?: "development" | "staging";
}

/** A bare list of rows, or a record with the rows and, perhaps, the names of their columns. */
const examplesFile = z.union([
  z.array(z.unknown()).transform((instances) => ({ instances, features: undefined })),
  z.object({ instances: z.array(z.unknown()), features: z.array(z.string()).optional() }),
]);

/** A bare list with one entry a row, or a record with it. */
const expectedFile = z.union([
  z.array(z.unknown()),
  z.object({ predictions: z.array(z.unknown()) }).transform(({ predictions }) => predictions),
]);

type Outcome<Value> = Promise<Result<Value, CliFailure>>;

export async function readRegistrationMetadata(options: RegisterOptions): Outcome<RegistrationMetadata> {
  const fromFile = await readOptional(options.metadata, registrationMetadata);
  if (!fromFile.ok) return fromFile;
  const examples = await readOptional(options.examples, examplesFile);
  if (!examples.ok) return examples;
  const expected = await readOptional(options.expected, expectedFile);
  if (!expected.ok) return expected;

  const metadata: RegistrationMetadata = { ...fromFile.value };
  if (options.description !== undefined) metadata.description = options.description;
  if (options.tag) metadata.tags = { ...metadata.tags, ...options.tag };
  if (options.metric) metadata.metrics = { ...metadata.metrics, ...options.metric };
  if (options.stage) metadata.stage = options.stage;
  if (examples.value) metadata.examples = examples.value.instances;
  if (expected.value) metadata.expected = expected.value;
  const features = options.features ?? examples.value?.features;
  if (features || options.missing) metadata.inputs = withInput(metadata.inputs ?? [], options, features);
  const refused = await addReference(metadata, options);
  if (refused) return fail(refused);
  const checked = registrationMetadata.safeParse(metadata);
  return checked.success ? succeed(checked.data) : fail({ reason: "usage", detail: z.prettifyError(checked.error) });
}

/** Into `metadata`, whose inputs name the columns by now. */
async function addReference(
  metadata: RegistrationMetadata,
  { reference: path, keyFeatures }: RegisterOptions,
): Promise<CliFailure | undefined> {
  if (path !== undefined) {
    const named = metadata.inputs?.flatMap(({ features: names }) => names ?? []) ?? [];
    const reference = await readReferenceFile(path, named.length > 0 ? named : undefined);
    if (!reference.ok) return reference.failure;
    metadata.reference = reference.value;
  }
  if (!keyFeatures) return undefined;
  if (!metadata.reference) return { reason: "usage", detail: "--key-features needs --reference" };
  metadata.reference = { ...metadata.reference, keyFeatures };
  return undefined;
}

type Inputs = NonNullable<RegistrationMetadata["inputs"]>;

function withInput(inputs: Inputs, { input: name, missing }: RegisterOptions, features: string[] | undefined): Inputs {
  const before = inputs.find((input) => input.name === name);
  const input = { ...before, name, ...(features ? { features } : {}), ...(missing ? { missing } : {}) };
  return [...inputs.filter((other) => other !== before), input];
}

async function readOptional<Schema extends z.ZodType>(
  path: string | undefined,
  schema: Schema,
): Outcome<z.infer<Schema> | undefined> {
  if (path === undefined) return succeed(undefined);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    return fail({ reason: "file_unreadable", path, detail: (error as Error).message });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return fail({ reason: "file_invalid", path, detail: `not JSON: ${(error as Error).message}` });
  }
  const parsed = schema.safeParse(json);
  return parsed.success ? succeed(parsed.data) : fail({ reason: "file_invalid", path, detail: z.prettifyError(parsed.error) });
}
