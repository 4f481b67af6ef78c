import type { BotServices } from '../../framework/bot-services.js';
import type { ComponentHandler } from '../../framework/components.js';
import type { OutgoingMessage } from '../../framework/outgoing-message.js';
import { EMBED_COLOR } from '../embed-color.js';
import { pageButtons, pageOf } from '../page-buttons.js';
import { caseLine } from './case-text.js';
import { type CaseType, measures } from './measure.js';

const PAGE_SIZE = 10;

/** Which cases are listed. */
export interface CaseQuery {
  readonly guildId: string;
  readonly userId: string | undefined;
  readonly type: CaseType | undefined;
  /** From 1. A page that does not exist (any more) is the last one. */
  readonly page: number;
}

/** One page of cases, newest first. Its buttons carry the query, so they work in every later run. */
export async function renderCaseList({ database }: BotServices, query: CaseQuery): Promise<OutgoingMessage> {
  const { guildId, userId, type } = query;
  const filter = { ...(userId !== undefined && { userId }), ...(type !== undefined && { type }) };
  const total = await database.cases.count(guildId, filter);
  const page = pageOf(query.page, total, PAGE_SIZE);
  const cases = await database.cases.list(guildId, filter, PAGE_SIZE, page.offset);
  return {
    embeds: [
      {
        title: `Cases: ${total}`,
        description: cases.map(caseLine).join('\n') || 'There are none.',
        color: EMBED_COLOR,
        footer: { text: `Page ${page.number} of ${page.count}` },
      },
    ],
    components: pageButtons('moderation', 'cases', page, [userId ?? '', type ?? '']),
  };
}

/** Turns the page. Who may not list cases may not leaf through them either. */
export const casesButton: ComponentHandler = {
  command: 'cases list',
  async run(ctx, [page, userId = '', type = '']) {
    if (ctx.guild === null) return;
    const isType = Object.hasOwn(measures, type);
    await ctx.update(
      await renderCaseList(ctx.services, {
        guildId: ctx.guild.id,
        userId: userId === '' ? undefined : userId,
        type: isType ? (type as CaseType) : undefined,
        page: Number(page),
      }),
    );
  },
};
