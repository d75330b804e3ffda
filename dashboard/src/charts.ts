// The forms in which numbers are drawn. Each function takes numbers and gives an ECharts option; it knows no dashboard.

import type { EChartsCoreOption } from "echarts/core";
import { monthName, monthTick, plain } from "./format";
import type { Theme } from "./theme";

export type Option = EChartsCoreOption;

export interface Frame {
  theme: Theme;
  width: number;
  height: number;
}

type Lines = (string | undefined)[];

const wide = (frame: Frame): boolean => frame.width > frame.theme.size * 46;

const text = (theme: Theme, color = theme.muted): object => ({ color, fontFamily: theme.font, fontSize: theme.size });

/** The tooltip is drawn as text, never as HTML: names from the data stay names. */
export const tooltip = (theme: Theme, trigger: "axis" | "item", formatter: (points: never) => string): object => ({
  trigger,
  renderMode: "richText",
  confine: true,
  backgroundColor: theme.surface,
  borderColor: theme.line,
  borderWidth: 1,
  padding: [8, 12],
  textStyle: { ...text(theme, theme.ink), lineHeight: theme.size * 1.5 },
  axisPointer: { type: "shadow", shadowStyle: { color: theme.muted, opacity: 0.08 } },
  formatter,
});

export const lines = (...all: Lines): string => all.filter((line) => line !== undefined).join("\n");

export const base = (theme: Theme): object => ({
  animation: false, // numbers stand still: nothing to wait for, nothing to make anyone dizzy
  textStyle: text(theme),
});

export const categoryAxis = (theme: Theme, data: string[], more: object = {}): object => ({
  type: "category",
  data,
  axisTick: { show: false },
  axisLine: { lineStyle: { color: theme.line } },
  axisLabel: text(theme),
  ...more,
});

export const valueAxis = (theme: Theme, tick: (value: number) => string, more: object = {}): object => ({
  type: "value",
  axisLine: { show: false },
  axisTick: { show: false },
  splitLine: { lineStyle: { color: theme.line } },
  axisLabel: { ...text(theme), formatter: tick, hideOverlap: true },
  ...more,
});

/** Ticks of a month axis: the year under the first month and under each January. */
export const monthAxis = (theme: Theme, months: string[], more: object = {}): object =>
  categoryAxis(theme, months, {
    axisLabel: {
      ...text(theme),
      lineHeight: theme.size * 1.35,
      hideOverlap: true,
      formatter: (month: string) => monthTick(month, month === months[0]),
    },
    ...more,
  });

/** A month that the data covers only partly: an outline instead of a filled bar. */
export const partialStyle = (color: string): object => ({
  color: "transparent",
  borderColor: color,
  borderWidth: 1.5,
  borderType: [4, 3],
});

export interface MonthBars {
  months: string[];
  values: (month: string) => number;
  partial: (month: string) => boolean;
  tick: (value: number) => string;
  label: (value: number) => string;
  /** Below the bars, from the same zero: a change in percent as a share, NaN for none. */
  change?: { values: (month: string) => number; label: (value: number) => string; title: string };
  /** A dotted line across the whole months. */
  mean?: number;
  tip: (month: string) => Lines;
}

