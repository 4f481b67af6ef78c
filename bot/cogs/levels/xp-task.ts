import { deadline } from '../../../shared/deadline.js';
import type { BotServices } from '../../framework/bot-services.js';
import type { EarnedGain, EarnedXp } from './earned-xp.js';
import { celebrate } from './level-up.js';
import { storeXp } from './store-xp.js';
import { XpWriter } from './xp-writer.js';

/** With the last store before it within what a background task gets to end. */
const LAST_CELEBRATIONS_MS = 500;

/** The background task of the levels: stores what was earned, and celebrates new levels without being held up by that. */
export async function runXpTask(earned: EarnedXp, services: BotServices, signal: AbortSignal): Promise<void> {
  const { clock, log } = services;
  const celebrations = new Set<Promise<void>>();
  const store = async (gains: readonly EarnedGain[]) => {
    const levelUps = await storeXp(gains, earned, services);
    const celebrated = new Set(levelUps.map(({ gain }) => gain));
    earned.settle(gains.filter((gain) => !celebrated.has(gain)));
    for (const levelUp of levelUps) {
      const celebration = celebrate(levelUp, services).finally(() => {
        celebrations.delete(celebration);
        earned.settle([levelUp.gain]);
      });
      celebrations.add(celebration);
    }
  };
  await new XpWriter({ earned, store, clock, log }).run(signal);
  await deadline('celebrating the last levels', LAST_CELEBRATIONS_MS, () => Promise.all(celebrations)).catch((err) => {
    log.warn({ event: 'levels:celebrate:cut', err }, '⚠️ a new level may not have been announced before the end');
  });
}
