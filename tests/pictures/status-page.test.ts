import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, it } from 'vitest';
import { launchBrowser, openTab } from '../support/browser.js';
import { type Program, TuxRig } from '../support/tux-rig.js';

const folder = resolve(import.meta.dirname, '../../docs/images');
const TOKEN = 'a-token-for-pictures';
/** For a curve in the charts: heartbeats come every second here. */
const CURVE_MS = 100_000;
/** Crashes in a row that make the supervisor hold. */
const CRASHES = 5;

let rig: TuxRig;
let supervisor: Program;
let browser: Browser;
let url: string;

beforeAll(async () => {
  [rig, browser] = await Promise.all([TuxRig.create(), launchBrowser()]);
  const settings = {
    TUX_HTTP_PORT: '0',
    TUX_HTTP_TOKEN: TOKEN,
    TUX_HEARTBEAT_INTERVAL_MS: '1000',
    TUX_DRAIN_TIMEOUT_MS: '100',
    TUX_MAX_RSS_MB: '900',
  };
  supervisor = rig.start(settings, ['--sandbox']);
  url = String((await supervisor.log.waitFor('http:listening')).url);
  await supervisor.ready();
});
afterAll(async () => {
  await browser?.close();
  await rig?.dispose();
});

it('takes the pictures of the status page', async () => {
  const { page } = await openTab(browser, { width: 1_440, height: 900 });
  await page.goto(url);
  await logIn(page);
  await crash();
  await supervisor.ready(supervisor.log.lines.length);
  await sleep(CURVE_MS / 2);
  await page.getByRole('button', { name: 'Restart', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Restart' }).click();
  await page.locator('.notice', { hasText: 'ready again' }).getByRole('button', { name: 'Close' }).click();
  await talk(page);
  await sleep(CURVE_MS / 2);
  await take(page, 'status-page.png');
  await takePhone();

  for (let crashes = 0; crashes < CRASHES; crashes += 1) {
    await crash();
    const from = supervisor.log.lines.length;
    if (crashes < CRASHES - 1) await supervisor.log.waitFor('worker:started', () => true, { from, timeoutMs: 60_000 });
  }
  await page.locator('.state-title', { hasText: 'HELD' }).waitFor();
  await page.emulateMedia({ colorScheme: 'dark' });
  await take(page, 'status-page-held.png');
});

async function logIn(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Log in to act' }).click();
  await page.getByRole('dialog').getByLabel('Token (TUX_HTTP_TOKEN)').fill(TOKEN);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Restart', exact: true }).waitFor();
}

async function talk(page: Page): Promise<void> {
  const chat = page.locator('#chat');
  const say = async (text: string, answer: string) => {
    await chat.getByLabel('Message', { exact: true }).fill(text);
    await page.keyboard.press('Enter');
    await chat.locator('.message', { hasText: answer }).last().waitFor();
  };
  await say('$ping', 'Pong');
  await say('$queue panel', 'Job queue');
  await chat.getByRole('button', { name: 'Add job' }).click();
  await chat.locator('.message', { hasText: 'Job queue: 1' }).waitFor();
  await say('$remind me 20m turn the servers off and on again', 'remind');
}

async function crash(): Promise<void> {
  const from = supervisor.log.lines.length;
  process.kill(supervisor.workerPid, 'SIGKILL');
  await supervisor.log.waitFor('worker:ended', () => true, { from });
}

async function takePhone(): Promise<void> {
  const { page } = await openTab(browser, { width: 390, height: 844, scheme: 'dark' });
  await page.goto(url);
  await page.locator('#memory .area').last().waitFor();
  await page.locator('#connections', { hasText: 'answers in' }).waitFor();
  await take(page, 'status-page-phone.png');
}

async function take(page: Page, name: string): Promise<void> {
  await page.mouse.move(0, 0);
  await page.evaluate('document.activeElement.blur()');
  await page.screenshot({ path: join(folder, name), animations: 'disabled' });
}