/** Bars by month, and under them the change from month to month where there is one. */
export function monthBars(frame: Frame, spec: MonthBars): Option {
  const { theme } = frame;
  const { months, change } = spec;
  const labelled = frame.width / months.length > theme.size * 4.2;
  const room = theme.size * 4;
  const bars = {
    type: "bar",
    barMaxWidth: theme.size * 5,
    barCategoryGap: "28%",
    data: months.map((month) => ({
      value: spec.values(month),
      itemStyle: spec.partial(month) ? partialStyle(theme.accent) : { color: theme.accent, borderRadius: [2, 2, 0, 0] },
    })),
    label: { show: labelled, position: "top", ...text(theme, theme.ink), formatter: bar(spec.label) },
    ...(spec.mean && {
      markLine: {
        silent: true,
        symbol: "none",
          lineStyle: { color: theme.ink, type: [2, 3], width: 1, opacity: 0.55 },
        label: { show: false },
        data: [{ yAxis: spec.mean }],
      },
    }),
  };
  const low = Math.max(theme.size * 8, frame.height * 0.2);
  const top = { left: room, right: theme.size, top: theme.size * 1.6, bottom: theme.size * 3.4 + (change ? low + theme.size * 1.6 : 0) };
  const option = {
    ...base(theme),
    grid: [top] as object[],
    xAxis: [monthAxis(theme, months)] as object[],
    yAxis: [valueAxis(theme, spec.tick)] as object[],
    series: [bars] as object[],
    tooltip: tooltip(theme, "axis", (points: { axisValue: string }[]) =>
      lines(
        monthName(points[0]!.axisValue) + (spec.partial(points[0]!.axisValue) ? " (only partly covered)" : ""),
        ...spec.tip(points[0]!.axisValue),
      ),
    ),
  };
  if (change) {
    const largest = Math.max(0.01, ...months.map((month) => Math.abs(change.values(month)) || 0));
    option.grid.push({ left: room, right: theme.size, height: low - theme.size * 3.2, bottom: theme.size * 1.6 });
    option.xAxis.push(
      categoryAxis(theme, months, {
        gridIndex: 1,
        axisLabel: { show: false },
        axisLine: { onZero: true, lineStyle: { color: theme.muted } },
      }),
    );
    option.yAxis.push(
      valueAxis(theme, change.label, {
        gridIndex: 1,
        min: -largest,
        max: largest,
        splitNumber: 2,
        splitLine: { show: false },
        axisLabel: { show: false },
        name: change.title,
        nameLocation: "end",
        nameGap: theme.size * 1.5,
        nameTextStyle: { ...text(theme), align: "left", padding: [0, 0, 0, -room + theme.size * 0.5] },
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
      label: { show: labelled, ...text(theme, theme.ink), formatter: bar(change.label) },
    });
  }
  return option;
}

const bar =
  (label: (value: number) => string) =>
  ({ value }: { value: number | string }): string =>
    typeof value === "number" ? label(value) : "";

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
  const { theme, width } = frame;
  const { months, parts } = spec;
  const columns = width > theme.size * 70 ? Math.min(4, parts.length) : width > theme.size * 34 ? Math.min(2, parts.length) : 1;
  const rows = Math.ceil(parts.length / columns);
  const largest = Math.max(1, ...parts.flatMap(({ values }) => months.map(values)));
  const left = theme.size * 4;
  const cell = (width - left) / columns;
  const grid = parts.map((_, place) => ({
    left: left + (place % columns) * cell,
    width: cell - theme.size * 1.6,
    top: `${(Math.floor(place / columns) * 100) / rows + 13 / rows}%`,
    height: `${66 / rows}%`,
  }));
  return {
    ...base(theme),
    title: parts.map((part, place) => ({
      text: `{name|${part.name}}  {note|${part.note}}`,
      left: grid[place]!.left,
      top: `${(Math.floor(place / columns) * 100) / rows}%`,
      padding: 0,
      textStyle: {
        fontFamily: theme.font,
        rich: {
          name: { color: theme.ink, fontSize: theme.size * 1.08, fontWeight: 600, fontFamily: theme.font },
          note: text(theme),
        },
      },
    })),
    grid,
    xAxis: parts.map((_, place) =>
      monthAxis(theme, months, {
        gridIndex: place,
        axisLabel: {
          ...text(theme),
          interval: (index: number) => index === 0 || index === months.length - 1,
          ...(months.length > 1 && { alignMinLabel: "left", alignMaxLabel: "right" }),
          formatter: monthName,
        },
      }),
    ),
    yAxis: parts.map((_, place) =>
      valueAxis(theme, spec.tick, {
        gridIndex: place,
        max: largest,
        splitNumber: 2,
        axisLabel: {
          ...text(theme),
          show: place % columns === 0,
          formatter: spec.tick,
          showMaxLabel: false,
        },
      }),
    ),
    series: parts.map((part, place) => ({
      type: "bar",
      xAxisIndex: place,
      yAxisIndex: place,
      barCategoryGap: "22%",
      barMaxWidth: theme.size * 5,
      data: months.map((month) => ({
        value: part.values(month),
        itemStyle: spec.partial(month) ? partialStyle(part.color) : { color: part.color },
      })),
    })),
    tooltip: tooltip(theme, "axis", (points: { axisValue: string; seriesIndex: number }[]) =>
      lines(
        `${plain(parts[points[0]!.seriesIndex]!.name)}, ${monthName(points[0]!.axisValue)}`,
        ...spec.tip(points[0]!.seriesIndex, points[0]!.axisValue),
      ),
    ),
  };
}

