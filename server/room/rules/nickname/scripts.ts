/** ISO 15924 codes of every script with letters up to Unicode 18, those in daily use first. */
const SCRIPTS =
  `Latn Cyrl Grek Arab Hebr Deva Thai Hang Hira Kana Hani Armn Geor Beng Taml Telu Knda Mlym Gujr Guru Sinh
  Khmr Laoo Mymr Tibt Ethi Mong Bopo Yiii Adlm Aghb Ahom Armi Avst Bali Bamu Bass Batk Berf Bhks Brah Bugi
  Buhd Cakm Cans Cari Cham Cher Chrs Copt Cpmn Cprt Diak Dogr Dsrt Dupl Egyp Elba Elym Gara Glag Gong Gonm
  Goth Gran Gukh Hano Hatr Hluw Hmng Hmnp Hung Ital Java Jurc Kali Kawi Khar Khoj Kits Krai Kthi Lana Lepc
  Limb Lina Linb Lisu Lyci Lydi Mahj Maka Mand Mani Marc Medf Mend Merc Mero Modi Mroo Mtei Mult Nagm Nand
  Narb Nbat Newa Nkoo Nshu Ogam Olck Onao Orkh Orya Osge Osma Ougr Palm Pauc Pcun Perm Phag Phli Phlp Phnx
  Plrd Prti Rjng Rohg Runr Samr Sarb Saur Seal Sgnw Shaw Shrd Sidd Sidt Sind Sogd Sogo Sora Soyo Sund Sunu
  Sylo Syrc Tagb Takr Tale Talu Tang Tavt Tayo Tfng Tglg Thaa Tirh Tnsa Todr Tols Toto Tutg Ugar Vaii Vith
  Wara Wcho Xpeo Xsux Yezi Zanb`.split(/\s+/);

/** What Japanese, Taiwanese and Korean write side by side (UTS #39, section 5.2, highly restrictive). */
const COMPANIES = [
  ["Latn", "Hani", "Hira", "Kana"],
  ["Latn", "Hani", "Bopo"],
  ["Latn", "Hani", "Hang"],
];

const patterns = new Map<string, RegExp>();

/**
 * Whether one script suffices to write it, or Latin with Han and Kana, Bopomofo or Hangul. Characters of several
 * scripts count as any of them (Script_Extensions), those of no script as all. A script that this table or the
 * Node it runs on does not know suffices for nothing.
 */
export function isOfOneScript(text: string): boolean {
  return (
    SCRIPTS.some((script) => canWrite([script], text)) || COMPANIES.some((scripts) => canWrite(scripts, text))
  );
}

function canWrite(scripts: readonly string[], text: string): boolean {
  const id = scripts.join();
  const pattern = patterns.get(id) ?? compile(scripts);
  patterns.set(id, pattern);
  return pattern.test(text);
}

function compile(scripts: readonly string[]): RegExp {
  const classes = [...scripts, "Zyyy", "Zinh"].map((script) => `\\p{Script_Extensions=${script}}`);
  try {
    return new RegExp(`^[${classes.join("")}]+$`, "u");
  } catch {
    // An older Node, to which these letters are unassigned.
    return /(?!)/;
  }
}
