// The Revenue page, as a person meets it: by role and name, never by position.
//
// The business is the simulated one: three years of software sold to teams, the same with every start.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { crowded, openBrowser, visit, violations, PHONE } from './lib/browser.mjs';
import { startDemo } from './lib/server.mjs';
import { LANGUAGES, pattern, words } from './lib/words.mjs';

const PERIOD = '/revenue?period=2025-11';
const movements = page => page.getByRole('region', { name: words('movements.title') });
const plans = page => page.getByRole('region', { name: words('plans.title') });
const lost = page => page.getByRole('region', { name: words('lost.title') });
/** The cell of a movement in a month: its label says what, how much and how many customers. */
const cell = (page, part, period) => movements(page).getByRole('table').getByRole('link', { name: pattern(`who.mrr.${part}`, { period }) });

let demo, browser;
before(async () => { demo = await startDemo('subscriptions'); browser = await openBrowser(); });
after(async () => { await browser?.close(); await demo?.stop(); });

/** Opens the page, runs the test and fails on anything that went wrong unseen. */
const onPage = (options, body) => visit(browser, demo.address, { path: PERIOD, ...options }, body);

/** How many customers the label of a link speaks of. */
const customersIn = async link => Number((await link.getAttribute('aria-label')).match(/([\d,]+) customers?$/)[1].replace(',', ''));

describe('from a number to its people', () => {
  for (const part of ['new', 'expansion', 'reactivation', 'contraction', 'churn', 'start', 'end']) {
    test(`the cell “${part}” opens to exactly its customers`, () => onPage({}, async page => {
      const link = cell(page, part, 'Nov 2025');
      const customers = await customersIn(link);
      await link.click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('heading', { name: words(`who.mrr.${part}`, { period: 'Nov 2025' }) }).waitFor();
      assert.match(await dialog.innerText(), new RegExp(`\\b${customers.toLocaleString('en')}\\b`));
      await page.keyboard.press('Escape');
      assert.equal(await link.evaluate(element => element === document.activeElement), true);
    }));
  }

  test('a plan opens, and who cancelled and still pays', () => onPage({}, async page => {
    const link = plans(page).getByRole('link', { name: pattern('who.mrr.plan', { plan: 'team', period: 'Nov 2025' }) }).first();
    const customers = await customersIn(link);
    await link.click();
    assert.match(await page.getByRole('dialog').innerText(), new RegExp(`\\b${customers.toLocaleString('en')}\\b`));
    await page.keyboard.press('Escape');
    const before = plans(page).getByRole('link', { name: pattern('who.mrr.plan_start', { plan: 'team', period: 'Nov 2025' }) }).first();
    const then = await customersIn(before);
    await before.click();
    await page.getByRole('dialog').getByRole('heading', { name: words('who.mrr.plan_start', { plan: 'team', period: 'Nov 2025' }) }).waitFor();
    assert.match(await page.getByRole('dialog').innerText(), new RegExp(`\\b${then.toLocaleString('en')}\\b`));
    await page.keyboard.press('Escape');
    await lost(page).getByRole('link', { name: pattern('who.mrr.scheduled', { period: 'Nov 2025' }) }).click();
    await page.getByRole('dialog').getByRole('heading', { name: words('who.mrr.scheduled', { period: 'Nov 2025' }) }).waitFor();
  }));

  test('a bar opens to everybody whose revenue changed', () => onPage({}, async page => {
    await movements(page).getByRole('link', { name: pattern('movements.bar', { period: 'Nov 2025' }) }).click();
    await page.getByRole('dialog').getByRole('heading', { name: words('who.mrr.changed', { period: 'Nov 2025' }) }).waitFor();
  }));
});

