// Elements made of text only: nothing from the data is ever parsed as HTML.

type Child = Node | string | undefined | false;

/** An element with attributes ("" for those without a value, undefined to leave one out) and children. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Record<string, string | undefined> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) made.setAttribute(key, value);
  made.append(...children.filter((child): child is Node | string => child !== undefined && child !== false));
  return made;
}

export function byId<Kind extends HTMLElement = HTMLElement>(id: string): Kind {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no element #${id}`);
  return found as Kind;
}

/** A small line of values without axes; decoration beside a number that says the same. */
export function sparkline(values: number[], open: boolean[]): SVGSVGElement {
  const [width, height, inset] = [96, 28, 3];
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  for (const [key, value] of Object.entries({ viewBox: `0 0 ${width} ${height}`, class: "spark", "aria-hidden": "true" })) {
    svg.setAttribute(key, value);
  }
  const finite = values.filter(Number.isFinite);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const at = (value: number, place: number): [number, number] => [
    inset + (place * (width - 2 * inset)) / Math.max(1, values.length - 1),
    height - inset - ((value - low) / (high - low || 1)) * (height - 2 * inset),
  ];
  const points = values.flatMap((value, place) => (Number.isFinite(value) ? [{ at: at(value, place), open: open[place] }] : []));
  const path = document.createElementNS(space, "polyline");
  path.setAttribute("points", points.filter((point) => !point.open).map((point) => point.at.map((n) => n.toFixed(1)).join(",")).join(" "));
  svg.append(path);
  return svg;
}
