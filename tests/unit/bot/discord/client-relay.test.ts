import { EventEmitter } from 'node:events';
import type { Client } from 'discord.js';
import { beforeEach, describe, expect, it } from 'vitest';
import { ClientRelay } from '../../../../bot/discord/client-relay.js';

const newClient = () => new EventEmitter() as unknown as Client;
const emit = (client: Client, event: string, ...args: unknown[]) =>
  (client as unknown as EventEmitter).emit(event, ...args);

describe('ClientRelay', () => {
  let relay: ClientRelay;
  let heard: unknown[];
  const listener = (...args: unknown[]) => void heard.push(args);
  beforeEach(() => {
    relay = new ClientRelay();
    heard = [];
  });

  it('listens on a client that comes later, and on one that is there', () => {
    const client = newClient();
    relay.on('messageCreate', listener);
    relay.attach(client);
    relay.on('messageDelete', listener);
    emit(client, 'messageCreate', 'new', 1);
    emit(client, 'messageDelete', 'gone');
    expect(heard).toEqual([['new', 1], ['gone']]);
  });

  it('tells every listener once', () => {
    const client = newClient();
    relay.attach(client);
    relay.on('messageCreate', listener);
    relay.on('messageCreate', listener); // the same one
    relay.on('messageCreate', () => heard.push('other'));
    emit(client, 'messageCreate', 'new');
    expect(heard).toEqual([['new'], 'other']);
  });

  it('follows to the next client and hears no more of the one before', () => {
    const [first, second] = [newClient(), newClient()];
    relay.on('messageCreate', listener);
    relay.attach(first);
    relay.attach(second);
    emit(first, 'messageCreate', 'from a client that failed to log in');
    emit(second, 'messageCreate', 'new');
    expect(heard).toEqual([['new']]);
  });

  it('leaves a listener out once it was taken off, on this client and the next', () => {
    const [first, second] = [newClient(), newClient()];
    relay.on('messageCreate', listener);
    relay.attach(first);
    relay.off('messageCreate', listener);
    relay.off('messageDelete', listener); // never was on
    emit(first, 'messageCreate', 'new');
    relay.attach(second);
    emit(second, 'messageCreate', 'new');
    expect(heard).toEqual([]);
  });

  it('lets a listener take itself off while it is told', () => {
    const client = newClient();
    const once = () => {
      heard.push('once');
      relay.off('messageCreate', once);
    };
    relay.attach(client);
    relay.on('messageCreate', once).on('messageCreate', listener);
    emit(client, 'messageCreate');
    emit(client, 'messageCreate');
    expect(heard).toEqual(['once', [], []]);
  });

  it('says itself that Tux is ready, when everybody is there who listens', () => {
    const client = newClient();
    relay.attach(client);
    emit(client, 'clientReady', client);
    relay.on('clientReady', listener);
    emit(client, 'clientReady', client);
    expect(heard).toEqual([]);
    relay.tellReady(client as Client<true>);
    expect(heard).toEqual([[client]]);
  });

  describe('with a tracker', () => {
    const tracked: [group: string, work: Promise<unknown>][] = [];
    const unwanted = new Set<string>();
    beforeEach(() => {
      tracked.length = 0;
      unwanted.clear();
      relay = new ClientRelay({
        isWanted: (group) => !unwanted.has(group),
        track: (group, work) => void tracked.push([group, work]),
      });
    });

    it('hands on how long the work of each listener takes', () => {
      const client = newClient();
      const [command, xp] = [Promise.resolve(), Promise.resolve()];
      relay.on('messageCreate', () => command, 'commands');
      relay.on('messageCreate', () => xp);
      relay.on('messageCreate', listener);
      relay.attach(client);
      emit(client, 'messageCreate');
      expect(tracked).toEqual([
        ['commands', command],
        ['listeners', xp],
      ]);
    });

    it('leaves out those who have dealt with the event', () => {
      const client = newClient();
      relay.on('messageCreate', () => heard.push('command'), 'commands');
      relay.on('messageCreate', () => heard.push('listener'));
      relay.attach(client);
      unwanted.add('commands');
      emit(client, 'messageCreate');
      expect(heard).toEqual(['listener']);
    });
  });
});
