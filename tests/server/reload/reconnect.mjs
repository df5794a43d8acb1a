// reconnect.mjs URL SESSIONS TASKS PAUSE: constant load until standard input ends, on sessions that
// are replaced as the documentation of node:http2 says: a session that has had 'goaway' or 'close'
// takes no new request. A request is made again only where it was never processed. Prints a line
// for each 100 answers, and at the end what it has counted.

import { connect, constants } from "node:http2";

const [url, sessionCount, taskCount, pause] = process.argv.slice(2);
const counts = { answered: 0, again: 0, sessions: 0, goaways: 0, versions: {}, failures: [] };
const places = Array(Number(sessionCount)).fill(null);
let turn = 0;
let token = 0;
let isEnding = false;

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function sessionOf(place) {
  if (places[place] && !places[place].isGone) return places[place];
  const session = connect(url);
  counts.sessions += 1;
  session.isGone = false;
  session.lastStream = Infinity;
  session.on("goaway", (code, last) => {
    counts.goaways += 1;
    session.isGone = true;
    session.lastStream = last;
    if (code !== constants.NGHTTP2_NO_ERROR) counts.failures.push(`GOAWAY with code ${code}`);
  });
  session.on("close", () => (session.isGone = true));
  session.on("error", (error) => {
    session.isGone = true;
    counts.failures.push(`session: ${error}`);
  });
  places[place] = session;
  return session;
}

// What says that the server did not process a request: it was never sent, is above the last stream
// of the GOAWAY, or was refused.
const NEVER_SENT = new Set(["ERR_HTTP2_GOAWAY_SESSION", "ERR_HTTP2_INVALID_SESSION"]);

function exchange(session, path, pieces) {
  return new Promise((resolve) => {
    const answer = { text: "", error: null, isUnprocessed: false };
    let request;
    try {
      request = session.request({ ":method": pieces ? "POST" : "GET", ":path": path });
    } catch (error) {
      resolve({ ...answer, error, isUnprocessed: NEVER_SENT.has(error.code) });
      return;
    }
    request.setEncoding("latin1");
    request.on("response", (fields) => (answer.fields = fields));
    request.on("data", (chunk) => (answer.text += chunk));
    request.on("error", (error) => (answer.error = error));
    request.on("close", () => {
      answer.isUnprocessed =
        answer.error !== null &&
        (request.rstCode === constants.NGHTTP2_REFUSED_STREAM ||
          NEVER_SENT.has(answer.error.code) ||
          request.id > session.lastStream);
      resolve(answer);
    });
    if (pieces) sendPieces(request, pieces);
  });
}

async function sendPieces(request, pieces) {
  for (const piece of pieces) {
    if (request.destroyed) return;
    request.write(piece, "latin1");
    await wait(20);
  }
  if (!request.destroyed) request.end();
}

function choose(number) {
  if (number % 10 === 0) return { path: "/stream?pieces=5", expected: "0\n1\n2\n3\n4\n" };
  if (number % 5 !== 1) return { path: `/quick?${number}`, expected: `${number}` };
  const pieces = [`${number} `.repeat(1000), "and ", `${number}`.repeat(500)];
  return { path: number % 2 ? "/echo" : "/collect", expected: pieces.join(""), pieces };
}

async function call({ path, expected, pieces }) {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    turn = (turn + 1) % places.length;
    const answer = await exchange(sessionOf(turn), path, pieces);
    if (answer.isUnprocessed) {
      counts.again += 1;
      continue;
    }
    const status = answer.fields?.[":status"];
    if (answer.error !== null || status !== 200 || answer.text !== expected) {
      counts.failures.push(`${path}: ${answer.error} ${status} ${answer.text.length} bytes`);
      return;
    }
    const version = answer.fields["x-version"];
    counts.versions[version] = (counts.versions[version] ?? 0) + 1;
    counts.answered += 1;
    if (counts.answered % 100 === 0) process.stdout.write(`${counts.answered} by ${version}\n`);
    return;
  }
  counts.failures.push(`${path}: not processed`);
}

async function work(delay) {
  await wait(delay);
  while (!isEnding) {
    await call(choose(token++));
    await wait(Number(pause));
  }
}

process.stdin.on("end", () => (isEnding = true));
process.stdin.resume();
await Promise.all(Array.from({ length: Number(taskCount) }, (_, index) => work(index)));
for (const session of places) session?.close();
process.stdout.write(JSON.stringify(counts) + "\n");
