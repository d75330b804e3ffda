// Numbers over time.

import { dayTick, plain, weekday } from "../format";
import {
  axisTitle, barLabel, base, categoryAxis, guide, labels, linePointer, lines, monthAxis, monthHeading, partialStyle, place, roundUp, text,
  tooltip, valueAxis, type Frame, type Interval, type Lines, type Option,
} from "./frame";

/** Bars by month, and under them the change from month to month where there is one. */
export function monthBars(
  frame: Frame,
  spec: {
    months: string[];
    values: (month: string) => number;
    partial: (month: string) => boolean;
    tick: (value: number) => string;
    label: (value: number) => string;
    /** Below the bars, from a zero of its own: a share, NaN for none. */
    change?: { values: (month: string) => number; label: (value: number) => string; title: string };
    /** A dotted line across all months. */
    mean?: number;
    tip: (month: string) => Lines;
  },
): Option {
  const { theme, height } = frame;
  const { months, change } = spec;
  const labelled = frame.width / months.length > theme.size * 4.2;
  const room = theme.size * 4;
  const low = change ? Math.max(theme.size * 8, height * 0.24) : 0;
  const option = {
    ...base(theme),
    grid: [place({ left: room, right: theme.size, top: theme.size * 1.6, bottom: low + theme.size * (change ? 5 : 3.5) })],
    xAxis: [monthAxis(theme, months)],
    yAxis: [valueAxis(theme, spec.tick)],
    series: [
      {
        type: "bar",
        barMaxWidth: theme.size * 5,
        barCategoryGap: "28%",
        data: months.map((month) => ({
          value: spec.values(month),
          itemStyle: spec.partial(month) ? partialStyle(theme.accent) : { color: theme.accent, borderRadius: [2, 2, 0, 0] },
        })),
        // On the colour of the card, so that the line of the mean does not strike the number through.
        label: {
          show: labelled, position: "top", ...text(theme, theme.ink), formatter: barLabel(spec.label),
          backgroundColor: theme.surface, padding: [1, 3],
        },
        ...(spec.mean && { markLine: { ...guide(theme, [2, 3], [{ yAxis: spec.mean }]), z: 1 } }),
      } as object,
    ],
    tooltip: tooltip(theme, "axis", (points: { axisValue: string }[]) =>
      lines(monthHeading(points[0]!.axisValue, spec.partial), ...spec.tip(points[0]!.axisValue)),
    ),
  };
  if (!change) return option;
  const largest = Math.max(0.01, ...months.map((month) => Math.abs(change.values(month)) || 0));
  option.grid.push(place({ left: room, right: theme.size, height: low - theme.size * 3.4, bottom: theme.size * 1.6 }));
  option.xAxis.push(
    categoryAxis(theme, months, {
      gridIndex: 1,
      axisLabel: { show: false },
      axisLine: { onZero: true, lineStyle: { color: theme.muted } },
    }),
  );
  option.yAxis.push(
    valueAxis(theme, change.label, {
      ...axisTitle(theme, change.title, room, theme.size * 1.5),
      gridIndex: 1,
      min: -largest,
      max: largest,
      splitNumber: 2,
      splitLine: { show: false },
      axisLabel: { show: false },
    }),
  );
  option.series.push({
    type: "bar",
    xAxisIndex: 1,
    yAxisIndex: 1,
    barMaxWidth: theme.size * 2.2,
    data: months.map((month) => {
      const value = change.values(month);
      return {
        value: Number.isNaN(value) ? "-" : value,
        itemStyle: { color: theme.context },
        label: { position: value < 0 ? "bottom" : "top" },
      };
    }),
    label: { show: labelled, ...text(theme, theme.ink), formatter: barLabel(change.label) },
  });
  return option;
}

/** Bars by day; the first day of each month has its month written under it. */
export function dayBars(
  frame: Frame,
  spec: { days: string[]; values: (day: string) => number; tick: (value: number) => string; tip: (day: string) => Lines },
): Option {
  const { theme } = frame;
  const room = frame.width / spec.days.length / theme.size;
  const every = room > 2 ? 1 : room > 0.6 ? 7 : 14;
  const ticked = (day: string): boolean => every === 1 || (Number(day.slice(8)) % every === 1 && day.slice(8) < "29");
  return {
    ...base(theme),
    grid: place({ left: theme.size * 4, right: theme.size, top: theme.size * 0.8, bottom: theme.size * 3.5 }),
    xAxis: categoryAxis(theme, spec.days, {
      axisLabel: {
        ...labels(theme),
        lineHeight: theme.size * 1.35,
        interval: (index: number, day: string) => index === 0 || ticked(day),
        formatter: (day: string) => dayTick(day, day === spec.days[0]),
      },
    }),
    yAxis: valueAxis(theme, spec.tick),
    series: [
      {
        type: "bar",
        barCategoryGap: "20%",
        barMaxWidth: theme.size * 5,
        itemStyle: { color: theme.accent, borderRadius: [2, 2, 0, 0] },
        data: spec.days.map(spec.values),
      },
    ],
    tooltip: tooltip(theme, "axis", (points: { axisValue: string }[]) =>
      lines(weekday(points[0]!.axisValue), ...spec.tip(points[0]!.axisValue)),
    ),
  };
}

