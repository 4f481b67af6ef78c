import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, openTab, type WatchedPage } from '../support/browser.js';
import { SharedPostgres } from '../support/shared-postgres.js';
import { type Program, TuxRig } from '../support/tux-rig.js';

const TOKEN = 'the-token-of-this-test';

// One supervisor and one tab for all: each test goes on where the one before it ended, as somebody does who watches.
let postgres: SharedPostgres;
let rig: TuxRig;
let supervisor: Program;
let browser: Browser;
let tab: WatchedPage;
let page: Page;

beforeAll(async () => {
  [postgres, browser] = await Promise.all([SharedPostgres.join(), launchBrowser()]);
  rig = await TuxRig.create({ DATABASE_URL: await postgres.createDatabase() });
  supervisor = startSupervisor('0');
  const { url } = await supervisor.log.waitFor('http:listening');
  tab = await openTab(browser);
  page = tab.page;
  await page.goto(String(url)); // while Tux still starts: the page finds out by itself when it is ready
});
afterAll(async () => {
  await browser?.close();
  await rig?.dispose();
  await postgres?.leave();
});

/** The job that a test leaves in the queue need not be waited for. */
function startSupervisor(port: string): Program {
  const settings = { TUX_HTTP_PORT: port, TUX_HTTP_TOKEN: TOKEN, TUX_DRAIN_TIMEOUT_MS: '100' };
  return rig.start(settings, ['--sandbox']);
}

const state = () => page.locator('.state-title');
const isReady = () => state().getByText('RUNNING, ready').waitFor();
const logRows = (words: string) => page.locator('#log .log-row', { hasText: words });
const runRows = () => page.locator('#history tbody tr');

