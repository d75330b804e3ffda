// A cube: sums by everything that can be filtered for. Filters choose rows, groups add them up.

export interface PackedCube {
  dimensions: { name: string; values: string[] }[];
  measures: { name: string; factor: number }[];
  rows: number;
  data: string;
}

/** Which values of a dimension a filter lets through. */
export type Filter = ReadonlyMap<string, (value: string) => boolean>;

/** Sums over purchases. Revenue is in whole cents, so that adding up loses nothing. */
export class Sums {
  orders = 0;
  cents = 0;
  squares = 0;
  ratingTotal = 0;
  ratedOrders = 0;

  get revenue(): number {
    return this.cents / 100;
  }

  /** Dollars an order, NaN without orders. */
  get average(): number {
    return this.orders ? Math.round(this.cents / this.orders) / 100 : NaN;
  }

  get rating(): number {
    return this.ratedOrders ? this.ratingTotal / this.ratedOrders : NaN;
  }

  /** Half the width of the 95 % interval of the average, in dollars; NaN for fewer than two orders. */
  get margin(): number {
    return 1.96 * Math.sqrt(this.varianceOfAverage);
  }

  /** Half the width of the 95 % interval of the revenue, where orders come by chance, in dollars. */
  get revenueMargin(): number {
    return 1.96 * Math.sqrt(this.squares);
  }

  get varianceOfAverage(): number {
    if (this.orders < 2) return NaN;
    const spread = this.squares - (this.revenue * this.revenue) / this.orders;
    return Math.max(0, spread) / (this.orders - 1) / this.orders;
  }
}

/** The difference of two averages in dollars with half the width of its 95 % interval. */
export function difference(one: Sums, other: Sums): { value: number; margin: number } {
  return {
    value: Math.round((one.cents / one.orders - other.cents / other.orders)) / 100,
    margin: 1.96 * Math.sqrt(one.varianceOfAverage + other.varianceOfAverage),
  };
}

const FIELDS = {
  orders: "orders",
  total_revenue: "cents",
  sum_of_squares: "squares",
  rating_total: "ratingTotal",
  rated_orders: "ratedOrders",
} as const;

export class Cube {
  readonly values: ReadonlyMap<string, readonly string[]>;
  private readonly codes = new Map<string, Uint16Array>();
  private readonly numbers: { field: (typeof FIELDS)[keyof typeof FIELDS]; column: Float64Array }[];
  private readonly rows: number;
  private filter: Filter = new Map();
  /** The rows that the filter lets through, once somebody asks. */
  private kept: Uint32Array | undefined;
  private readonly groups = new Map<string, Map<string, Sums>>();

  constructor(packed: PackedCube) {
    const { dimensions, measures, rows } = packed;
    this.rows = rows;
    this.values = new Map(dimensions.map((dimension) => [dimension.name, dimension.values]));
    const codes = dimensions.map(() => new Uint16Array(rows));
    this.numbers = measures.map((measure) => ({
      field: FIELDS[measure.name as keyof typeof FIELDS],
      column: new Float64Array(rows),
    }));
    dimensions.forEach((dimension, place) => this.codes.set(dimension.name, codes[place]!));

    const bytes = Uint8Array.from(atob(packed.data), (char) => char.charCodeAt(0));
    let at = 0;
    const next = (): number => {
      let value = 0;
      let weight = 1;
      for (;;) {
        const byte = bytes[at++]!;
        value += (byte & 127) * weight;
        if (byte < 128) return value % 2 ? -(value + 1) / 2 : value / 2;
        weight *= 128;
      }
    };
    for (let row = 0, key = 0; row < rows; row++) {
      key += next();
      for (let place = dimensions.length - 1, rest = key; place >= 0; place--) {
        const size = dimensions[place]!.values.length;
        codes[place]![row] = rest % size;
        rest = Math.floor(rest / size);
      }
      for (const { column } of this.numbers) column[row] = next();
    }
  }

  /** Choose the rows that a filter lets through; what it says of dimensions that the cube lacks does nothing. */
  choose(filter: Filter): void {
    this.filter = filter;
    this.kept = undefined;
    this.groups.clear();
  }

  total(): Sums {
    return this.group().get("") ?? new Sums();
  }

  /** Sums of the chosen rows by the values of some dimensions, joined with a tab. */
  group(...by: string[]): Map<string, Sums> {
    const known = this.groups.get(by.join());
    if (known) return known;
    const named = this.addUp(by);
    this.groups.set(by.join(), named);
    return named;
  }

  // What follows runs over every row: plain loops over typed arrays, which are fast from the first click on, when the
  // browser has not compiled anything yet.

  private chosen(): Uint32Array {
    if (this.kept) return this.kept;
    let kept = new Uint32Array(this.rows);
    for (let row = 0; row < this.rows; row++) kept[row] = row;
    for (const [name, test] of this.filter) {
      const codes = this.codes.get(name);
      if (!codes) continue;
      const passes = Uint8Array.from(this.values.get(name)!, (value) => Number(test(value)));
      if (!passes.includes(0)) continue;
      let count = 0;
      for (let place = 0; place < kept.length; place++) {
        const row = kept[place]!;
        kept[count] = row;
        count += passes[codes[row]!]!;
      }
      kept = kept.subarray(0, count);
    }
    this.kept = kept;
    return kept;
  }

  private addUp(by: string[]): Map<string, Sums> {
    const chosen = this.chosen();
    const keys = new Uint32Array(chosen.length);
    const lists = by.map((name) => this.values.get(name)!);
    by.forEach((name, nth) => {
      const codes = this.codes.get(name)!;
      const size = lists[nth]!.length;
      for (let place = 0; place < keys.length; place++) keys[place] = keys[place]! * size + codes[chosen[place]!]!;
    });
    const cells = lists.reduce((product, list) => product * list.length, 1);
    const totals = this.numbers.map(({ field, column }) => {
      const total = new Float64Array(cells);
      for (let place = 0; place < keys.length; place++) total[keys[place]!]! += column[chosen[place]!]!;
      return { field, total };
    });
    const orders = totals.find(({ field }) => field === "orders")!.total;
    const named = new Map<string, Sums>();
    for (let key = 0; key < cells; key++) {
      if (!orders[key]) continue;
      const sums = new Sums();
      for (const { field, total } of totals) sums[field] = total[key]!;
      const parts: string[] = [];
      for (let nth = lists.length - 1, rest = key; nth >= 0; nth--) {
        const list = lists[nth]!;
        parts.unshift(list[rest % list.length]!);
        rest = Math.floor(rest / list.length);
      }
      named.set(parts.join("\t"), sums);
    }
    return named;
  }
}
