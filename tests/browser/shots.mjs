// Pictures of the pages, to be held beside the design by a person: npm run shots, then look into target/shots.
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openBrowser, openPage, DESKTOP } from './lib/browser.mjs';
import { startDemo } from './lib/server.mjs';
import { pattern } from './lib/words.mjs';

const FOLDER = fileURLToPath(new URL('../../target/shots/', import.meta.url));
const PHONE = { width: 390, height: 844 };
const openCell = page => page.getByRole('link', { name: pattern('cohorts.cell.month', { cohort: 'Jan 2011', step: '3' }) }).first().click();
const openFormula = page => page.locator('article button[popovertarget]').first().click();
const openCustomer = async page => {
  await openCell(page);
  await page.getByRole('dialog').locator('a.who').first().click();
  await page.waitForURL(/\/customers\//);
};
const SHOTS = [
  { name: 'retention-en-light', theme: 'light' },
  { name: 'retention-zh-hant-dark', lang: 'zh-Hant', theme: 'dark' },
  { name: 'retention-fi-formula', lang: 'fi', theme: 'light', then: openFormula, screen: true },
  { name: 'drawer', theme: 'light', then: openCell, screen: true },
  { name: 'phone-zh-hans', lang: 'zh-Hans', theme: 'light', viewport: PHONE },
  { name: 'customer', theme: 'light', then: openCustomer },
  { name: 'customers', theme: 'light', path: '/customers' },
  { name: 'segments-en-light', theme: 'light', path: '/segments' },
  { name: 'segments-zh-hant-dark', lang: 'zh-Hant', theme: 'dark', path: '/segments' },
  { name: 'segments-phone-fi', lang: 'fi', theme: 'light', path: '/segments', viewport: PHONE },
  { name: 'group', theme: 'light', path: '/segments/at_risk' },
  { name: 'data', theme: 'light', path: '/data' },
  { name: 'print', theme: 'light', media: 'print' },
];

// Pages of a business with contracts; the other sample has none.
const CONTRACTS = [
  { name: 'revenue-en-light', theme: 'light', path: '/revenue' },
  { name: 'revenue-zh-hant-dark', lang: 'zh-Hant', theme: 'dark', path: '/revenue' },
  { name: 'revenue-fi-320', lang: 'fi', theme: 'light', path: '/revenue', viewport: { width: 320, height: 700 } },
];

mkdirSync(FOLDER, { recursive: true });
const browser = await openBrowser();

async function shoot(sample, shots) {
  const demo = await startDemo(sample);
  try {
    for (const shot of shots) await one(demo, shot);
  } finally {
    await demo.stop();
  }
}

async function one(demo, { name, path = '/retention', viewport = DESKTOP, then, screen, media, ...more }) {
  const { page, close, troubles } = await openPage(browser, demo.address, { viewport, ...more });
  await page.goto(demo.address + path);
  if (media) await page.emulateMedia({ media });
  await then?.(page);
  await page.waitForTimeout(300);
  await page.screenshot({ path: `${FOLDER}${name}.png`, fullPage: !screen });
  console.log(name, ...troubles);
  await close();
}

try {
  // `npm run shots -- revenue` takes only the pictures whose names say so.
  const wanted = shots => shots.filter(shot => shot.name.includes(process.argv[2] ?? ''));
  if (wanted(SHOTS).length) await shoot('shop', wanted(SHOTS));
  if (wanted(CONTRACTS).length) await shoot('subscriptions', wanted(CONTRACTS));
} finally {
  await browser.close();
}
