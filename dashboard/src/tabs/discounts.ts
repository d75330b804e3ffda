import type { Card, Tab } from "../card";
import { monthShares } from "../charts/bars";
import type { Part } from "../charts/frame";
import { monthLines } from "../charts/months";
import { panels, panelsHeight } from "../charts/panels";
import { difference, type Sums } from "../cube";
import type { Selection } from "../data";
import { count, money, moneyDifference, percent, tickMoney } from "../format";
import type { Theme } from "../theme";
import { type Compared, differenceText, exact, monthLabel, partialNote, ratio, twoGroups, twoGroupsTable, verdict, wholePercent } from "./shared";

const NAMES: Record<string, string> = { Yes: "With discount", No: "Without discount", Unknown: "Not known" };

const flags = ({ store, choice }: Selection): string[] =>
  ["Yes", "No", "Unknown"]
    .filter((flag) => store.purchases.values.get("discount_applied")!.includes(flag))
    .filter((flag) => !choice.discount || flag === choice.discount);

const known = (selection: Selection): string[] => flags(selection).filter((flag) => flag !== "Unknown");

const groups = (theme: Theme, selection: Selection): (Part & { flag: string })[] =>
  flags(selection).map((flag) => ({
    flag,
    name: NAMES[flag]!,
    color: flag === "Yes" ? theme.accent : flag === "No" ? theme.context : theme.unknown,
  }));

const pair = (selection: Selection): { yes: Sums; no: Sums } => {
  const by = selection.by("discount_applied");
  return { yes: by("Yes"), no: by("No") };
};

function rows(selection: Selection): Compared[] {
  const sums = selection.byTwo("category", "discount_applied");
  const all = selection.by("category");
  const { yes, no } = pair(selection);
  return [
    { name: "All categories", one: yes, other: no, all: selection.total },
    ...selection.store.categories
      .filter((name) => all(name).orders > 0)
      .map((name) => ({ name, one: sums(name, "Yes"), other: sums(name, "No"), all: all(name) })),
  ];
}

const PANELS: [string, string, string] = ["Share of orders discounted", "Share of revenue discounted", "Average order, with less without"];

const byCategory: Card = {
  id: "discount-by-category",
  title: "With and without a discount, by category",
  reading: (selection) => {
    const apart = rows(selection).filter(({ one, other }) => verdict(one, other).startsWith("more"));
    return (
      "A difference between two groups of orders, not an uplift: nobody drew lots for the discounts. Bars are 95% intervals" +
      (apart.length
        ? `; beyond chance: ${apart.map(({ name, one, other }) => `${name} (${differenceText(one, other)})`).join(", ")}.`
        : ", and each holds zero.")
    );
  },
  size: "full",
  height: (selection, width) => panelsHeight(rows(selection).length, PANELS, width),
  draw: (selection, frame) =>
    twoGroups(frame, rows(selection), PANELS),
  table: (selection) => twoGroupsTable("Category", { one: "with", other: "without" }, rows(selection)),
};

const rate: Card = {
  id: "discount-rate",
  title: "Share of orders with a discount",
  reading: (selection) => `By month.${partialNote(selection, "Paler months are only partly covered.")}`,
  size: "half",
  height: ({ months }) => (months.length > 1 ? 19 : 7),
  legend: (selection, theme) => groups(theme, selection),
  draw: (selection, frame) => {
    const sums = selection.byTwo("month", "discount_applied");
    const all = groups(frame.theme, selection);
    const flag = new Map(all.map((group) => [group.name, group.flag]));
    return monthShares(frame, {
      focus: true,
      rows: selection.months,
      parts: all,
      value: (month, name) => sums(month, flag.get(name)!).orders,
      label: wholePercent,
      partial: (month) => selection.store.isPartial(month),
      tip: (month) =>
        all.map(({ name, flag }) => {
          const orders = sums(month, flag).orders;
          return `${name} ${percent(ratio(orders, selection.month(month).orders))}, ${count(orders)} orders`;
        }),
    });
  },
  table: (selection) => {
    const sums = selection.byTwo("month", "discount_applied");
    return {
      columns: ["Month", "Orders with", "Orders without", "Discount rate"],
      rows: selection.months.map((month) => [
        monthLabel(selection, month), count(sums(month, "Yes").orders), count(sums(month, "No").orders),
        percent(ratio(sums(month, "Yes").orders, selection.month(month).orders)),
      ]),
    };
  },
};

