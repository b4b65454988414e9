import { isIPv4, isIPv6 } from "node:net";

/** 16 bytes, as eight groups of 16 bits; an IPv4 address is mapped into IPv6 (`::ffff:a.b.c.d`). */
type Groups = readonly number[];

const MAPPED: Groups = [0, 0, 0, 0, 0, 0xffff];
const MAPPED_BITS = 96;

/** Whether an address lies in a network; false for what is no address. */
export type NetworkTest = (address: string) => boolean;

/** ECS gives the type ip to these, and to nothing else: `source.ip`, `host.ip`, `dns.resolved_ip`. */
const ADDRESS_FIELD = /(?:^|[._])ip$/;

export function isAddressField(field: string): boolean {
  return ADDRESS_FIELD.test(field);
}

/**
 * Compiles a network such as `10.0.0.0/8`, `fe80::/10`, or a single address. Bits beyond the prefix do not count.
 *
 * @returns undefined if it is none
 */
export function networkTest(network: string): NetworkTest | undefined {
  const [address = "", prefix, ...rest] = network.split("/");
  const groups = parseAddress(address);
  if (groups === undefined || rest.length > 0) return undefined;
  const most = isIPv4(address) ? 32 : 128;
  if (prefix !== undefined && (!/^\d{1,3}$/.test(prefix) || Number(prefix) > most)) return undefined;
  const bits = (prefix === undefined ? most : Number(prefix)) + (isIPv4(address) ? MAPPED_BITS : 0);
  return (value) => {
    const candidate = parseAddress(withoutZone(value));
    return candidate !== undefined && samePrefix(groups, candidate, bits);
  };
}

/**
 * Compiles the order of addresses: that of their 16 bytes.
 *
 * @returns what an address minus the bound is by its sign, undefined for what is no address; or undefined if the bound is none
 */
export function addressOrder(bound: string): ((address: string) => number | undefined) | undefined {
  const right = parseAddress(bound);
  if (right === undefined) return undefined;
  return (address) => {
    const left = parseAddress(withoutZone(address));
    const index = left?.findIndex((group, at) => group !== right[at]) ?? -1;
    return left && (left[index] ?? 0) - (right[index] ?? 0);
  };
}

/** The address of a link may name its interface (`fe80::1%eth0`), which is no part of the address. */
function withoutZone(address: string): string {
  const at = address.indexOf("%");
  return at > 0 && isIPv6(address) ? address.slice(0, at) : address;
}

function samePrefix(left: Groups, right: Groups, bits: number): boolean {
  for (let index = 0; index * 16 < bits; index++) {
    const ignored = Math.max(0, 16 - (bits - index * 16));
    if ((left[index] ?? 0) >> ignored !== (right[index] ?? 0) >> ignored) return false;
  }
  return true;
}

function parseAddress(text: string): Groups | undefined {
  if (isIPv4(text)) return [...MAPPED, ...groupsOfIPv4(text)];
  if (!isIPv6(text) || text.includes("%")) return undefined;
  const [head = "", tail] = text.split("::");
  const left = groupsOfIPv6(head);
  if (tail === undefined) return left;
  const right = groupsOfIPv6(tail);
  return [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right];
}

function groupsOfIPv4(text: string): Groups {
  const [first = 0, second = 0, third = 0, fourth = 0] = text.split(".").map(Number);
  return [first * 256 + second, third * 256 + fourth];
}

/** Of one side of a `::`; the last two groups may be written as an IPv4 address. */
function groupsOfIPv6(text: string): Groups {
  if (text === "") return [];
  return text.split(":").flatMap((group) => (group.includes(".") ? groupsOfIPv4(group) : [parseInt(group, 16)]));
}
