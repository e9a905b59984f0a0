// Chromium, and pages that remember what went wrong in them.
import { chromium } from 'playwright-core';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const OPTIONS = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
export const DESKTOP = { width: 1440, height: 900 };
export const PHONE = { width: 320, height: 700 };

/** The installed Chromium; `CHROMIUM` names another one. */
export async function openBrowser() {
  const executablePath = process.env.CHROMIUM ?? execFileSync('sh', ['-c', 'command -v chromium']).toString().trim();
  return chromium.launch({ executablePath, args: OPTIONS });
}

/**
 * A page in a context of its own.
 *
 * `troubles` collects what a person would not see but should worry about: errors of scripts, blocked or failed
 * requests, and requests to anywhere but the program itself.
 */
export async function openPage(browser, address, { viewport = DESKTOP, lang, theme, script = true } = {}) {
  const context = await browser.newContext({ viewport, javaScriptEnabled: script, reducedMotion: 'reduce' });
  const cookies = Object.entries({ lang, theme }).filter(([, value]) => value);
  await context.addCookies(cookies.map(([name, value]) => ({ name, value, url: address })));
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const troubles = [];
  page.on('pageerror', error => troubles.push(`error: ${error.message}`));
  page.on('console', message => message.type() === 'error' && troubles.push(`console: ${message.text()}`));
  page.on('requestfailed', request => {
    // A list that is typed into gives up its own older questions.
    if (request.failure()?.errorText !== 'net::ERR_ABORTED') troubles.push(`failed: ${request.url()} ${request.failure()?.errorText}`);
  });
  page.on('response', response => response.status() >= 400 && troubles.push(`${response.status()}: ${response.url()}`));
  page.on('request', request => {
    const url = request.url();
    if (!url.startsWith(address) && !url.startsWith('data:')) troubles.push(`asks somebody else: ${url}`);
  });
  return { page, troubles, close: () => context.close() };
}

/**
 * Opens a page, runs a test on it and fails on anything that went wrong unseen; refusals a test asks for are named in
 * `expected`.
 */
export async function visit(browser, address, { path, expected = [], ...options }, body) {
  const { page, troubles, close } = await openPage(browser, address, options);
  try {
    await page.goto(address + path);
    await body(page);
    assert.deepEqual(troubles.filter(trouble => !expected.some(part => trouble.includes(part))), []);
  } finally {
    await close();
  }
}

const AXE = readFileSync(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const AXE_RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What axe objects to on a page or in a part of it, in a line each. */
export async function violations(page, where) {
  await page.evaluate(AXE);
  return page.evaluate(async ([rules, where]) => {
    const found = await globalThis.axe.run(where ?? document, { runOnly: rules });
    return found.violations.map(one => `${one.id}: ${one.nodes.map(node => node.html.slice(0, 160)).slice(0, 3).join(' | ')}`);
  }, [AXE_RULES, where]);
}

/** Labels on the axes of a chart that lie over each other, and names of key numbers that are cut: nobody can read either. */
export function crowded(page) {
  return page.evaluate(() => {
    const seen = [...document.querySelectorAll('.plot')].flatMap(plot => {
      const labels = [...plot.querySelectorAll('.xlab')].map(label => ({ text: label.innerText, box: label.getBoundingClientRect() }));
      const shown = labels.filter(({ box }) => box.width > 0).sort((one, other) => one.box.left - other.box.left);
      return shown.slice(1).flatMap(({ text, box }, at) => {
        const before = shown[at];
        const over = before.box.right > box.left && before.box.bottom > box.top && before.box.top < box.bottom;
        return over ? [`${before.text} over ${text}`] : [];
      });
    });
    const cut = [...document.querySelectorAll('.kpi .lab > span, .kpi .delta')].filter(label => label.scrollWidth > label.clientWidth + 1);
    return [...seen, ...cut.map(label => `${label.innerText} is cut`)];
  });
}
