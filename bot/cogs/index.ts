import type { CogEntry } from '../framework/cog-loader.js';

/** Every cog of Tux. A module is imported when its cog is loaded, so that one which cannot be does not take down the rest. */
export const cogEntries: readonly CogEntry[] = [
  { name: 'admin', load: async () => (await import('./admin/admin-cog.js')).adminCog },
  { name: 'config', load: async () => (await import('./config/config-cog.js')).configCog },
  { name: 'dev', requires: ['TUX_DEV'], load: async () => (await import('./dev/dev-cog.js')).devCog },
  { name: 'events', load: async () => (await import('./events/events-cog.js')).eventsCog },
  { name: 'fun', load: async () => (await import('./fun/fun-cog.js')).funCog },
  { name: 'guild', load: async () => (await import('./guild/guild-cog.js')).guildCog },
  { name: 'info', load: async () => (await import('./info/info-cog.js')).infoCog },
  { name: 'levels', load: async () => (await import('./levels/levels-cog.js')).levelsCog },
  { name: 'moderation', load: async () => (await import('./moderation/moderation-cog.js')).moderationCog },
  { name: 'permission', load: async () => (await import('./permission/permission-cog.js')).permissionCog },
  { name: 'queue', load: async () => (await import('./queue/queue-cog.js')).queueCog },
  { name: 'snippets', load: async () => (await import('./snippets/snippets-cog.js')).snippetsCog },
  { name: 'utility', load: async () => (await import('./utility/utility-cog.js')).utilityCog },
];

/** The compiled module of a cog, by the rule that holds for all of them: `NAME/NAME-cog.js`. */
export function cogFile(name: string): URL {
  return new URL(`./${name}/${name}-cog.js`, import.meta.url);
}

/** The folder with one folder for each cog. */
export const cogsFolder = new URL('.', import.meta.url);
