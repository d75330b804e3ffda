// Points with their intervals: the same rows against several scales, with the numbers in a column beside each.

import { plain } from "../format";
import type { Theme } from "../theme";
import { base, guide, lines, nameAxis, place, roundUp, text, tooltip, valueAxis, type CustomApi, type Frame, type Interval, type Option } from "./frame";

export interface Panel {
  title: string;
  tick: (value: number) => string;
  label: (value: number) => string;
  /** One or two points a row. */
  points: { color: string; name: string; values: Interval[] }[];
  /** Ends of the scale, which reaches as far as the points do; without `min`, equally far to both sides of zero. */
  min?: number;
  max?: number;
  /** A line that the points are read against. */
  reference?: number;
}

const NAMES = 10.4;
const HEAD = 2.4;
const FOOT = 2.4;

/** How many panels stand side by side: all, half of them, or one, as the width (in lines of small text) allows. */
function columnsOf(titles: string[], width: number): number {
  const fits = Math.floor((width - NAMES) / Math.max(14, ...titles.map((title) => title.length * 0.6)));
  const all = titles.length;
  return fits >= all ? all : all % 2 === 0 && fits >= all / 2 ? all / 2 : 1;
}

/** The height that `panels` with these titles wants, for a width; both in lines of small text. */
export const panelsHeight = (rows: number, titles: string[], width: number): number =>
  Math.ceil(titles.length / columnsOf(titles, width)) * (rows * 2 + HEAD + FOOT);

/** Rows without a name are gaps. */
export function panels(frame: Frame, rows: string[], specs: Panel[]): Option {
  const { theme, width, height } = frame;
  const { size } = theme;
  const columns = columnsOf(specs.map(({ title }) => title), width / size);
  const block = height / Math.ceil(specs.length / columns);
  const names = size * NAMES;
  const cell = (width - names) / columns;
  const numbers = specs.map((panel) =>
    rows.map((name, row) => (name ? panel.points.map(({ values }) => panel.label(values[row]!.value)).join("  ") : "")),
  );
  const grids = specs.map((_, nth) => ({
    left: names + (nth % columns) * cell,
    top: Math.floor(nth / columns) * block + HEAD * size,
    width: cell - size * (3 + Math.max(0, ...numbers[nth]!.map((text) => text.length)) * 0.58),
    height: block - (HEAD + FOOT) * size,
  }));
  return {
    ...base(theme),
    title: specs.map((panel, nth) => ({
      text: panel.title,
      left: Math.max(0, Math.min(grids[nth]!.left, width - panel.title.length * 0.62 * size)),
      top: grids[nth]!.top - (HEAD - 0.5) * size,
      padding: 0,
      textStyle: { ...text(theme, theme.ink), fontWeight: 600 },
    })),
    grid: grids.map(place),
    xAxis: specs.map((panel, nth) => scale(theme, panel, nth, grids[nth]!.width > size * 14)),
    yAxis: specs.map((_, nth) => {
      const axis = nameAxis(theme, names, rows.map((name) => (name ? plain(name) : ""))) as { axisLabel: object };
      return { ...axis, gridIndex: nth, axisLine: { show: false }, axisLabel: { ...axis.axisLabel, show: nth % columns === 0 } };
    }),
    series: specs.flatMap((panel, nth) =>
      panel.points.map((points, layer) => ({
        type: "custom",
        name: points.name,
        xAxisIndex: nth,
        yAxisIndex: nth,
        z: 3 - layer,
        renderItem: drawInterval(theme, points.color, layer === 0 ? "dot" : "ring", (row) => (layer === 0 ? numbers[nth]![row]! : "")),
        encode: { x: [1, 2, 3], y: 0 },
        data: points.values.map(({ value, margin }, row) => [row, value, value - (margin || 0), value + (margin || 0)]),
        ...(layer === 0 && panel.reference !== undefined && { markLine: guide(theme, "solid", [{ xAxis: panel.reference }]) }),
      })),
    ),
    tooltip: tooltip(theme, "item", (point: { seriesIndex: number; dataIndex: number }) => {
      const flat = specs.flatMap((panel) => panel.points.map((points) => ({ panel, points })));
      const { panel, points } = flat[point.seriesIndex]!;
      const { value, margin } = points.values[point.dataIndex]!;
      return lines(
        plain(rows[point.dataIndex]!),
        `${points.name}: ${panel.label(value)}`,
        margin > 0 ? `95% interval ${panel.label(value - margin)} to ${panel.label(value + margin)}` : undefined,
      );
    }),
  };
}

function scale(theme: Theme, panel: Panel, nth: number, roomy: boolean): object {
  const ends = panel.points
    .flatMap(({ values }) => values.map(({ value, margin }) => Math.abs(value) + (margin || 0)))
    .filter(Number.isFinite);
  const reach = roundUp(Math.max(...ends, 0.01) * 1.04);
  const { min = -reach, max = reach } = panel;
  return valueAxis(theme, panel.tick, { gridIndex: nth, min, max, interval: (max - min) / (roomy && panel.max !== undefined ? 4 : 2) });
}

interface CustomParams {
  coordSys: { x: number; width: number };
}

function drawInterval(theme: Theme, color: string, form: "dot" | "ring", number: (row: number) => string) {
  return ({ coordSys }: CustomParams, api: CustomApi): object => {
    const row = api.value(0);
    const [x, y] = api.coord([api.value(1), row]);
    const [low] = api.coord([api.value(2), row]);
    const [high] = api.coord([api.value(3), row]);
    const known = Number.isFinite(x);
    return {
      type: "group",
      children: [
        {
          type: "line",
          invisible: !known || high - low < 1,
          shape: { x1: low, y1: y, x2: high, y2: y },
          style: { stroke: color, lineWidth: theme.size * 0.3, opacity: 0.3, lineCap: "round" },
        },
        {
          type: "circle",
          invisible: !known,
          shape: { cx: x, cy: y, r: theme.size * (form === "dot" ? 0.42 : 0.62) },
          style: form === "dot" ? { fill: color, stroke: theme.surface, lineWidth: 1.5 } : { fill: "none", stroke: color, lineWidth: 2.5 },
        },
        {
          type: "text",
          silent: true,
          style: {
            text: number(row),
            x: coordSys.x + coordSys.width + theme.size,
            y,
            verticalAlign: "middle",
            fill: theme.ink,
            font: `${theme.size}px ${theme.font}`,
          },
        },
      ],
    };
  };
}
