// What the command of all three bots says: see ../reply.ts.
export const roll = () => `🎲 d6: **${1 + Math.floor(Math.random() * 6)}**`;
export const description = 'Rolls dice.';
