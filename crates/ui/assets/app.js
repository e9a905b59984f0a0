// Islands: every page works without this file; it only removes page loads. No dependencies.
// A part is asked for with the header `x-part: <name>` at the address of the page; the answer is that part's HTML.
const $ = (s, r = document) => r.querySelector(s), $$ = (s, r = document) => [...r.querySelectorAll(s)];
const root = document.documentElement, drawer = $('dialog.drawer'), keys = $('#keys'), toast = $('.toast');
root.dataset.js = '';

/** Shows a line for a moment. @param {string} text */
function say(text) {
  toast.textContent = text;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => (toast.textContent = ''), 4000);
}
/** The HTML of one part. @param {string} url @param {string} part @param {AbortSignal} [signal] */
async function fetchPart(url, part, signal) {
  const answer = await fetch(url, { headers: { 'x-part': part }, signal });
  if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
  return answer.text();
}
/** The element of a part by its name, and the name of an element's part. */
const partOf = el => el.closest('[data-part]');
const nameOf = el => el.dataset.part || el.id;
const byName = name => $(`[data-part="${name}"]`) ?? document.getElementById(name);

// Replace one part in place; keep the address shareable, the focus where it was, and the way back open.
let pending;
async function swap(url, name, { push = true } = {}) {
  pending?.abort();
  pending = new AbortController();
  const old = byName(name), active = document.activeElement;
  if (!old) { location.href = url; return; }
  const slow = setTimeout(() => old.setAttribute('aria-busy', 'true'), 150);
  let html;
  try { html = await fetchPart(url, name, pending.signal); }
  catch (error) { if (error.name !== 'AbortError') location.href = url; return; }
  finally { clearTimeout(slow); old.removeAttribute('aria-busy'); }
  const held = old.contains(active) ? { name: active.name, box: active.type === 'checkbox' && active.value, href: active.getAttribute('href'), text: active.textContent, at: active.selectionStart } : null;
  old.outerHTML = html;
  if (push) history.pushState({ part: name }, '', url); else history.replaceState({ part: name }, '', url);
  shown = address();
  const now = byName(name);
  enhance(now);
  if (!held) return;
  const again = held.name ? $$(`[name="${held.name}"]`, now).find(el => !held.box || el.value === held.box) : $$('a', now).find(a => a.textContent === held.text);
  again?.focus();
  if (held.at != null) again?.setSelectionRange?.(held.at, held.at);
}
// A jump to a part of the page is an entry of the history too, but the page stays the same.
const address = () => location.pathname + location.search;
let shown = address();
addEventListener('popstate', () => { if (address() !== shown) location.reload(); });

async function openDrawer(url) {
  try { drawer.innerHTML = await fetchPart(url, 'drawer'); drawer.showModal(); }
  catch { location.href = url; }
}

document.addEventListener('click', async event => {
  if (event.target === drawer) return drawer.close();
  const el = event.target.closest('a,button');
  if (!el || event.metaKey || event.ctrlKey || event.shiftKey || event.defaultPrevented) return;
  const on = key => el.dataset[key] !== undefined;
  // The attribute: a link of a drawing has no text in `href`.
  if (on('drawer')) { event.preventDefault(); el.closest('[popover]')?.hidePopover(); await openDrawer(el.getAttribute('href')); }
  else if (on('swap') && partOf(el)) { event.preventDefault(); await swap(el.href, nameOf(partOf(el))); }
  else if (on('close')) drawer.close();
  else if (on('share')) {
    event.preventDefault();
    const link = el.dataset.share || location.href;
    try { await navigator.clipboard.writeText(link); say(toast.dataset.copied); }
    catch { say(link); }
  }
});

