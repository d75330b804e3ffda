// What one publish put into the page, and the selection that the filters make of it.

import { Cube, Sums, type Filter, type PackedCube } from "./cube";
import { daysBetween, lastDay, monthsBetween, previousMonth } from "./format";

type Row = Record<string, string>;

export interface PageData {
  publishedAt: string;
  overview: Row;
  parameters: Row;
  repeatRate: Row;
  months: Row[];
  segments: Row[];
  pareto: Row[];
  orderBands: Row[];
  density: Row[];
  cities: Row[];
  citiesLeftOut: number;
  classACities: number;
  cubes: Record<CubeName, PackedCube>;
}

export type CubeName = "purchases" | "days" | "products" | "ageGroups" | "genders";

export const SEGMENTS = ["Powerhouse", "Premium Buyers", "Volume Shoppers", "Low Potential"] as const;

/** What the controls say; an empty text is no restriction. Cities: "segment:…", "city:…", "top" or "rest". */
export interface Choice {
  from: string;
  to: string;
  category: string;
  city: string;
  payment: string;
  discount: string;
}

/** The dimension of a cube that each filter restricts; "city" restricts two, and a cube has both or none. */
const DIMENSIONS: Record<keyof Choice, string> = {
  from: "month", to: "month", category: "category", city: "top_city", payment: "payment_method", discount: "discount_applied",
};

/** The data, read once. */
export class Store {
  readonly cubes: Readonly<Record<CubeName, Cube>>;
  /** Every month the cubes cover, without gaps. */
  readonly months: string[];
  /** Categories and payment methods, the largest first: their place decides their colour. */
  readonly categories: string[];
  readonly payments: string[];
  readonly topCities: string[];
  private readonly partial: Set<string>;

  constructor(readonly page: PageData) {
    const cube = (name: CubeName): Cube => new Cube(page.cubes[name]);
    this.cubes = {
      purchases: cube("purchases"), days: cube("days"), products: cube("products"), ageGroups: cube("ageGroups"), genders: cube("genders"),
    };
    const months = this.purchases.values.get("month")!;
    this.months = months.length ? monthsBetween(months[0]!, months.at(-1)!) : [];
    this.partial = new Set(page.months.filter((row) => row["is_partial"] === "Yes").map((row) => row["month"]!));
    this.categories = largestFirst(this.purchases.group("category"));
    this.payments = largestFirst(this.purchases.group("payment_method"));
    this.topCities = largestFirst(this.purchases.group("top_city")).filter((city) => city !== "");
  }

  get purchases(): Cube {
    return this.cubes.purchases;
  }

  /** The filters that do nothing to a cube. */
  missing(name: CubeName): (keyof Choice)[] {
    return (Object.keys(DIMENSIONS) as (keyof Choice)[]).filter((filter) => !this.cubes[name].values.has(DIMENSIONS[filter]));
  }

  get isEmpty(): boolean {
    return this.months.length === 0;
  }

  isPartial(month: string): boolean {
    return this.partial.has(month);
  }

  select(choice: Choice): Selection {
    return new Selection(this, choice);
  }
}

const largestFirst = (groups: Map<string, Sums>): string[] =>
  [...groups].sort(([a, x], [b, y]) => y.cents - x.cents || a.localeCompare(b)).map(([name]) => name);

/** The purchases that one set of filters leaves. */
export class Selection {
  readonly total: Sums;
  readonly byMonth: Map<string, Sums>;
  readonly months: string[];

  constructor(
    readonly store: Store,
    readonly choice: Choice,
  ) {
    const filters: Filter = new Map(
      [
        ["month", (value: string) => value >= choice.from && value <= choice.to] as const,
        choice.category && (["category", (value: string) => value === choice.category] as const),
        choice.payment && (["payment_method", (value: string) => value === choice.payment] as const),
        choice.discount && (["discount_applied", (value: string) => value === choice.discount] as const),
        ...cityFilter(choice.city),
      ].filter((filter) => filter !== ""),
    );
    for (const cube of Object.values(store.cubes)) cube.choose(filters);
    this.total = store.purchases.total();
    this.byMonth = store.purchases.group("month");
    this.months = store.months.filter((month) => month >= choice.from && month <= choice.to);
  }

  /** Sums by the values of one dimension of the purchases, zeros where there are none. */
  by(dimension: string): (value: string) => Sums {
    const groups = this.store.purchases.group(dimension);
    return (value) => groups.get(value) ?? new Sums();
  }

  /** Sums by two dimensions. */
  byTwo(one: string, other: string): (one: string, other: string) => Sums {
    const groups = this.store.purchases.group(one, other);
    return (first, second) => groups.get(`${first}\t${second}`) ?? new Sums();
  }

  /** Every day of the chosen months that the data covers. */
  get days(): string[] {
    const { overview } = this.store.page;
    const all = daysBetween(`${this.choice.from}-01`, lastDay(this.choice.to));
    return all.filter((day) => day >= overview["first_purchase_date"]! && day <= overview["last_purchase_date"]!);
  }

  month(month: string): Sums {
    return this.byMonth.get(month) ?? new Sums();
  }

  /** Change against the month before; NaN unless both months are whole and have purchases. */
  growth(month: string): number {
    const before = previousMonth(month);
    const [now, then] = [this.byMonth.get(month), this.byMonth.get(before)];
    if (!now || !then || then.cents <= 0 || this.store.isPartial(month) || this.store.isPartial(before)) return NaN;
    return now.cents / then.cents - 1;
  }

  get wholeMonths(): string[] {
    return this.months.filter((month) => !this.store.isPartial(month) && this.byMonth.has(month));
  }
}

function cityFilter(city: string): (readonly [string, (value: string) => boolean])[] {
  const [kind, name] = [city.slice(0, city.indexOf(":")), city.slice(city.indexOf(":") + 1)];
  if (city === "top") return [["top_city", (value) => value !== ""]];
  if (city === "rest") return [["top_city", (value) => value === ""]];
  if (kind === "segment") return [["city_segment", (value) => value === name]];
  if (kind === "city") return [["top_city", (value) => value === name]];
  return [];
}

/** The number in a field of a record; NaN where it is empty. */
export const number = (row: Row | undefined, field: string): number => {
  const text = row?.[field] ?? "";
  return text === "" ? NaN : Number(text);
};
