import { describe, expect, it } from 'vitest';
import { cogEntries, cogFile } from '../../../../bot/cogs/index.js';
import { type CogSpec, defineCog } from '../../../../bot/framework/cog.js';
import { checkCogs } from '../../../../bot/framework/cog-check.js';
import { defineCommand } from '../../../../bot/framework/command.js';
import { textOption } from '../../../../bot/framework/options.js';

const command = (name: string, aliases: string[] = []) =>
  defineCommand({ name, aliases, description: 'Does it.', run: async () => {} });
const entry = (spec: CogSpec, name = spec.name) => ({ name, load: async () => defineCog(spec) });

async function problemsOf(...specs: CogSpec[]): Promise<(readonly string[])[]> {
  return (await checkCogs(specs.map((spec) => entry(spec)))).map(({ problems }) => problems);
}

describe('checking cogs', () => {
  it('finds nothing wrong with those of Tux, which all are where hot reload looks for them', async () => {
    const reports = await checkCogs(cogEntries);
    expect(reports.filter(({ problems }) => problems.length > 0)).toEqual([]);
    for (const { name } of cogEntries) {
      const source = cogFile(name).href.replace(/\.js$/, '.ts');
      expect(Object.values(await import(source))).toContainEqual(expect.objectContaining({ name }));
    }
  });

  it('never lets Tux get near the 100 commands that Discord takes', async () => {
    const cogs = await Promise.all(cogEntries.map((one) => one.load()));
    expect(cogs.flatMap((cog) => cog.commands).length).toBeLessThanOrEqual(90);
  });

  it('names a module that cannot be imported', async () => {
    const broken = { name: 'broken', load: () => Promise.reject(new SyntaxError('unexpected end')) };
    expect(await checkCogs([broken])).toEqual([{ name: 'broken', cog: null, problems: ['unexpected end'] }]);
  });

  it('names a command or alias that two cogs have', async () => {
    expect(
      await problemsOf({ name: 'a', commands: [command('x', ['y'])] }, { name: 'b', commands: [command('y')] }),
    ).toEqual([[], ["command 'y' exists in cog 'a', too"]]);
  });

  it('names a cog that is listed under another name', async () => {
    const [report] = await checkCogs([entry({ name: 'a' }, 'b')]);
    expect(report?.problems).toEqual(["it is listed as 'b' and calls itself 'a'"]);
  });

  it('names a button that no custom id can be made for', async () => {
    const [problems] = await problemsOf({ name: 'a', components: { 'No!': { run: async () => {} } } });
    expect(problems?.[0]).toContain('is no custom id');
  });

  it('names a button that stands for a command of which it cannot ask the permission', async () => {
    const run = async () => {};
    const components = { good: { command: 'x', run }, bad: { command: 'gone', run } };
    expect(await problemsOf({ name: 'a', commands: [command('x')], components })).toEqual([
      ["component 'bad' stands for 'gone', which is no command of it"],
    ]);
  });

  it('names a command that is too long for Discord as a whole', async () => {
    const options = Object.fromEntries(
      Array.from({ length: 25 }, (_, index) => [`o${index}`, textOption({ description: 'd'.repeat(100) })]),
    );
    const many = Array.from({ length: 4 }, (_, index) => command(`c${index}`));
    const long = defineCommand({ name: 'long', description: 'd'.repeat(100), options, run: async () => {} });
    expect(await problemsOf({ name: 'a', commands: [long, ...many] })).toEqual([[]]); // 2.7 thousand of 8
    const group = { kind: 'group' as const, name: 'g', description: 'd', aliases: [], defaultCommand: undefined };
    const commands = Array.from({ length: 4 }, () => long);
    const [problems] = await problemsOf({ name: 'a', commands: [{ ...group, commands }] });
    expect(problems).toEqual([expect.stringMatching(/^command 'g' has \d+ characters, Discord takes 8000$/)]);
  });
});
