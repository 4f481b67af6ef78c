import type { APIEmbed } from 'discord-api-types/v10';
import { EMBED_COLOR } from '../embed-color.js';
import { type Progress, progressOf } from './xp-curve.js';

const BAR_LENGTH = 16;

/** What a card shows. */
export interface RankCard {
  readonly name: string;
  readonly avatarUrl: string;
  readonly xp: number;
  /** From 1. */
  readonly place: number;
  /** How many members have xp. */
  readonly ranked: number;
}

/** `1234567` → `1,234,567`. */
export function formatXp(xp: number): string {
  return xp.toLocaleString('en-US');
}

/** `▰▰▰▱▱▱`: full only when the next level is reached, or when there is none. */
export function progressBar({ done, total }: Progress): string {
  const filled = total === 0 ? BAR_LENGTH : Math.floor((done / total) * BAR_LENGTH);
  return '▰'.repeat(filled) + '▱'.repeat(BAR_LENGTH - filled);
}

/** How far a member has come. */
export function rankCard({ name, avatarUrl, xp, place, ranked }: RankCard): APIEmbed {
  const progress = progressOf(xp);
  const { level, done, total } = progress;
  const next = total === 0 ? 'the last level' : `${formatXp(done)} of ${formatXp(total)} xp to level ${level + 1}`;
  return {
    title: name,
    description: `${progressBar(progress)}\n${next}`,
    color: EMBED_COLOR,
    thumbnail: { url: avatarUrl },
    fields: [
      { name: 'Level', value: String(level), inline: true },
      { name: 'Place', value: `#${place} of ${ranked}`, inline: true },
      { name: 'Xp', value: formatXp(xp), inline: true },
    ],
  };
}
