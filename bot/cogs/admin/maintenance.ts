import type { BotServices } from '../../framework/bot-services.js';
import { type CogListener, defineListener } from '../../framework/cog.js';
import { defineCommand } from '../../framework/command.js';
import { showMaintenance } from '../../framework/maintenance.js';
import { choiceOption, textOption } from '../../framework/options.js';

/** `$admin maintenance on|off`: serves nobody but the owners for a while. */
export const maintenanceCommand = defineCommand({
  name: 'maintenance',
  description: 'Serves only the owners until it is turned off; jobs and reminders go on.',
  ownerOnly: true,
  options: {
    state: choiceOption({ description: 'on or off', choices: ['on', 'off'], required: true }),
    reason: textOption({ description: 'What people are told', rest: true, maxLength: 200 }),
  },
  async run(ctx, { state, reason }) {
    const { maintenance } = ctx.services;
    if (state === 'on') await maintenance.turnOn(ctx.user.id, reason ?? null);
    else await maintenance.turnOff(ctx.user.id);
    showMaintenance(ctx.services);
    await ctx.reply(answerTo(state, maintenance.isForced));
  },
});

function answerTo(state: 'on' | 'off', isForced: boolean): string {
  if (state === 'on') return '🔧 Maintenance is on: I serve only my owners, also after a restart.';
  if (isForced) return '⚠️ The setting `TUX_MAINTENANCE` still keeps it on. Change it where I am configured.';
  return '✅ Maintenance is off: I serve everybody again.';
}

/** Discord forgets what a bot shows with each session, so it is shown again at the login and in every new session. */
export const maintenanceListeners: readonly CogListener[] = [
  defineListener('clientReady', showIfOn),
  defineListener('shardReady', showIfOn),
];

function showIfOn(services: BotServices): void {
  if (services.maintenance.isOn) showMaintenance(services);
}
