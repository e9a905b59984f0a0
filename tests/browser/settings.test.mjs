// Settings, definitions, notes, links for others, and the data page, as a person meets them: by role and name.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openBrowser, violations, visit, DESKTOP, PHONE } from './lib/browser.mjs';
import { startDemo } from './lib/server.mjs';
import { LANGUAGES, pattern, words } from './lib/words.mjs';

const PATHS = ['/settings/workspace', '/settings/definitions?preview=1&rule=purchase&window=60', '/settings/notes', '/settings/links', '/help/metrics', '/data'];

let demo, browser;
before(async () => { demo = await startDemo(); browser = await openBrowser(); });
after(async () => { await browser?.close(); await demo?.stop(); });

/** Opens a page, runs the test and fails on anything that went wrong unseen; refusals a test asks for are named in `expected`. */
const onPage = (options, body) => visit(browser, demo.address, { path: '/settings/workspace', ...options }, body);

for (const script of [true, false]) describe(script ? 'with script' : 'without script', () => {
  test('the name of the workspace is changed and stands on every page', () => onPage({ script }, async page => {
    await page.getByLabel(words('settings.name'), { exact: true }).fill('Tea & Co');
    await page.getByRole('button', { name: words('settings.save'), exact: true }).click();
    await page.getByRole('status').filter({ hasText: words('settings.saved') }).waitFor();
    assert.match(await page.getByRole('banner').innerText(), /Tea & Co/);
    await page.getByLabel(words('settings.name'), { exact: true }).fill('');
    await page.getByRole('button', { name: words('settings.save'), exact: true }).click();
    await page.getByRole('status').filter({ hasText: words('settings.saved') }).waitFor();
  }));

  test('a wrong zone is told beside its field, and what was typed stays', () => onPage({ script, expected: ['422'] }, async page => {
    await page.getByLabel(words('settings.zone'), { exact: true }).fill('Mars/Olympus');
    await page.getByRole('button', { name: words('settings.save'), exact: true }).click();
    await page.getByRole('alert').filter({ hasText: 'unknown_zone' }).waitFor();
    assert.equal(await page.getByLabel(words('settings.zone'), { exact: true }).inputValue(), 'Mars/Olympus');
  }));

  test('a definition shows its effect, is saved, and is left again', () => onPage({ script, path: '/settings/definitions' }, async page => {
    const table = page.getByRole('table', { name: words('settings.effect') });
    const before = await table.getByRole('row', { name: new RegExp(`^${words('settings.customers_now')}`) }).innerText();
    await page.getByLabel(words('settings.rule'), { exact: true }).selectOption('purchase');
    await page.getByLabel(words('settings.window'), { exact: true }).fill('60');
    await page.getByRole('button', { name: words('settings.preview') }).click();
    await page.waitForURL(/preview=1/);
    const row = await table.getByRole('row', { name: new RegExp(`^${words('settings.customers_now')}`) }).innerText();
    assert.match(row, /−[\d,]+/, 'a shorter window keeps fewer customers');
    await page.getByRole('button', { name: words('settings.save_definition') }).click();
    await page.getByRole('status').filter({ hasText: words('settings.saved') }).waitFor();
    await page.goto(demo.address + '/help/metrics');
    assert.match(await page.getByRole('region', { name: words('metrics.in_force') }).innerText(), /60 days/);
    await page.goto(demo.address + '/settings/definitions');
    await page.getByLabel(words('settings.rule'), { exact: true }).selectOption('auto');
    await page.getByRole('button', { name: words('settings.preview') }).click();
    await page.getByRole('button', { name: words('settings.save_definition') }).click();
    await page.getByRole('status').filter({ hasText: words('settings.saved') }).waitFor();
    assert.equal(await table.getByRole('row', { name: new RegExp(`^${words('settings.customers_now')}`) }).innerText(), before);
  }));

  test('a note is added on a chart, stands on it, and is removed in the settings', () => onPage({ script, path: '/retention' }, async page => {
    const card = page.getByRole('region', { name: words('daily.title') });
    await card.getByText(words('note.add'), { exact: true }).first().click();
    await card.getByLabel(words('note.date'), { exact: true }).fill('2011-11-15');
    await card.getByLabel(words('note.text'), { exact: true }).fill('Prices up');
    await card.getByRole('button', { name: words('note.save') }).click();
    await page.waitForURL(/\/retention/);
    await card.getByText('Prices up').first().waitFor();
    await page.goto(demo.address + '/settings/notes');
    await page.getByRole('button', { name: words('note.remove_of', { text: 'Prices up' }) }).click();
    await page.getByRole('status').filter({ hasText: words('note.removed') }).waitFor();
  }));

  test('a link for others is made, read by a stranger, and taken back', () => onPage({ script, path: '/retention?period=2011-10' }, async page => {
    await page.locator('summary', { hasText: words('head.share') }).click();
    await page.getByLabel(words('share.days'), { exact: true }).fill('3');
    await page.getByRole('button', { name: words('share.make') }).click();
    const address = await page.getByLabel(words('share.address'), { exact: true }).inputValue();
    assert.ok(address.startsWith(`${demo.address}/s/`), address);
    await onPage({ script, path: address.slice(demo.address.length) }, async shared => {
      assert.equal(await shared.getByRole('heading', { level: 1 }).innerText(), words('retention.title'));
      assert.equal(await shared.getByRole('link').count() + await shared.getByRole('button').count(), 0);
      assert.match(await shared.getByRole('main').innerText(), /Oct 2011/);
      assert.equal(await shared.getByText(words('overdue.title')).count(), 0);
    });
    await page.goto(demo.address + '/settings/links');
    await page.getByRole('button', { name: words('share.revoke_of', { page: '/retention?period=2011-10' }) }).click();
    await page.getByRole('status').filter({ hasText: words('share.revoked') }).waitFor();
    const gone = await fetch(address);
    assert.equal(gone.status, 404);
  }));
});

