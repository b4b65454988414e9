import { lookup } from "node:dns/promises";

import type { TransportError } from "./client/client.js";

/** What to do about a sink that does not take what it is sent: whole sentences, for "wallwatch check". */

export const SET_UP = 'Install it with "wallwatch setup", or have somebody paste what "wallwatch setup --print" gives.';
export const PRIVILEGES = ["create_doc", "auto_configure", "read", "maintenance"];
export const GRANT = `Give the sink's user or key the index privileges ${PRIVILEGES.join(", ")} on both data streams.`;
export const SEE_MANUAL = "docs/delivery.md tells how to set it up.";

/** @param host the one that was asked */
export async function transportCure({ code, message }: TransportError, host: URL): Promise<string> {
  if (code === "ESETUP")
    return "Mend the file or the variable that is named; secrets belong to root or wallwatch's user, mode 0600 or 0640.";
  const proxy = / by way of the proxy (\S+): /.exec(message)?.[1];
  if (proxy !== undefined && message.includes(" answers 407")) return credentialsCure(407);
  if (proxy !== undefined && /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ECONNRESET)?$/.test(code))
    return `Is ${proxy} the proxy that is meant? It is the one of the key proxy or of the environment; no_proxy or proxy = "none" go past it.`;
  if (code === "ENOTFOUND" || code === "EAI_AGAIN")
    return `The name ${host.hostname} is not known: is it right, and does this host's DNS answer?`;
  if (code === "ECONNREFUSED")
    return `Nothing listens at ${await addressOf(host)}: is the port right, and the server up?`;
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return "The server's certificate is for another name: use that name, or a certificate for this one.";
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID")
    return "The server's certificate is valid at another time: renew it, or look at this host's clock.";
  if (code === "ERR_OSSL_X509_KEY_VALUES_MISMATCH")
    return "The key in key_file is not that of the certificate in certificate_file.";
  if (code.startsWith("ERR_OSSL_")) return "One of ca_file, certificate_file and key_file is damaged.";
  if (/SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)/.test(code))
    return "Name the authority that made the server's certificate in ca_file (PEM).";
  if (/EPROTO|ERR_SSL/.test(code))
    return "Does this port speak TLS? If not, the URL begins with http://; wallwatch wants TLS 1.2 or later.";
  if (code === "ECONNRESET") return "The server closed the connection: does this port want https://?";
  return "Is the way open: route, firewall, proxy?";
}

async function addressOf({ hostname, port, protocol }: URL): Promise<string> {
  const shown = port === "" ? (protocol === "https:" ? "443" : "80") : port;
  try {
    const { address } = await lookup(hostname.replace(/^\[(.*)\]$/, "$1"));
    return `${address} port ${shown}`;
  } catch (error) {
    if (error instanceof Error && "code" in error) return `${hostname} port ${shown}`;
    throw error;
  }
}

export function credentialsCure(status: number): string {
  if (status === 407)
    return "The proxy wants a user and a password: they can stand in https_proxy, in the environment.";
  return status === 401
    ? "The credentials are not those that the server knows: api_key_file, username and password_file, or token_file."
    : GRANT;
}
