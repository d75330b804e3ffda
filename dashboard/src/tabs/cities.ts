import type { Card, Tab } from "../card";
import { rowBars } from "../charts/bars";
import { quadrants, shareCurve } from "../charts/cities";
import type { Part } from "../charts/frame";
import { panels, panelsHeight } from "../charts/panels";
import { Sums } from "../cube";
import { number, SEGMENTS, type Selection, type Store } from "../data";
import { count, money, percent, plural, shortMoney, tickMoney } from "../format";
import type { Theme } from "../theme";
import { point, ratio, wholePercent } from "./shared";

const SEGMENT_COLORS = (theme: Theme): Record<string, string> => ({
  Powerhouse: theme.accent,
  "Premium Buyers": theme.series[3]!,
  "Volume Shoppers": theme.series[1]!,
  "Low Potential": theme.context,
});

const segment = (store: Store, name: string) => store.page.segments.find((row) => row["segment"] === name);
const threshold = (store: Store) => ({
  x: number(store.page.parameters, "segment_min_orders"),
  y: number(store.page.parameters, "segment_min_revenue"),
});

const fields: Card = {
  id: "city-segments",
  title: "Four kinds of cities",
  reading: ({ store }) => {
    const { x, y } = threshold(store);
    const left = store.page.citiesLeftOut;
    return (
      `Each dot is a city; the lines stand at ${count(x)} orders and ${shortMoney(y)}. ` +
      `The ${plural(number(segment(store, "Low Potential"), "cities") || 0, "city", "cities")} below both are shaded: the darker, the more.` +
      (left ? ` ${count(left)} smaller cities above a line are not drawn.` : "")
    );
  },
  source: "view",
  size: "half",
  height: () => 30,
  legend: ({ store }, theme) =>
    SEGMENTS.map((name): Part => ({
      name: `${name} ${count(number(segment(store, name), "cities") || 0)}`,
      color: SEGMENT_COLORS(theme)[name]!,
    })),
  draw: ({ store }, frame) => {
    const colors = SEGMENT_COLORS(frame.theme);
    const { density, cities } = store.page;
    return quadrants(frame, {
      dots: cities.map((row) => ({
        name: row["city"]!, x: number(row, "orders"), y: number(row, "total_revenue"), color: colors[row["segment"]!]!,
      })),
      cells: density.map((row) => ({
        x: [number(row, "orders_from"), number(row, "orders_below")],
        y: [number(row, "revenue_from"), number(row, "revenue_below")],
        count: number(row, "cities"),
      })),
      threshold: threshold(store),
      fields: [
        { name: "Powerhouse", color: colors["Powerhouse"]!, high: { x: true, y: true } },
        { name: "Premium Buyers", color: colors["Premium Buyers"]!, high: { x: false, y: true } },
        { name: "Volume Shoppers", color: colors["Volume Shoppers"]!, high: { x: true, y: false } },
        { name: "Low Potential", color: frame.theme.muted, high: { x: false, y: false } },
      ],
      xTitle: "Orders of a city",
      yTitle: "Revenue of a city",
      tickX: (value) => count(value),
      tickY: tickMoney,
      tipDot: (dot) => [`Orders ${count(dot.x)}`, `Revenue ${money(dot.y)}`, `Average order ${money(dot.y / dot.x)}`],
      tipCell: (cell) => {
        const row = density[cell]!;
        const [from, below] = [Math.ceil(number(row, "orders_from")) || 1, Math.ceil(number(row, "orders_below")) - 1];
        return [
          plural(number(row, "cities"), "city", "cities"),
          `with ${from === below ? plural(from, "order") : `${from} to ${below} orders`}`,
          `and ${shortMoney(number(row, "revenue_from"))} to ${shortMoney(number(row, "revenue_below"))}`,
        ];
      },
    });
  },
  table: ({ store }) => ({
    columns: ["City", "Segment", "Orders", "Revenue", "Average order"],
    rows: store.page.cities.map((row) => [
      row["city"]!, row["segment"]!, count(number(row, "orders")), money(number(row, "total_revenue")),
      money(number(row, "total_revenue") / number(row, "orders")),
    ]),
  }),
};

const curve = (store: Store): [number, number][] =>
  store.page.pareto.map((row) => [number(row, "city_share"), number(row, "cumulative_revenue_share")]);

