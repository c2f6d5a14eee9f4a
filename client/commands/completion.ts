import tab from "@bomb.sh/tab/commander";
import type { Command } from "commander";

/**
 * For bash instead of the library's, which needs the package bash-completion and cannot be read twice. Bash takes `=` and
 * `:` for words of their own, and what it is given replaces the last of them. It is 3.2 on macOS.
 */
const BASH = `# bash completion for parlance, for bash 3.2 and later; needs no other package
__parlance_complete() {
    local word glue= i cur=\${COMP_WORDS[COMP_CWORD]}
    local -a words=()
    for ((i = 1; i <= COMP_CWORD; i++)); do
        word=\${COMP_WORDS[i]}
        if [[ \${#words[@]} -gt 0 && ( -n $glue || $word == [=:]* ) ]]; then
            words[\${#words[@]}-1]+=$word
        else
            words+=("$word")
        fi
        glue=
        if [[ $word == *[=:] ]]; then glue=1; fi
    done
    if [[ $cur == [=:] ]]; then cur=; fi
    COMPREPLY=()
    if [[ \${COMP_WORDS[COMP_CWORD-1]} == --ca ]]; then
        while read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$cur")
        return
    fi
    while IFS=$'\\t' read -r word _; do
        if [[ -n $word && $word != :* && $word == "$cur"* ]]; then COMPREPLY+=("$word"); fi
    done < <(parlance complete -- "\${words[@]}" 2>/dev/null)
}
complete -F __parlance_complete parlance
`;

/** The library's script takes for granted that zsh's completion has been started. */
const ZSH_START = `#compdef parlance
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }
`;

export interface CompletionOptions {
  readonly languages: readonly string[];
  /** Writes to stdout. */
  readonly write: (text: string) => void;
}

/**
 * `parlance completion SHELL` prints a script that runs `parlance complete -- WORDS` at each Tab. Loaded only for these
 * two.
 */
export function addCompletion(program: Command, { languages, write }: CompletionOptions): void {
  const known = program.commands as Command[];
  const take = () =>
    known.splice(
      known.findIndex((command) => command.name() === "completion"),
      1,
    );
  const listed = take();
  for (const command of [program, ...known]) {
    // Offered, although any language tag is accepted.
    const lang = command.options.find((option) => option.long === "--lang");
    if (lang) lang.argChoices = [...languages];
  }
  const root = tab(program, { completionCommandName: "completion" });
  // Of the library's command only what it is called is needed: the one with words for people takes its place.
  take();
  known.push(...listed);
  listed[0]?.action((shell: string) => {
    if (shell === "bash") return write(BASH);
    if (shell === "zsh") write(ZSH_START);
    root.setup("parlance", "parlance", shell);
  });
}
