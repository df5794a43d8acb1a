// download.mjs URL: one GET whose body is only counted; prints status and bytes.

import { exchange, open, print } from "./session.mjs";

const url = new URL(process.argv[2]);
const { session, failed } = open(url.origin, { settings: { initialWindowSize: 1 << 20 } });
session.once("connect", () => session.setLocalWindowSize(1 << 24));
const answer = exchange(
  session,
  { ":path": url.pathname + url.search },
  { onChunk: () => {} },
);
print(await Promise.race([answer, failed]));
session.close();
