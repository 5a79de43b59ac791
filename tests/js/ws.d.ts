/** The little of `ws` that is used here. */
declare module "ws" {
  import type { EventEmitter } from "node:events";

  export class WebSocket extends EventEmitter {
    constructor(address: string, protocols: string[]);
    send(data: string): void;
    close(): void;
  }

  export class WebSocketServer extends EventEmitter {
    constructor(options: { host: string; port: number; handleProtocols(offered: Set<string>): string | false });
    address(): { port: number };
    readonly clients: Set<WebSocket>;
    close(): void;
  }
}
