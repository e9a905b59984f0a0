// The Retention page, as a person meets it: by role and name, never by position.
//
// Figures are those of the Online Retail data set, worked out independently with pandas and DuckDB: of the 417
// customers whose first order was in January 2011, 96 ordered in April.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { crowded, openBrowser, violations, visit, DESKTOP, PHONE } from './lib/browser.mjs';
import { startDemo } from './lib/server.mjs';
import { LANGUAGES, pattern, words } from './lib/words.mjs';

const COHORT = { cohort: 'Jan 2011', step: '3' };
const COHORT_PART = 96;
const COHORT_WHOLE = 417;
const cellName = (cohort, step) => pattern('cohorts.cell.month', { cohort, step: String(step) });
// The name of a cell begins with its head; `month 1` must not find `month 12`.
const cellOf = (page, cohort, step) => page.getByRole('link', { name: new RegExp(`${cellName(cohort, step).source}\\b`) });
const numbers = texts => texts.map(text => Number(text.replace(/[^\d.−-]/g, '').replace('−', '-')));

let demo, browser;
before(async () => { demo = await startDemo(); browser = await openBrowser(); });
after(async () => {
  await browser?.close();
  const end = await demo?.stop();
  if (end) {
    assert.equal(end.code, 0, 'SIGTERM ends the program in order');
    assert.ok(end.tookMs < 10_000, `it took ${end.tookMs} ms to stop`);
  }
});

/** Opens the page, runs the test and fails on anything that went wrong unseen. */
const onPage = (options, body) => visit(browser, demo.address, { path: '/retention', ...options }, body);

const figure = (page, id) => page.getByRole('article').filter({ has: page.getByRole('heading', { name: words(`kpi.${id}.name`), exact: false }) });

describe('what is there', () => {
  test('the page says first how it goes', () => onPage({}, async page => {
    assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), words('retention.title'));
    await page.getByRole('heading', { name: words('brief.title') }).waitFor();
    assert.match(await page.getByRole('main').innerText(), /\d+(\.\d)?%/);
  }));

  test('every figure has a value and opens to its formula with its own counts', () => onPage({}, async page => {
    for (const id of ['retention', 'churn', 'active', 'repeat', 'order_value', 'revenue']) {
      const tile = figure(page, id);
      assert.match(await tile.innerText(), /\d/, id);
      await tile.getByRole('button', { name: words('figures.about', { name: words(`kpi.${id}.name`) }) }).click();
      const link = tile.getByRole('link', { name: words('about.people') });
      await link.waitFor();
      await page.keyboard.press('Escape');
      await link.waitFor({ state: 'hidden' });
    }
  }));

  test('retention and churn are one whole', () => onPage({}, async page => {
    const rate = async id => numbers([(await figure(page, id).innerText()).match(/[\d.]+%/)[0]])[0];
    const sum = (await rate('retention')) + (await rate('churn'));
    // Each is rounded to a tenth of a point.
    assert.ok(Math.abs(sum - 100) <= 0.11, `${sum}`);
  }));

  test('a cohort cell says what was counted', () => onPage({}, async page => {
    const name = await cellOf(page, COHORT.cohort, COHORT.step).getAttribute('aria-label');
    assert.match(name, new RegExp(`\\b23%.*\\b${COHORT_PART}\\b.*\\b${COHORT_WHOLE}\\b`));
    assert.equal(await cellOf(page, COHORT.cohort, COHORT.step).innerText(), '23');
  }));
});

describe('from a number to its people', () => {
  test('a cell opens a drawer with its customers and closes again', () => onPage({}, async page => {
    const cell = cellOf(page, COHORT.cohort, COHORT.step);
    await cell.click();
    const drawer = page.getByRole('dialog');
    await drawer.getByRole('heading').first().waitFor();
    assert.match(await drawer.innerText(), new RegExp(`\\b${COHORT_PART}\\b`));
    await page.keyboard.press('Escape');
    await drawer.waitFor({ state: 'hidden' });
    assert.ok(await cell.evaluate(element => element === document.activeElement), 'focus is back where it was');
  }));

  test('a customer in the drawer leads to a page of their own, and back leads here', () => onPage({}, async page => {
    await cellOf(page, COHORT.cohort, COHORT.step).click();
    await page.getByRole('dialog').getByRole('link', { name: /^\d{5}$/ }).first().click();
    await page.waitForURL(/\/customers\/\d{5}/);
    await page.goBack();
    await page.waitForURL(/\/retention/);
    await page.getByRole('heading', { level: 1, name: words('retention.title') }).waitFor();
  }));

  test('without script the same link is a page of its own', () => onPage({ script: false }, async page => {
    await cellOf(page, COHORT.cohort, COHORT.step).click();
    await page.waitForURL(/\/customers\?/);
    assert.match(await page.getByRole('main').innerText(), new RegExp(`\\b${COHORT_PART}\\b`));
  }));
});

