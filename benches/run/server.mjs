// A server on loopback for the pages: files from memory, compressed beforehand, and a registrar.
import { createServer } from "node:http";
import { brotliCompressSync } from "node:zlib";
import { WebSocketServer } from "ws";

const TYPES = { html: "text/html; charset=utf-8", js: "text/javascript", mjs: "text/javascript", wasm: "application/wasm" };
const ISOLATED = {
  // Without these a page's clock is coarse.
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/** Serves the files by their paths; whoever registers is registered. */
export async function serve(files) {
  const ready = Object.entries(files).map(([path, content]) => [path, { plain: Buffer.from(content), brotli: brotliCompressSync(content) }]);
  const known = new Map(ready);
  const server = createServer(({ url, headers }, response) => {
    const file = known.get(url);
    const brotli = /\bbr\b/.test(headers["accept-encoding"] ?? "");
    const type = TYPES[url.split(".").at(-1)] ?? TYPES.html;
    response.writeHead(file === undefined ? 404 : 200, {
      ...ISOLATED, "Content-Type": type, "Cache-Control": "no-store", ...(brotli && file ? { "Content-Encoding": "br" } : {}),
    });
    response.end(brotli ? file?.brotli : file?.plain);
  });
  const sockets = new WebSocketServer({ server, handleProtocols: () => "sip" });
  sockets.on("connection", (socket) => socket.on("message", (data) => register(socket, data.toString())));
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { address: `http://127.0.0.1:${server.address().port}`, close: () => { sockets.close(); server.closeAllConnections(); server.close(); } };
}

function register(socket, request) {
  if (!request.startsWith("REGISTER")) return;
  const lines = request.split("\r\n").filter((line) => /^(Via|From|To|Call-ID|CSeq|Contact):/i.test(line));
  const copied = lines.map((line) => (line.startsWith("To:") ? `${line};tag=registrar` : line));
  socket.send(["SIP/2.0 200 OK", ...copied, "Expires: 600", "Content-Length: 0", "", ""].join("\r\n"));
}
