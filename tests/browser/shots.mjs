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

mkdirSync(FOLDER, { recursive: true });
const demo = await startDemo();
const browser = await openBrowser();
try {
  for (const { name, path = '/retention', viewport = DESKTOP, then, screen, media, ...more } of SHOTS) {
    const { page, close, troubles } = await openPage(browser, demo.address, { viewport, ...more });
    await page.goto(demo.address + path);
    if (media) await page.emulateMedia({ media });
    await then?.(page);
    await page.waitForTimeout(300);
    await page.screenshot({ path: `${FOLDER}${name}.png`, fullPage: !screen });
    console.log(name, ...troubles);
    await close();
  }
} finally {
  await browser.close();
  await demo.stop();
}
