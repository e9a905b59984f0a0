// The list of customers and the page of one, as a person meets them: by role and name.
//
// Customer 14911 of the Online Retail data set ordered 201 times and gave back 47 times; 13 customers of Germany with at
// least three orders are champions at the end of the data.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { readFileSync } from 'node:fs';
import { openBrowser, violations, visit, PHONE } from './lib/browser.mjs';
import { startDemo } from './lib/server.mjs';
import { LANGUAGES, pattern, words } from './lib/words.mjs';

const ONE = '/customers/14911';
const numbers = texts => texts.map(text => Number(text.replace(/[^\d.−-]/g, '').replace('−', '-')));

let demo, browser;
before(async () => { demo = await startDemo(); browser = await openBrowser(); });
after(async () => { await browser?.close(); await demo?.stop(); });

/** Opens a page, runs the test and fails on anything that went wrong unseen. */
const onPage = (path, options, body) => visit(browser, demo.address, { path, ...options }, body);

const count = async page => numbers([(await page.getByRole('main').getByRole('status').first().innerText()).match(/[\d,]+/)[0]])[0];
const openFilters = page => page.getByText(words('filter.add'), { exact: true }).click();

describe('the list', () => {
  test('anybody is found, the count is told, and the address keeps it', () => onPage('/customers', {}, async page => {
    const all = await count(page);
    assert.ok(all > 4_000, `${all}`);
    await page.getByRole('searchbox', { name: words('people.find') }).fill('14911');
    await page.waitForURL(/q=14911/);
    await page.getByRole('link', { name: '14911', exact: true }).waitFor();
    assert.equal(await count(page), 1);
    await page.reload();
    assert.equal(await page.getByRole('searchbox', { name: words('people.find') }).inputValue(), '14911');
    await page.getByRole('link', { name: '14911', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: words('customer.title', { id: '14911' }) }).waitFor();
  }));

  for (const script of [true, false]) {
    test(`filters combine and go away one by one, ${script ? 'with' : 'without'} script`, () => onPage('/customers', { script }, async page => {
      await openFilters(page);
      await page.getByRole('combobox', { name: words('column.group') }).selectOption('champions');
      await page.getByRole('combobox', { name: words('meaning.country') }).selectOption('Germany');
      await page.getByRole('spinbutton', { name: words('filter.orders') }).fill('3');
      await page.getByRole('button', { name: words('filter.apply') }).click();
      await page.waitForURL(/orders=3/);
      assert.equal(await count(page), 13);
      const chip = text => page.getByRole('link', { name: words('filter.remove', { filter: text }) });
      await chip(words('chip.word', { name: words('meaning.country'), value: 'Germany' })).click();
      await page.waitForURL(url => !url.search.includes('Germany'));
      assert.ok((await count(page)) > 13);
      await page.goBack();
      await page.waitForURL(/country=Germany/);
      assert.equal(await count(page), 13);
    }));
  }

  test('nobody fits, and there is a way out', () => onPage('/customers?orders=99999', {}, async page => {
    await page.getByRole('heading', { name: words('list.none') }).waitFor();
    await page.getByRole('link', { name: words('list.clear') }).click();
    await page.waitForURL(url => !url.search.includes('orders'));
    assert.ok((await count(page)) > 4_000);
  }));

  test('every shown column sorts, and fifty rows are a page', () => onPage('/customers?cols=orders,spend,days_since', {}, async page => {
    for (const key of ['column.orders', 'column.days_since']) {
      await page.getByRole('columnheader', { name: words(key) }).getByRole('link').click();
      await page.waitForFunction(name => document.querySelector('th[aria-sort=descending]')?.innerText.includes(name), words(key));
    }
    assert.equal(await page.locator('tbody tr').count(), 50);
    await page.getByRole('link', { name: words('pager.next') }).click();
    await page.waitForURL(/page=2/);
    assert.equal(await page.locator('tbody tr').count(), 50);
  }));

  test('columns are chosen', () => onPage('/customers', {}, async page => {
    await page.getByText(words('columns.choose'), { exact: true }).click();
    await page.getByRole('checkbox', { name: words('column.average') }).check();
    await page.getByRole('checkbox', { name: words('column.group') }).uncheck();
    await page.getByRole('button', { name: words('columns.show') }).click();
    await page.waitForURL(/cols=/);
    await page.getByRole('columnheader', { name: words('column.average') }).waitFor();
    assert.equal(await page.getByRole('columnheader', { name: words('column.group') }).count(), 0);
  }));

  test('a selection says how many and how much, and all of them can be taken', () => onPage('/customers?rfm=champions&country=Germany&orders=3', {}, async page => {
    await page.locator('tbody [type=checkbox]').nth(0).check();
    await page.locator('tbody [type=checkbox]').nth(1).check();
    const bar = page.getByRole('group', { name: words('bulk.label') });
    assert.match(await bar.innerText(), pattern('bulk.selected', { n: '2' }));
    const spend = numbers(await page.locator('tbody tr td:last-child').allInnerTexts());
    const sum = numbers([(await bar.innerText()).match(/£[\d,.]+/)[0]])[0];
    assert.ok(Math.abs(sum - spend[0] - spend[1]) <= 1, `${sum} of ${spend[0]} and ${spend[1]}`);
    await bar.getByRole('checkbox', { name: pattern('bulk.all_of', { n: '13' }) }).check();
    const [file] = await Promise.all([page.waitForEvent('download'), bar.getByRole('button', { name: words('bulk.export') }).click()]);
    const text = readFileSync(await file.path(), 'utf8');
    assert.equal(text.trim().split('\n').length, 14);
    assert.ok(text.startsWith('\ufeffcustomer_id,name,country,group,'), text.slice(0, 80));
  }));

  test('a view is saved as a tab and removed', () => onPage('/customers?country=Norway', {}, async page => {
    const norway = await count(page);
    await page.getByText(words('views.save'), { exact: true }).first().click();
    await page.getByRole('textbox', { name: words('views.name') }).fill('<i>North</i>');
    await page.getByRole('button', { name: words('views.save') }).click();
    await page.goto(`${demo.address}/customers`);
    await page.getByRole('link', { name: '<i>North</i>', exact: true }).click();
    await page.waitForURL(/country=Norway/);
    assert.equal(await count(page), norway);
    assert.equal(await page.getByRole('link', { name: '<i>North</i>', exact: true }).getAttribute('aria-current'), 'page');
    await page.getByText(words('views.save'), { exact: true }).first().click();
    await page.getByRole('button', { name: words('views.remove', { name: '<i>North</i>' }) }).click();
    await page.waitForURL(/\/customers$/);
    assert.equal(await page.getByRole('link', { name: '<i>North</i>', exact: true }).count(), 0);
  }));
});

