import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { SignJWT } from "jose";
import { ModerationService } from "../../gen/parlance/v1/moderation_service_pb.js";
import { type ModerationJob, ownerAccess, type Report } from "../job.js";
import type { Feed } from "./dialect.js";
import { call, connectH1, login } from "./dialects/connect-h1.js";
import { createHistogram, type Histogram } from "./histogram.js";
import { type Link, openLink } from "./link.js";
import { inParallel, pause, within } from "./wait.js";

/** Messages per second of the member whose responses are timed. */
const messagesPerSecond = 50;
/** Quiet and logins alternate this often, so that both meet the same noise of the machine. */
const turns = 3;
/** Nicknames that are registered with a secret of their own, and log in in turn. */
const registered = 20;
/** How many connect at the same time. */
const connecting = 50;
const limitMs = 60_000;

/** A connection and the token of the member on it. */
interface Stay {
  readonly link: Link;
  readonly token: string;
}

/** Times an owner's actions in a crowd, and the responses to a member while others log in with secrets. */
export async function moderation(job: ModerationJob, report: Report): Promise<void> {
  const owner = await enterAsOwner(job);
  const crowd = await enterCrowd(job);
  const speaker = await enter(job, "speaker");
  await timeLogins(job, speaker, report);
  const options = { headers: { authorization: `Bearer ${owner.token}` } };
  const baseUrl = `http://${job.host}:${job.port}`;
  const acts = createClient(ModerationService, createConnectTransport({ baseUrl, httpVersion: "1.1" }));

  const { messages } = job;
  await inParallel(messages, 1, (n) =>
    call(speaker.link, "Broadcast", speaker.token, { text: `to erase ${n}` }).then(() => {}),
  );
  let fromMs = performance.now();
  const person = { case: "nickname", value: "speaker" } as const;
  const { erased } = await acts.erase({ target: person, since: { seconds: 3600n, nanos: 0 } }, options);
  const eraseMs = performance.now() - fromMs;
  if (erased < messages) throw new Error(`of ${messages} messages, ${erased} were erased`);
  report({ workload: "erase", figures: { messages: erased, actionMs: eraseMs } });

  fromMs = performance.now();
  const last = within(ended(crowd), limitMs, "the end of the banned feeds").then(
    () => performance.now() - fromMs,
  );
  await acts.ban({ network: crowdNetwork, reason: "benchmark" }, options);
  const responseMs = performance.now() - fromMs;
  report({ workload: "ban", figures: { actionMs: await last, responseP50Ms: responseMs } });
  for (const { link } of [owner, speaker]) link.drop();
}

/** On loopback, and not the address of the owner. */
const crowdNetwork = "127.9.0.0/16";

/** Logs the crowd in; all its feeds have begun when this resolves. */
async function enterCrowd(job: ModerationJob): Promise<Feed[]> {
  const feeds: Feed[] = [];
  await inParallel(job.subscribers, connecting, async (n) => {
    // Few on each address: what one address may open is bounded.
    const link = await openLink(job, "connectH1", `127.9.${n >> 7}.${1 + (n & 127)}`);
    const listener = { nickname: `guest${n}`, ignoring: false, announced: false, stalling: false };
    const begin = await connectH1.enter(link, listener);
    feeds.push(await begin());
  });
  return feeds;
}

/** Resolves when the last feed has ended, to 1 ms. */
function ended(feeds: readonly Feed[]): Promise<void> {
  return new Promise((resolve) => {
    const looking = setInterval(() => {
      if (!feeds.every((feed) => feed.ended)) return;
      clearInterval(looking);
      resolve();
    }, 1);
  });
}

async function enter(job: ModerationJob, nickname: string): Promise<Stay> {
  const link = await openLink(job, "connectH1");
  return { link, token: await login(link, nickname) };
}

/** By a token of the application whose secret the server was started with. */
async function enterAsOwner(job: ModerationJob): Promise<Stay> {
  const { secret, issuer, audience } = ownerAccess;
  const accessToken = await new SignJWT({ nickname: "ada", role: "owner" })
    .setProtectedHeader({ alg: "HS256" })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject("ada")
    .setExpirationTime("1h")
    .sign(new TextEncoder().encode(secret));
  const link = await openLink(job, "connectH1");
  const token = /"token":"([^"]+)"/.exec(await call(link, "Login", "", { accessToken }))?.[1];
  if (token === undefined) throw new Error("the Login response of the owner has no token");
  return { link, token };
}

/** The responses to `speaker`, in turns with and without logins of others with secrets that they chose. */
async function timeLogins(job: ModerationJob, speaker: Stay, report: Report): Promise<void> {
  const { loginsPerSecond, seconds } = job;
  const secret = "a secret of eight words that a person chose";
  await inParallel(registered, 2, async (n) => {
    const stay = await enter(job, `member${n}`);
    await call(stay.link, "RegisterNickname", stay.token, { secret });
    stay.link.drop();
  });
  const quiet = createHistogram();
  const busy = createHistogram();
  await speak(speaker, 1, createHistogram());
  let logins = 0;
  let admitted = 0;
  for (let turn = 0; turn < turns; turn += 1) {
    await speak(speaker, seconds, quiet);
    const under: Promise<void>[] = [];
    const offering = setInterval(() => {
      const nickname = `member${logins % registered}`;
      logins += 1;
      under.push(
        logIn(job, nickname, secret).then((ok) => {
          if (ok) admitted += 1;
        }),
      );
    }, 1000 / loginsPerSecond);
    await speak(speaker, seconds, busy);
    clearInterval(offering);
    await Promise.all(under);
  }
  for (const [workload, responses] of [["no logins", quiet] as const, ["logins", busy] as const])
    report({
      workload,
      figures: {
        messages: responses.count,
        responseP50Ms: responses.quantile(0.5),
        responseP99Ms: responses.quantile(0.99),
        ...(workload === "logins" && { logins, admitted }),
      },
    });
}

/** Whether the login succeeded; where it did, the member stays, as after a lost connection. */
async function logIn(job: ModerationJob, nickname: string, secret: string): Promise<boolean> {
  const link = await openLink(job, "connectH1");
  try {
    await call(link, "Login", "", { nickname, secret });
    return true;
  } catch (error) {
    if (String(error).includes("RATE_LIMITED")) return false;
    throw error;
  } finally {
    link.drop();
  }
}

/** Broadcasts at scheduled times. A message that a late response delays counts from its scheduled time. */
async function speak({ link, token }: Stay, seconds: number, responses: Histogram): Promise<void> {
  const startMs = performance.now();
  for (let n = 0; n < messagesPerSecond * seconds; n += 1) {
    const dueMs = startMs + (n * 1000) / messagesPerSecond;
    const aheadMs = dueMs - performance.now();
    if (aheadMs > 0) await pause(aheadMs);
    const fromMs = aheadMs > 0 ? performance.now() : dueMs;
    await call(link, "Broadcast", token, { text: "hello to everyone in the room" });
    responses.add(performance.now() - fromMs, 1);
  }
}
