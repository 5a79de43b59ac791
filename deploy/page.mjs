// The demo page as its own development server would serve it, with Kamailio behind it: the files,
// the demo users, and a WebSocket on the same port that is passed on, octet by octet, to the first
// edge that is there.
import { createReadStream } from "node:fs";
import { createServer } from "node:http";
import { connect } from "node:net";
import { extname, join, normalize } from "node:path";
import { at } from "../scripts/project.mjs";

const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".map": "application/json" };

/** Serves on a free port; `edges` are the ports of the edges' WebSockets. */
export async function servePage({ edges, domain, users }) {
  const accounts = Object.entries(users).map(([username, password]) => (
    { username, password, uri: `sip:${username}@${domain}`, displayName: username[0].toUpperCase() + username.slice(1) }
  ));
  let given = 0;
  const answers = {
    "/demo-users": () => ({ domain, path: "/ws", users: accounts, numbers: [] }),
    "/demo-user": () => accounts[given++ % accounts.length],
  };
  const server = createServer(({ url }, response) => {
    const path = url.split("?")[0];
    if (Object.hasOwn(answers, path)) response.setHeader("content-type", "application/json").end(JSON.stringify(answers[path]()));
    else sendFile(path === "/" ? "/index.html" : path, response);
  });
  server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    passOn(request, socket, head, edges);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    address: `http://localhost:${server.address().port}/`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function sendFile(path, response) {
  const file = createReadStream(join(at("dist", "www"), normalize(path)));
  file.once("error", () => response.writeHead(404).end());
  file.once("open", () => {
    response.setHeader("content-type", TYPES[extname(path)] ?? "application/octet-stream");
    file.pipe(response);
  });
}

function passOn(request, socket, head, [edge, ...others]) {
  const upstream = connect(edge, "127.0.0.1");
  const refused = () => {
    if (others.length > 0) passOn(request, socket, head, others);
    else socket.destroy();
  };
  upstream.once("error", refused).once("connect", () => {
    upstream.off("error", refused);
    connectThrough(request, socket, head, upstream);
  });
}

/** The request for the WebSocket goes first, and then whatever comes. */
function connectThrough({ url, rawHeaders }, socket, head, upstream) {
  const fields = rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${rawHeaders[index + 1]}`] : []));
  upstream.write([`GET ${url} HTTP/1.1`, ...fields, "", ""].join("\r\n"));
  upstream.write(head);
  upstream.on("error", () => upstream.destroy());
  for (const [end, other] of [[socket, upstream], [upstream, socket]]) end.on("close", () => other.destroy());
  socket.pipe(upstream).pipe(socket);
}
