import { defineCommand } from '../../framework/command.js';
import { integerOption, textOption } from '../../framework/options.js';
import { enqueueDemo, MAX_SECONDS } from './demo-job.js';
import { describeJobs } from './queue-list.js';
import { PANEL_KIND } from './queue-panel.js';

/** `$queue add 30 hello`. */
export const addJobCommand = defineCommand({
  name: 'add',
  description: 'Adds a job that takes some seconds and then reports.',
  options: {
    seconds: integerOption({ description: 'How long it takes', required: true, min: 0, max: MAX_SECONDS }),
    text: textOption({ description: 'What it says when it is done', rest: true }),
  },
  async run(ctx, { seconds, text }) {
    const id = await enqueueDemo(ctx, seconds, text ?? 'demonstration');
    await ctx.reply(`📥 Job \`${id}\` is queued and takes ${seconds} s. It survives a restart.`);
  },
});

/** `$queue list`. */
export const listJobsCommand = defineCommand({
  name: 'list',
  description: 'Lists the jobs that wait, run or failed.',
  async run(ctx) {
    await ctx.reply(describeJobs(ctx.services.jobs.list(), ctx.channelId));
  },
});

/** `$queue panel`: a message that keeps working, and is brought up to date, after a restart. */
export const showPanelCommand = defineCommand({
  name: 'panel',
  description: 'Posts a panel with buttons that outlives a restart.',
  async run(ctx) {
    const { liveViews } = ctx.services;
    const place = { channelId: ctx.channelId, guildId: ctx.guild?.id ?? null };
    await liveViews.track(PANEL_KIND, await ctx.reply(await liveViews.render(PANEL_KIND, place)), place.guildId);
  },
});
