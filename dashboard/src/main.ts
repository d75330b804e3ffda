// The page: five dashboards over one selection. It works from a file, without a network.

import { CardView, tileView, type Tab } from "./card";
import { number, SEGMENTS, Store, type Choice, type PageData } from "./data";
import { byId, element } from "./dom";
import { count, dayName, momentName, monthName } from "./format";
import { cities } from "./tabs/cities";
import { discounts } from "./tabs/discounts";
import { loyalty } from "./tabs/loyalty";
import { payments } from "./tabs/payments";
import { revenue } from "./tabs/revenue";
import { readTheme, type Theme } from "./theme";

const TABS: readonly Tab[] = [revenue, loyalty, discounts, payments, cities];

interface TabView {
  tab: Tab;
  button: HTMLButtonElement;
  panel: HTMLElement;
  headline: HTMLElement;
  aside: HTMLElement;
  tiles: HTMLElement;
  cards: CardView[];
}

class Page {
  private readonly everything: Choice;
  private choice: Choice;
  private readonly views: TabView[];
  private current: TabView;
  private theme: Theme = readTheme();
  private readonly controls: Record<keyof Choice, HTMLSelectElement>;

  constructor(private readonly store: Store) {
    this.everything = {
      from: store.months[0] ?? "", to: store.months.at(-1) ?? "", category: "", city: "", payment: "", discount: "",
    };
    this.choice = { ...this.everything };
    this.controls = {
      from: byId("from"), to: byId("to"), category: byId("category"),
      city: byId("city"), payment: byId("payment"), discount: byId("discount"),
    };
    this.fillControls();
    this.views = TABS.map((tab) => this.tabView(tab));
    byId("tabs").append(...this.views.map((view) => view.button));
    byId("panels").append(...this.views.map((view) => view.panel));
    this.current = this.views.find(({ tab }) => `#${tab.id}` === location.hash) ?? this.views[0]!;
    this.listen();
    this.open(this.current);
    setTimeout(() => this.warmUp(), 100);
  }

  private tabView(tab: Tab): TabView {
    const button = element(
      "button",
      { type: "button", role: "tab", id: `tab-${tab.id}`, "aria-controls": `panel-${tab.id}`, "aria-selected": "false", tabindex: "-1" },
      tab.name,
    );
    const headline = element("h2");
    const aside = element("p", { class: "aside" });
    const tiles = element("dl", { class: "tiles" });
    const cards = tab.cards.map((card) => new CardView(card, (choice) => this.active(choice)));
    const panel = element(
      "div",
      { role: "tabpanel", id: `panel-${tab.id}`, "aria-labelledby": `tab-${tab.id}`, tabindex: "0", hidden: "" },
      element("div", { class: "finding", "aria-live": "polite" }, headline, aside),
      tiles,
      element("div", { class: "cards" }, ...cards.map((card) => card.root)),
    );
    button.addEventListener("click", () => this.open(view));
    const view = { tab, button, panel, headline, aside, tiles, cards };
    return view;
  }

  /** The filters that restrict something. */
  private active(choice: Choice): (keyof Choice)[] {
    return (Object.keys(choice) as (keyof Choice)[]).filter((name) => choice[name] !== this.everything[name]);
  }

  private open(view: TabView): void {
    for (const other of this.views) {
      const chosen = other === view;
      other.button.setAttribute("aria-selected", String(chosen));
      other.button.tabIndex = chosen ? 0 : -1;
      other.panel.hidden = !chosen;
    }
    this.current = view;
    view.button.scrollIntoView({ block: "nearest", inline: "nearest" });
    this.show();
  }

  private show(): void {
    const { tab, headline, aside, tiles, cards } = this.current;
    const selection = this.store.select(this.choice);
    const none = selection.total.orders === 0;
    headline.textContent = none ? "No purchases match these filters" : tab.headline(selection);
    aside.textContent = none ? "Widen the months or reset the filters." : tab.aside(selection);
    tiles.replaceChildren(...(none ? [] : tab.tiles(selection)).map(tileView));
    for (const card of cards) card.choose(selection);
    CardView.draw(cards, this.theme);
    const active = this.active(this.choice);
    byId<HTMLButtonElement>("reset").disabled = active.length === 0;
    byId("chosen").textContent = active.length ? this.describe() : "All purchases";
  }

  /** Draw once more while nobody waits: a browser compiles what it has run before, and the first filter is no slower. */
  private warmUp(): void {
    const { cards } = this.current;
    for (const card of cards) card.forget();
    CardView.draw(cards, this.theme);
  }

  /** The filters in words, for the eye, for the printed page and for who cannot see the controls. */
  private describe(): string {
    const { from, to } = this.choice;
    const months = from === this.everything.from && to === this.everything.to ? "" : from === to ? monthName(from) : `${monthName(from)} to ${monthName(to)}`;
    const named = (["category", "city", "payment", "discount"] as const)
      .filter((name) => this.choice[name])
      .map((name) => this.controls[name].selectedOptions[0]!.label);
    return [months, ...named].filter((text) => text !== "").join(" · ");
  }

