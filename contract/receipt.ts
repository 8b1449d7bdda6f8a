/**
 * The receipt: `prediction_id`, a compact signed token that carries all that is needed to score a prediction once its truth is known, so
 * that no prediction need be stored. No inputs. Writing and reading; keys are in receipt-key.ts, which output is scored in scored-output.ts.
 *
 * Bytes, big-endian, then base64url (a value: 56 bytes, 75 characters; at most RECEIPT_CHARACTERS_MAX):
 *
 *    0      form: 1 value, 2 probabilities of classes 0, 1, …, 3 probabilities of named classes
 *    1..2   id of the key that signed
 *    3..8   model: the first 48 bits of the SHA-256 of its name, which may have 64 characters
 *    9..12  number of the version
 *   13..16  issued at, Unix seconds
 *   17..18  hours that it is valid for
 *   19      group: 0 for none, else 1 and the place in the manifest's list
 *   20..31  unique id: 64 random bits of the isolate, 32 bits that it counts up
 *   32..    form 1: float64; 2: a float32 for each class; 3: a float32 and the 16-bit name hash of each class
 *   last 16 HMAC of all before
 *
 * A form has one length for each number of classes, so that no receipt is the beginning of another.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { base64urlLength, base64urlToBytes, bytesToBase64url } from "./base64url.ts";
import { isSameMac, MAC_BYTES, type ReceiptKey } from "./receipt-key.ts";
import { fail, succeed, type Result } from "./result.ts";

/** A receipt's prediction, as it is scored. */
export type ReceiptPrediction =
  | { form: "value"; value: number }
  /** In column order; `names` are the hashes of the class names, absent where the classes are 0, 1, … */
  | { form: "probabilities"; probabilities: number[]; names?: number[] };

export interface Receipt {
  /** `modelReference` of the model's name. */
  model: number;
  versionNumber: number;
  issuedSeconds: number;
  validHours: number;
  /** Place in the manifest's `groups`; undefined: none. */
  group: number | undefined;
  /** 12 bytes that no other receipt of this deployment has. */
  id: Uint8Array;
  prediction: ReceiptPrediction;
}

export type ReceiptProblem =
  /** No text that this or any deployment of this version wrote. */
  | { reason: "malformed"; detail: string }
  /** Signed with a key that is none of ours: another deployment's, or one no longer listed. */
  | { reason: "foreign" }
  /** Names our key, and it was not that key that signed it. */
  | { reason: "forged" };

export const CLASSES_MAX = 10;
export const NAMED_CLASSES_MAX = 7;
export const RECEIPT_CHARACTERS_MAX = 120;

const FORM_VALUE = 1;
const FORM_CLASSES = 2;
const FORM_NAMED_CLASSES = 3;
const GROUP_AT = 19;
const ID_AT = 20;
const COUNT_AT = 28;
const ID_BYTES = 12;
const PREDICTION_AT = 32;
const BYTES_MAX = PREDICTION_AT + NAMED_CLASSES_MAX * 6 + MAC_BYTES;
const COUNT_END = 2 ** 32;

/** 48 bits of the model's name: a whole number. */
export function modelReference(model: string): number {
  const digest = sha256(utf8ToBytes(model));
  let reference = 0;
  for (let at = 0; at < 6; at++) reference = reference * 256 + (digest[at] as number);
  return reference;
}

/** 16 bits of a class's name. Names of one model whose hashes are equal get no receipts (scored-output.ts). */
export function classNameHash(name: string): number {
  const digest = sha256(utf8ToBytes(name));
  return ((digest[0] as number) << 8) | (digest[1] as number);
}

export interface ReceiptHead {
  /** `modelReference` of the model's name. */
  model: number;
  versionNumber: number;
  issuedSeconds: number;
  validHours: number;
}

/**
 * Signs the receipts of one isolate. `prefix` is 8 random bytes, new for each writer: with the count it makes the ids unique without randomness
 * for each. One buffer serves all receipts.
 */
export class ReceiptWriter {
  readonly #key: ReceiptKey;
  readonly #bytes = new Uint8Array(BYTES_MAX + 16);
  readonly #view = new DataView(this.#bytes.buffer);
  readonly #mac = new Uint8Array(32);
  #count = 0;

  constructor(key: ReceiptKey, prefix: Uint8Array) {
    this.#key = key;
    this.#view.setUint16(1, key.id);
    this.#bytes.set(prefix.subarray(0, COUNT_AT - ID_AT), ID_AT);
  }

  /** What the receipts of one request have in common; call before `write`. */
  begin({ model, versionNumber, issuedSeconds, validHours }: ReceiptHead): void {
    const view = this.#view;
    view.setUint16(3, Math.floor(model / COUNT_END));
    view.setUint32(5, model % COUNT_END);
    view.setUint32(9, versionNumber);
    view.setUint32(13, issuedSeconds);
    view.setUint16(17, validHours);
  }

