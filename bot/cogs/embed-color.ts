/** The yellow of a penguin's beak: the stripe beside every embed of Tux. */
export const EMBED_COLOR = 0xf5a623;
