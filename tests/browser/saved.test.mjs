// Segments somebody makes: written in conditions, counted, saved, used on every page, changed and taken away.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openBrowser, violations, visit, PHONE } from './lib/browser.mjs';
import { startDemo } from './lib/server.mjs';
import { LANGUAGES, words } from './lib/words.mjs';

let shop, browser;
before(async () => { shop = await startDemo(); browser = await openBrowser(); });
after(async () => { await browser?.close(); await shop?.stop(); });

const onPage = (options, body) => visit(browser, shop.address, { path: '/segments/saved', ...options }, body);
const field = (page, key, n) => page.getByLabel(words(key).replace('{n}', n), { exact: true });
const button = (page, key) => page.getByRole('button', { name: words(key), exact: true });

/** Says a condition: its kind, and what else it needs. */
async function say(page, n, kind, { of, value, within, not } = {}) {
  await field(page, 'saved.kind', n).selectOption({ label: words(`saved.kind.${kind}`) });
  if (of) await field(page, 'saved.of', n).fill(of);
  if (value) await field(page, 'saved.value', n).fill(value);
  if (within) await field(page, 'saved.within', n).fill(within);
  if (not) await field(page, 'saved.whether', n).selectOption({ label: words('saved.fit_not') });
}

describe('a segment in conditions', () => {
  for (const script of [true, false]) {
    test(`is counted, saved, used, changed and removed, script ${script ? 'on' : 'off'}`, () => onPage({ script }, async page => {
      const name = script ? 'Quiet Germans' : 'Quiet French';
      await page.getByLabel(words('saved.name'), { exact: true }).fill(name);
      await say(page, 1, 'trait', { of: 'country', value: script ? 'Germany' : 'France' });
      await say(page, 2, 'quiet', { within: '90d' });
      await button(page, 'saved.count').click();
      const fits = page.getByRole('status').filter({ hasText: '4,371' });
      await fits.waitFor();
      const counted = Number((await fits.innerText()).split(' ')[0]);
      assert.ok(counted > 5 && counted < 60, `${counted}`);
      assert.ok(!page.url().includes('csrf'), 'the token stays out of the address');
      assert.equal(await field(page, 'saved.within', 2).inputValue(), '90d', 'the draft is still there');
      await button(page, 'saved.save').click();
      const row = page.getByRole('row', { name });
      await row.getByRole('link', { name: String(counted), exact: true }).click();
      await page.waitForURL(/customers\?segment=/);
      await page.getByText(name).first().waitFor();
      await page.goto(`${shop.address}/segments/saved`);
      await row.getByRole('link', { name: words('nav.retention') }).click();
      await page.getByRole('heading', { level: 1, name: words('retention.title') }).waitFor();
      await page.goto(`${shop.address}/segments/saved`);
      await row.getByRole('link', { name: words('saved.edit_of').replace('{name}', name) }).click();
      assert.equal(await field(page, 'saved.of', 1).inputValue(), 'country');
      await say(page, 3, 'ordered', { value: '2' });
      await button(page, 'saved.save').click();
      const fewer = Number((await row.getByRole('link').first().innerText()).trim());
      assert.ok(fewer < counted, `${fewer} of ${counted}`);
      await row.getByRole('button', { name: words('saved.remove_of').replace('{name}', name) }).click();
      await page.getByText(words('saved.none')).waitFor();
    }));
  }

  test('that cannot be asked is said with its condition, and the draft stays', () => onPage({ expected: ['422'] }, async page => {
    await page.getByLabel(words('saved.name'), { exact: true }).fill('Wrong');
    await say(page, 1, 'ordered', { value: 'often' });
    await button(page, 'saved.save').click();
    await page.getByRole('alert').filter({ hasText: 'condition 1' }).waitFor();
    assert.equal(await field(page, 'saved.value', 1).inputValue(), 'often');
  }));
});

describe('the page for everybody', () => {
  for (const lang of LANGUAGES) {
    for (const theme of ['light', 'dark']) {
      test(`axe finds nothing in ${lang}, ${theme}`, () => onPage({ lang, theme, path: '/segments/saved?kind0=ordered&value0=2&count=1' }, async page => {
        assert.deepEqual(await violations(page), []);
      }));
    }
  }

  test('fits a phone', () => onPage({ viewport: PHONE, lang: 'fi' }, async page => {
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing scrolls sideways');
  }));
});
