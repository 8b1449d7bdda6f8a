/**
 * Fetches one object over HTTPS (an R2 object by its public or presigned URL) into a file. Bounded in size and in silence, follows no
 * redirect, and connects to public addresses only: a URL in a schedule's configuration must not reach the metadata service of a cloud.
 */
import { createWriteStream } from "node:fs";
import { request as requestHttp, type IncomingMessage, type RequestOptions } from "node:http";
import { request as requestHttps } from "node:https";
import { lookup } from "node:dns";
import { BlockList, isIP } from "node:net";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { InputError } from "./input-failure.ts";
import { DOWNLOAD_BYTES_MAX, DOWNLOAD_IDLE_MS_MAX } from "./input-limits.ts";

export interface DownloadPolicy {
  /** Sent as bearer token; never shown. */
  token?: string | undefined;
  /** Plain HTTP and private addresses too. For a store in one's own network, and for tests. */
  allowsPrivate: boolean;
  bytesMax?: number;
}

/**
 * @returns bytes written
 * @throws InputError
 */
export async function download(url: URL, shownAs: string, path: string, policy: DownloadPolicy): Promise<number> {
  const refuse = (detail: string): InputError => new InputError({ reason: "source_refused", source: shownAs, detail });
  if (url.protocol !== "https:" && !policy.allowsPrivate)
    throw refuse("only https is fetched (DRIFT_ALLOW_PRIVATE=1 lifts this)");
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) !== 0 && !policy.allowsPrivate && isPrivate(host)) throw refuse(privateDetail(host));
  const answer = await answerOf(url, shownAs, policy);
  if (answer.statusCode !== 200) {
    answer.destroy();
    throw refuse(
      `it answers HTTP ${answer.statusCode}${answer.headers.location === undefined ? "" : ", and redirects are not followed"}`,
    );
  }
  const bytesMax = policy.bytesMax ?? DOWNLOAD_BYTES_MAX;
  let bytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done): void {
      bytes += chunk.length;
      if (bytes > bytesMax) done(refuse(`it is larger than ${bytesMax} bytes`));
      else done(null, chunk);
    },
  });
  try {
    await pipeline(answer, counted, createWriteStream(path, { flags: "wx" }));
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError({ reason: "source_unreadable", source: shownAs, detail: (error as Error).message });
  }
  const promised = answer.headers["content-length"];
  if (promised !== undefined && Number(promised) !== bytes)
    throw new InputError({
      reason: "source_unreadable",
      source: shownAs,
      detail: `it broke off after ${bytes} of ${promised} bytes`,
    });
  return bytes;
}

function answerOf(url: URL, shownAs: string, { token, allowsPrivate }: DownloadPolicy): Promise<IncomingMessage> {
  const options: RequestOptions = {
    headers: { "accept-encoding": "identity", ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    timeout: DOWNLOAD_IDLE_MS_MAX,
    ...(allowsPrivate ? {} : { lookup: publicLookup }),
  };
  return new Promise((resolve, reject) => {
    const call = (url.protocol === "https:" ? requestHttps : requestHttp)(url, options, resolve);
    call.on("timeout", () => call.destroy(new Error(`no byte for ${DOWNLOAD_IDLE_MS_MAX / 1000} s`)));
    call.on("error", (error) => reject(new InputError({ reason: "source_unreadable", source: shownAs, detail: error.message })));
    call.end();
  });
}

/** The address that is checked here is the one that is connected to: no second look-up could give another. */
const publicLookup: NonNullable<RequestOptions["lookup"]> = (host, options, callback) => {
  lookup(host, { ...options, all: true }, (error, addresses) => {
    const wrong = addresses?.find(({ address }) => isPrivate(address));
    if (error) callback(error, [], 0);
    else if (wrong) callback(new Error(privateDetail(wrong.address)), [], 0);
    else if (options.all === true) callback(null, addresses);
    else callback(null, addresses[0]?.address ?? "", addresses[0]?.family ?? 4);
  });
};

const privateDetail = (address: string): string => `${address} is not a public address (DRIFT_ALLOW_PRIVATE=1 lifts this)`;

const NOT_PUBLIC = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 3],
] as const)
  NOT_PUBLIC.addSubnet(network, prefix, "ipv4");
for (const [network, prefix] of [
  ["::", 127],
  ["64:ff9b::", 96],
  ["fc00::", 7],
  ["fe80::", 10],
  ["ff00::", 8],
] as const)
  NOT_PUBLIC.addSubnet(network, prefix, "ipv6");

/** An IPv4 address that is written as an IPv6 one is checked as what it is. */
function isPrivate(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return NOT_PUBLIC.check(mapped, "ipv4");
  return NOT_PUBLIC.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}
