// A card: one finding, its picture, and the numbers behind the picture as a table.

import { CustomChart, BarChart, LineChart, ScatterChart } from "echarts/charts";
import { GridComponent, MarkAreaComponent, MarkLineComponent, TitleComponent, TooltipComponent } from "echarts/components";
import { init, use, type EChartsType } from "echarts/core";
import { LabelLayout } from "echarts/features";
import { SVGRenderer } from "echarts/renderers";
import type { Frame, Option, Part } from "./charts/frame";
import type { Choice, CubeName, Selection } from "./data";
import { element } from "./dom";
import { list } from "./format";
import type { Theme } from "./theme";

use([
  BarChart, CustomChart, LineChart, ScatterChart,
  GridComponent, MarkAreaComponent, MarkLineComponent, TitleComponent, TooltipComponent,
  LabelLayout, SVGRenderer,
]);

export interface Tile {
  id: string;
  label: string;
  value: string;
  /** The value exactly, for people who copy it and for tests. */
  exact: string;
  note: string;
}

export interface DataTable {
  columns: string[];
  rows: string[][];
}

export interface Card {
  id: string;
  title: string;
  /** What the picture shows and how to read it. */
  reading: (selection: Selection) => string;
  /** What it adds up, if not the purchases: the filters that this lacks do not reach it. No filter reaches a "view". */
  source?: CubeName | "view";
  /** Whether there is anything to see; a card is there unless this says no. */
  worth?: (selection: Selection) => boolean;
  size: "full" | "half" | "half tall" | "third" | "two-thirds";
  /** Least height for a width, both in lines of small text; it grows to fill its card. */
  height: (selection: Selection, width: number) => number;
  legend?: (selection: Selection, theme: Theme) => Part[];
  draw: (selection: Selection, frame: Frame) => Option;
  table: (selection: Selection) => DataTable;
}

export interface Tab {
  id: string;
  name: string;
  headline: (selection: Selection) => string;
  aside: (selection: Selection) => string;
  tiles: (selection: Selection) => Tile[];
  cards: Card[];
}

const FILTER_NAMES: Record<keyof Choice, string> = {
  from: "months", to: "months", category: "category", city: "city group", payment: "payment", discount: "discount",
};

const named = (filters: (keyof Choice)[]): string => list([...new Set(filters.map((filter) => FILTER_NAMES[filter]))]);

/** A card's elements and chart, drawn anew for every selection. */
export class CardView {
  readonly root: HTMLElement;
  private chart: EChartsType | undefined;
  private selection: Selection | undefined;
  private drawn: Frame | undefined;
  private stale = true;
  private readonly reading: HTMLElement;
  private readonly scope = element("p", { class: "scope" });
  private readonly legend = element("ul", { class: "legend" });
  private readonly host = element("div");
  private readonly plot: HTMLElement;
  private readonly empty: HTMLElement;
  private readonly details: HTMLDetailsElement;
  private readonly scroll: HTMLElement;