describe('whose definitions', () => {
  for (const script of [true, false]) test(`are chosen beside the period and stay in every link, ${script ? 'with' : 'without'} script`, () => onPage({ script }, async page => {
    const churned = await cell(page, 'churn', 'Nov 2025').innerText();
    await page.getByRole('combobox', { name: words('revenue.profile') }).selectOption('stripe');
    if (!script) await page.locator('form[data-auto]').getByRole('button').click();
    await page.waitForURL(/profile=stripe/);
    assert.match(page.url(), /period=2025-11/, 'the period stays');
    await page.getByText(words('revenue.profile.stripe_note'), { exact: true }).waitFor();
    const link = cell(page, 'churn', 'Nov 2025');
    assert.notEqual(await link.innerText(), churned, 'revenue goes at the cancellation');
    const customers = await customersIn(link);
    for (const href of [await link.getAttribute('href'), await page.locator('a[rel=prev]').getAttribute('href'), await movements(page).getByRole('link', { name: words('chart.csv') }).getAttribute('href')]) {
      assert.match(href, /profile=stripe/, href);
    }
    await page.goto(`${demo.address}${await link.getAttribute('href')}`);
    assert.match(await page.getByRole('main').innerText(), new RegExp(`\\b${customers.toLocaleString('en')}\\b`));
  }));

  test('are part of the link for others', () => onPage({ path: `${PERIOD}&profile=stripe` }, async page => {
    const end = await cell(page, 'end', 'Nov 2025').innerText();
    await page.getByText(words('head.share'), { exact: true }).click();
    await page.getByRole('button', { name: words('share.make') }).click();
    const address = (await page.getByRole('main').innerHTML()).match(/\/s\/[0-9a-f]{32}/)[0];
    await page.context().clearCookies();
    await page.goto(`${demo.address}${address}`);
    const text = await page.locator('body').innerText();
    for (const said of [words('revenue.page.title'), words('revenue.profile.stripe_note'), end]) assert.ok(text.includes(said), said);
    assert.equal(await page.locator('a[href]:not([href^="#"])').count(), 0, 'nothing leads anywhere');
  }));
});

describe('the picture of the movements', () => {
  for (const theme of ['light', 'dark']) test(`is a PNG: ${theme}`, () => onPage({ theme }, async page => {
    const href = await movements(page).getByRole('link', { name: words('chart.png') }).getAttribute('href');
    const answer = await page.request.get(`${demo.address}${href}`);
    assert.equal(answer.headers()['content-type'], 'image/png');
    const body = await answer.body();
    assert.equal(body.subarray(1, 4).toString(), 'PNG');
    assert.ok(body.readUInt32BE(16) > 1000 && body.length > 5_000, 'wide enough, and not empty');
  }));
});

describe('the numbers agree', () => {
  test('every row of the table closes', () => onPage({}, async page => {
    const rows = await movements(page).getByRole('table').locator('tbody tr').evaluateAll(rows => rows.map(row => [...row.querySelectorAll('td')].map(cell => cell.innerText)));
    assert.ok(rows.length > 10);
    const money = text => text === '–' ? 0 : Number(text.replace('−', '-').replace(/[€,]/g, ''));
    for (const row of rows) {
      const [start, ...rest] = row.slice(0, -1).map(money);
      const end = rest.pop();
      const sum = rest.reduce((all, one) => all + one, start);
      // Amounts from a thousand on are shown in whole euros: seven of them can be half a euro off each.
      assert.ok(Math.abs(sum - end) <= 3.5, row.join(' '));
    }
  }));

  test('a migrated plan is said, and the file has the same rows', () => onPage({ path: '/revenue?period=2024-10' }, async page => {
    await plans(page).getByText(pattern('plans.migration', { from: 'starter', to: 'starter_plus' })).waitFor();
    const answer = await page.request.get(`${demo.address}/revenue.csv?part=movements&period=2024-10`);
    assert.match(await answer.text(), /mrr_start,new,expansion,reactivation,contraction,churn,fx,mrr_end/);
  }));
});

describe('everywhere', () => {
  test('the sidebar leads here where there are contracts', () => onPage({ path: '/' }, async page => {
    await page.getByRole('navigation').getByRole('link', { name: words('nav.revenue'), exact: true }).click();
    await page.waitForURL(/\/revenue$/);
    assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), words('revenue.page.title'));
  }));

  test('without script the same is links and a form with a button', () => onPage({ script: false }, async page => {
    await cell(page, 'churn', 'Nov 2025').click();
    await page.waitForURL(/who=mrr/);
    assert.match(await page.getByRole('heading', { level: 1 }).innerText(), pattern('who.mrr.churn', { period: 'Nov 2025' }));
    await page.goBack();
    await page.getByRole('combobox', { name: words('head.period') }).selectOption('2025-06');
    await page.locator('form[data-auto]').getByRole('button').click();
    await page.waitForURL(/period=2025-06/);
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
    assert.match(await page.getByRole('main').innerText(), /€[\d,]+/);
    assert.equal(await page.getByRole('navigation').count(), 0);
  }));

  for (const lang of LANGUAGES) for (const theme of ['light', 'dark']) {
    test(`axe finds nothing: ${lang}, ${theme}`, () => onPage({ lang, theme }, async page => {
      const found = await violations(page);
      assert.deepEqual(found, []);
    }));
  }
});
