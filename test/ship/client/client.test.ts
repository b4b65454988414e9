import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Client, TransportError, type ClientOptions } from "../../../src/ship/client/client.js";
import { Secret } from "../../../src/ship/client/secret.js";
import { TlsSettings, type TlsFiles } from "../../../src/ship/client/tls.js";
import { makeCertificates, tlsOf, type TestCertificates } from "../certificates.js";
import { TestServer } from "../support.js";

const NO_FILES: TlsFiles = { ca: undefined, certificate: undefined, key: undefined };
const POST = { method: "POST", path: "/x", body: Buffer.from("{}") } as const;
const never = new AbortController().signal;

describe("the client", () => {
  const folder = mkdtempSync(join(tmpdir(), "wallwatch-client-"));
  const servers: { stop(): Promise<void> }[] = [];
  const clients: Client[] = [];
  let certificates: TestCertificates;

  before(() => {
    certificates = makeCertificates(folder);
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await Promise.all(servers.splice(0).map((server) => server.stop()));
  });

  after(() => rmSync(folder, { recursive: true }));

  async function serve(...args: Parameters<typeof TestServer.start>): Promise<TestServer> {
    const server = await TestServer.start(...args);
    servers.push(server);
    return server;
  }

  function clientFor(
    hosts: readonly string[],
    options: Partial<ClientOptions> = {},
    files: Partial<TlsFiles> = {},
  ): Client {
    const client = new Client({
      hosts: hosts.map((host) => new URL(host)),
      tls: new TlsSettings({ ...NO_FILES, ...files }),
      proxy: "none",
      timeout: 10_000,
      authorization: () => Promise.resolve(undefined),
      headers: { "user-agent": "test" },
      ...options,
    });
    clients.push(client);
    return client;
  }

  async function failure(client: Client): Promise<TransportError> {
    try {
      await client.request(POST, never);
    } catch (error) {
      assert.ok(error instanceof TransportError);
      return error;
    }
    throw new Error("there was an answer");
  }

  it("sends method, path below the host's, headers and body, and keeps its connection", async () => {
    const server = await serve(() => ({ status: 201, body: "made" }));
    const client = clientFor([`${server.url}/base/`], { authorization: () => Promise.resolve("Bearer t") });
    const answer = await client.request({ ...POST, headers: { "content-type": "text/x" } }, never);
    await client.request(POST, never);
    assert.equal(answer.status, 201);
    assert.equal(answer.body, "made");
    const [first, second] = server.received;
    assert.equal(first?.method, "POST");
    assert.equal(first.path, "/base/x");
    assert.equal(first.body, "{}");
    assert.equal(first.headers.authorization, "Bearer t");
    assert.equal(first.headers["content-type"], "text/x");
    assert.equal(first.headers["user-agent"], "test");
    assert.equal(first.headers.connection, "keep-alive");
    assert.equal(second?.path, "/base/x");
  });

  it("asks for the host's own path as it stands, with its query", async () => {
    const server = await serve(() => ({ status: 200 }));
    const own = { method: "POST", path: "", body: Buffer.from("{}") } as const;
    for (const host of ["", "/?key=1", "/base/?key=1"]) await clientFor([`${server.url}${host}`]).request(own, never);
    assert.deepEqual(
      server.received.map(({ path }) => path),
      ["/", "/?key=1", "/base/?key=1"],
    );
  });

  it("does not follow redirects", async () => {
    const server = await serve(() => ({ status: 302, headers: { location: "/elsewhere" } }));
    const answer = await clientFor([server.url]).request(POST, never);
    assert.equal(answer.status, 302);
    assert.equal(server.received.length, 1);
  });

  it("takes the next host where one cannot be reached, and stays there", async () => {
    const gone = await TestServer.start(() => ({ status: 200 }));
    const { url } = gone;
    await gone.stop();
    const server = await serve(() => ({ status: 200 }));
    const client = clientFor([url, server.url]);
    await client.request(POST, never);
    await client.request(POST, never);
    assert.equal(server.received.length, 2);
    assert.equal(client.host.origin, server.url);
  });

  it("names every host when none can be reached, and that nothing arrived", async () => {
    const error = await failure(clientFor(["http://127.0.0.1:1", "http://127.0.0.1:2"]));
    assert.match(error.message, /127\.0\.0\.1:1: .*ECONNREFUSED.*; 127\.0\.0\.1:2: .*ECONNREFUSED/);
    assert.equal(error.mayHaveArrived, false);
    assert.equal(error.isSetup, false);
  });

  it("does not try another host with what may have arrived", async () => {
    const first = await serve(() => "cut");
    const second = await serve(() => ({ status: 200 }));
    const error = await failure(clientFor([first.url, second.url]));
    assert.equal(error.mayHaveArrived, true);
    assert.equal(second.received.length, 0);
  });

  it("leaves a host that is not well for another one", async () => {
    const first = await serve(() => ({ status: 503 }));
    const second = await serve(() => ({ status: 200 }));
    const client = clientFor([first.url, second.url]);
    assert.equal((await client.request(POST, never)).status, 503);
    assert.equal((await client.request(POST, never)).status, 200);
  });

  it("gives up after its time, not knowing what the server did", async () => {
    const server = await serve(() => new Promise(() => undefined));
    const error = await failure(clientFor([server.url], { timeout: 50 }));
    assert.match(error.message, /no answer within 0.05 s/);
    assert.equal(error.mayHaveArrived, true);
  });

  it("takes no answer without end", async () => {
    const server = await serve(() => ({ status: 200, body: "x".repeat(5 * 2 ** 20) }));
    const error = await failure(clientFor([server.url]));
    assert.match(error.message, /an answer longer than/);
    assert.equal(error.mayHaveArrived, true);
  });

  it("stops when it is told to", async () => {
    const abort = new AbortController();
    const server = await serve(() => {
      abort.abort(new Error("enough"));
      return new Promise(() => undefined);
    });
    await assert.rejects(clientFor([server.url]).request(POST, abort.signal), /enough/);
  });

  describe("over TLS", () => {
    it("takes a certificate of the authority that is configured", async () => {
      const server = await serve(() => ({ status: 200 }), tlsOf(certificates.server));
      const client = clientFor([server.url], {}, { ca: certificates.ca });
      assert.equal((await client.request(POST, never)).status, 200);
    });

    it("takes no certificate of an unknown authority, and sends nothing", async () => {
      const server = await serve(() => ({ status: 200 }), tlsOf(certificates.server));
      const error = await failure(clientFor([server.url]));
      assert.equal(error.isSetup, true);
      assert.equal(error.mayHaveArrived, false);
      assert.equal(server.received.length, 0);
    });

    it("takes no certificate for another name", async () => {
      const server = await serve(() => ({ status: 200 }), tlsOf(certificates.other));
      const error = await failure(clientFor([server.url], {}, { ca: certificates.ca }));
      assert.equal(error.code, "ERR_TLS_CERT_ALTNAME_INVALID");
      assert.equal(error.isSetup, true);
    });

    it("is not talked out of it by the environment", async () => {
      const server = await serve(() => ({ status: 200 }), tlsOf(certificates.server));
      process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
      try {
        assert.equal((await failure(clientFor([server.url]))).isSetup, true);
      } finally {
        delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
      }
    });

    it("takes nothing below TLS 1.2", async () => {
      const old = { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" } as const;
      const server = await serve(() => ({ status: 200 }), { ...tlsOf(certificates.server), ...old });
      const error = await failure(clientFor([server.url], {}, { ca: certificates.ca }));
      assert.equal(error.isSetup, true);
      assert.equal(server.received.length, 0);
    });

    it("shows its own certificate, and reads another one when the files have changed", async () => {
      const server = await serve(() => ({ status: 200 }), {
        ...tlsOf(certificates.server),
        ca: readFileSync(certificates.ca),
        requestCert: true,
        rejectUnauthorized: true,
      });
      const pair = { certificate: join(folder, "mine.pem"), key: join(folder, "mine.key") };
      const copy = (from: TestCertificates["client"]): void => {
        copyFileSync(from.certificate, pair.certificate);
        copyFileSync(from.key, pair.key);
        chmodSync(pair.key, 0o600);
      };
      copy(certificates.client);
      const client = clientFor([server.url], {}, { ca: certificates.ca, ...pair });
      assert.equal((await client.request(POST, never)).status, 200);
      writeFileSync(pair.key, "not a key");
      const error = await failure(client);
      assert.match(error.message, /mine\.key holds no private key in PEM/);
      assert.equal(error.isSetup, true);
      copy(certificates.client);
      assert.equal((await client.request(POST, never)).status, 200);
    });

    it("uses no key that others can read", async () => {
      const key = join(folder, "open.key");
      copyFileSync(certificates.client.key, key);
      chmodSync(key, 0o644);
      const { certificate } = certificates.client;
      const error = await failure(clientFor(["https://127.0.0.1:1"], {}, { certificate, key }));
      assert.match(error.message, /open\.key is not used: it can be read by anyone/);
    });
  });

  describe("with a proxy", () => {
    /** A proxy that forwards and tunnels, and keeps what it was asked. */
    async function serveProxy(status = 200): Promise<{ url: string; asked: string[]; authorizations: unknown[] }> {
      const asked: string[] = [];
      const authorizations: unknown[] = [];
      const proxy: Server = createServer((request, response) => {
        asked.push(`${request.method ?? ""} ${request.url ?? ""}`);
        authorizations.push(request.headers["proxy-authorization"]);
        response.writeHead(status).end("by the proxy");
      });
      proxy.on("connect", (request, socket, head: Buffer) => {
        asked.push(`CONNECT ${request.url ?? ""}`);
        authorizations.push(request.headers["proxy-authorization"]);
        if (status !== 200) {
          socket.end(`HTTP/1.1 ${status} no\r\n\r\n`);
          return;
        }
        const [host = "", port = ""] = (request.url ?? "").split(":");
        const target = connect(Number(port), host, () => {
          socket.write("HTTP/1.1 200 here you are\r\n\r\n");
          target.write(head);
          target.pipe(socket).pipe(target);
        });
        target.on("error", () => socket.destroy());
        socket.on("error", () => target.destroy());
      });
      proxy.listen(0, "127.0.0.1");
      await once(proxy, "listening");
      servers.push({
        stop: async () => {
          proxy.close();
          proxy.closeAllConnections();
          await once(proxy, "close");
        },
      });
      return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, asked, authorizations };
    }

    it("asks it for an http target", async () => {
      const proxy = await serveProxy();
      const client = clientFor(["http://siem.example:9200"], { proxy: proxy.url });
      assert.equal((await client.request(POST, never)).body, "by the proxy");
      assert.deepEqual(proxy.asked, ["POST http://siem.example:9200/x"]);
    });

    it("goes through it to an https target, whose certificate is verified", async () => {
      const server = await serve(() => ({ status: 200, body: "by the target" }), tlsOf(certificates.server));
      const proxy = await serveProxy();
      const client = clientFor([server.url], { proxy: proxy.url }, { ca: certificates.ca });
      for (let i = 0; i < 2; i++) assert.equal((await client.request(POST, never)).body, "by the target");
      assert.deepEqual(proxy.asked, [`CONNECT 127.0.0.1:${server.port}`]);
      const error = await failure(clientFor([server.url], { proxy: proxy.url }));
      assert.equal(error.isSetup, true);
      assert.equal(error.mayHaveArrived, false);
      assert.equal(server.received.length, 2);
    });

    it("tells what the proxy refuses", async () => {
      const proxy = await serveProxy(407);
      const error = await failure(clientFor(["https://siem.example"], { proxy: proxy.url }));
      assert.match(error.message, /the proxy answers 407 to CONNECT/);
      assert.equal(error.isSetup, true);
      assert.equal(error.mayHaveArrived, false);
    });
  });

  it("reads a token again when its file has changed", async () => {
    const server = await serve(() => ({ status: 200 }));
    const path = join(folder, "token");
    writeFileSync(path, "first\n", { mode: 0o600 });
    const secret = new Secret({ kind: "file", path });
    const client = clientFor([server.url], { authorization: () => secret.read() });
    await client.request(POST, never);
    writeFileSync(path, "second\n");
    await client.request(POST, never);
    chmodSync(path, 0o644);
    const error = await failure(client);
    assert.deepEqual(
      server.received.map(({ headers }) => headers.authorization),
      ["first", "second"],
    );
    assert.match(error.message, /token is not used: it can be read by anyone \(chmod o-r\)/);
    assert.doesNotMatch(error.message, /second/);
    assert.equal(error.isSetup, true);
  });
});
