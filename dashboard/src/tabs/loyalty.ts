import type { Card, Tab } from "../card";
import { monthShares, rowBars } from "../charts/bars";
import type { Part } from "../charts/frame";
import { panelsHeight, type Panel } from "../charts/panels";
import { Sums, type Cube } from "../cube";
import { number, type Selection } from "../data";
import { count, money, percent, stars } from "../format";
import type { Theme } from "../theme";
import { type Compared, differenceText, GAP, inOrder, monthLabel, partialNote, point, ratio, twoGroups, twoGroupsTable, verdict, wholePercent } from "./shared";

const NAMES: Record<string, string> = { Yes: "Repeat customers", No: "New customers", Unknown: "Not known" };

const groups = (theme: Theme, selection: Selection): (Part & { flag: string })[] =>
  ["Yes", "No", "Unknown"]
    .filter((flag) => selection.store.purchases.values.get("repeat_customer")!.includes(flag))
    .map((flag) => ({
      flag,
      name: NAMES[flag]!,
      color: flag === "Yes" ? theme.accent : flag === "No" ? theme.context : theme.unknown,
    }));

const flagged = (selection: Selection): { repeat: Sums; fresh: Sums } => {
  const by = selection.by("repeat_customer");
  return { repeat: by("Yes"), fresh: by("No") };
};

const overTime: Card = {
  id: "repeat-share",
  title: "Who the revenue comes from, month by month",
  reading: (selection) =>
    `Share of revenue by the shop's repeat flag.${partialNote(selection, "Paler months are only partly covered.")}`,
  size: "two-thirds",
  height: ({ months }) => (months.length > 1 ? 20 : 7),
  legend: (selection, theme) => groups(theme, selection),
  draw: (selection, frame) => {
    const sums = selection.byTwo("month", "repeat_customer");
    const all = groups(frame.theme, selection);
    const flag = new Map(all.map((group) => [group.name, group.flag]));
    return monthShares(frame, {
      focus: true,
      rows: selection.months,
      parts: all,
      value: (month, name) => sums(month, flag.get(name)!).cents,
      label: wholePercent,
      partial: (month) => selection.store.isPartial(month),
      tip: (month) =>
        all.map(({ name, flag }) => {
          const share = ratio(sums(month, flag).cents, selection.month(month).cents);
          return `${name} ${percent(share)}, ${money(sums(month, flag).revenue)}`;
        }),
    });
  },
  table: (selection) => {
    const sums = selection.byTwo("month", "repeat_customer");
    return {
      columns: ["Month", "Revenue, repeat", "Revenue, new", "Share of repeat"],
      rows: selection.months.map((month) => [
        monthLabel(selection, month), money(sums(month, "Yes").revenue), money(sums(month, "No").revenue),
        percent(ratio(sums(month, "Yes").cents, selection.month(month).cents)),
      ]),
    };
  },
};

const flagCheck: Card = {
  id: "flag-check",
  title: "The repeat flag, checked against the purchases",
  reading: ({ store }) => {
    const rate = store.page.repeatRate;
    return number(rate, "returning_customers") === 0
      ? "No customer_id occurs twice in the data, so the flag cannot be confirmed from it: it is the shop's word."
      : "The flag counts purchases, the second bar customers with more than one purchase in this data.";
  },
  source: "view",
  size: "third",
  height: () => 7.5,
  draw: ({ store }, frame) => {
    const rate = store.page.repeatRate;
    return rowBars(
      frame,
      [
        {
          name: "Flagged", value: number(rate, "flagged_rate"), color: frame.theme.accent,
          label: percent(number(rate, "flagged_rate")),
          tip: [`${count(number(rate, "flagged_orders"))} of ${count(number(rate, "orders"))} purchases are flagged`],
        },
        {
          name: "Observed", value: number(rate, "observed_rate"), color: frame.theme.ink,
          label: percent(number(rate, "observed_rate")),
          tip: [`${count(number(rate, "returning_customers"))} of ${count(number(rate, "customers"))} customers bought more than once`],
        },
      ],
      { tick: wholePercent, max: 1, interval: 0.25 },
    );
  },
  table: ({ store }) => {
    const rate = store.page.repeatRate;
    return {
      columns: ["Measure", "Count", "Of", "Rate"],
      rows: [
        ["Flagged purchases", count(number(rate, "flagged_orders")), count(number(rate, "orders")), percent(number(rate, "flagged_rate"))],
        ["Returning customers", count(number(rate, "returning_customers")), count(number(rate, "customers")), percent(number(rate, "observed_rate"))],
      ],
    };
  },
};