describe('the address is the state', () => {
  test('another period is another address, and back is the one before', () => onPage({}, async page => {
    const period = page.getByRole('combobox', { name: words('head.period') });
    const first = await period.inputValue();
    await period.selectOption('2011-10');
    await page.waitForURL(/period=2011-10/);
    assert.equal(await page.getByRole('combobox', { name: words('head.period') }).inputValue(), '2011-10');
    await page.goBack();
    await page.waitForURL(url => !url.search.includes('period=2011-10'));
    assert.equal(await page.getByRole('combobox', { name: words('head.period') }).inputValue(), first);
  }));

  test('the overdue list sorts both ways', () => onPage({}, async page => {
    const list = page.getByRole('region', { name: words('overdue.title') });
    // The largest spend comes first unless somebody asks otherwise; each click turns the order round.
    assert.equal(await list.getByRole('columnheader', { name: words('column.spend') }).getAttribute('aria-sort'), 'descending');
    for (const order of ['ascending', 'descending']) {
      await list.getByRole('columnheader', { name: words('column.spend') }).getByRole('link').click();
      const header = list.getByRole('columnheader', { name: words('column.spend') });
      await page.waitForFunction(order => [...document.querySelectorAll('#overdue th[aria-sort]')].some(th => th.getAttribute('aria-sort') === order), order);
      assert.equal(await header.getAttribute('aria-sort'), order);
      const spend = numbers(await list.locator('tbody tr td:last-child').allInnerTexts());
      const sorted = [...spend].sort((a, b) => (order === 'ascending' ? a - b : b - a));
      assert.deepEqual(spend, sorted);
      assert.match(page.url(), /sort=spend/);
    }
  }));

  test('the overdue list filters, says how many, and keeps it over a reload', () => onPage({}, async page => {
    const list = page.getByRole('region', { name: words('overdue.title') });
    const count = async () => numbers([(await list.getByRole('status').innerText()).match(/[\d,]+/)[0]])[0];
    const all = await count();
    const customer = await list.getByRole('link', { name: /^\d{5}$/ }).first().innerText();
    await list.getByRole('searchbox').fill(customer);
    await page.waitForURL(url => url.search.includes(`q=${customer}`));
    assert.equal(await count(), 1);
    assert.ok(all > 1, `${all}`);
    await page.reload();
    assert.equal(await list.getByRole('searchbox').inputValue(), customer);
    assert.equal(await count(), 1);
  }));

  test('without script sorting and filtering are links and forms', () => onPage({ script: false }, async page => {
    const list = page.getByRole('region', { name: words('overdue.title') });
    await list.getByRole('columnheader', { name: words('column.orders') }).getByRole('link').click();
    await page.waitForURL(/sort=orders/);
    const orders = numbers(await list.locator('tbody tr td:nth-last-child(2)').allInnerTexts());
    assert.deepEqual(orders, [...orders].sort((a, b) => b - a));
    await list.getByRole('searchbox').fill('nobody is called so');
    await list.getByRole('button', { name: words('form.show') }).click();
    await page.waitForURL(/q=nobody/);
    await list.getByRole('heading', { name: words('list.none') }).waitFor();
  }));
});

describe('by keyboard alone', () => {
  test('the first stop skips to the content', () => onPage({}, async page => {
    await page.keyboard.press('Tab');
    const skip = page.getByRole('link', { name: words('shell.skip') });
    assert.ok(await skip.evaluate(element => element === document.activeElement));
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
  }));

  test('the cohort table is one stop, arrows move inside, Enter opens, Escape returns', () => onPage({}, async page => {
    const table = page.getByRole('table', { name: new RegExp(`^${words('cohorts.title').replace(/[?.]/g, '\\$&')}`) });
    assert.equal(await table.locator('a[tabindex="0"]').count(), 1);
    await table.locator('a[tabindex="0"]').focus();
    const name = () => page.evaluate(() => document.activeElement.getAttribute('aria-label'));
    // The average over all rows comes first.
    assert.ok((await name()).startsWith(`${words('cohorts.average')}`), await name());
    await page.keyboard.press('ArrowDown');
    assert.match(await name(), cellName('Dec 2010', 0));
    for (const key of ['ArrowDown', 'ArrowRight', 'ArrowRight', 'ArrowRight']) await page.keyboard.press(key);
    assert.match(await name(), cellName(COHORT.cohort, COHORT.step));
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByRole('heading').first().waitFor();
    await page.keyboard.press('Escape');
    assert.match(await name(), cellName(COHORT.cohort, COHORT.step));
  }));

  test('every stop can be seen', () => onPage({}, async page => {
    for (let stop = 0; stop < 25; stop++) {
      await page.keyboard.press('Tab');
      const seen = await page.evaluate(() => {
        const focused = document.activeElement;
        const style = getComputedStyle(focused);
        const box = focused.getBoundingClientRect();
        const ring = style.outlineStyle !== 'none' || style.boxShadow !== 'none' || focused.closest(':focus-within:not(body,html,main)') !== null;
        return { what: focused.outerHTML.slice(0, 80), ring, inside: box.width > 0 && box.height > 0 };
      });
      assert.ok(seen.ring && seen.inside, JSON.stringify(seen));
    }
  }));
});