export interface BarRow {
  name: string;
  value: number;
  color: string;
  label: string;
  tip: Lines;
}

/** Horizontal bars from zero with their numbers beside them. */
export function rowBars(frame: Frame, rows: BarRow[], axis: { tick: (value: number) => string; max?: number }): Option {
  const { theme, width } = frame;
  const names = Math.min(width * 0.34, theme.size * 11);
  return {
    ...base(theme),
    grid: { left: names, right: theme.size * 5.5, top: 0, bottom: theme.size * 2 },
    xAxis: valueAxis(theme, axis.tick, { splitNumber: wide(frame) ? 5 : 3, ...(axis.max && { max: axis.max }) }),
    yAxis: categoryAxis(theme, rows.map((_, place) => String(place)), {
      inverse: true,
      axisLabel: {
        ...text(theme, theme.ink),
        interval: 0,
        width: names - theme.size,
        overflow: "truncate",
        formatter: (place: string) => plain(rows[Number(place)]!.name),
      },
    }),
    series: [
      {
        type: "bar",
        barCategoryGap: "26%",
        barMaxWidth: theme.size * 2.4,
        data: rows.map((row) => ({ value: row.value, itemStyle: { color: row.color, borderRadius: [0, 2, 2, 0] } })),
        label: {
          show: true,
          position: "right",
          ...text(theme, theme.ink),
          formatter: ({ dataIndex }: { dataIndex: number }) => rows[dataIndex]!.label,
        },
      },
    ],
    tooltip: tooltip(theme, "axis", (points: { dataIndex: number }[]) => {
      const row = rows[points[0]!.dataIndex]!;
      return lines(plain(row.name), ...row.tip);
    }),
  };
}

export interface Part {
  name: string;
  color: string;
}

/** Shares that add up to one, as stacked bars; by month upright, else lying. */
export function stackedShares(
  frame: Frame,
  spec: {
    months?: boolean;
    rows: string[];
    parts: Part[];
    value: (row: string, part: string) => number;
    label: (share: number) => string;
    partial?: (row: string) => boolean;
    /** Only the first part matters and has its numbers written on it. */
    focus?: boolean;
    tip: (row: string) => Lines;
  },
): Option {
  const { theme, width } = frame;
  const { rows, parts } = spec;
  const totals = new Map(rows.map((row) => [row, parts.reduce((sum, part) => sum + spec.value(row, part.name), 0)]));
  const share = (row: string, part: string): number => (totals.get(row) ? spec.value(row, part) / totals.get(row)! : 0);
  const labelled = spec.months ? width / rows.length > theme.size * 3.6 : width > theme.size * 28;
  const names = categoryAxis(theme, rows, {
    inverse: !spec.months,
    axisLabel: { ...text(theme, theme.ink), formatter: plain },
  });
  const shares = valueAxis(theme, (value) => `${Math.round(value * 100)}%`, { min: 0, max: 1, interval: 0.25 });
  return {
    ...base(theme),
    grid: {
      left: spec.months ? theme.size * 3.4 : theme.size * 5.5,
      right: theme.size * 1.4,
      top: theme.size * 0.8,
      bottom: spec.months ? theme.size * 3.2 : theme.size * 2,
    },
    xAxis: spec.months ? monthAxis(theme, rows) : shares,
    yAxis: spec.months ? shares : names,
    series: parts.map((part, nth) => ({
      type: "bar",
      name: part.name,
      stack: "shares",
      barCategoryGap: "24%",
      barMaxWidth: theme.size * 5,
      data: rows.map((row) => ({
        value: share(row, part.name),
        itemStyle: {
          color: part.color,
          borderColor: theme.surface,
          borderWidth: 1,
          opacity: spec.partial?.(row) ? 0.4 : 1,
        },
        ...(spec.partial?.(row) && { label: { color: theme.ink, opacity: 1 } }),
      })),
      label: {
        show: labelled && (!spec.focus || nth === 0),
        ...text(theme, theme.onSeries),
        formatter: ({ value }: { value: number }) => (value > 0.06 ? spec.label(value) : ""),
      },
    })),
    tooltip: tooltip(theme, "axis", (points: { axisValue: string }[]) => {
      const row = points[0]!.axisValue;
      return lines(
        spec.months ? monthName(row) + (spec.partial?.(row) ? " (only partly covered)" : "") : plain(row),
        ...spec.tip(row),
      );
    }),
  };
}