// Language and theme: the form posts; with script the theme changes at once.
$('[data-preferences]')?.addEventListener('click', event => {
  const button = event.target.closest('[name=theme]');
  if (!button) return;
  event.preventDefault();
  const chosen = root.dataset.theme || (matchMedia('(prefers-color-scheme:dark)').matches ? 'dark' : 'light');
  const next = chosen === 'dark' ? 'light' : 'dark', form = button.form, data = new URLSearchParams(new FormData(form));
  root.dataset.theme = next;
  data.set('theme', next);
  fetch(form.action, { method: 'POST', body: data, redirect: 'manual' }).catch(() => {});
});
document.addEventListener('change', event => {
  const el = event.target, form = el.form;
  if (!form) return;
  if (form.dataset.preferences !== undefined) form.requestSubmit();
  else if (form.dataset.auto !== undefined) form.requestSubmit();
  if (el.type === 'checkbox' && form.dataset.bulk !== undefined) pick(form, el);
});
/** Ticks in a list: the bar says how many. */
function pick(form, el) {
  const boxes = $$('tbody [type=checkbox]', form);
  if (el.dataset.all !== undefined) boxes.forEach(box => (box.checked = el.checked));
  const n = boxes.filter(box => box.checked).length, count = $('.acts b', form);
  count.textContent = (n === 1 ? count.dataset.one : count.dataset.many).replace('{n}', n);
  const sum = $('.acts [data-sum]', form);
  if (!sum) return;
  const worth = boxes.reduce((all, box) => all + (box.checked ? Number(box.dataset.worth ?? 0) : 0), 0);
  sum.textContent = new Intl.NumberFormat(root.lang, { style: 'currency', currency: sum.dataset.sum }).format(worth);
}

// Forms that swap their part while somebody types or chooses.
let typing;
document.addEventListener('input', event => {
  const form = event.target.form;
  if (!form?.dataset.live) return;
  clearTimeout(typing);
  const search = event.target.type === 'search';
  typing = setTimeout(() => swap(formUrl(form), form.dataset.live, { push: !search }), search ? 90 : 0);
});
document.addEventListener('submit', event => {
  const form = event.target;
  if (form.dataset.live) { event.preventDefault(); clearTimeout(typing); swap(formUrl(form), form.dataset.live); }
  else if (form.dataset.auto !== undefined) { event.preventDefault(); location.href = formUrl(form); }
});
function formUrl(form) {
  const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ''));
  return new URL(form.action).pathname + '?' + query;
}

// The import that runs: only its part is asked for again, until there is none; then the page says how it ended.
async function poll() {
  const old = $('[data-poll]');
  if (!old) return;
  try {
    const now = await fetchPart(address(), nameOf(old));
    if (!now) return location.reload();
    old.outerHTML = now;
    setTimeout(poll, 700);
  } catch { location.reload(); }
}
setTimeout(poll, 700);
// A file on its way: how much of it has arrived. Without this script the browser sends the form itself.
document.addEventListener('submit', event => {
  const form = event.target;
  if (!form.matches('.upload') || !window.FormData) return;
  event.preventDefault();
  const send = new XMLHttpRequest(), bar = $('progress', form), said = $('[data-sent]', form);
  const mega = bytes => new Intl.NumberFormat(root.lang, { maximumFractionDigits: 1 }).format(bytes / 1e6);
  const again = () => { said.textContent = form.dataset.failed; $('button', form).disabled = false; };
  send.upload.onprogress = ({ loaded, total }) => {
    bar.value = loaded / total;
    said.textContent = form.dataset.sent.replace('{done}', mega(loaded)).replace('{size}', mega(total));
  };
  send.onload = () => {
    if (send.responseURL !== form.action && send.status < 400) return location.assign(send.responseURL);
    document.open(); document.write(send.responseText); document.close();
  };
  send.onerror = again;
  bar.hidden = said.hidden = false;
  $('button', form).disabled = true;
  send.open('POST', form.action);
  send.send(new FormData(form));
});
// A file may be dropped anywhere in its frame.
for (const type of ['dragover', 'dragleave', 'drop']) document.addEventListener(type, event => {
  const frame = event.target.closest?.('[data-drop]');
  if (!frame) return;
  event.preventDefault();
  frame.classList.toggle('over', type === 'dragover');
  if (type === 'drop' && event.dataTransfer.files.length) $('input', frame).files = event.dataTransfer.files;
});

