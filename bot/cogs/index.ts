import type { CogEntry } from '../framework/cog-loader.js';

/** Every cog of Tux. A module is imported when its cog is loaded, so that one which cannot be does not take down the rest. */
export const cogEntries: readonly CogEntry[] = [
  { name: 'admin', load: async () => (await import('./admin/admin-cog.js')).adminCog },
  { name: 'config', load: async () => (await import('./config/config-cog.js')).configCog },
  { name: 'info', load: async () => (await import('./info/info-cog.js')).infoCog },
  { name: 'queue', load: async () => (await import('./tools/queue-cog.js')).queueCog },
  { name: 'utility', load: async () => (await import('./utility/utility-cog.js')).utilityCog },
];