describe('by keyboard', () => {
  test('g then a comma goes to the settings, g then m to the definitions', () => onPage({ path: '/data' }, async page => {
    await page.keyboard.press('g');
    await page.keyboard.press(',');
    await page.waitForURL(/\/settings\/workspace/);
    await page.keyboard.press('g');
    await page.keyboard.press('m');
    await page.waitForURL(/\/help\/metrics/);
  }));

  test('the file to import is chosen by keyboard', () => onPage({ path: '/data' }, async page => {
    const input = page.getByLabel(words('data.drop'));
    await input.focus();
    assert.ok(await input.evaluate(element => element === document.activeElement));
  }));
});

test('every ⓘ leads to its definition', () => onPage({ path: '/retention' }, async page => {
  const links = await page.locator('a[href^="/help/metrics#"]').evaluateAll(all => all.map(a => a.getAttribute('href')));
  assert.ok(links.length >= 6, `${links.length}`);
  await page.goto(demo.address + '/help/metrics');
  for (const link of links) assert.equal(await page.locator(`[id="${link.split('#')[1]}"]`).count(), 1, link);
}));

test('definitions on paper: all of them, without navigation', () => onPage({ path: '/help/metrics' }, async page => {
  await page.emulateMedia({ media: 'print' });
  assert.ok((await page.getByRole('main').innerText()).includes(words('card.rfm.example')));
  assert.ok(!await page.getByRole('link', { name: words('nav.retention') }).isVisible());
}));

describe('everywhere', () => {
  for (const path of PATHS) for (const viewport of [PHONE, { width: 720, height: 900 }]) {
    test(`nothing scrolls sideways: ${path} at ${viewport.width} px`, () => onPage({ path, viewport }, async page => {
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= viewport.width, `${width}`);
    }));
  }
  for (const path of PATHS) for (const lang of LANGUAGES) for (const theme of ['light', 'dark']) {
    test(`axe finds nothing: ${path}, ${lang}, ${theme}`, () => onPage({ path, lang, theme }, async page => {
      assert.deepEqual(await violations(page), []);
    }));
  }
  for (const viewport of [DESKTOP, PHONE]) test(`axe finds nothing on a shared page at ${viewport.width} px`, () => onPage({ path: '/retention', viewport }, async page => {
    await page.locator('summary', { hasText: words('head.share') }).click();
    await page.getByRole('button', { name: words('share.make') }).click();
    await page.goto(await page.getByLabel(words('share.address'), { exact: true }).inputValue());
    assert.deepEqual(await violations(page), []);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= viewport.width);
  }));
});