export interface Interval {
  value: number;
  margin: number;
}

export interface Panel {
  title: string;
  tick: (value: number) => string;
  label: (value: number, row: number) => string;
  /** One or two points a row, with or without a 95 % interval; NaN for none. */
  points: { color: string; name: string; values: Interval[] }[];
  min?: number;
  max?: number;
  /** A line that the points are read against. */
  reference?: number;
}

/** Rows of points against several scales: the same rows side by side, or below one another where there is no room. */
export function panels(frame: Frame, rows: string[], specs: Panel[]): Option {
  const { theme, width } = frame;
  const stacked = specs.length > 1 && width < theme.size * 44;
  const names = theme.size * 10.4;
  const cell = stacked ? width - names : (width - names) / specs.length;
  const places = rows.map((_, place) => String(place));
  const shown = (panel: Panel): number[] =>
    panel.points.flatMap(({ values }) =>
      values.flatMap(({ value, margin }) => [value - (margin || 0), value + (margin || 0)]),
    ).filter(Number.isFinite);
  return {
    ...base(theme),
    title: specs.map((panel, place) => ({
      text: panel.title,
      left: names + (stacked ? 0 : place * cell),
      top: stacked ? `${(place * 100) / specs.length}%` : 0,
      padding: [theme.size * 0.3, 0, 0, 0],
      textStyle: { ...text(theme, theme.ink), fontWeight: 600 },
    })),
    grid: specs.map((_, place) => ({
      left: names + (stacked ? 0 : place * cell),
      width: cell - theme.size * (specs.length > 1 ? 3.4 : 1.6),
      top: stacked ? `${(place * 100 + 9) / specs.length}%` : theme.size * 2.2,
      ...(stacked ? { height: `${78 / specs.length}%` } : { bottom: theme.size * 2.2 }),
    })),
    xAxis: specs.map((panel, place) => {
      const reach = roundUp(Math.max(...shown(panel).map(Math.abs), 0.01) * 1.08);
      const around = panel.min === undefined;
      const [min, max] = [panel.min ?? -reach, panel.max ?? reach];
      return valueAxis(theme, panel.tick, { gridIndex: place, min, max, interval: (max - min) / (around || cell < theme.size * 18 ? 2 : 4) });
    }),
    yAxis: specs.map((_, place) =>
      categoryAxis(theme, places, {
        gridIndex: place,
        inverse: true,
        axisLine: { show: false },
        axisLabel: {
          ...text(theme, theme.ink),
          show: stacked || place === 0,
          interval: 0,
          width: names - theme.size,
          overflow: "truncate",
          formatter: (row: string) => (rows[Number(row)] ? plain(rows[Number(row)]!) : ""),
        },
      }),
    ),
    series: specs.flatMap((panel, place) =>
      panel.points.map((points, nth) => ({
        type: "custom",
        name: points.name,
        xAxisIndex: place,
        yAxisIndex: place,
        z: 3 - nth,
        renderItem: drawInterval(theme, points.color, nth === 0 ? "dot" : "ring", (row) =>
          panel.points.length === 1 ? panel.label(points.values[row]!.value, row) : "",
        ),
        encode: { x: [1, 2, 3], y: 0 },
        data: points.values.map(({ value, margin }, row) => [
          row,
          value,
          Number.isNaN(margin) ? value : value - margin,
          Number.isNaN(margin) ? value : value + margin,
        ]),
        markLine:
          nth === 0 && panel.reference !== undefined
            ? {
                silent: true,
                symbol: "none",
                          label: { show: false },
                lineStyle: { color: theme.ink, type: "solid", width: 1, opacity: 0.5 },
                data: [{ xAxis: panel.reference }],
              }
            : undefined,
      })),
    ),
    tooltip: tooltip(theme, "item", (point: { seriesIndex: number; dataIndex: number }) => {
      const flat = specs.flatMap((panel) => panel.points.map((points) => ({ panel, points })));
      const { panel, points } = flat[point.seriesIndex]!;
      const { value, margin } = points.values[point.dataIndex]!;
      return lines(
        plain(rows[point.dataIndex]!),
        `${points.name}: ${panel.label(value, point.dataIndex)}`,
        Number.isFinite(margin) && margin > 0
          ? `95% interval ${panel.label(value - margin, point.dataIndex)} to ${panel.label(value + margin, point.dataIndex)}`
          : undefined,
      );
    }),
  };
}

