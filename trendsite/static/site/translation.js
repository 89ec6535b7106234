// Texts, numbers and dates in the page's language. English texts stand in the scripts; for any other language the page
// links its catalog, which `make messages` makes of trendsite/locale.

const LANGUAGE = document.documentElement.lang || "en";

// Digits as the server writes them, and the day before the month.
const LOCALE = { en: "en-GB", ar: "ar-u-nu-latn" }[LANGUAGE] ?? LANGUAGE;

const english = { messages: {}, plural: (count) => Number(count !== 1) };
const link = document.getElementById("translation-catalog");
// Without its catalog a page still works.
const { messages, plural } = link ? await import(link.href).catch(() => english) : english;

/** The text in the page's language, with `values` in place of its {names}. */
export function gettext(text, values = {}) {
  return filled(messages[text] ?? text, values);
}

/** As `gettext`, in the form for `count`. {count} is the count, written as a number, unless `values` has another. */
export function ngettext(one, many, count, values = {}) {
  const form = (messages[one] ?? [one, many])[plural(count)];
  return filled(form, { count: formatNumber(count), ...values });
}

/** A text of a live frame, which the server sends in English: the catalog has these too, with %(names)s. */
export function translated(text) {
  if (!text || messages[text]) return messages[text] ?? text;
  for (const [english, own] of Object.entries(messages)) {
    const names = [...english.matchAll(/%\((\w+)\)s/g)].map(([, name]) => name);
    const found = names.length > 0 && typeof own === "string" && text.match(patternOf(english));
    if (found) return own.replace(/%\((\w+)\)s/g, (_, name) => found[names.indexOf(name) + 1]);
  }
  return text;
}

function patternOf(english) {
  const parts = english.split(/%\(\w+\)s/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("(.+)")}$`);
}

function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** A formatter of numbers; `options` are those of Intl.NumberFormat. */
export function numberFormat(options = {}) {
  return new Intl.NumberFormat(LOCALE, { useGrouping: "always", ...options });
}

/** A formatter of dates and times, in UTC; `options` are those of Intl.DateTimeFormat. */
export function dateFormat(options = {}) {
  return new Intl.DateTimeFormat(LOCALE, { timeZone: "UTC", hourCycle: "h23", ...options });
}

const whole = numberFormat({ maximumFractionDigits: 0 });
const percent = numberFormat({ style: "percent", maximumFractionDigits: 0 });
const list = new Intl.ListFormat(LOCALE, { type: "unit", style: "short" });

/** A whole number, such as 12,345. */
export function formatNumber(number) {
  return whole.format(number);
}

/** A share of 1 as a whole percentage. */
export function formatPercent(share) {
  return percent.format(share);
}

/** Texts in a row with the commas of the language. */
export function formatList(texts) {
  return list.format(texts);
}
