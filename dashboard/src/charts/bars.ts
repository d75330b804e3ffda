// Bars that lie, and bars of shares.

import { plain } from "../format";
import {
  base, lines, monthAxis, monthHeading, nameAxis, nameRoom, place, text, tooltip, valueAxis, type Frame, type Lines, type Option,
  type Part,
} from "./frame";

export interface BarRow {
  name: string;
  value: number;
  color: string;
  label: string;
  tip: Lines;
}

/** Lying bars from zero with their numbers beside them. */
export function rowBars(
  frame: Frame,
  rows: BarRow[],
  axis: { tick: (value: number) => string; max?: number; interval?: number },
): Option {
  const { theme, width } = frame;
  const names = nameRoom(frame, rows.map(({ name }) => name));
  const { tick, ...scale } = axis;
  return {
    ...base(theme),
    grid: place({ left: names, right: theme.size * 5.5, top: 0, bottom: theme.size * 2 }),
    xAxis: valueAxis(theme, tick, { splitNumber: width > theme.size * 46 ? 5 : 3, ...scale }),
    yAxis: nameAxis(theme, names, rows.map(({ name }) => plain(name))),
    series: [
      {
        type: "bar",
        barCategoryGap: "26%",
        barMaxWidth: theme.size * 3,
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

interface Shares {
  rows: string[];
  parts: Part[];
  value: (row: string, part: string) => number;
  label: (share: number) => string;
  /** Only the first part matters and has its numbers written on it. */
  focus?: boolean;
  tip: (row: string) => Lines;
}

/** Shares that add up to one, as stacked bars that lie. */
export function rowShares(frame: Frame, spec: Shares & { name?: (row: string) => string }): Option {
  const { theme } = frame;
  const name = spec.name ?? plain;
  const names = spec.rows.map(name);
  const room = nameRoom(frame, names);
  return {
    ...base(theme),
    grid: place({ left: room, right: theme.size * 1.4, top: theme.size * 0.8, bottom: theme.size * 2 }),
    xAxis: shareAxis(frame),
    yAxis: nameAxis(theme, room, names),
    series: stack(frame, spec, frame.width > theme.size * 28, () => false),
    tooltip: tooltip(theme, "axis", (points: { dataIndex: number }[]) => {
      const row = points[0]!.dataIndex;
      return lines(names[row], ...spec.tip(spec.rows[row]!));
    }),
  };
}

/** Shares that add up to one, as stacked bars by month; one month alone lies down. */
export function monthShares(frame: Frame, spec: Shares & { partial: (month: string) => boolean }): Option {
  const { theme } = frame;
  const { rows, partial } = spec;
  const heading = (month: string): string => monthHeading(month, partial);
  if (rows.length === 1) return rowShares(frame, { ...spec, name: (month) => monthHeading(month, () => false) });
  return {
    ...base(theme),
    grid: place({ left: theme.size * 3.4, right: theme.size * 1.4, top: theme.size * 0.8, bottom: theme.size * 3.5 }),
    xAxis: monthAxis(theme, rows),
    yAxis: shareAxis(frame),
    series: stack(frame, spec, frame.width / rows.length > theme.size * 3.6, partial),
    tooltip: tooltip(theme, "axis", (points: { axisValue: string }[]) =>
      lines(heading(points[0]!.axisValue), ...spec.tip(points[0]!.axisValue)),
    ),
  };
}

const shareAxis = ({ theme }: Frame): object =>
  valueAxis(theme, (value) => `${Math.round(value * 100)}%`, { min: 0, max: 1, interval: 0.25 });

function stack({ theme }: Frame, spec: Shares, labelled: boolean, pale: (row: string) => boolean): object[] {
  const { rows, parts, value } = spec;
  const totals = rows.map((row) => parts.reduce((sum, { name }) => sum + value(row, name), 0));
  return parts.map((part, nth) => ({
    type: "bar",
    name: part.name,
    stack: "shares",
    barCategoryGap: "24%",
    barMaxWidth: theme.size * 5,
    data: rows.map((row, at) => ({
      value: totals[at] ? value(row, part.name) / totals[at] : 0,
      itemStyle: { color: part.color, borderColor: theme.surface, borderWidth: 1, opacity: pale(row) ? 0.4 : 1 },
      ...(pale(row) && { label: { color: theme.ink, opacity: 1 } }),
    })),
    label: {
      show: labelled && (!spec.focus || nth === 0),
      ...text(theme, theme.onSeries),
      formatter: ({ value }: { value: number }) => (value > 0.06 ? spec.label(value) : ""),
    },
  }));
}