describe('everywhere', () => {
  for (const lang of LANGUAGES) {
    test(`on a phone no label is cut or covered: ${lang}`, () => onPage({ viewport: PHONE, lang }, async page => {
      assert.deepEqual(await crowded(page), []);
    }));
  }

  for (const viewport of [PHONE, { width: 720, height: 900 }]) {
    test(`nothing scrolls sideways at ${viewport.width} px`, () => onPage({ viewport }, async page => {
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= viewport.width, `${width}`);
    }));
  }

  for (const lang of LANGUAGES) for (const theme of ['light', 'dark']) {
    test(`axe finds nothing: ${lang}, ${theme}`, () => onPage({ lang, theme }, async page => {
      assert.equal(await page.locator('html').getAttribute('lang'), lang);
      assert.equal(await page.locator('html').getAttribute('data-theme'), theme);
      assert.deepEqual(await violations(page), []);
    }));
  }

  test('axe finds nothing in an open drawer', () => onPage({}, async page => {
    await cellOf(page, COHORT.cohort, COHORT.step).click();
    await page.getByRole('dialog').getByRole('heading').first().waitFor();
    assert.deepEqual(await violations(page), []);
  }));

  test('on paper the numbers are text and the navigation is gone', () => onPage({}, async page => {
    const value = (await figure(page, 'retention').innerText()).match(/[\d.]+%/)[0];
    await page.emulateMedia({ media: 'print' });
    assert.ok((await page.getByRole('main').innerText()).includes(value));
    assert.ok(await cellOf(page, COHORT.cohort, COHORT.step).isVisible());
    assert.equal(await page.getByRole('navigation').count(), 0);
  }));
});

describe('budgets', () => {
  const fetched = async path => {
    const response = await fetch(demo.address + path, { headers: { 'accept-encoding': 'gzip' } });
    assert.equal(response.status, 200, path);
    return { response, body: Buffer.from(await response.arrayBuffer()) };
  };
  const kilobytes = body => gzipSync(body).length / 1024;

  test('page, style and script stay small', async () => {
    const page = await fetched('/retention');
    assert.equal(page.response.headers.get('content-encoding'), 'gzip');
    const html = page.body.toString();
    const styles = [...html.matchAll(/<link rel="stylesheet" href="([^"]+)"/g)].map(found => found[1]);
    const scripts = [...html.matchAll(/<script[^>]* src="([^"]+)"/g)].map(found => found[1]);
    assert.ok(styles.length > 0 && scripts.length > 0, 'the page names its style and its script');
    let all = kilobytes(page.body);
    assert.ok(all <= 40, `HTML: ${all.toFixed(1)} KB of 40`);
    for (const [name, paths, limit] of [['style', styles, 12], ['script', scripts, 12]]) {
      let size = 0;
      for (const path of paths) {
        const { response, body } = await fetched(path);
        assert.match(response.headers.get('cache-control') ?? '', /immutable/, path);
        size += kilobytes(body);
      }
      assert.ok(size <= limit, `${name}: ${size.toFixed(1)} KB of ${limit}`);
      all += size;
    }
    assert.ok(all <= 60, `all: ${all.toFixed(1)} KB of 60`);
  });

  test('nothing moves while the page loads', () => onPage({ viewport: DESKTOP }, async page => {
    const shift = await page.evaluate(() => new Promise(resolve => {
      let sum = 0;
      new PerformanceObserver(list => { for (const entry of list.getEntries()) sum += entry.value; }).observe({ type: 'layout-shift', buffered: true });
      setTimeout(() => resolve(sum), 500);
    }));
    assert.ok(shift < 0.005, `${shift}`);
  }));

  test('the browser is told to trust nobody else', async () => {
    const { response, body } = await fetched('/retention');
    const policy = response.headers.get('content-security-policy') ?? '';
    for (const rule of ["default-src 'self'", "script-src 'self'", "frame-ancestors 'none'"]) assert.ok(policy.includes(rule), `${rule} in ${policy}`);
    assert.doesNotMatch(body.toString(), /<script(?![^>]* src=)/, 'no script inside the page');
  });

  test('the sample is on screen within 20 seconds', { skip: process.env.CI || process.env.REGULARS_TIMES ? false : 'measured on CI: set REGULARS_TIMES=1 on a quiet machine' }, () => {
    assert.ok(demo.readyAfterMs <= 20_000, `${demo.readyAfterMs} ms`);
  });
});