const pareto: Card = {
  id: "city-pareto",
  title: "How revenue gathers in the largest cities",
  reading: ({ store }) =>
    `Cities from the largest down against the revenue they make together: ` +
    `${count(store.page.classACities)} cities (class A) make the first ${percent(number(store.page.parameters, "pareto_a_share"), 0)}.`,
  source: "view",
  size: "half",
  height: () => 30,
  draw: ({ store }, frame) => {
    const cities = number(store.page.overview, "cities");
    const share = number(store.page.parameters, "pareto_a_share");
    const x = store.page.classACities / cities;
    return shareCurve(frame, {
      points: curve(store),
      mark: { point: [x, share], text: `${percent(x, 0)} of cities\nmake ${percent(share, 0)} of revenue` },
      xTitle: "Share of cities",
      even: "all alike",
      tip: (place) => {
        const row = store.page.pareto[place]!;
        return [
          `The largest ${plural(number(row, "cities"), "city", "cities")}`,
          `${percent(number(row, "city_share"))} of cities`,
          `${percent(number(row, "cumulative_revenue_share"))} of revenue`,
        ];
      },
    });
  },
  table: ({ store }) => ({
    columns: ["Largest cities", "Share of cities", "Share of revenue"],
    rows: store.page.pareto.map((row) => [
      count(number(row, "cities")), percent(number(row, "city_share")), percent(number(row, "cumulative_revenue_share")),
    ]),
  }),
};

function topCities(selection: Selection): { name: string; segment: string; sums: Sums }[] {
  const sums = selection.store.purchases.group("top_city", "city_segment");
  return [...sums]
    .map(([key, sums]) => {
      const [name, segment] = key.split("\t") as [string, string];
      return { name, segment, sums };
    })
    .filter(({ name }) => name !== "")
    .sort((a, b) => b.sums.cents - a.sums.cents || a.name.localeCompare(b.name));
}

const top: Card = {
  id: "top-cities",
  title: "The largest cities",
  reading: (selection) => {
    const cities = topCities(selection);
    if (!cities.length) return "None of the largest cities is in this selection.";
    const share = ratio(cities.reduce((sum, city) => sum + city.sums.cents, 0), selection.total.cents);
    return `Revenue within the filters of the ${count(selection.store.topCities.length)} cities that are largest over all time; together ${percent(share)} of what is chosen.`;
  },
  size: "half tall",
  height: (selection) => Math.max(8, topCities(selection).length * 1.75 + 2.4),
  draw: (selection, frame) => {
    const colors = SEGMENT_COLORS(frame.theme);
    return rowBars(
      frame,
      topCities(selection).map(({ name, segment, sums }) => ({
        name,
        value: sums.revenue,
        color: colors[segment]!,
        label: shortMoney(sums.revenue),
        tip: [segment, `Revenue ${money(sums.revenue)}`, `Orders ${count(sums.orders)}`, `Average order ${money(sums.average)}`],
      })),
      { tick: tickMoney },
    );
  },
  legend: (selection, theme) => {
    const present = new Set(topCities(selection).map((city) => city.segment));
    return SEGMENTS.filter((name) => present.has(name)).map((name) => ({ name, color: SEGMENT_COLORS(theme)[name]! }));
  },
  table: (selection) => ({
    columns: ["City", "Segment", "Revenue", "Orders", "Average order"],
    rows: topCities(selection).map(({ name, segment, sums }) => [
      name, segment, money(sums.revenue), count(sums.orders), money(sums.average),
    ]),
  }),
};

const shares: Card = {
  id: "segment-shares",
  title: "What each segment weighs",
  reading: ({ store }) => {
    const low = segment(store, "Low Potential");
    return low
      ? `${percent(number(low, "city_share"))} of cities are Low Potential, and they make ${percent(number(low, "revenue_share"))} of revenue.`
      : "Every city is above one of the lines.";
  },
  source: "view",
  size: "half",
  height: ({ store }, width) => panelsHeight(store.page.segments.length, ["Share of cities", "Share of revenue", "Average order"], width),
  draw: ({ store }, frame) => {
    const present = SEGMENTS.filter((name) => segment(store, name));
    const value = (field: string) => present.map((name) => point(number(segment(store, name), field)));
    const share = { tick: wholePercent, label: (value: number) => percent(value), min: 0, max: 1 };
    return panels(frame, [...present], [
      { title: "Share of cities", ...share, points: [{ color: frame.theme.accent, name: "Share of cities", values: value("city_share") }] },
      { title: "Share of revenue", ...share, points: [{ color: frame.theme.accent, name: "Share of revenue", values: value("revenue_share") }] },
      {
        title: "Average order", tick: tickMoney, label: (value) => money(value), min: 0,
        points: [{ color: frame.theme.accent, name: "Average order", values: value("average_order_value") }],
      },
    ]);
  },
  table: ({ store }) => ({
    columns: ["Segment", "Cities", "Share of cities", "Revenue", "Share of revenue", "Orders", "Average order"],
    rows: store.page.segments.map((row) => [
      row["segment"]!, count(number(row, "cities")), percent(number(row, "city_share"), 2), money(number(row, "total_revenue")),
      percent(number(row, "revenue_share"), 2), count(number(row, "orders")), money(number(row, "average_order_value")),
    ]),
  }),
};

