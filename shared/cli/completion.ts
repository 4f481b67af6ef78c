import { Argument, type Command } from 'commander';

/** The shells that a script can be made for. */
const completionShells = ['bash', 'zsh', 'fish'] as const;
export type CompletionShell = (typeof completionShells)[number];

/** Adds `completion SHELL`, which prints what that shell needs to complete this program's commands and options. */
export function addCompletionCommand(program: Command): void {
  const name = program.name();
  program
    .command('completion')
    .description('print what a shell needs to complete commands and options')
    .addArgument(new Argument('<shell>', 'the shell it is for').choices(completionShells))
    .addHelpText(
      'after',
      `
To load it at every start of the shell:
  bash   echo 'source <(${name} completion bash)' >> ~/.bashrc
  zsh    echo 'source <(${name} completion zsh)' >> ~/.zshrc      after compinit
  fish   ${name} completion fish > ~/.config/fish/completions/${name}.fish`,
    )
    .action(async (shell: CompletionShell) => {
      process.stdout.write(await completionScript(shell, program));
    });
}

/** The script for one shell. It knows the commands as they are now: after an upgrade it is made anew at the next login. */
export async function completionScript(shell: CompletionShell, program: Command): Promise<string> {
  const { placesOf } = await import('./completion/command-tree.js');
  const places = placesOf(program);
  const name = program.name();
  switch (shell) {
    case 'bash':
      return (await import('./completion/bash-script.js')).bashScript(name, places);
    case 'zsh':
      return (await import('./completion/zsh-script.js')).zshScript(name, places);
    case 'fish':
      return (await import('./completion/fish-script.js')).fishScript(name, places);
  }
}
