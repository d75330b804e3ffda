import type { Card, Tab } from "../card";
import { monthBars, monthLines, rowBars, smallMultiples } from "../charts";
import { Sums } from "../cube";
import { number, type Selection } from "../data";
import { change, count, list, money, monthName, percent, plural, shortMoney, tickMoney } from "../format";
import { exact, monthLabel, partialNote, parts, ratio } from "./shared";

const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const wholeMonthMean = (selection: Selection): number =>
  mean(selection.wholeMonths.map((month) => selection.month(month).revenue));

function headline(selection: Selection): string {
  const months = selection.wholeMonths;
  if (months.length < 3) return `${shortMoney(selection.total.revenue)} from ${plural(selection.total.orders, "order")}`;
  const average = wholeMonthMean(selection);
  const off = Math.max(...months.map((month) => Math.abs(selection.month(month).revenue / average - 1)));
  return off < 0.1
    ? `Revenue is level: whole months stay within ${percent(off)} of their ${shortMoney(average)} average`
    : `Revenue moves between ${shortMoney(Math.min(...months.map((month) => selection.month(month).revenue)))} and ` +
        `${shortMoney(Math.max(...months.map((month) => selection.month(month).revenue)))} in whole months`;
}

function aside(selection: Selection): string {
  const months = selection.wholeMonths;
  if (months.length < 2) return "";
  const sorted = [...months].sort((a, b) => selection.month(b).revenue - selection.month(a).revenue);
  const [best, least] = [sorted[0]!, sorted.at(-1)!];
  return (
    `Highest in ${monthName(best)} with ${shortMoney(selection.month(best).revenue)}, ` +
    `lowest in ${monthName(least)} with ${shortMoney(selection.month(least).revenue)}.`
  );
}

const growthMonth = (selection: Selection): string | undefined =>
  selection.months.findLast((month) => Number.isFinite(selection.growth(month)));

const days = (selection: Selection): number =>
  selection.store.page.months
    .filter((row) => selection.months.includes(row["month"]!))
    .reduce((sum, row) => sum + number(row, "days_covered"), 0);

const monthly: Card = {
  id: "monthly-revenue",
  title: "Monthly revenue, and its change from the month before",
  reading: (selection) =>
    "From zero" +
    (selection.wholeMonths.length > 2 ? `; the dotted line is the average of whole months, ${shortMoney(wholeMonthMean(selection))}.` : ".") +
    partialNote(selection, "Outlined months are only partly covered by the data: no change is given for them or against them."),
  size: "full",
  height: (selection) => (growthMonth(selection) ? 29 : 20),
  draw: (selection, frame) =>
    monthBars(frame, {
      months: selection.months,
      values: (month) => selection.month(month).revenue,
      partial: (month) => selection.store.isPartial(month),
      tick: tickMoney,
      label: shortMoney,
      ...(growthMonth(selection) && {
        change: { values: (month: string) => selection.growth(month), label: change, title: "Change from the month before" },
      }),
      ...(selection.wholeMonths.length > 2 && {
        mean: wholeMonthMean(selection),
      }),
      tip: (month) => [
        `Revenue ${money(selection.month(month).revenue)}`,
        `Change ${change(selection.growth(month))}`,
        `Orders ${count(selection.month(month).orders)}`,
        `Average order ${money(selection.month(month).average)}`,
      ],
    }),
  table: (selection) => ({
    columns: ["Month", "Revenue", "Change", "Orders", "Average order"],
    rows: selection.months.map((month) => {
      const sums = selection.month(month);
      return [monthLabel(selection, month), money(sums.revenue), change(selection.growth(month)), count(sums.orders), money(sums.average)];
    }),
  }),
};

const shownCategories = (selection: Selection): string[] =>
  selection.store.categories.filter((name) => !selection.choice.category || name === selection.choice.category);

const categories: Card = {
  id: "category-revenue",
  title: "Revenue by category",
  reading: (selection) => "By month, all on one scale." + partialNote(selection),
  size: "half",
  height: (selection, width) => (width < 34 ? 11 * shownCategories(selection).length : shownCategories(selection).length > 2 ? 27 : 20),
  draw: (selection, frame) => {
    const sums = selection.byTwo("category", "month");
    const totals = selection.by("category");
    const colors = new Map(parts(frame.theme, selection.store.categories).map((part) => [part.name, part.color]));
    const names = shownCategories(selection);
    return smallMultiples(frame, {
      months: selection.months,
      parts: names.map((name) => ({
        name,
        note: `${shortMoney(totals(name).revenue)} · ${percent(ratio(totals(name).cents, selection.total.cents))}`,
        color: colors.get(name)!,
        values: (month) => sums(name, month).revenue,
      })),
      partial: (month) => selection.store.isPartial(month),
      tick: tickMoney,
      tip: (part, month) => [
        `Revenue ${money(sums(names[part]!, month).revenue)}`,
        `Orders ${count(sums(names[part]!, month).orders)}`,
      ],
    });
  },
  table: (selection) => {
    const sums = selection.byTwo("category", "month");
    const names = shownCategories(selection);
    return {
      columns: ["Month", ...names],
      rows: [
        ...selection.months.map((month) => [monthLabel(selection, month), ...names.map((name) => money(sums(name, month).revenue))]),
        ["All", ...names.map((name) => money(selection.by("category")(name).revenue))],
      ],
    };
  },
};