describe('the status page', () => {
  it('tells that Tux starts, then that it runs, and what came up when', async () => {
    await isReady();
    expect(await page.title()).toBe('Tux: running');
    const { worker } = await rig.status();
    await page.locator('.state-facts', { hasText: `pid ${worker?.pid}` }).waitFor();
    const services = await page.locator('#startup .waterfall-name > span:first-child').allTextContents();
    expect(services.toSorted()).toEqual(worker?.services.map(({ name }) => name).toSorted());
    expect(await page.locator('#startup .card-figure').textContent()).toMatch(/^all up after \d/);
  });

  it('shows a worker that is killed and the next one without being loaded anew', async () => {
    await page.evaluate('window.isStillTheSame = true');
    const killed = supervisor.workerPid;
    process.kill(killed, 'SIGKILL');
    await runRows().filter({ hasText: 'crash' }).filter({ hasText: 'SIGKILL' }).waitFor();
    await page.locator('.counts li', { hasText: 'crash' }).getByText('1', { exact: true }).waitFor();
    await isReady();
    await page.locator('.state-facts', { hasText: `pid ${supervisor.workerPid}` }).waitFor();
    expect(supervisor.workerPid).not.toBe(killed);
    expect(await page.evaluate('window.isStillTheSame')).toBe(true);

    await runRows()
      .getByRole('button', { name: /^Last lines/ })
      .click();
    const panel = page.getByRole('dialog', { name: /^Last lines: crash/ });
    await panel.getByText('Tux is ready after', { exact: false }).or(panel.getByText('==== ')).first().waitFor();
    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'hidden' });
  });

  it('follows the log, which can be searched, filtered and held still', async () => {
    await logRows('Tux ended (crash').waitFor();
    await page.getByLabel('Search the log').fill('crash WORKER:ended');
    await expect.poll(() => page.locator('#log .log-row').count()).toBe(1);
    await page.getByLabel('Search the log').fill('');
    await page.getByLabel('Least severe level').selectOption('warn');
    await expect.poll(() => page.locator('#log .level-info').count()).toBe(0);
    await page.getByLabel('Least severe level').selectOption('trace');
    await logRows('Started Tux').first().waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
  });

  it('lets one talk to Tux in the sandbox and press its buttons', async () => {
    const chat = page.locator('#chat');
    await chat.getByRole('button', { name: '$ping' }).click();
    await chat.locator('.message', { hasText: 'Pong!' }).waitFor();
    await chat.getByLabel('Message', { exact: true }).fill('$queue panel');
    await page.keyboard.press('Enter');
    await chat.locator('.message', { hasText: 'Job queue: 0' }).waitFor();
    await chat.getByRole('button', { name: 'Add job' }).click();
    await chat
      .locator('.message', { hasText: 'queued: added by owner' })
      .or(chat.getByText('Job queue: 1'))
      .first()
      .waitFor();

    await chat.getByLabel('Speak as').selectOption('alice');
    await chat.getByLabel('Message', { exact: true }).fill('<img src=x onerror=alert(1)> **bold**');
    await page.keyboard.press('Enter');
    const said = chat.locator('.message', { hasText: 'onerror' });
    expect(await said.locator('.message-body').textContent()).toBe('<img src=x onerror=alert(1)> bold');
    expect(await said.locator('strong').last().textContent()).toBe('bold');
    expect(tab.complaints).toEqual([]);
  });

  it('fits a phone, and is readable in light and dark for everybody', async () => {
    await page.locator('#connections', { hasText: 'answers in' }).waitFor(); // the page has everything now
    await page.locator('#memory .line').first().waitFor({ state: 'attached' });
    expect(await page.locator('#memory .chart').getAttribute('aria-valuetext')).toMatch(/MB at \d\d:\d\d:\d\d/);
    await page.evaluate(axe.source);
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      for (const width of [360, 1_280]) {
        await page.setViewportSize({ width, height: 800 });
        expect(
          await page.evaluate('document.scrollingElement.scrollWidth - innerWidth'),
          `at ${width}`,
        ).toBeLessThanOrEqual(0);
      }
      expect(await accessibilityProblems(), scheme).toEqual([]);
    }
    await page.getByRole('button', { name: 'Use the light theme' }).click();
    expect(await page.evaluate('getComputedStyle(document.documentElement).colorScheme')).toBe('light');
    expect(tab.complaints).toEqual([]);
  });

  it('refuses a wrong token, and restarts Tux with the right one', async () => {
    await logIn('not-the-token');
    await page.getByRole('alert').getByText('The token is wrong').waitFor();
    expect(tab.complaints.splice(0)).toEqual([expect.stringContaining('401')]);

    await page.getByRole('dialog').getByLabel('Token (TUX_HTTP_TOKEN)').fill(TOKEN);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Restart', exact: true }).click();
    const question = page.getByRole('dialog', { name: 'Restart Tux?' });
    await question.getByRole('button', { name: 'Restart' }).click();
    await page.locator('.notice', { hasText: `Tux is ready again` }).waitFor();
    await runRows().filter({ hasText: 'planned' }).waitFor();
    expect((await rig.status()).restarts).toMatchObject({ planned: 1, crash: 1 });
    await page.getByRole('button', { name: /^Resume, \d+ new/ }).click();
    await logRows('Tux ended (planned').waitFor();
  });

  it('says that the supervisor is gone, finds back to the next one by itself, and can stop it', async () => {
    const banner = page.locator('.banner');
    const { port } = new URL(page.url());
    supervisor.kill('SIGKILL');
    await banner.getByText('What you see below is old').waitFor();
    expect(await page.title()).toBe('Tux: no connection');
    supervisor = startSupervisor(port);
    await banner.waitFor({ state: 'hidden' });
    await isReady();

    await logIn(TOKEN); // a new supervisor knows nobody yet
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Stop' }).click();
    expect(await supervisor.ended).toEqual({ code: 0, signal: null });
    await banner.getByText('What you see below is old').waitFor();
  });
});

async function logIn(token: string): Promise<void> {
  await page.getByRole('button', { name: 'Log in to act' }).click();
  await page.getByRole('dialog').getByLabel('Token (TUX_HTTP_TOKEN)').fill(token);
  await page.keyboard.press('Enter');
}

/** What the rules of axe find, in short. */
async function accessibilityProblems(): Promise<string[]> {
  const { violations } = (await page.evaluate('axe.run()')) as axe.AxeResults;
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary}`),
  );
}
