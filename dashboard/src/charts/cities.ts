// Cities: four fields of dots, and the curve of how revenue gathers.

import { plain } from "../format";
import { axisTitle, base, guide, labels, linePointer, lines, place, text, tooltip, valueAxis, type CustomApi, type Frame, type Lines, type Option } from "./frame";

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
    yTitle: string;
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
  const room = theme.size * 4.2;
  return {
    ...base(theme),
    grid: place({ left: room, right: theme.size * 1.4, top: theme.size * 2.4, bottom: theme.size * 4 }),
    xAxis: valueAxis(theme, spec.tickX, {
      ...scaleX,
      max: maxX,
      name: spec.xTitle,
      nameLocation: "middle",
      nameGap: theme.size * 2.4,
      nameTextStyle: text(theme),
      splitLine: { show: false },
      axisLabel: { ...labels(theme), formatter: spec.tickX, hideOverlap: true, showMaxLabel: false },
    }),
    yAxis: valueAxis(theme, spec.tickY, {
      ...axisTitle(theme, spec.yTitle, room),
      ...scaleY,
      max: maxY,
      axisLabel: { ...labels(theme), formatter: spec.tickY, hideOverlap: true, showMinLabel: scaleY.min === 0, showMaxLabel: false },
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
            style: { fill: theme.muted, opacity: 0.14 + (0.7 * Math.log1p(api.value(4))) / Math.log1p(most) },
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
        markLine: guide(theme, [4, 3], [{ xAxis: threshold.x }, { yAxis: threshold.y }]),
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
  const { theme, width } = frame;
  const tick = (value: number): string => `${Math.round(value * 100)}%`;
  const [x, y] = spec.mark.point;
  return {
    ...base(theme),
    grid: place({ left: theme.size * 3.6, right: theme.size * 1.8, top: theme.size * 1.2, bottom: theme.size * 4 }),
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
        markLine: guide(theme, [4, 3], [
          [{ coord: [0, y] }, { coord: [x, y] }],
          [{ coord: [x, y] }, { coord: [x, 0] }],
        ]),
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
          show: width > theme.size * 26,
          ...(width < theme.size * 30 || x > 0.7
            ? { position: "left", align: "right", offset: [0, theme.size * 2] }
            : { position: [theme.size * 1.4, theme.size * 0.9] }),
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
      ...linePointer(theme),
    },
  };
}