interface Product {
  name: string;
  category: string;
  sums: Sums;
}

const products = (selection: Selection): Product[] =>
  [...selection.store.products.group("category", "product_name")]
    .map(([key, sums]) => {
      const [category, name] = key.split("\t") as [string, string];
      return { name: name || `Other ${category}`, category, sums };
    })
    .sort((a, b) => b.sums.cents - a.sums.cents);

const productCard: Card = {
  id: "product-revenue",
  title: "Revenue by product",
  reading: () => `The largest products by revenue, coloured by category.`,
  ignores: "no city",
  size: "half",
  height: (selection) => Math.max(10, products(selection).length * 1.9 + 2.4),
  legend: (selection, theme) =>
    parts(theme, selection.store.categories).filter(({ name }) => !selection.choice.category || name === selection.choice.category),
  draw: (selection, frame) => {
    const colors = new Map(parts(frame.theme, selection.store.categories).map((part) => [part.name, part.color]));
    return rowBars(
      frame,
      products(selection).map(({ name, category, sums }) => ({
        name,
        value: sums.revenue,
        color: colors.get(category) ?? frame.theme.context,
        label: shortMoney(sums.revenue),
        tip: [category, `Revenue ${money(sums.revenue)}`, `Orders ${count(sums.orders)}`, `Average order ${money(sums.average)}`],
      })),
      { tick: tickMoney },
    );
  },
  table: (selection) => ({
    columns: ["Product", "Category", "Revenue", "Orders", "Average order"],
    rows: products(selection).map(({ name, category, sums }) => [
      name, category, money(sums.revenue), count(sums.orders), money(sums.average),
    ]),
  }),
};

const averageOrder: Card = {
  id: "average-order",
  title: "Average order by month",
  reading: (selection) => {
    const all = selection.total.average;
    const apart = selection.wholeMonths.filter((month) => {
      const sums = selection.month(month);
      return Math.abs(sums.average - all) > sums.margin;
    });
    return (
      "The band is the 95% interval; the scale does not start at zero. " +
      (selection.wholeMonths.length < 2
        ? ""
        : apart.length
        ? `Outside the overall average of ${money(all)}: ${list(apart.map(monthName))}.`
        : `Every whole month's band holds the overall average of ${money(all)}: no month stands out.`)
    );
  },
  size: "full",
  height: () => 17,
  draw: (selection, frame) =>
    monthLines(frame, {
      months: selection.months,
      parts: [{ name: "Average order", color: frame.theme.accent, values: (month) => exact(selection.month(month)) }],
      partial: (month) => selection.store.isPartial(month),
      tick: tickMoney,
      tip: (month) => [
        `Average order ${money(selection.month(month).average)} ±${money(selection.month(month).margin)}`,
        `Orders ${count(selection.month(month).orders)}`,
      ],
    }),
  table: (selection) => ({
    columns: ["Month", "Average order", "95% margin", "Orders"],
    rows: selection.months.map((month) => {
      const sums = selection.month(month);
      return [monthLabel(selection, month), money(sums.average), money(sums.margin), count(sums.orders)];
    }),
  }),
};

export const revenue: Tab = {
  id: "revenue",
  name: "Revenue",
  headline,
  aside,
  tiles: (selection) => {
    const { total } = selection;
    const latest = growthMonth(selection);
    const covered = days(selection);
    return [
      {
        id: "revenue", label: "Revenue", value: shortMoney(total.revenue), exact: total.revenue.toFixed(2),
        note: money(total.revenue),
      },
      {
        id: "orders", label: "Orders", value: count(total.orders), exact: String(total.orders),
        note: `${plural(selection.months.length, "month")}`,
      },
      {
        id: "average-order-value", label: "Average order", value: money(total.average), exact: total.average.toFixed(2),
        note: `95% interval ±${money(total.margin)}`,
      },
      {
        id: "growth", label: "Change, last whole month", value: latest ? change(selection.growth(latest)) : "–",
        exact: latest ? selection.growth(latest).toFixed(6) : "",
        note: latest ? `${monthName(latest)} against the month before` : "needs two whole months in a row",
      },
      {
        id: "revenue-per-day", label: "Revenue per day", value: shortMoney(total.revenue / covered),
        exact: (total.revenue / covered).toFixed(2), note: `over ${plural(covered, "day")} with data`,
      },
    ];
  },
  cards: [monthly, categories, productCard, averageOrder],
};
