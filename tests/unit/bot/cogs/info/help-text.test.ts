import type { APIEmbed } from 'discord-api-types/v10';
import { describe, expect, it } from 'vitest';
import {
  commandEmbed,
  overviewLines,
  type ShownEntry,
  toPages,
  usageLines,
} from '../../../../../bot/cogs/info/help-text.js';
import { findTopic, helpEntries, suggestTopics } from '../../../../../bot/cogs/info/help-topic.js';
import { defineCommand, defineCommandGroup } from '../../../../../bot/framework/command.js';
import { CommandRegistry } from '../../../../../bot/framework/command-registry.js';
import { type Option, textOption } from '../../../../../bot/framework/options.js';

const run = async () => {};
const longest = { description: 'd'.repeat(100), run };

/** 100 commands with the longest names, descriptions and options that Discord takes; the first 20 have 25 sub-commands. */
function hugeRegistry(): CommandRegistry {
  const registry = new CommandRegistry();
  const name = (n: number) => `c${n}-`.padEnd(32, 'x');
  const options: Record<string, Option> = {};
  for (let n = 0; n < 25; n += 1) options[name(n)] = textOption({ description: 'o'.repeat(100) });
  for (let n = 0; n < 100; n += 1) {
    const subs = Array.from({ length: 25 }, (_, index) => defineCommand({ ...longest, name: name(index), options }));
    const base = { name: name(n), description: longest.description };
    const command = n < 20 ? defineCommandGroup({ ...base, commands: subs }) : defineCommand({ ...base, options, run });
    registry.add(`cog${n % 30}`, command);
  }
  return registry;
}

const shown = (registry: CommandRegistry, isLocked = true): ShownEntry[] =>
  helpEntries(registry).map((entry) => ({ ...entry, isLocked }));

function sizeOf({ title = '', description = '', fields = [], footer }: APIEmbed): number {
  const texts = [title, description, footer?.text ?? '', ...fields.flatMap(({ name, value }) => [name, value])];
  return texts.join('').length;
}

describe('help about 100 commands of the largest kind', () => {
  const entries = shown(hugeRegistry());

  it('has pages that Discord takes, and nothing gets lost between them', () => {
    for (const lines of [overviewLines(entries), usageLines('$'.repeat(10), entries)]) {
      const pages = toPages(lines);
      expect(Math.max(...pages.map(({ length }) => length))).toBeLessThanOrEqual(4_096);
      expect(pages.join('\n').split('\n')).toEqual(lines);
    }
    const overview = overviewLines(entries).join(' ');
    for (const { path } of entries) expect(overview).toContain(`\`${path}\`🔒`);
  });

  it('explains each within the limits of an embed', () => {
    for (const entry of entries) {
      const embed = commandEmbed('$'.repeat(10), entry);
      expect(sizeOf(embed)).toBeLessThanOrEqual(6_000);
      expect(Math.max(...(embed.fields ?? []).map(({ value }) => value.length))).toBeLessThanOrEqual(1_024);
    }
  });
});

describe('help', () => {
  const registry = new CommandRegistry();
  const restart = defineCommand({ name: 'restart', description: 'Restarts.', aliases: ['reboot'], run });
  const options = { text: textOption({ description: 'What', required: true }) };
  const cooldown = { ms: 60_000, per: 'user' } as const;
  const wave = defineCommand({ name: 'wave', description: 'Waves.', aliases: ['hi'], options, cooldown, run });
  registry.add('power', defineCommandGroup({ name: 'admin', description: 'Runs it.', commands: [restart] }));
  registry.add('fun', wave);

  it.each([
    ['', { kind: 'overview' }],
    ['fun', { kind: 'cog', cog: 'fun' }],
    ['$POWER', { kind: 'cog', cog: 'power' }],
    ['admin', { kind: 'group', group: { name: 'admin' } }],
    ['/admin restart', { kind: 'command', entry: { path: 'admin restart' } }],
    ['$admin reboot', { kind: 'command', entry: { path: 'admin restart' } }],
    ['hi', { kind: 'command', entry: { path: 'wave' } }],
  ])('finds %j', (wanted, topic) => {
    expect(findTopic(registry, '$', wanted)).toMatchObject(topic);
  });

  it('knows nothing of the rest', () => {
    expect(findTopic(registry, '$', 'nothing')).toBeNull();
  });

  it('suggests what begins like it before what only contains it', () => {
    expect(suggestTopics(registry, '$', '$w')).toEqual(['wave', 'power']);
    expect(suggestTopics(registry, '$', '')).toEqual(['fun', 'power', 'admin restart', 'wave']);
  });

  it('shows names by cog, usage by command, and all there is about one', () => {
    const entries = shown(registry, false);
    expect(overviewLines(entries)).toEqual(['**Fun**', '`wave`', '**Power**', '`admin restart`']);
    expect(usageLines('$', entries)).toEqual(['`$admin restart` – Restarts.', '`$wave <text>` – Waves.']);
    const embed = commandEmbed('$', { cog: 'fun', path: 'wave', command: wave, isLocked: true });
    expect(embed.fields?.map(({ name, value }) => `${name}: ${value}`)).toEqual([
      'Usage: `$wave <text>`\n`/wave text:…`',
      'Options: `text` – What',
      'Also: `hi`',
      'Pause: 1 minute per user',
      'Who: 🔒 Not you, at least not here.',
    ]);
  });
});
