// How numbers, months and names are written. Everything is plain text; nothing here makes HTML.

const LOCALE = "en-US";
const NONE = "–";

const cents = new Intl.NumberFormat(LOCALE, { style: "currency", currency: "USD" });
const dollars = new Intl.NumberFormat(LOCALE, { style: "currency", currency: "USD", maximumFractionDigits: 0 });
const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const months = new Intl.DateTimeFormat(LOCALE, { month: "short", year: "numeric", timeZone: "UTC" });
const days = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const weekdays = new Intl.DateTimeFormat("en-GB", { weekday: "short", timeZone: "UTC" });
const minutes = new Intl.DateTimeFormat("en-GB", {
  day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZone: "UTC",
});

const signed = (value: number, text: string): string => (value < 0 ? "\u2212" : value > 0 ? "+" : "") + text;

/** $1,234.56 */
export const money = (value: number): string => (Number.isFinite(value) ? cents.format(value) : NONE);

/** $12.78M, $307k, $11.5k, $84: the digits that matter. */
export function shortMoney(value: number): string {
  if (!Number.isFinite(value)) return NONE;
  const size = Math.abs(value);
  if (size >= 999_500_000) return `$${digits(value / 1e9)}B`;
  if (size >= 999_500) return `$${digits(value / 1e6)}M`;
  if (size >= 99_950) return `$${Math.round(value / 1000)}k`;
  if (size >= 10_000) return `$${(value / 1000).toFixed(1)}k`;
  return dollars.format(value);
}

const digits = (value: number): string => value.toPrecision(Math.abs(value) >= 100 ? 3 : Math.abs(value) >= 10 ? 4 : 3);

/** An axis tick: $0, $250k, $1.2M. */
export function tickMoney(value: number): string {
  const trim = (number: number): string => String(Number(number.toPrecision(4)));
  const size = Math.abs(value);
  if (size >= 1e9) return `$${trim(value / 1e9)}B`;
  if (size >= 1e6) return `$${trim(value / 1e6)}M`;
  if (size >= 1000) return `$${trim(value / 1000)}k`;
  return `$${trim(value)}`;
}

/** +$0.09 */
export const moneyDifference = (value: number): string =>
  Number.isFinite(value) ? signed(value, cents.format(Math.abs(value))) : NONE;

export const count = (value: number): string => (Number.isFinite(value) ? whole.format(value) : NONE);

/** 0.50583 is 50.6%; what is not nothing is never 0.0%, nor what is not all 100.0%. */
export function percent(share: number, decimals = 1): string {
  if (!Number.isFinite(share)) return NONE;
  const least = 10 ** -decimals;
  const shown = (share * 100).toFixed(decimals);
  if (share > 0 && Number(shown) === 0) return `<${least.toFixed(decimals)}%`;
  if (share < 1 && Number(shown) === 100) return `>${(100 - least).toFixed(decimals)}%`;
  return `${shown}%`;
}

/** 0.0329 is +3.3%. */
export const change = (share: number): string =>
  Number.isFinite(share) ? signed(Math.round(share * 1000), `${Math.abs(share * 100).toFixed(1)}%`) : NONE;

export const stars = (rating: number): string => (Number.isFinite(rating) ? rating.toFixed(2) : NONE);

const start = (month: string): Date => new Date(`${month}-01T00:00:00Z`);

/** 2024-02 is Feb 2024. */
export const monthName = (month: string): string => months.format(start(month));

/** 2024-02 is Feb, and Jan '25 where a year begins. */
export function monthTick(month: string, first: boolean): string {
  const [name, year] = monthName(month).split(" ") as [string, string];
  return first || month.endsWith("-01") ? `${name}\n${year}` : name;
}

const at = (day: string): Date => new Date(`${day}T00:00:00Z`);

/** 2024-02-10 is 10 Feb 2024. */
export const dayName = (day: string): string => days.format(at(day));

/** 2024-02-10 is Sat 10 Feb 2024. */
export const weekday = (day: string): string => `${weekdays.format(at(day))} ${dayName(day)}`;

/** 2024-02-10 is 10, and 10 Feb 2024 in two lines where a month begins. */
export function dayTick(day: string, first: boolean): string {
  const [number, month, year] = dayName(day).split(" ") as [string, string, string];
  return first || number === "1" ? `${number}\n${month} ${year}` : number;
}

/** Every day from one to another, both included. */
export function daysBetween(from: string, to: string): string[] {
  const all: string[] = [];
  for (const day = at(from); day <= at(to); day.setUTCDate(day.getUTCDate() + 1)) all.push(day.toISOString().slice(0, 10));
  return all;
}

export const momentName = (moment: string): string => `${minutes.format(new Date(moment))} UTC`;

/** Every month from one to another, both included; those without purchases too. */
export function monthsBetween(from: string, to: string): string[] {
  const all: string[] = [];
  for (let month = start(from); month <= start(to); month.setUTCMonth(month.getUTCMonth() + 1)) {
    all.push(month.toISOString().slice(0, 7));
  }
  return all;
}

export const previousMonth = (month: string): string => {
  const before = start(month);
  before.setUTCMonth(before.getUTCMonth() - 1);
  return before.toISOString().slice(0, 7);
};

/** Text from the data, as it may stand in a chart: `{a|b}` would be read as a style, and right-to-left text would
 *  turn what stands beside it. */
export const plain = (text: string): string => `\u2068${text.replaceAll("{", "{\u2060")}\u2069`;

export const plural = (number: number, one: string, many = `${one}s`): string =>
  `${count(number)} ${number === 1 ? one : many}`;

/** a, b and c */
export const list = (items: string[]): string =>
  items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;

/** The last day of a month. */
export function lastDay(month: string): string {
  const day = start(month);
  day.setUTCMonth(day.getUTCMonth() + 1, 0);
  return day.toISOString().slice(0, 10);
}
