/** Times in the reader's own zone: message times, day dividers, and Slack's date tokens. */

import { make } from "./element.js";

const LANGUAGE = "en-US";
const TWELVE_HOURS = new Intl.DateTimeFormat(undefined, { hour: "numeric" }).resolvedOptions().hour12 !== false;
const HALF_YEAR = 182 * 86_400_000;
const REFRESH = 20_000;

const part = (date, options) => new Intl.DateTimeFormat(LANGUAGE, options).format(date);
const two = (number) => String(number).padStart(2, "0");

/** A Slack ts ("1765296131.000200") as a Date. */
export function dateOf(ts) {
  return new Date(Number.parseFloat(ts) * 1000);
}

function ordinal(day) {
  if (day >= 11 && day <= 13) return `${day}th`;
  return `${day}${["th", "st", "nd", "rd"][day % 10] ?? "th"}`;
}

function daysFromToday(date, now) {
  const midnight = (moment) => new Date(moment.getFullYear(), moment.getMonth(), moment.getDate()).getTime();
  return Math.round((midnight(date) - midnight(now)) / 86_400_000);
}

function nearDay(date, now) {
  return { "-1": "yesterday", 0: "today", 1: "tomorrow" }[daysFromToday(date, now)] ?? null;
}

/** "6:39 AM", or "06:39" where the reader's clock has 24 hours. */
export function clock(date, seconds = false) {
  const options = { hour: TWELVE_HOURS ? "numeric" : "2-digit", minute: "2-digit", hour12: TWELVE_HOURS };
  if (seconds) options.second = "2-digit";
  return part(date, options)
    .replace(/\u202f/g, " ")
    .replace(/^24/, "00");
}

/** "3 minutes ago", "in 2 hours". */
export function ago(date, now = new Date()) {
  const seconds = Math.round((date - now) / 1000);
  const [size, unit] = [
    [86_400 * 365, "year"],
    [86_400 * 30, "month"],
    [86_400, "day"],
    [3600, "hour"],
    [60, "minute"],
    [1, "second"],
  ].find(([length]) => Math.abs(seconds) >= length) ?? [1, "second"];
  const count = Math.floor(Math.abs(seconds) / size);
  if (unit === "second") return seconds <= 0 ? "just now" : "in a few seconds";
  const words = `${count} ${unit}${count === 1 ? "" : "s"}`;
  return seconds < 0 ? `${words} ago` : `in ${words}`;
}

function year(date, now) {
  return Math.abs(date - now) < HALF_YEAR ? "" : `, ${date.getFullYear()}`;
}

const TOKENS = {
  date_num: (date) => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`,
  date_slash: (date) => `${two(date.getMonth() + 1)}/${two(date.getDate())}/${date.getFullYear()}`,
  date: (date, now) => `${part(date, { month: "long" })} ${ordinal(date.getDate())}${year(date, now)}`,
  date_short: (date, now) => `${part(date, { month: "short" })} ${date.getDate()}${year(date, now)}`,
  date_long: (date, now) => `${part(date, { weekday: "long" })}, ${TOKENS.date(date, now)}`,
  date_long_full: (date) => `${part(date, { month: "long" })} ${date.getDate()}, ${date.getFullYear()}`,
  date_pretty: (date, now) => nearDay(date, now) ?? TOKENS.date(date, now),
  date_short_pretty: (date, now) => nearDay(date, now) ?? TOKENS.date_short(date, now),
  date_long_pretty: (date, now) => nearDay(date, now) ?? TOKENS.date_long(date, now),
  day_divider_pretty: (date, now) =>
    nearDay(date, now) ?? `${part(date, { weekday: "long" })}, ${TOKENS.date(date, now)}`,
  time: (date) => clock(date),
  time_secs: (date) => clock(date, true),
  ago: (date, now) => ago(date, now),
};

/** Slack's `<!date^...>` template filled in; a pretty day that begins it is capitalised, as Slack does. */
export function fillTemplate(template, date, now = new Date()) {
  const text = template.replace(/\{(\w+)\}/g, (token, name) =>
    Object.hasOwn(TOKENS, name) ? TOKENS[name](date, now) : token,
  );
  return /^\{\w+_pretty\}/.test(template) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}

/** A date element; *fallback* shows where the time is not one. It keeps itself current. */
export function dateElement(seconds, template, fallback) {
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return make("span", {}, fallback ?? "");
  const title = `${TOKENS.date_long(date, new Date())} at ${clock(date, true)}`;
  return make("time", { datetime: date.toISOString(), title, "data-template": template }, fillTemplate(template, date));
}

/** The heading between two days. */
export function dayName(date) {
  const text = TOKENS.day_divider_pretty(date, new Date());
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** "Today at 6:39 AM": the full time of a message, for its tooltip and for threads. */
export function fullTime(ts) {
  return fillTemplate("{date_short_pretty} at {time_secs}", dateOf(ts));
}

/** Same calendar day, in the reader's zone. */
export function sameDay(one, other) {
  return dateOf(one).toDateString() === dateOf(other).toDateString();
}

window.setInterval(() => {
  for (const node of document.querySelectorAll("time[data-template]")) {
    const text = fillTemplate(node.dataset.template, new Date(node.dateTime));
    if (node.textContent !== text) node.textContent = text;
  }
}, REFRESH);
