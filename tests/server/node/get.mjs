// get.mjs URL: one GET; prints status, headers and body.

import { exchange, open, print } from "./session.mjs";

const url = new URL(process.argv[2]);
const { session, failed } = open(url.origin);
const answer = exchange(session, { ":path": url.pathname + url.search });
print(await Promise.race([answer, failed]));
session.close();
