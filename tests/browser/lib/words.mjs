// The product's own words, so that a test says which sentence it means and not how it is phrased today.
import { readFileSync } from 'node:fs';

export const LANGUAGES = ['en', 'fi', 'zh-Hant', 'zh-Hans'];
const read = lang => JSON.parse(readFileSync(new URL(`../../../crates/ui/locales/${lang}.json`, import.meta.url), 'utf8'));
const english = read('en');

/** The English words of a key, with its placeholders filled in. Fails on a key that does not exist. */
export function words(key, values = {}) {
  const found = english[key];
  const text = typeof found === 'object' ? found?.other : found;
  if (typeof text !== 'string') throw new Error(`no words for ${key}`);
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** A pattern that matches the words of a key with anything in place of what is not given. */
export function pattern(key, values = {}) {
  const escaped = words(key, values).replace(/[.*+?^$()|[\]\\]/g, '\\$&');
  return new RegExp(escaped.replace(/\{\w+\}/g, '.+?'));
}
