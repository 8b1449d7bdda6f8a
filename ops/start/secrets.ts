/** The secrets of a local start, made once and kept in files that only their owner can read. None is ever printed or put on a command line. */
import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { releaseKeyOfFile } from "../../control-plane/releases/release-key.ts";
import { createSecretFile, replaceSecretFile } from "../../control-plane/secret-file.ts";

export interface LocalSecrets {
  edgeToken: string;
  /** Variables for `wrangler dev --env-file`: a file, because `ps` shows a command line to everyone. */
  edgeEnvFile: string;
  /** Where the control plane writes its first admin token. */
  adminTokenFile: string;
}

const EDGE_TOKEN_BYTES = 32;
const RECEIPT_KEY_BYTES = 32;
/** In production a release is looked for every 30 s; locally nobody wants to wait for what they just promoted. */
const RELEASE_REFRESH_SECONDS = 1;

/** Makes what is not there yet; what is there is kept, so that releases signed before still verify. */
export function prepareSecrets(directory: string): LocalSecrets {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  chmodSync(directory, 0o700);
  const edgeTokenFile = join(directory, "edge-token");
  createSecretFile(edgeTokenFile, () => `${randomBytes(EDGE_TOKEN_BYTES).toString("base64url")}\n`);
  const edgeToken = readFileSync(edgeTokenFile, "utf8").trim();
  const receiptKeyFile = join(directory, "receipt-key");
  createSecretFile(receiptKeyFile, () => `${randomBytes(RECEIPT_KEY_BYTES).toString("base64")}\n`);
  const receiptKey = readFileSync(receiptKeyFile, "utf8").trim();
  const { publicKey } = releaseKeyOfFile(join(directory, "release-key.pem"));
  const edgeEnvFile = join(directory, "edge.env");
  const variables = { RELEASE_PUBLIC_KEYS: publicKey, EDGE_TOKEN: edgeToken, RECEIPT_KEY: receiptKey, RELEASE_REFRESH_SECONDS };
  const lines = Object.entries(variables).map(([name, value]) => `${name}="${value}"\n`);
  replaceSecretFile(edgeEnvFile, lines.join(""));
  return { edgeToken, edgeEnvFile, adminTokenFile: join(directory, "admin-token") };
}
