// The peer of the engine's tests (tests/engine/peer.js) behind a real WebSocket server, with
// its logs over HTTP.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { WebSocketServer } from "ws";
import { Peer } from "../tests/engine/peer.js";
import { target } from "./project.mjs";

// The address is compiled into the tests: with the port of the last time nothing is compiled anew.
const portFile = join(target, "stamps", "test-peer-port");

function listen(server, port) {
  return new Promise((resolve, reject) => {
    server.once("error", reject).listen(port, "127.0.0.1", () => resolve(server.address().port));
  });
}

async function listenOnUsualPort(server) {
  const usual = existsSync(portFile) ? Number(readFileSync(portFile, "utf8")) : 0;
  const port = await listen(server, usual).catch(() => listen(server, 0));
  mkdirSync(dirname(portFile), { recursive: true });
  writeFileSync(portFile, String(port));
  return port;
}

/** Starts the peer; gives its address and what ends it. */
export async function startTestPeer() {
  const peer = new Peer();
  const http = createServer((request, response) => {
    response.setHeader("Access-Control-Allow-Origin", "*");
    response.end(JSON.stringify(peer.log(request.url.slice(1))));
  });
  const sockets = new WebSocketServer({ server: http, handleProtocols: (offered) => offered.has("sip") && "sip" });
  sockets.on("connection", (socket, request) => {
    const connection = peer.connect(request.url, socket.protocol, {
      send: (frame) => socket.send(frame),
      close: (code) => socket.close(code),
    });
    socket.on("message", (data) => connection.receive(data.toString("utf8")));
    socket.on("close", (code) => connection.closed(code));
  });
  const port = await listenOnUsualPort(http);
  const stop = () => {
    for (const socket of sockets.clients) socket.terminate();
    http.close();
    http.closeAllConnections();
  };
  return { address: `ws://127.0.0.1:${port}`, stop };
}
