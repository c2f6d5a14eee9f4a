import { CountedGuesses } from "../../server/secrets/guesses.js";
import { ScryptSecrets } from "../../server/secrets/scrypt.js";

/** What a room needs for secrets, at a cost that tests can afford. */
export const cheapSecrets = () => ({
  secrets: new ScryptSecrets({ logN: 4, r: 1, p: 1 }),
  guesses: new CountedGuesses(),
});