/** Everyone, the age groups and the genders, with gaps between them. */
function rows(selection: Selection): Compared[] {
  const { ageGroups, genders } = selection.store.cubes;
  const of = (cube: Cube, dimension: string, unknown: string): Compared[] => {
    const flags = cube.group(dimension, "repeat_customer");
    return inOrder([...cube.group(dimension)]).map(([name, all]) => ({
      name: name === "Unknown" ? unknown : name,
      one: flags.get(`${name}\tYes`) ?? new Sums(),
      other: flags.get(`${name}\tNo`) ?? new Sums(),
      all,
    }));
  };
  const flags = ageGroups.group("repeat_customer");
  const everyone = { one: flags.get("Yes") ?? new Sums(), other: flags.get("No") ?? new Sums(), all: ageGroups.total() };
  return [{ name: "Everyone", ...everyone }, GAP, ...of(ageGroups, "age_group", "Age not known"), GAP, ...of(genders, "gender", "Gender not known")];
}

const PANELS: [string, string, string] = ["Repeat: share of orders", "Repeat: share of revenue", "Average order, repeat less new"];
const RATING = "Average rating, 1 to 5";

const people: Card = {
  id: "repeat-people",
  title: "Repeat against new customers, by age group and gender",
  reading: (selection) => {
    const apart = rows(selection).slice(1).filter(({ one, other }) => verdict(one, other).startsWith("more"));
    return (
      "Bars behind the points are 95% intervals. " +
      (apart.length
        ? `The average order differs by more than chance for ${apart.map(({ name }) => name).join(", ")}; with this many rows one in twenty does so by chance.`
        : "Every interval of the difference holds zero: no group shows more than chance.")
    );
  },
  source: "ageGroups",
  size: "full",
  height: (selection, width) => panelsHeight(rows(selection).length, [...PANELS, RATING], width),
  legend: (selection, theme) => groups(theme, selection).filter(({ flag }) => flag !== "Unknown"),
  draw: (selection, frame) => {
    const all = rows(selection);
    const { theme } = frame;
    const rating: Panel = {
      title: RATING,
      tick: (value) => String(value),
      label: (value) => stars(value),
      min: 1,
      max: 5,
      points: [
        { color: theme.accent, name: "Repeat customers", values: all.map(({ one }) => point(one.rating)) },
        { color: theme.context, name: "New customers", values: all.map(({ other }) => point(other.rating)) },
      ],
    };
    return twoGroups(
      frame, all,
      PANELS,
      [rating],
    );
  },
  table: (selection) => {
    const all = rows(selection).filter(({ name }) => name !== "");
    const table = twoGroupsTable("Group", { one: "repeat", other: "new" }, all);
    return {
      columns: [...table.columns, "Rating, repeat", "Rating, new"],
      rows: table.rows.map((row, place) => [...row, stars(all[place]!.one.rating), stars(all[place]!.other.rating)]),
    };
  },
};

export const loyalty: Tab = {
  id: "loyalty",
  name: "Customer loyalty",
  headline: (selection) => {
    const { repeat, fresh } = flagged(selection);
    const share = percent(ratio(repeat.cents, selection.total.cents));
    return verdict(repeat, fresh).startsWith("within")
      ? `Repeat customers bring ${share} of revenue, with no measurable difference in order size`
      : `Repeat customers bring ${share} of revenue; an order of theirs differs by ${differenceText(repeat, fresh)}`;
  },
  aside: (selection) => {
    const { repeat, fresh } = flagged(selection);
    return `The average order differs by ${differenceText(repeat, fresh)}, ${verdict(repeat, fresh)}.`;
  },
  tiles: (selection) => {
    const { repeat, fresh } = flagged(selection);
    const { total } = selection;
    return [
      {
        id: "repeat-revenue-share", label: "Repeat share of revenue", value: percent(ratio(repeat.cents, total.cents)),
        exact: ratio(repeat.cents, total.cents).toFixed(6), note: money(repeat.revenue),
      },
      {
        id: "repeat-order-share", label: "Repeat share of orders", value: percent(ratio(repeat.orders, total.orders)),
        exact: ratio(repeat.orders, total.orders).toFixed(6), note: `${count(repeat.orders)} of ${count(total.orders)}`,
      },
      {
        id: "repeat-average", label: "Average order, repeat", value: money(repeat.average), exact: repeat.average.toFixed(2),
        note: `95% interval ±${money(repeat.margin)}`,
      },
      {
        id: "new-average", label: "Average order, new", value: money(fresh.average), exact: fresh.average.toFixed(2),
        note: `95% interval ±${money(fresh.margin)}`,
      },
      {
        id: "repeat-rating", label: "Average rating, repeat", value: stars(repeat.rating), exact: repeat.rating.toFixed(3),
        note: `new customers ${stars(fresh.rating)}, of 5`,
      },
    ];
  },
  cards: [overTime, flagCheck, people],
};