/** The next number that halves and quarters well. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10].map((step) => step * power).find((step) => step >= value)!;
}

interface CustomApi {
  value(dimension: number): number;
  coord(point: [number, number]): [number, number];
}

interface CustomParams {
  coordSys: { x: number; width: number };
}

function drawInterval(theme: Theme, color: string, form: "dot" | "ring", label: (row: number) => string) {
  return ({ coordSys }: CustomParams, api: CustomApi): object | undefined => {
    const row = api.value(0);
    const [x, y] = api.coord([api.value(1), row]);
    if (!Number.isFinite(x)) return undefined;
    const [low] = api.coord([api.value(2), row]);
    const [high] = api.coord([api.value(3), row]);
    const radius = theme.size * (form === "dot" ? 0.42 : 0.62);
    // A number stands right of its point, or left of it where the panel ends.
    const right = Math.max(high, x + radius) < coordSys.x + coordSys.width * 0.72;
    return {
      type: "group",
      children: [
        {
          type: "line",
          invisible: high - low < 1,
          shape: { x1: low, y1: y, x2: high, y2: y },
          style: { stroke: color, lineWidth: theme.size * 0.3, opacity: 0.3, lineCap: "round" },
        },
        {
          type: "circle",
          shape: { cx: x, cy: y, r: radius },
          style: form === "dot" ? { fill: color, stroke: theme.surface, lineWidth: 1.5 } : { fill: "none", stroke: color, lineWidth: 2.5 },
        },
        {
          type: "text",
          style: {
            text: label(row),
            x: right ? Math.max(high, x + radius) + theme.size * 0.5 : Math.min(low, x - radius) - theme.size * 0.5,
            y,
            align: right ? "left" : "right",
            verticalAlign: "middle",
            fill: theme.ink,
            font: `${theme.size}px ${theme.font}`,
          },
        },
      ],
    };
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
    min?: number;
    max?: number;
    tip: (month: string) => Lines;
  },
): Option {
  const { theme } = frame;
  const { months, parts } = spec;
  const finite = (value: number): number | string => (Number.isFinite(value) ? value : "-");
  const band = (part: (typeof parts)[number], nth: number): object[] => {
    const interval = (month: string): Interval => part.values(month);
    if (!months.some((month) => Number.isFinite(interval(month).margin))) return [];
    const edge = { type: "line", stack: `band ${nth}`, symbol: "none", silent: true, lineStyle: { opacity: 0 }, stackStrategy: "all" };
    return [
      { ...edge, data: months.map((month) => finite(interval(month).value - interval(month).margin)) },
      {
        ...edge,
        areaStyle: { color: part.color, opacity: 0.14 },
        data: months.map((month) => finite(interval(month).margin * 2)),
      },
    ];
  };
  return {
    ...base(theme),
    grid: { left: theme.size * 4, right: theme.size * 1.5, top: theme.size, bottom: theme.size * 3.2 },
    xAxis: monthAxis(theme, months, { boundaryGap: months.length === 1 }),
    yAxis: valueAxis(theme, spec.tick, { scale: spec.min === undefined, min: spec.min, max: spec.max, splitNumber: 4 }),
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
      ...tooltip(theme, "axis", (points: { axisValue: string }[]) => {
        const month = points[0]!.axisValue;
        return lines(monthName(month) + (spec.partial(month) ? " (only partly covered)" : ""), ...spec.tip(month));
      }),
      axisPointer: { type: "line", lineStyle: { color: theme.muted, type: "solid", opacity: 0.5 } },
    },
  };
}

export interface Dot {
  name: string;
  x: number;
  y: number;
  color: string;
}

/** Dots in four fields, and the many below both thresholds as shaded cells. */
export function quadrants(
  frame: Frame,
  spec: {
    dots: Dot[];
    cells: { x: [number, number]; y: [number, number]; count: number }[];
    threshold: { x: number; y: number };
    fields: { name: string; color: string; high: { x: boolean; y: boolean } }[];
    xTitle: string;
    tickX: (value: number) => string;
    tickY: (value: number) => string;
    tipDot: (dot: Dot) => Lines;
    tipCell: (cell: number) => Lines;
  },
): Option {
  const { theme, width } = frame;
  const { dots, cells, threshold } = spec;
  const reach = (values: number[], least: number): number => Math.max(least * 1.6, ...values.map((value) => value * 1.05));
  const [maxX, maxY] = [reach(dots.map((dot) => dot.x), threshold.x), reach(dots.map((dot) => dot.y), threshold.y)];
  // Where cities are far larger than the thresholds, only a logarithmic scale shows both.
  const scaleX = maxX > threshold.x * 10 ? { type: "log", min: 1 } : { min: 0 };
  const scaleY = maxY > threshold.y * 10 ? { type: "log", min: threshold.y / 100 } : { min: 0 };
  const most = Math.max(1, ...cells.map((cell) => cell.count));
  const line = { color: theme.ink, type: [4, 3], width: 1, opacity: 0.6 };
  return {
    ...base(theme),
    grid: { left: theme.size * 4.2, right: theme.size * 1.4, top: theme.size * 1.2, bottom: theme.size * 4 },
    xAxis: valueAxis(theme, spec.tickX, {
      ...scaleX,
      max: maxX,
      name: spec.xTitle,
      nameLocation: "middle",
      nameGap: theme.size * 2.4,
      nameTextStyle: text(theme),
      splitLine: { show: false },
      axisLabel: { ...text(theme), formatter: spec.tickX, hideOverlap: true, showMaxLabel: false },
    }),
    yAxis: valueAxis(theme, spec.tickY, {
      ...scaleY,
      max: maxY,
      axisLabel: { ...text(theme), formatter: spec.tickY, hideOverlap: true, showMaxLabel: false },
    }),
    series: [
      {
        type: "custom",
        clip: true,
        z: 1,
        data: cells.map((cell) => [Math.max(cell.x[0], 0.01), Math.max(cell.y[0], 0.01), cell.x[1], cell.y[1], cell.count]),
        encode: { x: [0, 2], y: [1, 3] },
        renderItem: (_: unknown, api: CustomApi) => {
          const [left, bottom] = api.coord([api.value(0), api.value(1)]);
          const [right, top] = api.coord([api.value(2), api.value(3)]);
          return {
            type: "rect",
            shape: { x: left, y: top, width: right - left - 1, height: bottom - top - 1 },
            style: { fill: theme.context, opacity: 0.12 + (0.78 * Math.log1p(api.value(4))) / Math.log1p(most) },
          };
        },
      },
      {
        type: "scatter",
        z: 3,
        symbolSize: theme.size * 0.75,
        data: dots.map((dot) => ({
          value: [dot.x, dot.y],
          itemStyle: { color: dot.color, opacity: 0.9, borderColor: theme.surface, borderWidth: 1 },
        })),
        label: {
          show: width > theme.size * 40,
          position: "left",
          ...text(theme, theme.ink),
          width: theme.size * 10,
          overflow: "truncate",
          formatter: ({ dataIndex }: { dataIndex: number }) => (dataIndex < 2 ? plain(dots[dataIndex]!.name) : ""),
        },
        labelLayout: { hideOverlap: true },
        markLine: {
          silent: true,
          symbol: "none",
              label: { show: false },
          lineStyle: line,
          data: [{ xAxis: threshold.x }, { yAxis: threshold.y }],
        },
        markArea: {
          silent: true,
          itemStyle: { color: "transparent" },
          data: spec.fields.map(({ name, color, high }) => [
            {
              name,
              label: {
                position: high.x ? "insideBottomRight" : "insideTopLeft",
                ...text(theme, color),
                fontWeight: 600,
                distance: theme.size * 0.6,
              },
              coord: [high.x ? threshold.x : scaleX.min, high.y ? threshold.y : scaleY.min],
            },
            { coord: [high.x ? maxX : threshold.x, high.y ? maxY : threshold.y] },
          ]),
        },
      },
    ],
    tooltip: tooltip(theme, "item", (point: { seriesIndex: number; dataIndex: number }) =>
      point.seriesIndex === 0
        ? lines(...spec.tipCell(point.dataIndex))
        : lines(plain(dots[point.dataIndex]!.name), ...spec.tipDot(dots[point.dataIndex]!)),
    ),
  };
}

