// Colours and type of the charts, read from the stylesheet so that they stand in one place.

export interface Theme {
  ink: string;
  muted: string;
  line: string;
  surface: string;
  accent: string;
  context: string;
  /** Text on a filled bar. */
  onSeries: string;
  /** Told apart by people with any colour vision, in this order. */
  series: string[];
  font: string;
  /** Size of small text in px, from the page's own. */
  size: number;
}

export function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const value = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: value("ink"),
    muted: value("muted"),
    line: value("line"),
    surface: value("surface"),
    accent: value("accent"),
    context: value("context"),
    onSeries: value("on-series"),
    series: ["series-1", "series-2", "series-3", "series-4", "series-5", "series-6"].map(value),
    font: style.fontFamily,
    size: Math.round(parseFloat(style.fontSize) * 0.78),
  };
}
