// The Overview page and the samples, as a person meets them: by role and name, never by position.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openBrowser, violations, visit, PHONE } from './lib/browser.mjs';
import { startDemo } from './lib/server.mjs';
import { LANGUAGES, words } from './lib/words.mjs';

// Sums of the Online Retail data set: revenue of November 2011 in whole pounds.
const NOVEMBER = 'Nov 2011: £1,161,817';

let demo, browser;
before(async () => { demo = await startDemo(); browser = await openBrowser(); });
after(async () => { await browser?.close(); await demo?.stop(); });

/** Opens the page, runs the test and fails on anything that went wrong unseen. */
const onPage = (options, body) => visit(browser, demo.address, { path: '/?period=2011-11', ...options }, body);

const today = page => page.getByRole('region', { name: words('today.title') });
const trend = page => page.getByRole('region', { name: words('trend.title.revenue') });
const count = text => Number(text.match(/[\d,]+/)[0].replaceAll(',', ''));

describe('the overview', () => {
  test('what there is to do opens as many people as it says', () => onPage({}, async page => {
    const task = today(page).getByRole('listitem').first();
    const number = count(await task.innerText());
    await task.getByRole('link', { name: words('today.go.overdue') }).click();
    const drawer = page.getByRole('dialog');
    await drawer.getByRole('heading').first().waitFor();
    assert.equal(count(await drawer.locator('header p').innerText()), number);
    await page.keyboard.press('Escape');
    await drawer.waitFor({ state: 'hidden' });
  }));

  test('a bar says its month and opens who ordered in it', () => onPage({}, async page => {
    const bar = trend(page).getByRole('link', { name: new RegExp(`^${NOVEMBER.replace('£', '\\D')}`) });
    await bar.focus();
    await page.keyboard.press('Enter');
    const drawer = page.getByRole('dialog');
    await drawer.getByRole('heading').first().waitFor();
    assert.equal(count(await drawer.locator('header p').innerText()), 1_664);
  }));

  test('the numbers of the picture are there as a table', () => onPage({}, async page => {
    await trend(page).getByText(words('chart.table')).click();
    assert.match(await trend(page).getByRole('table').innerText(), /Nov 2011\s+£1,161,817/);
  }));

  test('without script everything leads somewhere', () => onPage({ script: false }, async page => {
    await today(page).getByRole('link', { name: words('today.go.overdue') }).click();
    await page.waitForURL(/\/customers\?who=overdue/);
  }));

  test('another period is another address, and back is the one before', () => onPage({}, async page => {
    await page.getByRole('combobox', { name: words('head.period') }).selectOption('2011-10');
    await page.waitForURL(/period=2011-10/);
    await page.goBack();
    await page.waitForURL(/period=2011-11/);
  }));

  test('nothing scrolls sideways on a phone', () => onPage({ viewport: PHONE }, async page => {
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= PHONE.width);
  }));

  for (const lang of LANGUAGES) for (const theme of ['light', 'dark']) {
    test(`axe finds nothing: ${lang}, ${theme}`, () => onPage({ lang, theme }, async page => {
      assert.deepEqual(await violations(page), []);
    }));
  }
});

describe('samples', () => {
  test('a sample goes with one click, and the other one comes', () => onPage({}, async page => {
    await page.getByRole('button', { name: words('sample.remove') }).click();
    await page.getByRole('heading', { name: words('welcome.title') }).waitFor();
    assert.deepEqual(await violations(page), []);
    await page.getByRole('button', { name: words('welcome.sample_button.subscriptions') }).click();
    await page.getByRole('heading', { level: 1, name: words('overview.title') }).waitFor({ timeout: 60_000 });
    await page.getByRole('region', { name: words('trend.title.active') }).waitFor();
    assert.match(await page.getByRole('main').innerText(), /Simulated subscriptions/);
  }));

  for (const path of ['/', '/retention', '/cohorts', '/segments', '/customers', '/data', '/settings/definitions', '/help/metrics']) {
    test(`a business of subscriptions has ${path}, and axe finds nothing`, () => onPage({ path }, async page => {
      assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1);
      assert.deepEqual(await violations(page), []);
      await page.setViewportSize(PHONE);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= PHONE.width);
    }));
  }
});
