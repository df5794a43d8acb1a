// Owns one HTTP/2 session over cleartext, and requests made on it as promises.

import { connect } from "node:http2";

export function open(url, options = {}) {
  const session = connect(url, options);
  const failed = new Promise((_, reject) => session.on("error", reject));
  return { session, failed };
}

// Sends one request; `body` is a buffer, a readable stream or nothing.
export function exchange(session, headers, { body, trailers, onChunk } = {}) {
  return new Promise((resolve, reject) => {
    const request = session.request(headers, {
      endStream: body === undefined,
      waitForTrailers: trailers !== undefined,
    });
    const answer = { status: 0, headers: {}, trailers: {}, bytes: 0, text: "" };
    request.on("response", (fields) => {
      answer.status = fields[":status"];
      answer.headers = { ...fields };
    });
    request.on("trailers", (fields) => (answer.trailers = { ...fields }));
    request.on("wantTrailers", () => request.sendTrailers(trailers));
    request.on("data", (chunk) => {
      answer.bytes += chunk.length;
      if (onChunk) onChunk(chunk);
      else answer.text += chunk.toString("latin1");
    });
    request.on("end", () => resolve(answer));
    request.on("error", reject);
    if (body === undefined) return;
    if (typeof body.pipe === "function") body.pipe(request);
    else request.end(body);
  });
}

export function print(result) {
  process.stdout.write(JSON.stringify(result) + "\n");
}
