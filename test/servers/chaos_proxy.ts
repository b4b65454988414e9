import { once } from "node:events";
import { createServer, connect, type AddressInfo, type Server, type Socket } from "node:net";

/** What happens to one connection through the proxy. Bytes count from the beginning of the connection. */
export interface Trouble {
  /** Reset it once this many bytes of requests have gone to the server. */
  readonly cutRequestAfter?: number;
  /** Reset it once this many bytes of answers have come back; the server has got the whole request. */
  readonly cutAnswerAfter?: number;
  /** ms that answers are held back. */
  readonly delay?: number;
  /** Bytes per second to the server. */
  readonly pace?: number;
}

/** What the proxy has done. */
export interface ProxyCounts {
  readonly connections: number;
  readonly cutRequests: number;
  readonly cutAnswers: number;
  readonly refused: number;
}

/**
 * A proxy of bytes between a client and a server that can make every kind of trouble a network makes. It knows nothing of HTTP or TLS:
 * connections are reset in the middle of whatever is under way.
 */
export class ChaosProxy {
  /** Asked for every connection; by default it is left alone. */
  trouble: (connection: number) => Trouble = () => ({});
  /** While true, connections are reset as soon as they are made. */
  isRefusing = false;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #counts = { connections: 0, cutRequests: 0, cutAnswers: 0, refused: 0 };
  #target: URL;

  private constructor(target: URL) {
    this.#target = target;
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
  }

  /** @param target the server's URL; that of the proxy has another port */
  static async start(target: string): Promise<ChaosProxy> {
    const proxy = new ChaosProxy(new URL(target));
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get url(): string {
    return `${this.#target.protocol}//127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get counts(): ProxyCounts {
    return { ...this.#counts };
  }

  /** Resets every connection that there is. */
  cutAll(): void {
    for (const socket of this.#sockets) reset(socket);
  }

  async close(): Promise<void> {
    this.#server.close();
    this.cutAll();
    await once(this.#server, "close");
  }

  #accept(client: Socket): void {
    if (this.isRefusing) {
      this.#counts.refused++;
      client.resetAndDestroy();
      return;
    }
    const trouble = this.trouble(this.#counts.connections++);
    const server = connect({ port: Number(this.#target.port), host: this.#target.hostname, allowHalfOpen: true });
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      // A reset is what this is for; the other side is to see it.
      socket.on("error", () => reset(other));
      socket.on("close", () => this.#sockets.delete(socket));
    }
    this.#carry(client, server, { after: trouble.cutRequestAfter, pace: trouble.pace }, () => {
      this.#counts.cutRequests++;
    });
    this.#carry(server, client, { after: trouble.cutAnswerAfter, delay: trouble.delay }, () => {
      this.#counts.cutAnswers++;
    });
  }

  /** Copies bytes until `after` of them have passed: then `to` sees the end, and `from` a reset. */
  #carry(from: Socket, to: Socket, { after, delay = 0, pace }: Way, tell: () => void): void {
    let passed = 0;
    let isHeld = false;
    // A paused socket tells its end all the same.
    let isEnded = false;
    from.on("data", (chunk) => {
      const rest = after === undefined ? chunk.length : Math.min(chunk.length, after - passed);
      passed += rest;
      const pass = (): void => {
        if (to.destroyed) return;
        if (passed === after) {
          tell();
          to.end(chunk.subarray(0, rest), () => reset(from));
        } else {
          isHeld = false;
          if (isEnded) to.end(chunk);
          else to.write(chunk, () => from.resume());
        }
      };
      isHeld = true;
      from.pause();
      const wait = delay + (pace === undefined ? 0 : (rest / pace) * 1000);
      if (wait > 0) setTimeout(pass, wait);
      else pass();
    });
    from.on("end", () => {
      isEnded = true;
      if (!isHeld) to.end();
    });
  }
}

/** One whose end is under way already cannot be reset any more: libuv refuses, and Node 20 would wait for it for ever. */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

/** Of one direction. */
interface Way {
  readonly after?: number | undefined;
  readonly delay?: number | undefined;
  readonly pace?: number | undefined;
}
