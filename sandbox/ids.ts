/**
 * Every fixed identifier of the sandbox's world, so that tests and configuration can name them. They have 18 digits: the
 * rate-limit router of discord.js recognises ids of 17 to 19 digits only.
 */
export const SANDBOX_IDS = {
  application: '100000000000000001',
  bot: '100000000000000001',
  guild: '200000000000000001',
  channels: {
    general: '300000000000000001',
    'mod-log': '300000000000000002',
  },
  roles: {
    /** Discord gives `@everyone` the id of its guild. */
    everyone: '200000000000000001',
    Moderator: '400000000000000001',
    Tux: '400000000000000002',
  },
  users: {
    owner: '500000000000000001',
    moderator: '500000000000000002',
    alice: '500000000000000003',
    bob: '500000000000000004',
  },
} as const;

/** Has the three parts of a real token, so that whatever recognises and redacts tokens does so here as well. */
export const SANDBOX_TOKEN = 'MTAwMDAwMDAwMDAwMDAwMDAx.Gsandb.sandbox-token-that-opens-no-door-at-all';
