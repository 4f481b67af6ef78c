/**
 * Who has to do with a gateway event, each on its own account: the commands, all other listeners, and the snapshot of the
 * caches. What one of them has done is not done again when Discord repeats the event; what another left open is.
 */
export type WorkGroup = 'commands' | 'listeners' | 'cache';

/** A bit for each group, as they are stored. */
export const GROUP_BITS: Readonly<Record<WorkGroup, number>> = { commands: 1, listeners: 2, cache: 4 };

/** The bits of all groups, in a list that is made once: each event goes through it. */
export const ALL_BITS: readonly number[] = Object.values(GROUP_BITS);

/** All groups are done. */
export const ALL_DONE = 7;

/** Stored beside the groups of an interaction that is not done: an answer to it may have been sent. */
export const ANSWER_BEGUN = 8;
