/** `completion`: what a shell is told of the commands, their options and where a file is meant; made from the commands themselves. */
import type { Command } from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

interface OptionWords {
  long: string;
  about: string;
  /** What follows it. */
  value: 'none' | 'text' | 'file' | string[];
}

interface CommandWords {
  name: string;
  about: string;
  options: OptionWords[];
  /** What its arguments are. */
  takes: 'nothing' | 'runs' | 'file' | string[];
}

const FILE = /FILE|DIR|\.json/;

export function completion(shell: Shell, program: Command): string {
  return SCRIPTS[shell](program.commands.map(wordsOf));
}

function wordsOf(command: Command): CommandWords {
  const [argument] = command.registeredArguments;
  const options = command.options.flatMap(({ long, flags, description, argChoices, required, optional }) =>
    long ? [{ long, about: brief(description), value: argChoices ?? valueAfter(flags, required || optional) }] : [],
  );
  return {
    name: command.name(),
    about: brief(command.description()),
    options: [...options, { long: '--help', about: 'what there is', value: 'none' }],
    takes: argument === undefined ? 'nothing' : (argument.argChoices ?? (FILE.test(argument.name()) ? 'file' : 'runs')),
  };
}

function valueAfter(flags: string, takesOne: boolean): 'none' | 'text' | 'file' {
  return takesOne ? (FILE.test(flags) ? 'file' : 'text') : 'none';
}

/** The beginning of what the help says, without what a shell would read something into. */
function brief(text: string): string {
  return (text.split(/[:;,(]/)[0] ?? '').replaceAll(/[^\w .%-]/g, '').trim();
}

const SCRIPTS: Record<Shell, (commands: CommandWords[]) => string> = {
  bash: (commands) => `# queue completion bash: source it, or put it where bash-completion looks
_queue() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} words=
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="${commands.map(({ name }) => name).join(' ')} --help --version"
  else
    case "\${COMP_WORDS[1]} $before" in
${commands
  .flatMap(({ name, options }) =>
    options.flatMap(({ long, value }) =>
      value === 'none' ? [] : [`      "${name} ${long}") ${bashValue(value)} ;;\n`],
    ),
  )
  .join('')}      *) case "\${COMP_WORDS[1]}" in
${commands
  .map(
    ({ name, options, takes }) =>
      `        ${name}) case $word in -*) words="${options.map(({ long }) => long).join(' ')}" ;; *) ${bashValue(takes)} ;; esac ;;\n`,
  )
  .join('')}      esac ;;
    esac
  fi
  # Without words the shell's own way applies, which is files.
  [ -z "$words" ] || COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _queue queue
`,
  zsh: (commands) => `#compdef queue
# queue completion zsh: put it into a folder of $fpath as _queue, or source it after compinit
_queue() {
  local -a commands
  commands=(
${commands.map(({ name, about }) => `    '${name}:${about}'\n`).join('')}  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
${commands
  .map(
    ({ name, options, takes }) =>
      `    ${name}) _arguments ${[
        ...options.map(
          ({ long, about, value }) => `'*${long}[${about}]${value === 'none' ? '' : `:value:${zshValue(value)}`}'`,
        ),
        ...(takes === 'nothing' ? [] : [`'*:argument:${zshValue(takes)}'`]),
      ].join(' ')} ;;\n`,
  )
  .join('')}  esac
}
if [ "$funcstack[1]" = _queue ]; then _queue "$@"; else compdef _queue queue; fi
`,
  fish: (commands) => `# queue completion fish: put it into ~/.config/fish/completions/queue.fish
complete -c queue -f
${commands
  .flatMap(({ name, about, options, takes }) => [
    `complete -c queue -n __fish_use_subcommand -a ${name} -d '${about}'\n`,
    ...options.map(
      ({ long, about: what, value }) =>
        `complete -c queue -n '__fish_seen_subcommand_from ${name}' -l ${long.slice(2)} -d '${what}'${fishValue(value)}\n`,
    ),
    ...(takes === 'file' ? [`complete -c queue -n '__fish_seen_subcommand_from ${name}' -F\n`] : []),
    ...(Array.isArray(takes)
      ? [`complete -c queue -n '__fish_seen_subcommand_from ${name}' -a '${takes.join(' ')}'\n`]
      : []),
  ])
  .join('')}`,
};

function bashValue(value: OptionWords['value'] | CommandWords['takes']): string {
  return Array.isArray(value) ? `words="${value.join(' ')}"` : ':';
}

function zshValue(value: OptionWords['value'] | CommandWords['takes']): string {
  return Array.isArray(value) ? `(${value.join(' ')})` : value === 'file' ? '_files' : ' ';
}

function fishValue(value: OptionWords['value']): string {
  return Array.isArray(value)
    ? ` -x -a '${value.join(' ')}'`
    : value === 'file'
      ? ' -r -F'
      : value === 'text'
        ? ' -x'
        : '';
}
