import type { Card, Tab } from "../card";
import { monthShares, rowShares } from "../charts/bars";
import { panels, panelsHeight } from "../charts/panels";
import { Sums } from "../cube";
import type { Selection } from "../data";
import { count, list, money, percent, tickMoney } from "../format";
import { exact, inOrder, monthLabel, partialNote, parts, point, ratio, span, wholePercent } from "./shared";

const methods = (selection: Selection): string[] =>
  selection.store.payments.filter((name) => !selection.choice.payment || name === selection.choice.payment);

const ranked = (selection: Selection): { name: string; sums: Sums }[] => {
  const by = selection.by("payment_method");
  return methods(selection)
    .map((name) => ({ name, sums: by(name) }))
    .sort((a, b) => b.sums.cents - a.sums.cents);
};

/** Methods whose average order differs from that of all others by more than chance. */
function apart(selection: Selection): string[] {
  const all = selection.total.average;
  return ranked(selection).filter(({ sums }) => Math.abs(sums.average - all) > sums.margin).map(({ name }) => name);
}

const mix: Card = {
  id: "payment-mix",
  title: "Payment mix over time",
  reading: (selection) => `Share of orders by method and month.${partialNote(selection, "Paler months are only partly covered.")}`,
  size: "full",
  height: ({ months }) => (months.length > 1 ? 23 : 7),
  legend: (selection, theme) => parts(theme, selection.store.payments).filter(({ name }) => methods(selection).includes(name)),
  draw: (selection, frame) => {
    const sums = selection.byTwo("month", "payment_method");
    return monthShares(frame, {
      rows: selection.months,
      parts: parts(frame.theme, selection.store.payments).filter(({ name }) => methods(selection).includes(name)),
      value: (month, method) => sums(month, method).orders,
      label: wholePercent,
      partial: (month) => selection.store.isPartial(month),
      tip: (month) =>
        methods(selection).map((method) => {
          const orders = sums(month, method).orders;
          return `${method} ${percent(ratio(orders, selection.month(month).orders))}, ${count(orders)} orders`;
        }),
    });
  },
  table: (selection) => {
    const sums = selection.byTwo("month", "payment_method");
    return {
      columns: ["Month", ...methods(selection)],
      rows: selection.months.map((month) => [
        monthLabel(selection, month),
        ...methods(selection).map((method) => percent(ratio(sums(month, method).orders, selection.month(month).orders))),
      ]),
    };
  },
};

const byMethod: Card = {
  id: "payment-methods",
  title: "Revenue and average order by method",
  reading: (selection) => {
    const names = apart(selection);
    return (
      "Both scales start at zero. Bars behind the points are 95% intervals" +
      (names.length ? `; apart from the average of all: ${list(names)}.` : ", and each holds the average of all.")
    );
  },
  size: "half",
  height: (selection, width) => panelsHeight(methods(selection).length, ["Share of revenue", "Average order"], width),
  draw: (selection, frame) => {
    const rows = ranked(selection);
    return panels(
      frame,
      rows.map(({ name }) => name),
      [
        {
          title: "Share of revenue", tick: wholePercent, label: (value) => percent(value), min: 0,
          points: [{ color: frame.theme.accent, name: "Share of revenue", values: rows.map(({ sums }) => point(ratio(sums.cents, selection.total.cents))) }],
        },
        {
          title: "Average order", tick: tickMoney, label: (value) => money(value), min: 0,
          reference: selection.total.average,
          points: [{ color: frame.theme.accent, name: "Average order", values: rows.map(({ sums }) => exact(sums)) }],
        },
      ],
    );
  },
  table: (selection) => ({
    columns: ["Method", "Revenue", "Share of revenue", "Orders", "Average order", "95% margin"],
    rows: ranked(selection).map(({ name, sums }) => [
      name, money(sums.revenue), percent(ratio(sums.cents, selection.total.cents)), count(sums.orders), money(sums.average), money(sums.margin),
    ]),
  }),
};

const ages = (selection: Selection): string[] =>
  inOrder([...selection.store.cubes.ageGroups.group("age_group")]).map(([name]) => name);

const byAge: Card = {
  id: "payment-by-age",
  title: "Payment mix by age group",
  reading: () => "Share of orders.",
  source: "ageGroups",
  size: "half",
  height: (selection) => Math.max(9, ages(selection).length * 3 + 3),
  legend: mix.legend!,
  draw: (selection, frame) => {
    const groups = selection.store.cubes.ageGroups.group("age_group", "payment_method");
    const all = selection.store.cubes.ageGroups.group("age_group");
    const orders = (age: string, method: string): number => groups.get(`${age}\t${method}`)?.orders ?? 0;
    return rowShares(frame, {
      rows: ages(selection),
      parts: parts(frame.theme, selection.store.payments).filter(({ name }) => methods(selection).includes(name)),
      value: orders,
      label: wholePercent,
      tip: (age) =>
        methods(selection).map(
          (method) => `${method} ${percent(ratio(orders(age, method), all.get(age)?.orders ?? 0))}, ${count(orders(age, method))} orders`,
        ),
    });
  },
  table: (selection) => {
    const groups = selection.store.cubes.ageGroups.group("age_group", "payment_method");
    const all = selection.store.cubes.ageGroups.group("age_group");
    return {
      columns: ["Age group", "Orders", ...methods(selection).flatMap((method) => [method, `Average order, ${method}`])],
      rows: ages(selection).map((age) => [
        age,
        count(all.get(age)?.orders ?? 0),
        ...methods(selection).flatMap((method) => {
          const sums = groups.get(`${age}\t${method}`) ?? new Sums();
          return [percent(ratio(sums.orders, all.get(age)?.orders ?? 0)), money(sums.average)];
        }),
      ]),
    };
  },
};

export const payments: Tab = {
  id: "payments",
  name: "Payment behaviour",
  headline: (selection) => {
    const rows = ranked(selection);
    if (rows.length < 2) return `${rows[0]?.name ?? "No payment method"}: ${percent(1)} of the orders chosen`;
    const shares = rows.map(({ sums }) => ratio(sums.cents, selection.total.cents));
    const [most, least] = [shares[0]!, shares.at(-1)!];
    return most - least < 0.03
      ? `All ${rows.length} methods are used alike: ${span(least, most)} of revenue each`
      : `${rows[0]!.name} leads with ${percent(most)} of revenue, ${rows.at(-1)!.name} comes last with ${percent(least)}`;
  },
  aside: (selection) => {
    const names = apart(selection);
    return names.length
      ? `The average order differs from the overall ${money(selection.total.average)} by more than chance for ${list(names)}.`
      : `No method's average order differs from the overall ${money(selection.total.average)} by more than chance.`;
  },
  tiles: (selection) =>
    ranked(selection).slice(0, 5).map(({ name, sums }) => ({
      id: `payment-${name.toLowerCase().replace(/[^a-z]+/g, "-")}`,
      label: name,
      value: percent(ratio(sums.cents, selection.total.cents)),
      exact: sums.revenue.toFixed(2),
      note: `of revenue; ${money(sums.average)} an order`,
    })),
  cards: [mix, byMethod, byAge],
};
