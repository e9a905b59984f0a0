// From a file to its figures, by hand, as a person meets it: by role and name, with script and without.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBrowser, violations, visit, PHONE } from './lib/browser.mjs';
import { startEmpty } from './lib/server.mjs';
import { LANGUAGES, pattern, words } from './lib/words.mjs';

let shop, browser, folder;
before(async () => { shop = await startEmpty(); browser = await openBrowser(); folder = mkdtempSync(join(tmpdir(), 'regulars-files-')); });
after(async () => { await browser?.close(); await shop?.stop(); rmSync(folder, { recursive: true, force: true }); });

const onPage = (options, body) => visit(browser, shop.address, { path: '/data', ...options }, body);

/** A file of the folder. */
function file(name, text) {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Chooses a file and sends it. */
async function send(page, path) {
  await page.getByLabel(words('data.drop')).setInputFiles(path);
  await page.getByRole('button', { name: words('data.upload_button'), exact: true }).click();
  await page.getByRole('heading', { level: 1, name: words('match.title') }).waitFor();
}

// A column of its own makes each file a layout of its own: what was answered for one is remembered.
const orders = (name, customer) => file(name, `Order No,Buyer,Ordered,Total,${name} no\n1,${customer},03/04/2024,10.00,1\n2,ben,05/04/2024,20.00,1\n3,${customer},07/05/2024,5.50,1\n4,,08/05/2024,1.00,1\n`);

describe('before there is anything', () => {
  test('the list of customers says where to begin', () => onPage({ path: '/customers' }, async page => {
    await page.getByRole('button', { name: words('welcome.sample_button.shop') }).waitFor();
  }));

  test('what is no table is told in words, and nothing is kept', () => onPage({ expected: ['422'] }, async page => {
    await page.getByLabel(words('data.drop')).setInputFiles(file('photo.csv', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3, 0, 0xff])));
    await page.getByRole('button', { name: words('data.upload_button'), exact: true }).click();
    await page.getByRole('alert').filter({ hasText: words('error.code.not_text') }).waitFor();
    await page.getByText(words('data.none'), { exact: true }).waitFor();
  }));
});

for (const [at, script] of [true, false].entries()) describe(script ? 'with script' : 'without script', () => {
  const name = `orders-${at}.csv`;

  test('what no column says is asked, answered, imported, looked at and taken back', () => onPage({ script }, async page => {
    await send(page, orders(name, `ana${at}`));
    const dates = page.getByLabel(pattern('match.ask.dates'));
    assert.equal(await dates.inputValue(), '', 'neither reading is proposed');
    assert.equal(await dates.evaluate(element => element.required), true);
    await dates.selectOption({ label: words('match.answer.dmy') });
    await page.getByLabel(words('match.ask.currency')).selectOption('EUR');
    assert.equal(await page.getByLabel('Buyer', { exact: true }).inputValue(), 'customer_id');
    await page.getByRole('button', { name: words('match.import') }).click();
    await page.getByRole('status').filter({ hasText: name }).waitFor();
    const row = page.getByRole('row', { name: new RegExp(name) });
    assert.match(await row.innerText(), /4\s+3\s+0\s+1/, 'four rows, three kept, none known, one set aside');
    await page.goto(`${shop.address}/customers/ana${at}`);
    assert.match(await page.getByRole('main').innerText(), /7 May 2024/);
    assert.match(await page.getByRole('main').innerText(), /€15\.50/);
    await page.goto(`${shop.address}/data`);
    await page.getByRole('button', { name: words('data.undo_of', { file: name }) }).click();
    await page.getByRole('status').filter({ hasText: name }).waitFor();
    await page.getByRole('row', { name: new RegExp(name) }).getByText(words('data.undone'), { exact: true }).waitFor();
    // What was answered is remembered, and can be asked again.
    await send(page, join(folder, name));
    assert.equal(await page.getByLabel(pattern('match.ask.dates')).count(), 0);
    await page.getByRole('link', { name: words('match.anew') }).click();
    await page.getByLabel(pattern('match.ask.dates')).waitFor();
  }));

  test('rows can be another thing than was guessed', () => onPage({ script }, async page => {
    await send(page, orders(`lines-${at}.csv`, 'eve'));
    await page.getByLabel(words('match.rows_are')).selectOption('order_lines');
    await page.getByLabel(pattern('match.ask.dates')).selectOption('mdy');
    await page.getByRole('button', { name: words('match.import') }).click();
    await page.waitForURL(/kind=order_lines/);
    assert.equal(await page.getByLabel(pattern('match.ask.dates')).inputValue(), 'mdy', 'what was answered stays');
    await page.getByRole('link', { name: words('match.cancel') }).click();
    await page.getByRole('heading', { level: 1, name: words('data.title') }).waitFor();
  }));
});

