import { ButtonStyle, ComponentType } from 'discord-api-types/v10';
import type { JobsPort } from '../../framework/bot-services.js';
import { type ComponentHandler, componentId } from '../../framework/components.js';
import type { OutgoingMessage } from '../../framework/outgoing-message.js';
import { EMBED_COLOR } from '../embed-color.js';
import { enqueueDemo } from './demo-job.js';
import { describeJobs } from './queue-list.js';

/** The kind of live view that a panel is, see `LiveViews`. */
export const PANEL_KIND = 'queue.panel';
const BUTTON_JOB_SECONDS = 10;

/** The panel as it looks now in one channel. Its buttons carry all they need in their ids, so they work in every later run. */
export function renderPanel(jobs: JobsPort, channelId: string): OutgoingMessage {
  const description = describeJobs(jobs.list(), channelId);
  return {
    embeds: [{ title: `Job queue: ${jobs.depth}`, description, color: EMBED_COLOR }],
    components: [
      {
        type: ComponentType.ActionRow,
        components: [
          {
            type: ComponentType.Button,
            style: ButtonStyle.Secondary,
            label: 'Refresh',
            custom_id: componentId('queue', 'refresh'),
          },
          {
            type: ComponentType.Button,
            style: ButtonStyle.Primary,
            label: 'Add job',
            custom_id: componentId('queue', 'add', [String(BUTTON_JOB_SECONDS)]),
          },
        ],
      },
    ],
  };
}

/** The button that shows the panel as it is now. */
export const refreshButton: ComponentHandler = {
  command: 'queue list',
  run: (ctx) => ctx.update(renderPanel(ctx.services.jobs, ctx.channelId)),
};

/** The button that adds a demonstration job; `args` says how many seconds that takes. */
export const addJobButton: ComponentHandler = {
  command: 'queue add',
  async run(ctx, [seconds]) {
    await enqueueDemo(ctx, Number(seconds), `added by ${ctx.user.username}`);
    await ctx.update(renderPanel(ctx.services.jobs, ctx.channelId));
  },
};
