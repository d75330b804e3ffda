import type { Card, Tab } from "../card";
import { rowBars } from "../charts/bars";
import { dayBars, monthBars, monthLines, multiplesHeight, smallMultiples } from "../charts/months";
import { Sums } from "../cube";
import { number, type Selection } from "../data";
import { change, count, list, money, monthName, percent, plural, shortMoney, tickMoney, weekday } from "../format";
import { exact, monthLabel, partialNote, parts, ratio, span } from "./shared";

const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const wholeMonthMean = (selection: Selection): number =>
  mean(selection.wholeMonths.map((month) => selection.month(month).revenue));

function headline(selection: Selection): string {
  const months = selection.wholeMonths;
  if (months.length < 3) {
    const [first, last] = [selection.months[0]!, selection.months.at(-1)!];
    const when = first === last ? monthName(first) : `${monthName(first)} to ${monthName(last)}`;
    return `${when}: ${shortMoney(selection.total.revenue)} from ${plural(selection.total.orders, "order")}`;
  }
  const average = wholeMonthMean(selection);
  const off = Math.max(...months.map((month) => Math.abs(selection.month(month).revenue / average - 1)));
  return off < 0.1
    ? `Revenue is level: whole months stay within ${percent(off)} of their ${shortMoney(average)} average`
    : `Revenue moves between ${shortMoney(Math.min(...months.map((month) => selection.month(month).revenue)))} and ` +
        `${shortMoney(Math.max(...months.map((month) => selection.month(month).revenue)))} in whole months`;
}

function aside(selection: Selection): string {
  const months = selection.wholeMonths;
  if (months.length < 2) {
    const by = selection.by("category");
    const shares = shownCategories(selection).map((name) => ratio(by(name).cents, selection.total.cents));
    return shares.length < 2 ? "" : `Categories bring ${span(Math.min(...shares), Math.max(...shares))} of it each.`;
  }
  const sorted = [...months].sort((a, b) => selection.month(b).revenue - selection.month(a).revenue);
  const [best, least] = [sorted[0]!, sorted.at(-1)!];
  const average = wholeMonthMean(selection);
  const usual = [best, least].map((month) => selection.month(month)).every((sums) => Math.abs(sums.revenue - average) <= sums.revenueMargin);
  return (
    `Highest in ${monthName(best)} with ${shortMoney(selection.month(best).revenue)}, ` +
    `lowest in ${monthName(least)} with ${shortMoney(selection.month(least).revenue)}` +
    (usual ? "; chance alone gives as much." : ".")
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
  title: "Revenue by month",
  worth: ({ months }) => months.length > 1,
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

/** The most months that are also shown day by day. */
const MONTHS_BY_DAY = 3;

const daily: Card = {
  id: "daily-revenue",
  title: "Revenue by day",
  reading: (selection) => {
    const days = revenueByDay(selection);
    const sorted = selection.days.toSorted((a, b) => days(b).cents - days(a).cents);
    const [best, least] = [sorted[0]!, sorted.at(-1)!];
    return sorted.length < 2
      ? "From zero."
      : `From zero; highest on ${weekday(best)} with ${shortMoney(days(best).revenue)}, lowest on ${weekday(least)} with ${shortMoney(days(least).revenue)}.`;
  },
  source: "days",
  worth: ({ months }) => months.length <= MONTHS_BY_DAY,
  size: "full",
  height: () => 17,
  draw: (selection, frame) => {
    const days = revenueByDay(selection);
    return dayBars(frame, {
      days: selection.days,
      values: (day) => days(day).revenue,
      tick: tickMoney,
      tip: (day) => [`Revenue ${money(days(day).revenue)}`, `Orders ${count(days(day).orders)}`, `Average order ${money(days(day).average)}`],
    });
  },
  table: (selection) => {
    const days = revenueByDay(selection);
    return {
      columns: ["Day", "Revenue", "Orders", "Average order"],
      rows: selection.days.map((day) => [weekday(day), money(days(day).revenue), count(days(day).orders), money(days(day).average)]),
    };
  },
};

const revenueByDay = (selection: Selection): ((day: string) => Sums) => {
  const days = selection.store.cubes.days.group("purchase_date");
  return (day) => days.get(day) ?? new Sums();
};

const shownCategories = (selection: Selection): string[] =>
  selection.store.categories.filter((name) => !selection.choice.category || name === selection.choice.category);

const categories: Card = {
  id: "category-revenue",
  title: "Revenue by category",
  reading: (selection) => (selection.months.length > 1 ? "By month, all on one scale." : "From zero.") + partialNote(selection),
  size: "half",
  height: (selection, width) =>
    selection.months.length > 1 ? multiplesHeight(shownCategories(selection).length, width) : shownCategories(selection).length * 2.6 + 2.4,
  draw: (selection, frame) => {
    const sums = selection.byTwo("category", "month");
    const totals = selection.by("category");
    const colors = new Map(parts(frame.theme, selection.store.categories).map((part) => [part.name, part.color]));
    const names = shownCategories(selection);
    const share = (name: string): string => percent(ratio(totals(name).cents, selection.total.cents));
    if (selection.months.length === 1) {
      const rows = names.map((name) => ({ name, sums: totals(name) }));
      return rowBars(
        frame,
        rows.map(({ name, sums }) => ({
          name, value: sums.revenue, color: colors.get(name)!, label: shortMoney(sums.revenue),
          tip: [`Revenue ${money(sums.revenue)}, ${share(name)}`, `Orders ${count(sums.orders)}`, `Average order ${money(sums.average)}`],
        })),
        { tick: tickMoney },
      );
    }
    return smallMultiples(frame, {
      months: selection.months,
      parts: names.map((name) => ({
        name,
        note: `${shortMoney(totals(name).revenue)} · ${share(name)}`,
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
  [...selection.store.cubes.products.group("category", "product_name")]
    .map(([key, sums]) => {
      const [category, name] = key.split("\t") as [string, string];
      return { name: name || `Other ${category}`, category, sums };
    })
    .sort((a, b) => b.sums.cents - a.sums.cents);

const productCard: Card = {
  id: "product-revenue",
  title: "Revenue by product",
  reading: () => `The largest products by revenue, coloured by category.`,
  source: "products",
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
  worth: ({ months }) => months.length > 1,
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
  cards: [monthly, daily, categories, productCard, averageOrder],
};