const bands: Card = {
  id: "city-orders",
  title: "How often a city buys",
  reading: ({ store }) => {
    const once = store.page.orderBands.find((row) => row["order_band"] === "1");
    const all = number(store.page.overview, "cities");
    return once
      ? `${percent(ratio(number(once, "cities"), all), 0)} of cities bought exactly once. Number of cities by their orders.`
      : "Number of cities by their orders.";
  },
  source: "view",
  size: "half",
  height: ({ store }) => Math.max(8, store.page.orderBands.length * 2.2 + 2.4),
  draw: ({ store }, frame) =>
    rowBars(
      frame,
      store.page.orderBands.map((row) => ({
        name: `${row["order_band"]!.replace("-", "–")} ${row["order_band"] === "1" ? "order" : "orders"}`,
        value: number(row, "cities"),
        color: frame.theme.accent,
        label: count(number(row, "cities")),
        tip: [
          plural(number(row, "cities"), "city", "cities"),
          `Orders ${count(number(row, "orders"))}`,
          `Revenue ${money(number(row, "total_revenue"))}`,
        ],
      })),
      { tick: (value) => count(value) },
    ),
  table: ({ store }) => ({
    columns: ["Orders of a city", "Cities", "Orders", "Revenue"],
    rows: store.page.orderBands.map((row) => [
      row["order_band"]!, count(number(row, "cities")), count(number(row, "orders")), money(number(row, "total_revenue")),
    ]),
  }),
};

export const cities: Tab = {
  id: "cities",
  name: "City segmentation",
  headline: ({ store }) => {
    const all = number(store.page.overview, "cities");
    const power = segment(store, "Powerhouse");
    return power
      ? `${count(number(power, "cities"))} of ${plural(all, "city", "cities")} are Powerhouses: ${percent(number(power, "city_share"))} of cities, ${percent(number(power, "revenue_share"))} of revenue`
      : `None of ${plural(all, "city", "cities")} is a Powerhouse`;
  },
  aside: ({ store }) => {
    const once = store.page.orderBands.find((row) => row["order_band"] === "1");
    return once && ratio(number(once, "cities"), number(store.page.overview, "cities")) > 0.5
      ? `The market is a long tail: ${count(number(once, "cities"))} cities bought exactly once.`
      : "";
  },
  tiles: (selection) => {
    const { store } = selection;
    const all = number(store.page.overview, "cities");
    const power = segment(store, "Powerhouse");
    const best = topCities(selection)[0];
    const powerSums = selection.by("city_segment")("Powerhouse");
    return [
      { id: "cities", label: "Cities", value: count(all), exact: String(all), note: "with at least one purchase, all data" },
      {
        id: "top-city", label: "Largest city", value: best?.name ?? "–", exact: best?.sums.revenue.toFixed(2) ?? "",
        note: best ? `${money(best.sums.revenue)} from ${plural(best.sums.orders, "order")}` : "none in this selection",
      },
      {
        id: "powerhouse-share", label: "Revenue from Powerhouses", value: percent(ratio(powerSums.cents, selection.total.cents)),
        exact: ratio(powerSums.cents, selection.total.cents).toFixed(6), note: `${plural(number(power, "cities") || 0, "city", "cities")}, ${money(powerSums.revenue)}`,
      },
      {
        id: "class-a", label: `Cities behind ${percent(number(store.page.parameters, "pareto_a_share"), 0)} of revenue`,
        value: count(store.page.classACities), exact: String(store.page.classACities),
        note: `${percent(ratio(store.page.classACities, all))} of cities (class A), all data`,
      },
    ];
  },
  cards: [fields, pareto, top, bands, shares],
};
