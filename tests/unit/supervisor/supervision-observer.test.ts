import { beforeEach, describe, expect, it } from 'vitest';
import { SupervisionObservers } from '../../../supervisor/supervision-observer.js';
import { recordingLogger } from '../../support/framework-fakes.js';

let logger: ReturnType<typeof recordingLogger>;
let observers: SupervisionObservers;

beforeEach(() => {
  logger = recordingLogger();
  observers = new SupervisionObservers(logger.log);
});

describe('those who listen', () => {
  it('hear what they listen to, and that something changed', () => {
    const heard: string[] = [];
    observers.add({ onReady: () => void heard.push('ready'), onChange: () => void heard.push('change') });
    observers.onReady();
    observers.onWorkerStarted({ runId: 'RUN', pid: 1 });
    expect(heard).toEqual(['ready', 'change', 'change']);
  });

  it('hear nothing more once they are taken out', () => {
    const heard: string[] = [];
    const remove = observers.add({ onReady: () => void heard.push('ready') });
    remove();
    observers.onReady();
    expect(heard).toEqual([]);
  });

  it('hear it also when another one throws, which is logged', () => {
    const heard: string[] = [];
    observers.add({
      onReady: () => {
        throw new Error('broken');
      },
    });
    observers.add({ onReady: () => void heard.push('ready') });
    observers.onReady();
    expect(heard).toEqual(['ready']);
    expect(logger.events()).toEqual(['observer:failed']);
  });
});
