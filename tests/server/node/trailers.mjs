// trailers.mjs URL: one POST with trailers to an application that answers with trailers.

import { exchange, open, print } from "./session.mjs";

const url = new URL(process.argv[2]);
const { session, failed } = open(url.origin);
const answer = exchange(
  session,
  { ":method": "POST", ":path": url.pathname, te: "trailers" },
  { body: Buffer.from("with trailers"), trailers: { "x-checksum": "abc" } },
);
print(await Promise.race([answer, failed]));
session.close();
