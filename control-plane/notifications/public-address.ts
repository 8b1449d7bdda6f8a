/**
 * Whether an address may be delivered to: on the public internet, or, where the configuration says so, this machine's own. Pure.
 * Source: IANA's special-purpose registries for IPv4 and IPv6 (RFC 6890 and its updates).
 */
import { BlockList, isIP } from "node:net";

const SPECIAL_V4: [string, number][] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];
/** Of IPv6 only 2000::/3 is public, and in it these are not. NAT64 and 6to4 carry IPv4 addresses inside, so they are out whole. */
const SPECIAL_V6: [string, number][] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
];

const special = new BlockList();
for (const [network, prefix] of SPECIAL_V4) special.addSubnet(network, prefix, "ipv4");
for (const [network, prefix] of SPECIAL_V6) special.addSubnet(network, prefix, "ipv6");
const globalV6 = new BlockList();
globalV6.addSubnet("2000::", 3, "ipv6");
const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** Of a name that resolved to `addresses`: all of them, because one that also points inside is not to be trusted with the choice. */
export const mayDeliverToAll = (addresses: readonly string[], isLoopbackAllowed: boolean): boolean =>
  addresses.length > 0 && addresses.every((address) => mayDeliverTo(address, isLoopbackAllowed));

export function mayDeliverTo(address: string, isLoopbackAllowed: boolean): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  const type = family === 4 ? "ipv4" : "ipv6";
  if (isLoopbackAllowed && loopback.check(address, type)) return true;
  return family === 4 ? !special.check(address, type) : globalV6.check(address, type) && !special.check(address, type);
}