/** A curve of shares against shares, with the diagonal of an even spread and one point named. */
export function shareCurve(
  frame: Frame,
  spec: {
    points: [number, number][];
    mark: { point: [number, number]; text: string };
    xTitle: string;
    even: string;
    tip: (point: number) => Lines;
  },
): Option {
  const { theme } = frame;
  const tick = (value: number): string => `${Math.round(value * 100)}%`;
  const [x, y] = spec.mark.point;
  return {
    ...base(theme),
    grid: { left: theme.size * 3.6, right: theme.size * 1.8, top: theme.size * 1.2, bottom: theme.size * 4 },
    xAxis: valueAxis(theme, tick, {
      min: 0,
      max: 1,
      interval: 0.25,
      splitLine: { show: false },
      name: spec.xTitle,
      nameLocation: "middle",
      nameGap: theme.size * 2.4,
      nameTextStyle: text(theme),
    }),
    yAxis: valueAxis(theme, tick, { min: 0, max: 1, interval: 0.25 }),
    series: [
      {
        type: "line",
        symbol: "none",
        data: [[0, 0], ...spec.points],
        lineStyle: { color: theme.accent, width: 2.5 },
        areaStyle: { color: theme.accent, opacity: 0.1 },
        markLine: {
          silent: true,
          symbol: "none",
              lineStyle: { color: theme.ink, type: [4, 3], width: 1, opacity: 0.6 },
          label: { show: false },
          data: [
            [{ coord: [0, y] }, { coord: [x, y] }],
            [{ coord: [x, y] }, { coord: [x, 0] }],
          ],
        },
      },
      {
        type: "line",
        symbol: "none",
        silent: true,
        data: [
          [0, 0],
          { value: [0.86, 0.86], label: { show: true, formatter: spec.even, position: "bottom", rotate: 0, ...text(theme), distance: theme.size } },
          [1, 1],
        ],
        lineStyle: { color: theme.muted, width: 1, type: [2, 3] },
        tooltip: { show: false },
      },
      {
        type: "scatter",
        z: 5,
        silent: true,
        symbolSize: theme.size * 0.8,
        itemStyle: { color: theme.accent, borderColor: theme.surface, borderWidth: 2 },
        data: [[x, y]],
        label: {
          show: true,
          position: [theme.size * 1.4, theme.size * 0.9],
          ...text(theme, theme.ink),
          fontWeight: 600,
          lineHeight: theme.size * 1.4,
          formatter: spec.mark.text,
        },
      },
    ],
    tooltip: {
      ...tooltip(theme, "axis", (points: { dataIndex: number; seriesIndex: number }[]) => {
        const point = points.find(({ seriesIndex }) => seriesIndex === 0);
        return point && point.dataIndex > 0 ? lines(...spec.tip(point.dataIndex - 1)) : "";
      }),
      axisPointer: { type: "line", lineStyle: { color: theme.muted, type: "solid", opacity: 0.5 } },
    },
  };
}
