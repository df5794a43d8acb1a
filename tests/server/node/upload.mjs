// upload.mjs URL BYTES: one POST of BYTES bytes; prints status and answer.

import { exchange, open, print } from "./session.mjs";
import { Readable } from "node:stream";

const url = new URL(process.argv[2]);
const size = Number(process.argv[3]);
const chunk = Buffer.alloc(64 * 1024, "h2corn");

function* chunks() {
  for (let left = size; left > 0; left -= chunk.length) {
    yield left < chunk.length ? chunk.subarray(0, left) : chunk;
  }
}

const { session, failed } = open(url.origin);
const answer = exchange(
  session,
  { ":method": "POST", ":path": url.pathname },
  { body: Readable.from(chunks(), { objectMode: false }) },
);
print(await Promise.race([answer, failed]));
session.close();