  writeValue(value: number, group?: number): string {
    this.#bytes[0] = FORM_VALUE;
    this.#view.setFloat64(PREDICTION_AT, value);
    return this.#sign(PREDICTION_AT + 8, group);
  }

  /** The `classes` probabilities from `at` on, at most CLASSES_MAX, or NAMED_CLASSES_MAX with `names`. */
  writeProbabilities(
    probabilities: ArrayLike<number>,
    at: number,
    classes: number,
    names: readonly number[] | undefined,
    group?: number,
  ): string {
    this.#bytes[0] = names ? FORM_NAMED_CLASSES : FORM_CLASSES;
    let end = PREDICTION_AT;
    for (let column = 0; column < classes; column++) {
      this.#view.setFloat32(end, probabilities[at + column] as number);
      end += 4;
      if (!names) continue;
      this.#view.setUint16(end, names[column] as number);
      end += 2;
    }
    return this.#sign(end, group);
  }

  #sign(end: number, group: number | undefined): string {
    // Past 2^32 receipts an isolate would repeat itself; none lives that long, and one that did must not count a truth for two predictions.
    if (this.#count === COUNT_END) throw new RangeError("this writer has no unique id left");
    this.#bytes[GROUP_AT] = group === undefined ? 0 : group + 1;
    this.#view.setUint32(COUNT_AT, this.#count++);
    this.#key.mac(this.#bytes.subarray(0, end), this.#mac);
    for (let at = 0; at < MAC_BYTES; at++) this.#bytes[end + at] = this.#mac[at] as number;
    return bytesToBase64url(this.#bytes, end + MAC_BYTES);
  }
}

/** Reading is synchronous, and a receipt is parsed before the next is read: one buffer serves all. */
const read = new Uint8Array(BYTES_MAX);
const readView = new DataView(read.buffer);
const digest = new Uint8Array(32);

/** What a receipt says, once its MAC has been checked against `keys`. Whether it has expired is the caller's question: it has the clock. */
export function readReceipt(text: string, keys: readonly ReceiptKey[]): Result<Receipt, ReceiptProblem> {
  // Before anything of that size is decoded.
  if (text.length > RECEIPT_CHARACTERS_MAX)
    return malformed(`it has ${text.length} characters, at most ${RECEIPT_CHARACTERS_MAX}`);
  const length = text.length < SHORTEST ? -1 : base64urlToBytes(text, read);
  if (length === -1) return malformed("it is not the base64url of a receipt");
  const end = length - MAC_BYTES;
  if (!isLengthOf(read[0] as number, end - PREDICTION_AT)) return malformed("it has no form that is known here");
  const keyId = readView.getUint16(1);
  const signed = read.subarray(0, end);
  let isOurs = false;
  for (const key of keys) {
    if (key.id !== keyId) continue;
    isOurs = true;
    key.mac(signed, digest);
    if (isSameMac(digest, read, end)) return succeed(parse(end));
  }
  return fail({ reason: isOurs ? "forged" : "foreign" });
}

export const expiresMs = ({ issuedSeconds, validHours }: Pick<Receipt, "issuedSeconds" | "validHours">): number =>
  (issuedSeconds + validHours * 3600) * 1000;

// --- Not exported ---

const SHORTEST = base64urlLength(PREDICTION_AT + 4 + MAC_BYTES);

function isLengthOf(form: number, payloadBytes: number): boolean {
  switch (form) {
    case FORM_VALUE:
      return payloadBytes === 8;
    case FORM_CLASSES:
      return payloadBytes % 4 === 0 && payloadBytes >= 4 && payloadBytes <= CLASSES_MAX * 4;
    case FORM_NAMED_CLASSES:
      return payloadBytes % 6 === 0 && payloadBytes >= 6 && payloadBytes <= NAMED_CLASSES_MAX * 6;
    default:
      return false;
  }
}

function parse(end: number): Receipt {
  const group = read[GROUP_AT] as number;
  return {
    model: readView.getUint16(3) * COUNT_END + readView.getUint32(5),
    versionNumber: readView.getUint32(9),
    issuedSeconds: readView.getUint32(13),
    validHours: readView.getUint16(17),
    group: group === 0 ? undefined : group - 1,
    id: read.slice(ID_AT, ID_AT + ID_BYTES),
    prediction: predictionOf(read[0] as number, end),
  };
}

function predictionOf(form: number, end: number): ReceiptPrediction {
  if (form === FORM_VALUE) return { form: "value", value: readView.getFloat64(PREDICTION_AT) };
  const step = form === FORM_NAMED_CLASSES ? 6 : 4;
  const probabilities: number[] = [];
  const names: number[] = [];
  for (let at = PREDICTION_AT; at < end; at += step) {
    probabilities.push(readView.getFloat32(at));
    if (step === 6) names.push(readView.getUint16(at + 4));
  }
  return { form: "probabilities", probabilities, ...(step === 6 && { names }) };
}

const malformed = (detail: string): { ok: false; failure: ReceiptProblem } => fail({ reason: "malformed", detail });
