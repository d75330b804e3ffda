// What several dashboards say or draw in the same way.

import type { Frame, Interval, Option, Part } from "../charts/frame";
import { panels, type Panel } from "../charts/panels";
import type { DataTable } from "../card";
import { difference, Sums } from "../cube";
import type { Selection } from "../data";
import { count, money, moneyDifference, monthName, percent } from "../format";
import type { Theme } from "../theme";

/** Colours by the alphabet, so that a value keeps its own when another one sells more; what is unknown is grey. */
export function parts(theme: Theme, names: readonly string[]): Part[] {
  const order = names.filter((name) => name !== "Unknown").toSorted();
  return names.map((name) => ({ name, color: theme.series[order.indexOf(name)] ?? theme.context }));
}

/** A difference of two averages, and whether chance alone would explain it. */
export function verdict(one: Sums, other: Sums): string {
  const { value, margin } = difference(one, other);
  if (!Number.isFinite(value) || !Number.isFinite(margin)) return "too few orders to compare";
  return Math.abs(value) <= margin
    ? `within the ±${money(margin)} that chance alone gives`
    : `more than the ±${money(margin)} that chance alone gives`;
}

export const differenceText = (one: Sums, other: Sums): string => moneyDifference(difference(one, other).value);

export const PARTIAL = "Outlined months are only partly covered by the data.";

/** A sentence about partial months if the selection has any. */
export const partialNote = (selection: Selection, text = PARTIAL): string =>
  selection.months.some((month) => selection.store.isPartial(month)) ? ` ${text}` : "";

export const monthLabel = (selection: Selection, month: string): string =>
  monthName(month) + (selection.store.isPartial(month) ? " (partial)" : "");

export const exact = (sums: Sums): Interval => ({ value: sums.orders ? sums.average : NaN, margin: sums.margin });
export const point = (value: number): Interval => ({ value, margin: NaN });
export const ratio = (part: number, whole: number): number => (whole ? part / whole : NaN);

/** "24.8% to 25.1%", or one number where both are written alike. */
export const span = (least: number, most: number): string =>
  percent(least) === percent(most) ? percent(most) : `${percent(least)} to ${percent(most)}`;

export const wholePercent = (value: number): string => `${Math.round(value * 100)}%`;

/** Two groups of orders of one kind. A row without a name is a gap. */
export interface Compared {
  name: string;
  one: Sums;
  other: Sums;
  all: Sums;
}

export const GAP: Compared = { name: "", one: new Sums(), other: new Sums(), all: new Sums() };

/** Rows of two groups against each other: share of orders, share of revenue, and the difference of averages. The first
 *  row is of all, and the shares of the others are read against it. */
export function twoGroups(
  frame: Frame,
  rows: Compared[],
  [orders, revenue, apart]: [string, string, string],
  more: Panel[] = [],
): Option {
  const { theme } = frame;
  const share = (title: string, of: (sums: Sums) => number): Panel => ({
    title,
    tick: wholePercent,
    label: (value) => percent(value),
    min: 0,
    max: 1,
    reference: ratio(of(rows[0]!.one), of(rows[0]!.all)),
    points: [{ color: theme.accent, name: title, values: rows.map(({ one, all }) => point(ratio(of(one), of(all)))) }],
  });
  return panels(
    frame,
    rows.map(({ name }) => name),
    [
      share(orders, (sums) => sums.orders),
      share(revenue, (sums) => sums.cents),
      {
        title: apart,
        tick: (value) => (value === 0 ? "$0" : `${value < 0 ? "\u2212" : "+"}$${Math.abs(Math.round(value * 10) / 10)}`),
        label: (value) => moneyDifference(value),
        reference: 0,
        points: [{ color: theme.accent, name: apart, values: rows.map(({ one, other }) => difference(one, other)) }],
      },
      ...more,
    ],
  );
}

export const twoGroupsTable = (
  heading: string,
  names: { one: string; other: string },
  rows: Compared[],
): DataTable => ({
  columns: [
    heading, `Orders, ${names.one}`, "Share of orders", "Share of revenue",
    `Average order, ${names.one}`, `Average order, ${names.other}`, "Difference", "95% margin",
  ],
  rows: rows.filter(({ name }) => name !== "").map(({ name, one, other, all }) => {
    const { value, margin } = difference(one, other);
    return [
      name, count(one.orders), percent(ratio(one.orders, all.orders)), percent(ratio(one.cents, all.cents)),
      money(one.average), money(other.average), moneyDifference(value), money(margin),
    ];
  }),
});

/** Age groups from the youngest, other names by letter, what is not known last. */
export const inOrder = <Value>(groups: [string, Value][]): [string, Value][] => {
  const rank = (name: string): number => (name === "Unknown" ? 2 : name.startsWith("<") ? 0 : 1);
  return groups.toSorted(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b));
};