const average: Card = {
  id: "discount-average",
  title: "Average order with and without a discount",
  reading: (selection) => {
    const sums = selection.byTwo("month", "discount_applied");
    const above = selection.wholeMonths.filter((month) => sums(month, "Yes").average > sums(month, "No").average).length;
    const all = selection.wholeMonths.length;
    return (
      (selection.months.length === 1 ? "From zero, with 95% intervals." : "By month with 95% bands; the scale does not start at zero.") +
      (all > 2 && !selection.choice.discount ? ` Higher with a discount in ${above} of ${all} whole months.` : "")
    );
  },
  size: "half",
  worth: (selection) => known(selection).length > 0,
  height: (selection, width) => (selection.months.length > 1 ? 19 : panelsHeight(known(selection).length, ["Average order"], width)),
  legend: (selection, theme) => groups(theme, selection).filter(({ flag }) => flag !== "Unknown"),
  draw: (selection, frame) => {
    const sums = selection.byTwo("month", "discount_applied");
    const shown = groups(frame.theme, selection).filter(({ flag }) => flag !== "Unknown");
    if (selection.months.length === 1) {
      const by = selection.by("discount_applied");
      const values = shown.map(({ flag }) => exact(by(flag)));
      const points = [{ color: frame.theme.accent, name: "Average order", values }];
      return panels(frame, shown.map(({ name }) => name), [{ title: "Average order", tick: tickMoney, label: money, min: 0, points }]);
    }
    return monthLines(frame, {
      months: selection.months,
      parts: shown.map(({ name, color, flag }) => ({ name, color, values: (month) => exact(sums(month, flag)) })),
      partial: (month) => selection.store.isPartial(month),
      tick: tickMoney,
      tip: (month) => [
        ...shown.map(({ name, flag }) => `${name} ${money(sums(month, flag).average)} ±${money(sums(month, flag).margin)}`),
        `Difference ${moneyDifference(difference(sums(month, "Yes"), sums(month, "No")).value)}`,
      ],
    });
  },
  table: (selection) => {
    const sums = selection.byTwo("month", "discount_applied");
    return {
      columns: ["Month", "With discount", "Without discount", "Difference"],
      rows: selection.months.map((month) => [
        monthLabel(selection, month), money(sums(month, "Yes").average), money(sums(month, "No").average),
        moneyDifference(difference(sums(month, "Yes"), sums(month, "No")).value),
      ]),
    };
  },
};

export const discounts: Tab = {
  id: "discounts",
  name: "Discounts",
  headline: (selection) => {
    const { yes, no } = pair(selection);
    const rateText = percent(ratio(yes.orders, selection.total.orders));
    return verdict(yes, no).startsWith("within")
      ? `${rateText} of orders carry a discount, with no measurable difference in order size`
      : `${rateText} of orders carry a discount`;
  },
  aside: (selection) => {
    const { yes, no } = pair(selection);
    return `The average order with a discount differs by ${differenceText(yes, no)}, ${verdict(yes, no)}.`;
  },
  tiles: (selection) => {
    const { yes, no } = pair(selection);
    const { total } = selection;
    const apart = difference(yes, no);
    return [
      {
        id: "discount-rate", label: "Discount rate", value: percent(ratio(yes.orders, total.orders)),
        exact: ratio(yes.orders, total.orders).toFixed(6), note: `${count(yes.orders)} of ${count(total.orders)} orders`,
      },
      {
        id: "discount-revenue-share", label: "Share of revenue", value: percent(ratio(yes.cents, total.cents)),
        exact: ratio(yes.cents, total.cents).toFixed(6), note: money(yes.revenue),
      },
      {
        id: "discount-average", label: "Average order, with", value: money(yes.average), exact: yes.average.toFixed(2),
        note: `95% interval ±${money(yes.margin)}`,
      },
      {
        id: "no-discount-average", label: "Average order, without", value: money(no.average), exact: no.average.toFixed(2),
        note: `95% interval ±${money(no.margin)}`,
      },
      {
        id: "discount-difference", label: "Difference", value: moneyDifference(apart.value),
        exact: Number.isFinite(apart.value) ? apart.value.toFixed(2) : "", note: `95% interval ±${money(apart.margin)}`,
      },
    ];
  },
  cards: [byCategory, rate, average],
};
