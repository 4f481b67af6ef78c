import { COG_PRIORITIES, defineCog } from '../../framework/cog.js';
import { defineCommandGroup } from '../../framework/command.js';
import { demoJob } from './demo-job.js';
import { addJobCommand, listJobsCommand, showPanelCommand } from './queue-commands.js';
import { addJobButton, PANEL_KIND, refreshButton, renderPanel } from './queue-panel.js';

/** The job queue, to be seen and tried out. */
export const queueCog = defineCog({
  name: 'queue',
  priority: COG_PRIORITIES.tools,
  commands: [
    defineCommandGroup({
      name: 'queue',
      description: 'Shows the job queue and adds demonstration jobs.',
      commands: [addJobCommand, listJobsCommand, showPanelCommand],
    }),
  ],
  components: { refresh: refreshButton, add: addJobButton },
  jobs: (services) => [demoJob(services)],
  liveViews: ({ jobs }) => ({ [PANEL_KIND]: ({ channelId }) => renderPanel(jobs, channelId) }),
});