  private fillControls(): void {
    const { store, controls } = this;
    const option = (value: string, label = value): HTMLOptionElement => element("option", { value }, label);
    const months = store.months.map((month) => option(month, monthName(month)));
    controls.from.append(...months.map((each) => each.cloneNode(true)));
    controls.to.append(...months);
    controls.category.append(option("", "All"), ...store.categories.toSorted().map((name) => option(name)));
    controls.payment.append(option("", "All"), ...store.payments.toSorted().map((name) => option(name)));
    const words: Record<string, string> = { Yes: "With discount", No: "Without discount", Unknown: "Not known" };
    controls.discount.append(
      option("", "All"),
      ...["Yes", "No", "Unknown"]
        .filter((flag) => store.purchases.values.get("discount_applied")!.includes(flag))
        .map((flag) => option(flag, words[flag])),
    );
    const segments = store.purchases.values.get("city_segment")!;
    const group = (label: string, options: HTMLOptionElement[]): HTMLOptGroupElement => element("optgroup", { label }, ...options);
    controls.city.append(
      option("", "All"),
      group("By segment", SEGMENTS.filter((name) => segments.includes(name)).map((name) => option(`segment:${name}`, name))),
      group("By size", [
        option("top", `The ${count(store.topCities.length)} largest`),
        ...(store.purchases.values.get("top_city")!.includes("") ? [option("rest", "All the others")] : []),
      ]),
      group("One of the largest", store.topCities.map((name) => option(`city:${name}`, name))),
    );
    this.writeControls();
  }

  private writeControls(): void {
    for (const name of Object.keys(this.controls) as (keyof Choice)[]) this.controls[name].value = this.choice[name];
  }

  private listen(): void {
    for (const name of Object.keys(this.controls) as (keyof Choice)[]) {
      this.controls[name].addEventListener("change", () => {
        this.choice = { ...this.choice, [name]: this.controls[name].value };
        // The other end follows, so that the months always make a range.
        if (this.choice.from > this.choice.to) {
          this.choice[name === "from" ? "to" : "from"] = this.choice[name];
          this.writeControls();
        }
        this.show();
      });
    }
    byId("reset").addEventListener("click", () => {
      this.choice = { ...this.everything };
      this.writeControls();
      this.show();
      this.controls.from.focus();
    });
    byId("tabs").addEventListener("keydown", (event) => {
      const at = this.views.indexOf(this.current);
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: this.views.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      this.goTo(this.views.at(to % this.views.length)!);
      this.current.button.focus();
    });
    addEventListener("hashchange", () => {
      const view = this.views.find(({ tab }) => `#${tab.id}` === location.hash);
      if (view && view !== this.current) this.open(view);
    });
    for (const view of this.views) view.button.addEventListener("click", () => this.goTo(view));

    // Colours and the size of type change with the theme and the window only.
    const redraw = (atOnce = false): void => {
      this.theme = readTheme();
      CardView.draw(this.current.cards, this.theme, atOnce);
    };
    let waiting = 0;
    new ResizeObserver(() => {
      cancelAnimationFrame(waiting);
      waiting = requestAnimationFrame(() => redraw());
    }).observe(byId("panels"));

    const dark = matchMedia("(prefers-color-scheme: dark)");
    const toggle = byId<HTMLButtonElement>("theme");
    const root = document.documentElement;
    let wanted: "dark" | "light" | undefined;
    const paint = (): void => {
      const paper = "paper" in root.dataset;
      const theme = wanted ?? (dark.matches ? "dark" : "light");
      toggle.setAttribute("aria-pressed", String(theme === "dark"));
      root.dataset["theme"] = paper ? "light" : theme;
      redraw(paper);
    };
    toggle.addEventListener("click", () => {
      wanted = root.dataset["theme"] === "dark" ? "light" : "dark";
      paint();
    });
    dark.addEventListener("change", paint);
    paint();

    // Paper is white, whatever the screen is, and of its own width.
    addEventListener("beforeprint", () => {
      root.dataset["paper"] = "";
      paint();
    });
    addEventListener("afterprint", () => {
      delete root.dataset["paper"];
      paint();
    });

    // Filters take a row on wide screens and fold away on narrow ones.
    const filters = byId<HTMLDetailsElement>("filters");
    const roomy = matchMedia("(min-width: 60rem)");
    const fold = (): void => void (filters.open = roomy.matches);
    roomy.addEventListener("change", fold);
    fold();
  }

  private goTo(view: TabView): void {
    history.replaceState(null, "", `#${view.tab.id}`);
    if (view !== this.current) this.open(view);
  }
}

function describeData(store: Store): void {
  const { overview, publishedAt, months } = store.page;
  const [first, last] = [overview["first_purchase_date"]!, overview["last_purchase_date"]!];
  byId("coverage").textContent = `${count(number(overview, "orders"))} purchases, ${dayName(first)} to ${dayName(last)}`;
  const left = months.filter((row) => row["month"]! < store.months[0]!).length;
  byId("as-of").textContent =
    `Published ${momentName(publishedAt)}` +
    (left ? ` · filters reach back to ${monthName(store.months[0]!)}` : "");
}

function start(): void {
  const store = new Store(JSON.parse(byId("data").textContent!) as PageData);
  if (store.isEmpty) {
    byId("panels").append(
      element("div", { class: "finding" }, element("h2", {}, "Nothing is loaded yet"), element("p", { class: "aside" }, "Dashboards appear with the first committed load.")),
    );
    for (const id of ["filters", "tabs"]) byId(id).hidden = true;
    byId("as-of").textContent = `Published ${momentName(store.page.publishedAt)}`;
    return;
  }
  describeData(store);
  new Page(store);
}

start();
