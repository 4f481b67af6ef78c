import { readFileSync } from 'node:fs';
import { posix, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

interface Instruction {
  readonly name: string;
  /** Without flags and with continuation lines joined. */
  readonly text: string;
  readonly flags: Readonly<Record<string, string>>;
}

interface Copy {
  /** The stage that it comes from; null for the build context. */
  readonly from: string | null;
  readonly sources: readonly string[];
  /** Absolute in the image; ends in a slash when it is a folder to put files into. */
  readonly to: string;
}

interface Stage {
  readonly name: string;
  /** With the ARGs of the file put in. */
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

/** `deploy/Dockerfile` as far as tests need it: the stages, and what its last one says about the image. */
export class Dockerfile {
  readonly stages: readonly Stage[];

  constructor(path = 'deploy/Dockerfile') {
    this.stages = stagesOf(instructionsOf(readFileSync(resolve(root, path), 'utf8')));
  }

  /** The stage that becomes the image. */
  get image(): Stage {
    const last = this.stages.at(-1);
    if (last === undefined) throw new Error('a Dockerfile without a stage');
    return last;
  }

  /** What the image says with this instruction; the last one counts. */
  text(name: string): string {
    const found = this.#all(name).at(-1);
    if (found === undefined) throw new Error(`the image has no ${name}`);
    return found.text;
  }

  /** An instruction in exec form: `["program", "argument"]`. */
  exec(name: string): string[] {
    return JSON.parse(this.text(name).replace(/^CMD /, '')) as string[];
  }

  flag(name: string, flag: string): string | undefined {
    return this.#all(name).at(-1)?.flags[flag];
  }

  get environment(): Record<string, string> {
    const pairs = this.#all('ENV').flatMap(({ text }) => text.split(/\s+/));
    return Object.fromEntries(pairs.map((pair) => pair.split('=') as [string, string]));
  }

  get copies(): Copy[] {
    return copiesOf(this.image);
  }

  #all(name: string): Instruction[] {
    return this.image.instructions.filter((instruction) => instruction.name === name);
  }
}

/** The COPY instructions of a stage, with their targets resolved against its WORKDIR. */
export function copiesOf(stage: Stage): Copy[] {
  let workdir = '/';
  const copies: Copy[] = [];
  for (const { name, text, flags } of stage.instructions) {
    if (name === 'WORKDIR') workdir = posix.resolve(workdir, text);
    if (name !== 'COPY') continue;
    const sources = text.split(/\s+/);
    const target = sources.pop() ?? '';
    const to = posix.resolve(workdir, target);
    copies.push({ from: flags.from ?? null, sources, to: target.endsWith('/') ? `${to}/` : to });
  }
  return copies;
}

function instructionsOf(text: string): Instruction[] {
  const withoutComments = text.replaceAll(/^\s*#.*\n/gm, '');
  const lines = withoutComments.replaceAll(/\\\n/g, ' ').split('\n');
  return lines.flatMap((line) => {
    const [, name = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line.trim()) ?? [];
    if (name === '') return [];
    const flags: Record<string, string> = {};
    let body = rest.trim();
    for (let flag = FLAG.exec(body); flag !== null; flag = FLAG.exec(body)) {
      flags[flag[1] ?? ''] = flag[2] ?? '';
      body = body.slice(flag[0].length);
    }
    return [{ name, text: body, flags }];
  });
}

const FLAG = /^--([a-z-]+)=(\S+)\s+/;

function stagesOf(instructions: readonly Instruction[]): Stage[] {
  const args = new Map<string, string>();
  const stages: { name: string; base: string; instructions: Instruction[] }[] = [];
  for (const instruction of instructions) {
    const { name, text } = instruction;
    if (name === 'FROM') {
      const [base = '', , stage = ''] = text.split(/\s+/);
      stages.push({
        name: stage,
        base: base.replace(/\$\{(\w+)\}/, (_, arg) => args.get(arg) ?? ''),
        instructions: [],
      });
    } else if (stages.length > 0) stages.at(-1)?.instructions.push(instruction);
    else if (name === 'ARG') args.set(text.split('=')[0] ?? '', text.slice(text.indexOf('=') + 1));
  }
  return stages;
}
