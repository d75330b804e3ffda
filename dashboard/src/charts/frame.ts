// What every chart is made of: its frame, its type, its axes, its tooltip. The charts beside this file take numbers and
// give an ECharts option; none of them knows a dashboard. Lengths are in `theme.size`, the height of small text.

import type { EChartsCoreOption } from "echarts/core";
import { monthName, monthTick } from "../format";
import type { Theme } from "../theme";

export type Option = EChartsCoreOption;

export interface Frame {
  theme: Theme;
  width: number;
  height: number;
}

export interface Part {
  name: string;
  color: string;
}

/** A number and half the width of its 95 % interval, NaN for what is not known. */
export interface Interval {
  value: number;
  margin: number;
}

export type Lines = (string | undefined)[];

export const lines = (...all: Lines): string => all.filter((line) => line !== undefined).join("\n");

export const monthHeading = (month: string, partial: (month: string) => boolean): string =>
  monthName(month) + (partial(month) ? " (only partly covered)" : "");

export const text = (theme: Theme, color = theme.muted): object => ({ color, fontFamily: theme.font, fontSize: theme.size });

/** The labels of an axis. */
export const labels = (theme: Theme, color?: string): object => ({ ...text(theme, color), margin: theme.size * 0.7 });

export const base = (theme: Theme): object => ({
  animation: false, // numbers stand still: nothing to wait for, nothing to make anyone dizzy
  textStyle: text(theme),
});

/** The place of a plot. Its margins are ours: measuring every label to find them costs more than drawing them. */
export const place = (margins: object): object => ({ outerBoundsMode: "none", ...margins });

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

/** The pointer of a tooltip on a line. */
export const linePointer = (theme: Theme): object => ({
  axisPointer: { type: "line", lineStyle: { color: theme.muted, type: "solid", opacity: 0.5 } },
});

export const categoryAxis = (theme: Theme, data: string[], more: object = {}): object => ({
  type: "category",
  data,
  axisTick: { show: false },
  axisLine: { lineStyle: { color: theme.line } },
  axisLabel: labels(theme),
  ...more,
});

export const valueAxis = (theme: Theme, tick: (value: number) => string, more: object = {}): object => ({
  type: "value",
  axisLine: { show: false },
  axisTick: { show: false },
  splitLine: { lineStyle: { color: theme.line } },
  axisLabel: { ...labels(theme), formatter: tick, hideOverlap: true },
  ...more,
});

/** Ticks of a month axis: the year under the first month and under each January. */
export const monthAxis = (theme: Theme, months: string[], more: object = {}): object =>
  categoryAxis(theme, months, {
    axisLabel: {
      ...labels(theme),
      lineHeight: theme.size * 1.35,
      hideOverlap: true,
      formatter: (month: string) => monthTick(month, month === months[0]),
    },
    ...more,
  });

/** The name of a value axis, level above its upper end and in line with its ticks' left edge. */
export const axisTitle = (theme: Theme, name: string, room: number, gap = theme.size): object => ({
  name,
  nameLocation: "end",
  nameGap: gap,
  nameTextStyle: { ...text(theme), align: "left", padding: [0, 0, 0, -room + theme.size * 0.5] },
});

/** The room that names down the left side want: what the longest needs, but not more than two fifths of the chart. */
export const nameRoom = ({ theme, width }: Frame, names: string[]): number =>
  Math.min(theme.size * (2 + 0.56 * Math.max(4, ...names.map((name) => name.length))), theme.size * 12, width * 0.4);

/** Names down the left side of rows. */
export const nameAxis = (theme: Theme, width: number, names: string[], more: object = {}): object =>
  categoryAxis(theme, names.map((_, row) => String(row)), {
    inverse: true,
    axisLabel: {
      ...labels(theme, theme.ink),
      interval: 0,
      width: width - theme.size * 1.3,
      overflow: "truncate",
      formatter: (row: string) => names[Number(row)]!,
    },
    ...more,
  });

/** A line that is read, not pointed at. */
export const guide = (theme: Theme, type: number[] | "solid", data: object[]): object => ({
  silent: true,
  symbol: "none",
  label: { show: false },
  lineStyle: { color: theme.ink, type, width: 1, opacity: 0.55 },
  data,
});

/** A month that the data covers only partly: an outline instead of a filled bar. */
export const partialStyle = (color: string): object => ({
  color: "transparent",
  borderColor: color,
  borderWidth: 1.5,
  borderType: [4, 3],
});

/** The label of a bar; nothing for a bar without a number. */
export const barLabel =
  (label: (value: number) => string) =>
  ({ value }: { value: number | string }): string =>
    typeof value === "number" ? label(value) : "";

/** The next number that halves well. */
export function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10].map((step) => step * power).find((step) => step >= value * 0.999999)!;
}

/** What ECharts gives to whoever draws an item by hand. */
export interface CustomApi {
  value(dimension: number): number;
  coord(point: [number, number]): [number, number];
}