describe('one customer', () => {
  for (const script of [true, false]) {
    test(`the timeline is filtered, opened and turned, ${script ? 'with' : 'without'} script`, () => onPage(ONE, { script }, async page => {
      const timeline = page.getByRole('region', { name: words('customer.timeline') });
      const kinds = timeline.getByRole('navigation', { name: words('customer.kinds') });
      await kinds.getByRole('link', { name: words('customer.kind.refund') }).click();
      await page.waitForURL(/kind=refund/);
      assert.match(await timeline.getByRole('status').innerText(), /^47\b/);
      await kinds.getByRole('link', { name: words('customer.kind.order') }).click();
      await page.waitForURL(/kind=order/);
      const first = await timeline.getByRole('listitem').first().innerText();
      await timeline.getByRole('button', { name: new RegExp(words('customer.lines_show', { id: '.*' })) }).first().click();
      await page.waitForURL(/order=/);
      await timeline.getByRole('table').waitFor();
      await timeline.getByRole('link', { name: words('customer.earlier') }).click();
      await page.waitForURL(/page=2/);
      assert.notEqual(await timeline.getByRole('listitem').first().innerText(), first);
    }));
  }

  test('a note is written, shown as text and taken away', () => onPage(ONE, {}, async page => {
    const notes = page.getByRole('region', { name: words('customer.notes') });
    await notes.getByRole('textbox').fill('<b>called</b>, wants a catalogue');
    await notes.getByRole('button', { name: words('customer.note_add') }).click();
    await notes.getByText('<b>called</b>, wants a catalogue').waitFor();
    await notes.getByRole('button', { name: pattern('customer.note_remove') }).click();
    await notes.getByText('<b>called</b>').waitFor({ state: 'detached' });
  }));

  test('everything known is one file', () => onPage(ONE, {}, async page => {
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: words('customer.export') }).click()]);
    const all = JSON.parse(readFileSync(await file.path(), 'utf8'));
    assert.deepEqual([all.customer_id, all.facts.orders.length], ['14911', 201]);
  }));

  test('by keyboard: the kinds of the timeline are reached and keep the focus', () => onPage(ONE, {}, async page => {
    const refunds = page.getByRole('link', { name: new RegExp(`^${words('customer.kind.refund')}`) });
    await refunds.focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/kind=refund/);
    assert.ok(await refunds.evaluate(element => element === document.activeElement));
  }));

  test('on paper the numbers stay', () => onPage(ONE, {}, async page => {
    await page.emulateMedia({ media: 'print' });
    assert.match(await page.getByRole('main').innerText(), /201/);
    assert.equal(await page.getByRole('navigation', { name: words('shell.nav') }).count(), 0);
  }));
});

describe('everywhere', () => {
  for (const path of ['/customers?rfm=champions', '/customers?orders=99999', ONE, `${ONE}?kind=order`]) {
    test(`nothing scrolls sideways at 320 px: ${path}`, () => onPage(path, { viewport: PHONE }, async page => {
      for (const summary of await page.locator('.more summary').all()) {
        await summary.click();
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(width <= PHONE.width, `${width} with ${await summary.innerText()} open`);
        await summary.click();
      }
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= PHONE.width, `${width}`);
    }));

    for (const lang of LANGUAGES) for (const theme of ['light', 'dark']) {
      test(`axe finds nothing: ${path}, ${lang}, ${theme}`, () => onPage(path, { lang, theme }, async page => {
        assert.deepEqual(await violations(page), []);
        if (!path.startsWith('/customers?')) return;
        // What an open panel lies over is no target until it is closed again: the panel itself is looked at.
        await page.locator('.more summary').first().click();
        assert.deepEqual(await violations(page, '.more[open]'), []);
      }));
    }
  }
});
