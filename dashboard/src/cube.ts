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

  get varianceOfAverage(): number {
    if (this.orders < 2) return NaN;
    const spread = this.squares - (this.revenue * this.revenue) / this.orders;
    return Math.max(0, spread) / (this.orders - 1) / this.orders;
  }

  add(other: Sums): void {
    this.orders += other.orders;
    this.cents += other.cents;
    this.squares += other.squares;
    this.ratingTotal += other.ratingTotal;
    this.ratedOrders += other.ratedOrders;
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
  private chosen: Uint32Array;
  private readonly groups = new Map<string, Map<string, Sums>>();
  private readonly rows: number;

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
    this.chosen = Uint32Array.from({ length: rows }, (_, row) => row);
  }

  /** Choose the rows that every filter lets through; filters on dimensions the cube lacks do nothing. */
  choose(...filters: Filter[]): void {
    this.groups.clear();
    const masks: { codes: Uint16Array; passes: boolean[] }[] = [];
    for (const filter of filters) {
      for (const [name, test] of filter) {
        const values = this.values.get(name);
        if (values) masks.push({ codes: this.codes.get(name)!, passes: values.map(test) });
      }
    }
    const kept = new Uint32Array(this.rows);
    let count = 0;
    next: for (let row = 0; row < this.rows; row++) {
      for (const { codes, passes } of masks) if (!passes[codes[row]!]) continue next;
      kept[count++] = row;
    }
    this.chosen = kept.subarray(0, count);
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

  private addUp(by: string[]): Map<string, Sums> {
    const dimensions = by.map((name) => ({ codes: this.codes.get(name)!, values: this.values.get(name)! }));
    const { chosen } = this;
    const keys = new Uint32Array(chosen.length);
    for (const { codes, values } of dimensions) {
      for (let place = 0; place < chosen.length; place++) keys[place] = keys[place]! * values.length + codes[chosen[place]!]!;
    }
    const sums: (Sums | undefined)[] = [];
    for (let place = 0; place < chosen.length; place++) sums[keys[place]!] ??= new Sums();
    for (const { field, column } of this.numbers) {
      for (let place = 0; place < chosen.length; place++) sums[keys[place]!]![field] += column[chosen[place]!]!;
    }
    const named = new Map<string, Sums>();
    for (const [index, sum] of Object.entries(sums)) {
      if (!sum) continue;
      const key = Number(index);
      const parts: string[] = [];
      for (let place = dimensions.length - 1, rest = key; place >= 0; place--) {
        const { values } = dimensions[place]!;
        parts.unshift(values[rest % values.length]!);
        rest = Math.floor(rest / values.length);
      }
      named.set(parts.join("\t"), sum);
    }
    return named;
  }
}
