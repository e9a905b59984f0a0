// The pages of groups, as a person meets them: by role and name, never by position.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { crowded, openBrowser, violations, visit, PHONE } from './lib/browser.mjs';
import { startDemo } from './lib/server.mjs';
import { LANGUAGES, pattern, words } from './lib/words.mjs';


let demo, browser;
before(async () => { demo = await startDemo(); browser = await openBrowser(); });
after(async () => { await browser?.close(); await demo?.stop(); });

/** Opens the page, runs the test and fails on anything that went wrong unseen. */
const onPage = (options, body) => visit(browser, demo.address, { path: '/segments?period=2011-11', ...options }, body);

const CHAMPIONS = words('group.champions');
const count = text => Number(text.match(/[\d,]+/)[0].replaceAll(',', ''));
const table = page => page.getByRole('region', { name: words('segments.table') });
const row = (page, name) => table(page).getByRole('row', { name: new RegExp(`^${name}`) });
/** What a drawer says of how many there are. */
async function inDrawer(page) {
  const drawer = page.getByRole('dialog');
  await drawer.getByRole('heading').first().waitFor();
  return count(await drawer.locator('header p').innerText());
}

describe('from a number to its people', () => {
  test('a square opens exactly its customers', () => onPage({}, async page => {
    const square = page.getByRole('link', { name: pattern('squares.says', { r: '5', f: '5' }) });
    const name = await square.getAttribute('data-tip');
    const number = count(name.match(/([\d,]+) customers/)[1]);
    await square.click();
    assert.equal(await inDrawer(page), number);
  }));

  test('a ribbon opens the people who moved, new ones too', () => onPage({}, async page => {
    for (const from of [words('group.need_attention'), words('group.none')]) {
      const flow = page.getByRole('group', { name: words('moves.title') });
      const ribbon = flow.getByRole('link', { name: new RegExp(`from “${from}” to`) }).first();
      const number = count(await ribbon.getAttribute('aria-label'));
      await ribbon.focus();
      await page.keyboard.press('Enter');
      assert.equal(await inDrawer(page), number);
      await page.keyboard.press('Escape');
    }
  }));

  test('the numbers of a group in the table open', () => onPage({}, async page => {
    const links = row(page, CHAMPIONS).getByRole('link');
    const customers = count(await links.nth(1).innerText());
    await links.nth(1).click();
    assert.equal(await inDrawer(page), customers);
  }));

  test('a country leads to its retention', () => onPage({}, async page => {
    await page.getByRole('link', { name: words('segments.look_at', { word: 'Germany' }) }).click();
    await page.waitForURL(/\/retention\?.*segment=country:Germany/);
    assert.equal(await page.getByRole('combobox', { name: words('head.segment') }).inputValue(), 'country:Germany');
  }));
});

describe('the address is the state', () => {
  test('every choice of what to compare with can make a difference: without one there is no movement to show', () => onPage({}, async page => {
    const offered = await page.getByRole('combobox', { name: words('head.compare') }).locator('option').evaluateAll(options => options.map(option => option.value));
    assert.deepEqual(offered, ['prev', 'year']);
  }));

  test('another set of names is another address, and back is the one before', () => onPage({}, async page => {
    await page.getByRole('combobox', { name: words('segments.preset') }).selectOption('klaviyo-6');
    await page.waitForURL(/grid=klaviyo-6/);
    await row(page, words('group.recent')).waitFor();
    await page.goBack();
    await page.waitForURL(url => !url.search.includes('klaviyo'));
    await row(page, words('group.hibernating')).waitFor();
  }));

  test('the table is sorted by the server, in place', () => onPage({}, async page => {
    const head = name => table(page).getByRole('columnheader', { name });
    await head(words('segments.column.customers')).getByRole('link').click();
    await page.waitForURL(/sort=customers/);
    assert.equal(await head(words('segments.column.customers')).getAttribute('aria-sort'), 'descending');
    const sizes = (await table(page).locator('tbody tr td:nth-of-type(1) a').allInnerTexts()).map(count);
    assert.deepEqual(sizes, [...sizes].sort((a, b) => b - a));
  }));

  test('the keys g s lead here', () => onPage({ path: '/retention' }, async page => {
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    await page.waitForURL(/\/segments/);
  }));
});

describe('one group', () => {
  test('its list is filtered in place and says how many', () => onPage({ path: '/segments/champions?period=2011-11' }, async page => {
    assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), CHAMPIONS);
    const customers = count(await page.getByRole('article').filter({ hasText: words('segments.number.customers') }).first().innerText().then(text => text.split('\n').slice(1).join(' ')));
    const list = page.getByRole('region', { name: pattern('segments.people', { group: CHAMPIONS }) });
    assert.equal(count(await list.getByRole('status').innerText()), customers);
    const first = await list.getByRole('row').nth(1).getByRole('link').innerText();
    await list.getByRole('searchbox').fill(first);
    await page.waitForURL(new RegExp(`/segments/champions.*q=${first}`));
    await page.waitForFunction(() => document.querySelectorAll('[data-part=people] tbody tr').length === 1);
    assert.equal(count(await list.getByRole('status').innerText()), 1);
  }));

  test('where they were and where they went open', () => onPage({ path: '/segments/champions?period=2011-11' }, async page => {
    for (const key of ['moves.came', 'moves.went']) {
      const card = page.getByRole('region', { name: words(key), exact: true });
      const way = card.getByRole('link', { name: new RegExp(words('moves.same')) });
      const number = count((await way.innerText()).replace(words('moves.same'), ''));
      await way.click();
      assert.equal(await inDrawer(page), number, key);
      await page.keyboard.press('Escape');
    }
  }));

  test('a group is reached from the table, with what was chosen', () => onPage({ path: '/segments?period=2011-10&grid=classic-10' }, async page => {
    await row(page, CHAMPIONS).getByRole('link', { name: CHAMPIONS }).click();
    await page.waitForURL(/\/segments\/champions\?period=2011-10&grid=classic-10/);
  }));
});

describe('for everybody', () => {
  test('without script everything is there and the choice has a button', () => onPage({ script: false }, async page => {
    await page.getByRole('combobox', { name: words('segments.window') }).selectOption('90');
    await page.getByRole('region', { name: words('segments.made') }).getByRole('button', { name: words('form.show') }).click();
    await page.waitForURL(/window=90/);
    await row(page, CHAMPIONS).getByRole('link').nth(1).click();
    await page.waitForURL(/\/customers\?who=in-group.*window=90/);
  }));

  for (const path of ['/segments?period=2011-11', '/segments/at_risk?period=2011-11']) {
    test(`a narrow window needs no sideways scrolling: ${path}`, () => onPage({ path, viewport: PHONE }, async page => {
      const [wide, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(wide <= window, `${wide} of ${window}`);
    }));

    for (const lang of LANGUAGES) {
      test(`on a phone no label is cut or covered: ${path}, ${lang}`, () => onPage({ path, lang, viewport: PHONE }, async page => {
        assert.deepEqual(await crowded(page), []);
      }));

      for (const theme of ['light', 'dark']) {
        test(`axe finds nothing: ${path}, ${lang}, ${theme}`, () => onPage({ path, lang, theme }, async page => {
          for (const details of await page.locator('details').all()) await details.evaluate(element => { element.open = true; });
          assert.deepEqual(await violations(page), []);
        }));
      }
    }
  }

  test('on paper the numbers are text', () => onPage({}, async page => {
    const number = await row(page, CHAMPIONS).getByRole('link').nth(1).innerText();
    await page.emulateMedia({ media: 'print' });
    assert.ok((await page.getByRole('main').innerText()).includes(number));
  }));
});

