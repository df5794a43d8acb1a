// concurrent.mjs URL COUNT: COUNT streams open at once on one connection, each with a body of its
// own that is sent only when all are open; prints how many echoes were right.

import { exchange, open, print } from "./session.mjs";
import { Readable } from "node:stream";

const url = new URL(process.argv[2]);
const count = Number(process.argv[3]);
const { session, failed } = open(url.origin, { peerMaxConcurrentStreams: count });

let allOpen;
const everyStreamIsOpen = new Promise((resolve) => (allOpen = resolve));
let opened = 0;

async function* body(text) {
  if (++opened === count) allOpen();
  await everyStreamIsOpen;
  yield Buffer.from(text);
}

const answers = Array.from({ length: count }, (_, index) =>
  exchange(
    session,
    { ":method": "POST", ":path": url.pathname },
    { body: Readable.from(body(`body ${index}`)) },
  ),
);
const all = await Promise.race([Promise.all(answers), failed]);
const right = all.filter(({ status, text }, index) => status === 200 && text === `body ${index}`);
print({ right: right.length });
session.close();
