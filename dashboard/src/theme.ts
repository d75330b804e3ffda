// Colours and type of the charts, read from the stylesheet so that they stand in one place.

export interface Theme {
  ink: string;
  muted: string;
  line: string;
  surface: string;
  accent: string;
  context: string;
  unknown: string;
  /** Text on a filled bar. */
  onSeries: string;
  /** Told apart by people with any colour vision, in this order. */
  series: string[];
  font: string;
  /** Size of small text in px, from the page's own. */
  size: number;
}

let last: Theme | undefined;

/** The theme as the page has it now: the same object as before, unless something of it has changed. */
export function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const value = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const now: Theme = {
    ink: value("ink"),
    muted: value("muted"),
    line: value("line"),
    surface: value("surface"),
    accent: value("accent"),
    context: value("context"),
    unknown: value("unknown"),
    onSeries: value("on-series"),
    series: ["series-1", "series-2", "series-3", "series-4", "series-5", "series-6"].map(value),
    font: style.fontFamily,
    size: Math.round(parseFloat(style.fontSize) * 0.78),
  };
  if (JSON.stringify(now) !== JSON.stringify(last)) last = now;
  return last!;
}