  constructor(
    private readonly card: Card,
    private readonly active: (choice: Choice) => (keyof Choice)[],
  ) {
    const [titled, read] = [`${card.id}-title`, `${card.id}-reading`];
    this.reading = element("p", { class: "reading", id: read });
    this.plot = element("div", { class: "plot", role: "img", "aria-labelledby": titled, "aria-describedby": read }, this.host);
    this.empty = element("p", { class: "empty", hidden: "" }, "No purchases match these filters.");
    this.scroll = element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `${card.title}, data` });
    const summary = element("summary", {}, "Show the data", element("span", { class: "unseen" }, `: ${card.title}`));
    this.details = element("details", { class: "data" }, summary, this.scroll);
    this.details.addEventListener("toggle", () => this.fillTable());
    this.root = element(
      "section",
      { class: `card ${card.size}`, id: card.id, "aria-labelledby": titled },
      element("header", {}, element("h3", { id: titled }, card.title), this.reading),
      this.scope, this.legend, this.plot, this.empty, this.details,
    );
  }

  /** Take another selection; `draw` draws it. */
  choose(selection: Selection): void {
    const { card } = this;
    this.selection = selection;
    this.root.hidden = card.worth?.(selection) === false;
    if (this.root.hidden) return;
    const source = card.source ?? "purchases";
    this.showScope(selection, source);
    const nothing = source !== "view" && selection.store.cubes[source].total().orders === 0;
    this.empty.hidden = !nothing;
    for (const part of [this.plot, this.legend, this.details]) part.hidden = nothing;
    this.reading.textContent = nothing ? "" : card.reading(selection);
    // What no filter reaches shows what it showed before.
    this.stale ||= source !== "view";
    if (!nothing) this.fillTable();
  }

  /** Draw it anew at the next `draw`, even if nothing has changed. */
  forget(): void {
    this.stale = true;
  }

  /**
   * Draw cards as they are now: their selections, the size of the window, the colours of the theme. What lies below
   * the window follows card by card right after, unless it is wanted `atOnce`.
   */
  static draw(cards: CardView[], theme: Theme, atOnce = false): void {
    clearTimeout(CardView.waiting);
    // In rounds, so that the browser lays the page out twice and not twice a card.
    const shown = cards.filter((card) => card.selection && !card.root.hidden && !card.plot.hidden);
    const widths = shown.map((card) => card.plot.clientWidth);
    shown.forEach((card, place) => card.makeRoom(theme, widths[place]!));
    const boxes = shown.map((card) => ({ top: card.plot.getBoundingClientRect().top, height: card.plot.clientHeight }));
    const jobs = shown.map((card, place) => ({
      seen: atOnce || boxes[place]!.top < innerHeight,
      draw: () => card.draw({ theme, width: widths[place]!, height: boxes[place]!.height }),
    }));
    for (const job of jobs) if (job.seen) job.draw();
    const later = jobs.filter((job) => !job.seen);
    const next = (): void => {
      later.shift()?.draw();
      if (later.length) CardView.waiting = setTimeout(next);
    };
    if (later.length) CardView.waiting = setTimeout(next);
  }

  private static waiting: ReturnType<typeof setTimeout> | undefined;

  private makeRoom(theme: Theme, width: number): void {
    this.drawLegend(this.selection!, theme);
    this.plot.style.minHeight = `${Math.round(this.card.height(this.selection!, width / theme.size) * theme.size)}px`;
  }

  private draw(frame: Frame): void {
    const { theme, width, height } = frame;
    const { drawn } = this;
    if (!this.stale && drawn && drawn.width === width && drawn.height === height && drawn.theme === theme) return;
    this.chart ??= init(this.host, null, { renderer: "svg", width, height });
    // The canvas only: the chart's own resize() would first draw the old picture once more.
    if (this.chart.getWidth() !== width || this.chart.getHeight() !== height) this.chart.getZr().resize({ width, height });
    this.chart.setOption(this.card.draw(this.selection!, frame), { notMerge: true });
    this.drawn = frame;
    this.stale = false;
  }

  private drawLegend(selection: Selection, theme: Theme): void {
    const parts = this.card.legend?.(selection, theme) ?? [];
    this.legend.hidden = parts.length === 0;
    this.legend.replaceChildren(
      ...parts.map(({ name, color }) => {
        const swatch = element("i", { "aria-hidden": "true" });
        swatch.style.background = color;
        return element("li", {}, swatch, element("bdi", {}, name));
      }),
    );
  }

  private showScope(selection: Selection, source: CubeName | "view"): void {
    const { store, choice } = selection;
    const active = this.active(choice);
    const missing = source === "view" ? active : store.missing(source);
    const missed = active.filter((filter) => missing.includes(filter));
    this.scope.hidden = source !== "view" && missing.length === 0;
    this.scope.classList.toggle("warn", missed.length > 0);
    this.scope.textContent = missed.length
      ? `Not filtered by ${named(missed)}.`
      : source === "view"
        ? "All purchases; filters do not change it."
        : `Follows every filter but ${named(missing)}.`;
  }

  private fillTable(): void {
    if (!this.details.open || !this.selection || this.details.hidden) return;
    const { columns, rows } = this.card.table(this.selection);
    const cell = (text: string, place: number): HTMLElement =>
      place === 0 ? element("th", { scope: "row" }, element("bdi", {}, text)) : element("td", {}, text);
    this.scroll.replaceChildren(
      element(
        "table",
        {},
        element("caption", { class: "unseen" }, this.card.title),
        element("thead", {}, element("tr", {}, ...columns.map((name) => element("th", { scope: "col" }, name)))),
        element("tbody", {}, ...rows.map((row) => element("tr", {}, ...row.map(cell)))),
      ),
    );
  }
}

export const tileView = (tile: Tile): HTMLElement =>
  element(
    "div",
    { class: "tile", id: `tile-${tile.id}`, "data-value": tile.exact },
    element("dt", {}, tile.label),
    element("dd", { class: "value" }, element("bdi", {}, tile.value)),
    element("dd", { class: "note" }, tile.note),
  );
