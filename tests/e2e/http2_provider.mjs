// A provider that offers HTTP/2 and HTTP/1.1 over TLS: answers every chat with "join" and tells at
// /seen how it was asked.
//
//   node http2_provider.mjs KEY.pem CERTIFICATE.pem
import fs from "node:fs";
import http2 from "node:http2";

const seen = { http2: 0, http1: 0, connections: 0 };
const answer = JSON.stringify({
  id: "chatcmpl-1", object: "chat.completion", created: 1, model: "remote-1",
  choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: "join" } }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
});

const server = http2.createSecureServer({
  allowHTTP1: true,
  key: fs.readFileSync(process.argv[2]),
  cert: fs.readFileSync(process.argv[3]),
});
server.on("secureConnection", () => { seen.connections += 1; });
server.on("request", (request, response) => {
  if (request.url === "/seen") {
    response.end(JSON.stringify(seen));
    return;
  }
  request.resume();
  request.on("end", () => {
    seen[request.httpVersionMajor === 2 ? "http2" : "http1"] += 1;
    response.writeHead(200, { "content-type": "application/json" });
    setTimeout(() => response.end(answer), 5);
  });
});
server.listen(0, "127.0.0.1", () => {
  console.log(`listening on localhost:${server.address().port}`);
});
