import assert from "node:assert/strict";
import { ModerationAction } from "../../../gen/parlance/v1/event_pb.js";
import { Feature } from "../../../gen/parlance/v1/limits_pb.js";
import { type Person, summarize } from "../../support/people.js";
import { assertRefused, received, receivedMessage } from "../assertions.js";
import { MANY_CALLS_MS, NotApplicable, testCase } from "../case.js";
import { byId, byName, seconds, staffed } from "../staff.js";
import type { Target } from "../target.js";

const notFound = { code: "NotFound", reason: "MESSAGE_NOT_FOUND", field: "ids" };
const invalid = (field: string) => ({ code: "InvalidArgument", reason: "REQUEST_INVALID", field });

function requireRedaction({ limits }: Target): void {
  if (!limits.features.includes(Feature.REDACTION))
    throw new NotApplicable("the server does not announce FEATURE_REDACTION");
}

const redact = (by: Person, ids: string[], reason = "") => by.chat.redact({ ids, reason }, by.options);

async function texts(person: Person): Promise<string[]> {
  const { events } = await person.chat.listEvents({ pageSize: 500 }, person.options);
  return events.filter(({ kind }) => /Message$/.test(kind.case ?? "")).map(({ kind }) => summarize({ kind }));
}

export const redactingCases = [
  testCase(
    "LIM-22 RED-1 RED-2 RED-3 RED-4 RED-7 RED-11 EV-41 EV-43 EV-45 EV-46 EV-47",
    "Redact erases one's own messages from feeds and history; those who could see them learn which",
    async (target) => {
      requireRedaction(target);
      const [ada, bob, eve] = [await target.join(), await target.join(), await target.join()];
      const [heard, private_] = [await target.subscribe(eve), await target.subscribe(bob)];
      const group = await ada.say("erased");
      const whisper = await ada.sendTo(bob.nickname, "erased too");
      await ada.say("kept");
      await receivedMessage(heard, "kept");
      assert.equal((await redact(ada, [group.id, whisper.id, group.id], "oops")).erased, 2);
      const shown = (await received(heard, "redacted")).kind.value;
      assert.deepEqual(
        [shown.ids, shown.sender, shown.senderId, shown.reason],
        [[group.id], ada.nickname, ada.id, "oops"],
      );
      await received(private_, "redacted", ({ ids }) => ids.includes(whisper.id));
      assert.ok(
        !heard.events.some(({ kind }) => kind.case === "redacted" && kind.value.ids.includes(whisper.id)),
      );
      const late = await target.subscribe(bob, { backlog: 100 });
      assert.ok(!late.summary().some((text) => text.includes("erased")));
      assert.ok((await texts(bob)).every((text) => !text.includes("erased")));
      assert.ok((await texts(bob)).some((text) => text.includes("kept")));
      assert.equal((await redact(ada, [group.id, whisper.id])).erased, 0);
    },
  ),
  testCase(
    "RED-6 RED-8 RED-9 RED-10 ERR-40",
    "Redact is all or nothing: an unknown, invisible or foreign message erases none",
    async (target) => {
      requireRedaction(target);
      const [ada, bob, eve] = [await target.join(), await target.join(), await target.join()];
      const own = await ada.say("stays");
      const other = await bob.say("stays, too");
      const hidden = await bob.sendTo(eve.nickname, "between us");
      for (const id of ["", "nonsense", `${own.id.slice(0, -3)}AAA`, hidden.id])
        await assertRefused(redact(ada, [own.id, id]), notFound);
      const foreign = redact(ada, [own.id, other.id]);
      await assertRefused(foreign, { code: "PermissionDenied", reason: "NOT_ALLOWED" });
      await assertRefused(redact(ada, []), invalid("ids"));
      await assertRefused(
        redact(
          ada,
          Array.from({ length: 101 }, () => own.id),
        ),
        invalid("ids"),
      );
      await assertRefused(redact(ada, [own.id], "two\nlines"), invalid("reason"));
      assert.ok((await texts(ada)).includes(`${ada.nickname}: stays`));
    },
  ),
  testCase(
    "RED-1 ERASE-1 ERASE-2 ERASE-4 ERASE-5 KICK-4 BAN-13",
    "moderators erase what they see, and what a person sent, who may have left",
    (target) =>
      staffed(target, async ({ moderator, member, acts, target: own }) => {
        const { options } = moderator;
        const staff = await own.subscribe(await own.join());
        const said = await member.say("one");
        await member.say("two");
        await member.sendTo(member.nickname, "three");
        assert.equal((await redact(moderator, [said.id])).erased, 1);
        await received(staff, "redacted", ({ ids }) => ids.includes(said.id));
        await member.chat.logout({}, member.options);
        await assertRefused(acts.erase({ target: byId(member) }, options), invalid("since"));
        const erase = () => acts.erase({ target: byId(member), since: seconds(600) }, options);
        // The note to itself by which it joined is one of them.
        assert.equal((await erase()).erased, 3);
        assert.equal((await erase()).erased, 0);
        const { events } = await moderator.chat.listEvents({ pageSize: 500 }, options);
        const done = events.flatMap(({ kind }) => (kind.case === "moderated" ? [kind.value.action] : []));
        assert.equal(done.filter((action) => action === ModerationAction.ERASE).length, 2);
        for (const act of ["kick", "ban"] as const) {
          const person = await own.join();
          await person.say(`before ${act}`);
          const request = { target: byName(person), eraseSince: seconds(600), spareAddress: true };
          await (act === "kick" ? acts.kick(request, options) : acts.ban(request, options));
          assert.ok((await texts(moderator)).every((text) => !text.includes(`before ${act}`)));
        }
      }),
    MANY_CALLS_MS,
  ),
];
