// The Cohorts page, as a person meets it: by role and name, never by position.
//
// Figures are those of the Online Retail data set: of the 3,974 customers who are old enough 940 ordered in the month after
// their first one; of the 1,256 newer ones 267, of the 2,718 older ones 673.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { crowded, openBrowser, violations, visit, PHONE } from './lib/browser.mjs';
import { startDemo } from './lib/server.mjs';
import { LANGUAGES, pattern, words } from './lib/words.mjs';

const cellOf = (page, cohort, step) => page.getByRole('link', { name: new RegExp(`${pattern('cohorts.cell.month', { cohort, step: String(step) }).source}\\b`) });
const part = key => words(`cohorts.builder.label.${key}`);
const field = (page, key) => page.getByRole('combobox', { name: part(key), exact: true });
const compare = page => page.getByRole('region', { name: words('compare.title') });

let demo, browser;
before(async () => { demo = await startDemo(); browser = await openBrowser(); });
after(async () => { await browser?.close(); await demo?.stop(); });

/** Opens the page, runs the test and fails on anything that went wrong unseen. */
const onPage = (options, body) => visit(browser, demo.address, { path: '/cohorts', ...options }, body);

describe('the sentence', () => {
  test('what is chosen is counted, in the address, and back is the one before', () => onPage({}, async page => {
    await field(page, 'by').focus();
    await field(page, 'by').selectOption({ label: words('cohorts.way.country') });
    await page.waitForURL(/by=country/);
    await cellOf(page, 'Germany', 1).waitFor();
    assert.equal(await field(page, 'by').evaluate(element => element === document.activeElement), true, 'the focus stays');
    await field(page, 'cells').selectOption({ label: words('cohorts.builder.cells.revenue') });
    await page.waitForURL(/cells=revenue/);
    assert.match(await cellOf(page, 'Germany', 1).innerText(), /^£/);
    await page.goBack();
    await page.waitForURL(url => !url.search.includes('cells=revenue'));
    assert.match(await cellOf(page, 'Germany', 1).innerText(), /^\d+$/);
  }));

  test('a shop is not asked about contracts it does not have', () => onPage({}, async page => {
    assert.deepEqual(await field(page, 'start').locator('option').allInnerTexts(), [words('cohorts.builder.start.order')]);
    assert.deepEqual(await field(page, 'here').locator('option').allInnerTexts(), [words('cohorts.builder.here.order')]);
  }));

  test('every step of the calendar can be shown', () => onPage({}, async page => {
    for (const grain of ['day', 'week', 'quarter', 'year']) {
      await field(page, 'grain').selectOption({ label: words(`cohorts.builder.grain.${grain}`) });
      await page.waitForURL(new RegExp(`grain=${grain}`));
      await page.getByText(words(`cohorts.since.${grain}`)).first().waitFor();
    }
  }));
});

describe('from a number to its people', () => {
  test('the weighted average opens to those it counted', () => onPage({}, async page => {
    const cell = cellOf(page, words('cohorts.average'), 1);
    assert.equal(await cell.innerText(), '24');
    await cell.click();
    assert.match(await page.getByRole('dialog').innerText(), /\b940\b.*\b3,974\b/);
  }));

  test('a share of a group opens too, and Escape leads back', () => onPage({}, async page => {
    const share = compare(page).getByRole('link', { name: /267 of 1,256/ });
    await share.click();
    assert.match(await page.getByRole('dialog').innerText(), /\b267\b.*\b1,256\b/);
    await page.keyboard.press('Escape');
    assert.equal(await share.evaluate(element => element === document.activeElement), true);
  }));
});

describe('lines and groups', () => {
  test('a tick draws a row, the focus stays on it, four are the most', () => onPage({ path: '/cohorts?picked=1' }, async page => {
    const tick = cohort => page.getByRole('checkbox', { name: words('cohorts.draw', { cohort }) });
    for (const cohort of ['Dec 2010', 'Jan 2011', 'Feb 2011', 'Mar 2011']) {
      await tick(cohort).focus();
      await page.keyboard.press('Space');
      await page.waitForFunction(text => document.querySelector('#curves .says').textContent.includes(text), cohort);
      assert.equal(await tick(cohort).evaluate(element => element === document.activeElement), true, cohort);
    }
    assert.equal(await tick('Apr 2011').isDisabled(), true);
    assert.match(page.url(), /picked=1/);
    await tick('Jan 2011').uncheck();
    await page.waitForFunction(() => !document.querySelector('#curves .says').textContent.includes('Jan 2011'));
  }));

  test('two countries are set side by side', () => onPage({}, async page => {
    await compare(page).getByRole('combobox', { name: words('compare.a'), exact: true }).selectOption('country:Germany');
    await page.waitForURL(/a=country/);
    await compare(page).getByText(/^94 customers/).waitFor();
    await compare(page).getByRole('combobox', { name: words('compare.b'), exact: true }).selectOption('country:France');
    await compare(page).getByText(/^87 customers/).waitFor();
    await compare(page).getByText(words('compare.unclear')).first().waitFor();
  }));

  test('without script the same is a form with a button', () => onPage({ script: false }, async page => {
    await page.getByRole('checkbox', { name: words('cohorts.draw', { cohort: 'Mar 2011' }) }).check();
    await page.locator('#pick').getByRole('button').click();
    await page.waitForURL(/cohort=2011-03/);
    assert.match(await page.locator('#curves .says').innerText(), /Mar 2011/);
    await field(page, 'grain').selectOption('quarter');
    await page.getByRole('region', { name: words('cohorts.builder.title') }).getByRole('button').click();
    await page.waitForURL(/grain=quarter/);
  }));
});

describe('everywhere', () => {
  test('g h leads here', () => onPage({ path: '/retention' }, async page => {
    await page.keyboard.press('g');
    await page.keyboard.press('h');
    await page.waitForURL(/\/cohorts$/);
    assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), words('cohorts.page.title'));
  }));

  test('the table is one stop and arrows move inside, from the average down', () => onPage({}, async page => {
    assert.equal(await page.locator('.heat a[tabindex="0"]').count(), 1);
    await page.locator('.heat a[tabindex="0"]').focus();
    for (const key of ['ArrowDown', 'ArrowRight']) await page.keyboard.press(key);
    assert.match(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), /^Dec 2010, month 1:/);
  }));

  for (const lang of LANGUAGES) {
    test(`on a phone nothing scrolls sideways and no label is cut or covered: ${lang}`, () => onPage({ viewport: PHONE, lang }, async page => {
      assert.deepEqual(await crowded(page), []);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= PHONE.width, `${width}`);
    }));
  }

  for (const viewport of [PHONE, { width: 720, height: 900 }]) {
    test(`nothing scrolls sideways at ${viewport.width} px`, () => onPage({ viewport }, async page => {
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= viewport.width, `${width}`);
    }));
  }

  test('on paper the numbers are text', () => onPage({}, async page => {
    await page.emulateMedia({ media: 'print' });
    assert.match(await page.getByRole('main').innerText(), /267 of 1,256/);
    assert.equal(await page.getByRole('navigation').count(), 0);
  }));

  for (const lang of LANGUAGES) for (const theme of ['light', 'dark']) {
    test(`axe finds nothing: ${lang}, ${theme}`, () => onPage({ lang, theme }, async page => {
      const found = await violations(page);
      assert.deepEqual(found, []);
    }));
  }
});
