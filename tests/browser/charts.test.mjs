// Charts as files: the waterfall and what it opens, and every chart as an image under its own link.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { readFileSync } from 'node:fs';
import { openBrowser, visit, PHONE } from './lib/browser.mjs';
import { startDemo } from './lib/server.mjs';
import { pattern, words } from './lib/words.mjs';

let demo, browser;
before(async () => { demo = await startDemo(); browser = await openBrowser(); });
after(async () => { await browser?.close(); await demo?.stop(); });

/** Opens a page, runs the test and fails on anything that went wrong unseen. */
const onPage = (options, body) => visit(browser, demo.address, { path: '/?period=2011-11', ...options }, body);

const balance = page => page.getByRole('region', { name: words('balance.title') });
const bar = (page, part) => balance(page).getByRole('link', { name: pattern('balance.bar', { part: words(`balance.part.${part}`) }) }).first();
const count = text => Number(text.match(/[\d,]+/)[0].replaceAll(',', ''));

/** Clicks a link that gives a file, and reads the file. */
async function download(page, link) {
  const [file] = await Promise.all([page.waitForEvent('download'), link.click()]);
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

/** The size of a PNG, from its first chunk; fails on anything else. */
function sizeOf(png) {
  assert.deepEqual([...png.subarray(0, 8)], [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return { width: png.readUInt32BE(16), height: png.readUInt32BE(20) };
}

describe('the balance of customers', () => {
  test('closes, and each bar opens as many people as it says', () => onPage({}, async page => {
    const numbers = {};
    for (const part of ['start', 'first', 'returned', 'lost', 'end']) {
      const label = (await bar(page, part).getAttribute('aria-label')).split(': ')[1];
      numbers[part] = count(label) * (label.startsWith('−') ? -1 : 1);
      await bar(page, part).focus();
      await page.keyboard.press('Enter');
      const drawer = page.getByRole('dialog');
      await drawer.getByRole('heading').first().waitFor();
      assert.equal(count(await drawer.locator('header p').innerText()), Math.abs(numbers[part]), part);
      await page.keyboard.press('Escape');
      await drawer.waitFor({ state: 'hidden' });
    }
    assert.equal(numbers.start + numbers.first + numbers.returned + numbers.lost, numbers.end);
    // November 2011 of the sample, as the program counts it (active within its own window): 125 of 3,764 left.
    assert.deepEqual([numbers.start, numbers.lost], [3_764, -125]);
  }));

  test('over a year, new customers who were gone again are a step of their own', () => onPage({ path: '/?period=12m' }, async page => {
    const link = balance(page).getByRole('link', { name: pattern('balance.bar', { part: words('balance.part.gone_again') }) });
    const number = count((await link.getAttribute('aria-label')).split(': ')[1]);
    await link.focus();
    await page.keyboard.press('Enter');
    const drawer = page.getByRole('dialog');
    await drawer.getByRole('heading').first().waitFor();
    assert.equal(count(await drawer.locator('header p').innerText()), number);
  }));

  test('has its numbers as a table and as a file', () => onPage({}, async page => {
    await balance(page).getByText(words('chart.table')).click();
    assert.match(await balance(page).getByRole('table').innerText(), /Left\s+−125/);
    const { name, bytes } = await download(page, balance(page).getByRole('link', { name: words('chart.csv') }));
    assert.equal(name, 'balance.csv');
    assert.match(bytes.toString('utf8'), /2011-11,lost,-125/);
  }));
});

describe('charts as images', () => {
  test('the link below a chart gives its PNG, in the colours of the page', async () => {
    const files = {};
    for (const theme of ['light', 'dark']) {
      await onPage({ theme }, async page => {
        const { name, bytes } = await download(page, balance(page).getByRole('link', { name: words('chart.png') }));
        assert.equal(name, 'overview-balance.png');
        assert.deepEqual(sizeOf(bytes), { width: 1656, height: 672 });
        files[theme] = bytes;
      });
    }
    assert.notDeepEqual(files.light, files.dark);
  });

  test('the image keeps period and segment of the page', () => onPage({ path: '/?period=2011-10&segment=country:Germany' }, async page => {
    const href = await balance(page).getByRole('link', { name: words('chart.png') }).getAttribute('href');
    assert.match(href, /^\/overview\.png\?/);
    assert.match(href, /period=2011-10/);
    assert.match(href, /segment=country:Germany/);
  }));

  for (const [path, least] of [['/', 2], ['/retention', 6], ['/cohorts', 4], ['/segments', 3], ['/segments/at_risk', 1]]) {
    test(`every chart of ${path} has an image, also without script`, () => onPage({ path, script: false }, async page => {
      const links = await page.getByRole('link', { name: words('chart.png') }).all();
      assert.ok(links.length >= least, `${links.length} images`);
      for (const link of links) {
        const address = demo.address + await link.getAttribute('href');
        const answer = await fetch(address);
        assert.equal(answer.status, 200, address);
        assert.equal(answer.headers.get('content-type'), 'image/png', address);
        assert.match(answer.headers.get('content-disposition'), /^attachment; filename="[\w-]+\.png"$/, address);
        const { width, height } = sizeOf(Buffer.from(await answer.arrayBuffer()));
        assert.ok(width > 300 && height > 100, `${address}: ${width} × ${height}`);
      }
    }));
  }

  test('the line of a figure has one as well', () => onPage({}, async page => {
    await page.getByRole('button', { name: words('figures.about', { name: words('kpi.retention.name') }) }).click();
    const { name, bytes } = await download(page, page.getByRole('link', { name: words('chart.png') }).first());
    assert.equal(name, 'overview-figure-retention.png');
    assert.deepEqual(sizeOf(bytes), { width: 424, height: 136 });
  }));

  test('nothing scrolls sideways on a phone', () => onPage({ viewport: PHONE, lang: 'fi' }, async page => {
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= PHONE.width);
  }));
});
