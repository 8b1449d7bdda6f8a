/**
 * A tensor written into JSON without losing a bit: numbers as base64 of their little-endian bytes, strings as they are.
 * (JSON has no NaN, and a JSON number cannot hold every int64.) Schema only: encoding needs a runtime's base64.
 */
import * as z from "zod";
import { DATATYPE_NAMES } from "./datatype.ts";

const fields = { name: z.string().min(1).max(256), shape: z.array(z.int().min(0)).max(8) };

export const tensorRecord = z.discriminatedUnion("encoding", [
  z.strictObject({ ...fields, datatype: z.enum(DATATYPE_NAMES), encoding: z.literal("base64"), data: z.base64() }),
  z.strictObject({ ...fields, datatype: z.literal("BYTES"), encoding: z.literal("strings"), data: z.array(z.string()) }),
]);

export type TensorRecord = z.infer<typeof tensorRecord>;