for (const [at, script] of [true, false].entries()) describe(`names that say nothing, ${script ? 'with' : 'without'} script`, () => {
  // Other numbers of columns are other layouts: what was said of one is remembered.
  const spare = at === 0 ? '' : ',9';
  const rows = Array.from({ length: 12 }, (_, row) => `k${row % 5}-${at},2024-03-${String(row + 1).padStart(2, '0')},${row + 1}.50${spare}`);
  const text = [`q1,q2,q3${at === 0 ? '' : ',q4'}`, ...rows].join('\n');
  const name = `strange-${at}.csv`;

  test('a person says what the rows and columns are, sees how it is read, and imports', () => onPage({ script, expected: ['422'] }, async page => {
    await page.getByLabel(words('data.drop')).setInputFiles(file(name, text));
    await page.getByRole('button', { name: words('data.upload_button'), exact: true }).click();
    await page.getByRole('heading', { level: 1, name: words('hand.title') }).waitFor();
    assert.equal(await page.getByRole('alert').count(), 0, 'it is a question, and no mistake');
    const first = page.getByRole('row', { name: /^q1/ });
    assert.match(await first.innerText(), new RegExp(`k0-${at}`), 'its values help to tell');
    await page.getByLabel(words('match.rows_are')).selectOption({ label: words('kind.orders') });
    await page.getByLabel('q1', { exact: true }).selectOption({ label: words('meaning.customer_id') });
    await page.getByLabel('q2', { exact: true }).selectOption({ label: words('match.leave_out') });
    await page.getByRole('button', { name: words('hand.go') }).click();
    await page.getByRole('alert').filter({ hasText: 'layout_unknown' }).waitFor();
    assert.equal(await page.getByLabel('q1', { exact: true }).inputValue(), 'customer', 'what was said stays');
    await page.getByLabel('q2', { exact: true }).selectOption({ label: words('meaning.at') });
    await page.getByLabel('q3', { exact: true }).selectOption({ label: words('meaning.amount') });
    await page.getByRole('button', { name: words('hand.go') }).click();
    await page.getByRole('heading', { level: 1, name: words('match.title') }).waitFor();
    assert.equal(await page.getByLabel('q3', { exact: true }).inputValue(), 'amount');
    await page.getByRole('link', { name: words('hand.link') }).click();
    assert.equal(await page.getByLabel('q3', { exact: true }).inputValue(), 'amount', 'the way back keeps it');
    await page.getByRole('button', { name: words('hand.go') }).click();
    await page.getByLabel(words('match.ask.currency')).selectOption('EUR');
    await page.getByRole('button', { name: words('match.import') }).click();
    await page.getByRole('status').filter({ hasText: name }).waitFor();
    await page.goto(`${shop.address}/customers/k0-${at}`);
    assert.match(await page.getByRole('main').innerText(), /€19\.50/, '1.50, 6.50 and 11.50');
  }));
});

describe('anybody', () => {
  for (const lang of LANGUAGES) test(`the page to say it by hand: axe, and no wider than a phone: ${lang}`, () => onPage({ lang, viewport: PHONE }, async page => {
    await page.locator('input[type=file]').setInputFiles(file('hand.csv', 'w1,w2,w3,w4,w5,w6\na,b,c,d,e,f\ng,h,i,j,k,l\n'));
    await page.locator('form.upload button').click();
    await page.waitForURL(/\/data\/match/);
    assert.deepEqual(await violations(page), []);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= PHONE.width, `${width}`);
  }));

  test('the page to match columns works by keyboard and on a phone', () => onPage({ viewport: PHONE }, async page => {
    await send(page, orders('phone.csv', 'pia'));
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= PHONE.width, `${width}`);
    await page.getByLabel(pattern('match.ask.dates')).focus();
    await page.keyboard.press('ArrowDown');
    assert.equal(await page.getByLabel(pattern('match.ask.dates')).inputValue(), 'dmy');
  }));

  for (const lang of LANGUAGES) for (const theme of ['light', 'dark']) {
    test(`axe finds nothing on the page to match columns: ${lang}, ${theme}`, () => onPage({ lang, theme }, async page => {
      await page.locator('input[type=file]').setInputFiles(orders('axe.csv', 'ada'));
      await page.locator('form.upload button').click();
      await page.waitForURL(/\/data\/match/);
      assert.deepEqual(await violations(page), []);
    }));
  }
});
