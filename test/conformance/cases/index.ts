import { endingCases } from "./ending.js";
import { errorCases } from "./errors.js";
import { feedCases } from "./feed.js";
import { gapCases } from "./gaps.js";
import { helpCases } from "./help.js";
import { ignoringCases } from "./ignoring.js";
import { listCases } from "./lists.js";
import { loginCases } from "./login.js";
import { messageCases } from "./messages.js";
import { presenceCases } from "./presence.js";
import { refusalCases } from "./refusals.js";

/** The whole suite, in the order in which a client meets the protocol. */
export const cases = [
  ...loginCases,
  ...feedCases,
  ...messageCases,
  ...ignoringCases,
  ...listCases,
  ...helpCases,
  ...presenceCases,
  ...endingCases,
  ...gapCases,
  ...errorCases,
  ...refusalCases,
];
