import { accessTokenCases } from "./access-tokens.js";
import { editingCases } from "./editing.js";
import { endingCases } from "./ending.js";
import { errorCases } from "./errors.js";
import { feedCases } from "./feed.js";
import { gapCases } from "./gaps.js";
import { helpCases } from "./help.js";
import { ignoringCases } from "./ignoring.js";
import { limitCases } from "./limits.js";
import { listCases } from "./lists.js";
import { loginCases } from "./login.js";
import { messageCases } from "./messages.js";
import { moderationCases } from "./moderation.js";
import { presenceCases } from "./presence.js";
import { privateMessageCases } from "./private-messages.js";
import { redactingCases } from "./redacting.js";
import { refusalCases } from "./refusals.js";
import { registeringCases } from "./registering.js";
import { roomCases } from "./room.js";
import { searchingCases } from "./searching.js";
import { slowConsumerCases } from "./slow-consumer.js";
import { storeCases } from "./store.js";
import { undeliveredCases } from "./undelivered.js";

/** The whole suite, in the order in which a client meets the protocol. */
export const cases = [
  ...roomCases,
  ...loginCases,
  ...registeringCases,
  ...accessTokenCases,
  ...feedCases,
  ...messageCases,
  ...privateMessageCases,
  ...undeliveredCases,
  ...editingCases,
  ...redactingCases,
  ...moderationCases,
  ...ignoringCases,
  ...listCases,
  ...searchingCases,
  ...helpCases,
  ...presenceCases,
  ...endingCases,
  ...slowConsumerCases,
  ...gapCases,
  ...storeCases,
  ...limitCases,
  ...errorCases,
  ...refusalCases,
];
