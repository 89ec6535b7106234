// The networks of the board, where several run: the state of each that is shown. One that is away greys itself only.
// `trendsite/board/networks.py` and `trendsite/queries/board_status.py` compute the same for the first paint.

import { formatList, gettext, ngettext, translated } from "../site/translation.js";
import { Staleness } from "./staleness.js";

/** The status over the chosen networks alone, over all if none is chosen or none of them runs. */
export function narrowed(status, chosen) {
  const networks = status.networks.filter(({ name }) => chosen.includes(name));
  if (networks.length === 0 || networks.length === status.networks.length) return status;
  const posts = total(networks, "posts");
  const droppedBy = addedUp(networks.map((network) => network.dropped_by));
  return {
    ...status,
    source: networks.map(({ title }) => title).join(", "),
    clock: networks.map(({ clock }) => clock).filter(Boolean).sort().at(-1) ?? null,
    waiting_for: status.redis ? waitingFor(networks) : status.waiting_for,
    has_ended: networks.every(({ state }) => state === "ended"),
    posts_per_second: total(networks, "posts_per_second"),
    tagged_per_second: total(networks, "tagged_per_second"),
    tagged_share: posts ? total(networks, "tagged") / posts : null,
    dropped: posts === null ? null : Object.values(droppedBy).reduce((sum, one) => sum + one, 0),
    late: total(networks, "late"),
    dropped_by: droppedBy,
  };
}

function waitingFor(networks) {
  if (networks.some((network) => !network.waiting_for)) return "";
  return networks.length === 1 ? networks[0].waiting_for : networks.map(({ title, waiting_for: reason }) => `${title}: ${reason}`).join(" ");
}

/** The sum of the known numbers, null if none is known. */
function total(networks, name) {
  const known = networks.map((network) => network[name]).filter((number) => number !== null);
  return known.length > 0 ? known.reduce((sum, number) => sum + number, 0) : null;
}

function addedUp(ofNetworks) {
  const sums = {};
  for (const counts of ofNetworks) for (const [reason, posts] of Object.entries(counts)) sums[reason] = (sums[reason] ?? 0) + posts;
  return sums;
}

/** That chosen networks do not run here, in words; empty if all do. */
export function missingInWords(status, chosen) {
  const { running } = status;
  const missing = running.length > 0 ? chosen.filter((name) => !running.includes(name)).map(titleOf) : [];
  return missing.length > 0
    ? ngettext("{networks} does not run here.", "{networks} do not run here.", missing.length, { networks: formatList(missing) })
    : "";
}

/** A network is called like its name, which begins with a capital letter. */
export function titleOf(name) {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

export class Networks {
  #section;
  #list;
  #staleness = new Map();
  #shown = [];

  /** Shows networks in `section`. */
  constructor(section) {
    this.#section = section;
    this.#list = section.querySelector("ul");
  }

  /** The running networks in order, `{ name, title, isAway }`; empty if only one source runs. */
  get shown() {
    return this.#shown;
  }

  /** Takes a status that arrived at `now`. */
  note(status, now) {
    for (const network of status.networks) {
      if (!this.#staleness.has(network.name)) this.#staleness.set(network.name, new Staleness());
      this.#staleness.get(network.name).note({ ...network, at: status.at, is_timely: status.is_timely, has_ended: network.state === "ended" }, now);
    }
    this.#shown = status.networks.map(({ name, title, words, waiting_for: reason }) => ({ name, title, words, isWaiting: reason !== "", isAway: false }));
  }

  /** Shows the state of each at `now`, and which are `chosen` (all if empty). Returns whether one went or came back. */
  show(now, chosen) {
    const before = this.#list.dataset.away;
    for (const network of this.#shown) {
      const behind = this.#staleness.get(network.name).reason(now);
      network.isAway = network.isWaiting || behind !== "";
      this.#fill(network, network.isWaiting || !behind ? translated(network.words) : gettext("behind"), chosen.length === 0 || chosen.includes(network.name));
    }
    for (const item of [...this.#list.children]) if (!this.#shown.some(({ name }) => name === item.dataset.network)) item.remove();
    this.#section.hidden = this.#shown.length === 0;
    this.#list.dataset.away = this.#shown.filter(({ isAway }) => isAway).map(({ name }) => name).join();
    return before !== undefined && before !== this.#list.dataset.away;
  }

  #fill({ name, title, isAway }, words, isChosen) {
    const item = this.#item(name);
    item.classList.toggle("away", isAway);
    item.hidden = !isChosen;
    write(item.querySelector(".title"), title);
    write(item.querySelector(".state"), words);
  }

  #item(name) {
    const known = this.#list.querySelector(`[data-network="${CSS.escape(name)}"]`);
    if (known) return known;
    const look = `look-${this.#shown.findIndex((network) => network.name === name)}`;
    const item = element("li");
    item.dataset.network = name;
    item.append(element("span", { className: `look ${look}`, ariaHidden: "true" }));
    item.append(element("span", { className: "title" }), element("span", { className: "state", role: "status" }));
    this.#list.append(item);
    return item;
  }
}

function element(name, properties = {}) {
  return Object.assign(document.createElement(name), properties);
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