/** Lines by month with their 95 % bands, on a scale of their own that the ticks tell. */
export function monthLines(
  frame: Frame,
  spec: {
    months: string[];
    parts: { name: string; color: string; values: (month: string) => Interval }[];
    partial: (month: string) => boolean;
    tick: (value: number) => string;
    tip: (month: string) => Lines;
  },
): Option {
  const { theme } = frame;
  const { months, parts } = spec;
  const finite = (value: number): number | string => (Number.isFinite(value) ? value : "-");
  const band = (part: (typeof parts)[number], nth: number): object[] => {
    const intervals = months.map(part.values);
    const edge = { type: "line", stack: `band ${nth}`, symbol: "none", silent: true, lineStyle: { opacity: 0 }, stackStrategy: "all" };
    return [
      { ...edge, data: intervals.map(({ value, margin }) => finite(value - margin)) },
      { ...edge, areaStyle: { color: part.color, opacity: 0.16 }, data: intervals.map(({ margin }) => finite(margin * 2)) },
    ];
  };
  return {
    ...base(theme),
    grid: place({ left: theme.size * 4, right: theme.size * 1.5, top: theme.size, bottom: theme.size * 3.5 }),
    xAxis: monthAxis(theme, months, { boundaryGap: false }),
    yAxis: valueAxis(theme, spec.tick, { scale: true, splitNumber: 4 }),
    series: parts.flatMap((part, nth) => [
      ...band(part, nth),
      {
        type: "line",
        name: part.name,
        symbol: "circle",
        symbolSize: theme.size * 0.55,
        lineStyle: { color: part.color, width: 2 },
        z: 5,
        data: months.map((month) => ({
          value: finite(part.values(month).value),
          itemStyle: spec.partial(month)
            ? { color: theme.surface, borderColor: part.color, borderWidth: 1.5 }
            : { color: part.color },
        })),
      },
    ]),
    tooltip: {
      ...tooltip(theme, "axis", (points: { axisValue: string }[]) =>
        lines(monthHeading(points[0]!.axisValue, spec.partial), ...spec.tip(points[0]!.axisValue)),
      ),
      ...linePointer(theme),
    },
  };
}

/** How many charts stand side by side. */
const columnsOf = (parts: number, width: number): number => Math.min(parts, width > 70 ? 4 : width > 34 ? 2 : 1);

/** The height that `smallMultiples` wants, for a width; both in lines of small text. */
export const multiplesHeight = (parts: number, width: number): number => Math.ceil(parts / columnsOf(parts, width)) * 12.5;

/** One small bar chart by month for each part, all with one scale. */
export function smallMultiples(
  frame: Frame,
  spec: {
    months: string[];
    parts: { name: string; note: string; color: string; values: (month: string) => number }[];
    partial: (month: string) => boolean;
    tick: (value: number) => string;
    tip: (part: number, month: string) => Lines;
  },
): Option {
  const { theme, width, height } = frame;
  const { months, parts } = spec;
  const columns = columnsOf(parts.length, width / theme.size);
  const block = height / Math.ceil(parts.length / columns);
  const left = theme.size * 4;
  const cell = (width - left) / columns;
  const corner = (nth: number): { left: number; top: number } => ({
    left: left + (nth % columns) * cell,
    top: Math.floor(nth / columns) * block,
  });
  const max = roundUp(Math.max(1, ...parts.flatMap(({ values }) => months.map(values))));
  return {
    ...base(theme),
    title: parts.map((part, nth) => ({
      text: `{name|${plain(part.name)}}  {note|${part.note}}`,
      ...corner(nth),
      padding: [theme.size * 0.3, 0, 0, 0],
      textStyle: {
        fontFamily: theme.font,
        rich: {
          name: { color: theme.ink, fontSize: theme.size * 1.08, fontWeight: 600, fontFamily: theme.font },
          note: { ...text(theme), fontWeight: 400 },
        },
      },
    })),
    grid: parts.map((_, nth) =>
      place({
        left: corner(nth).left,
        top: corner(nth).top + theme.size * 2.4,
        width: cell - theme.size * 1.6,
        height: block - theme.size * 5.2,
      }),
    ),
    xAxis: parts.map((_, nth) =>
      monthAxis(theme, months, {
        gridIndex: nth,
        axisLabel: {
          ...labels(theme),
          interval: (index: number) => index === 0 || index === months.length - 1,
          ...(months.length > 1 && { alignMinLabel: "left", alignMaxLabel: "right" }),
          formatter: (month: string) => monthHeading(month, () => false),
        },
      }),
    ),
    yAxis: parts.map((_, nth) =>
      valueAxis(theme, spec.tick, {
        gridIndex: nth,
        max,
        interval: max / 2,
        axisLabel: { ...labels(theme), show: nth % columns === 0, formatter: spec.tick },
      }),
    ),
    series: parts.map((part, nth) => ({
      type: "bar",
      xAxisIndex: nth,
      yAxisIndex: nth,
      barCategoryGap: "22%",
      barMaxWidth: theme.size * 5,
      data: months.map((month) => ({
        value: part.values(month),
        itemStyle: spec.partial(month) ? partialStyle(part.color) : { color: part.color },
      })),
    })),
    tooltip: tooltip(theme, "axis", (points: { axisValue: string; seriesIndex: number }[]) => {
      const { axisValue, seriesIndex } = points[0]!;
      return lines(
        `${plain(parts[seriesIndex]!.name)}, ${monthHeading(axisValue, spec.partial)}`,
        ...spec.tip(seriesIndex, axisValue),
      );
    }),
  };
}