// Heat table: one tab stop, arrow keys between cells, crosshair and tooltip on hover or focus.
const tip = Object.assign(document.createElement('div'), { className: 'tip', hidden: true });
tip.setAttribute('aria-hidden', 'true');
document.body.append(tip);
function enhance(scope) {
  const cells = $$('.heat .c a', scope);
  cells.forEach((cell, at) => (cell.tabIndex = at ? -1 : 0));
}
function show(a) {
  const [, head, rest] = (a.dataset.tip ?? a.getAttribute('aria-label')).match(/^(.*?)(?:: |：|$)(.*)$/s);
  tip.replaceChildren(Object.assign(document.createElement('b'), { textContent: head }), rest);
  if (a.dataset.more) tip.append(document.createElement('br'), a.dataset.more);
  tip.hidden = false;
  const box = a.getBoundingClientRect(), w = tip.offsetWidth, h = tip.offsetHeight;
  tip.style.left = Math.max(8, Math.min(innerWidth - w - 8, box.left + box.width / 2 - w / 2)) + 'px';
  tip.style.top = (box.top - h - 8 < 4 ? box.bottom + 8 : box.top - h - 8) + 'px';
  cross(a);
}
function cross(a) {
  for (const el of $$('.heat .hl')) el.classList.remove('hl');
  const cell = a?.closest('.heat .c');
  if (!cell) return;
  $$('.heat thead tr:last-child th')[cell.cellIndex - 2]?.classList.add('hl');
  cell.parentNode.cells[0].classList.add('hl');
}
const hot = event => event.target.closest?.('.heat .c a, .flow a, .tree a, .tops a, .bars a');
for (const [on, off] of [['pointerover', 'pointerout'], ['focusin', 'focusout']]) {
  document.addEventListener(on, event => { const a = hot(event); if (a) show(a); });
  document.addEventListener(off, event => { if (hot(event)) { tip.hidden = true; cross(null); } });
}
const STEPS = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };
document.addEventListener('keydown', event => {
  const cell = event.target.closest?.('.heat .c'), step = STEPS[event.key];
  if (!cell || !step) return;
  const rows = cell.closest('tbody').rows, row = rows[cell.parentNode.sectionRowIndex + step[0]];
  const next = row?.cells[cell.cellIndex + step[1]]?.querySelector('a');
  if (!next) return;
  event.preventDefault();
  event.target.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
});

// Keys. Single letters can be switched off and never fire in a field (WCAG 2.1.4).
const letters = $('[data-letters]');
letters.checked = localStorage.getItem('letters') !== 'off';
letters.addEventListener('change', () => localStorage.setItem('letters', letters.checked ? 'on' : 'off'));
let went = 0;
document.addEventListener('keydown', event => {
  if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k') {
    event.preventDefault();
    $('#menu').checked = true;
    $('[data-jump]').focus();
    return;
  }
  if (event.metaKey || event.ctrlKey || event.altKey || !letters.checked) return;
  if (event.target.closest('input,select,textarea,[contenteditable],dialog')) return;
  const go = { o: '/', r: '/retention', h: '/cohorts', s: '/segments', c: '/customers', d: '/data', m: '/help/metrics', ',': '/settings' }[event.key];
  if (Date.now() - went < 1500 && go) { location.href = go; return; }
  const act = {
    '/': () => $('[data-filter]')?.focus(),
    '[': () => $('[data-step=prev]')?.click(),
    ']': () => $('[data-step=next]')?.click(),
    c: () => $('[name=compare]')?.focus(),
    g: () => (went = Date.now()),
    '?': () => keys.showModal(),
  }[event.key];
  if (act) { event.preventDefault(); act(); }
});
enhance(document);
