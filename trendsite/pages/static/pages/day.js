// A day's page: the ranking as bars, and the scrubber and player that replay the day.

import { RankingChart } from "../board/ranking_chart.js";
import { partsOf } from "../board/shares.js";
import { gettext, ngettext } from "../site/translation.js";
import { keepMoment } from "./moment_links.js";
import { Places } from "./places.js";
import { Player } from "./player.js";
import { clockTime, fetchRace, minuteOf } from "./race.js";
import "./own_colours.js";

const element = (id) => document.getElementById(id);
const { at, hashtagQuery, top: places } = element("rankings").dataset;
const top = Number(places);
const first = JSON.parse(element("first-ranking").textContent);
const networks = JSON.parse(element("network-names").textContent);
const chart = new RankingChart(element("chart"));
const table = new Places(element("rows"), element("rows-in-reserve"), hashtagQuery, networks);
showChart(first);

/** Shows the bars of a ranking, each divided by its networks. */
function showChart(ranking) {
  chart.show({ ...ranking, top: ranking.top.map((place) => ({ ...place, parts: partsOf(place, networks) })) }, top);
}

class Replay {
  #section;
  #scrubber = element("scrubber");
  #race = null;
  #leader = null;
  #player;

  constructor(section) {
    this.#section = section;
    this.#player = new Player(element("play"), element("speed"), {
      step: () => this.#move(this.minute + Number(this.#scrubber.step)),
      rewind: () => (this.#isAtEnd || this.minute < this.#first) && this.#move(this.#first),
      stopped: () => this.#announce(),
    });
    this.#scrubber.addEventListener("input", () => this.#show());
    this.#scrubber.addEventListener("pointerdown", () => this.#player.pause());
    this.#scrubber.addEventListener("keydown", () => this.#player.pause());
    document.addEventListener("click", (event) => this.#follow(event));
    this.#scrubber.hidden = element("controls").hidden = false;
    this.#showClock();
  }

  /** The first minute with a known ranking. */
  get #first() {
    return Number(this.#section.dataset.first);
  }

  get minute() {
    return Number(this.#scrubber.value);
  }

  get #isAtEnd() {
    return this.minute >= Number(this.#scrubber.max);
  }

  /** Goes to the moment of a link within the page, as the link's address would. */
  #follow(event) {
    const link = event.target.closest("a[data-moment]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    this.#player.pause();
    this.#move(link.dataset.moment ? minuteOf(link.dataset.moment) : Number(this.#scrubber.max));
    this.#section.scrollIntoView({ block: "nearest" });
    this.#scrubber.focus({ preventScroll: true });
  }

  /** Goes to a minute. Once its ranking is shown, promises whether the end is further on. */
  async #move(minute) {
    this.#scrubber.value = minute;
    await this.#show();
    return !this.#isAtEnd;
  }

  async #show() {
    this.#showClock();
    keepMoment(this.#isAtEnd ? "" : clockTime(this.minute));
    try {
      this.#race ??= fetchRace(this.#section.dataset.race);
      this.#showRanking(await this.#race);
    } catch {
      this.#race = null; // fetched again at the next move
      this.#player.pause();
      element("note").textContent = gettext("The replay could not be loaded. The site may be away.");
    }
  }

  #showClock() {
    const time = this.#isAtEnd ? this.#section.dataset.endClock : clockTime(this.minute);
    element("clock").textContent = time;
    element("moment").textContent = this.#isAtEnd ? this.#section.dataset.endLabel : gettext("Top hashtags at {time} UTC", { time });
    this.#scrubber.setAttribute("aria-valuetext", `${time} UTC`);
  }

  #showRanking(race) {
    // Today's ranking is newer than the last frame of its race.
    const ranking = this.#isAtEnd && at === "" ? first : race.at(this.minute, top);
    showChart(ranking);
    table.show(ranking.top);
    element("posts").textContent = ranking.posts === null ? "–" : ngettext("{count} post", "{count} posts", ranking.posts);
    element("none").hidden = ranking.top.length > 0;
    this.#leader = ranking.top[0]
      ? gettext("first is #{hashtag}", { hashtag: ranking.top[0].hashtag })
      : gettext("no known ranking");
    this.#scrubber.setAttribute("aria-valuetext", `${clockTime(this.minute)} UTC, ${this.#leader}`);
    element("note").textContent = race.noteAt(this.minute);
  }

  /** Announces the moment and the leader to screen readers when playing stops: at each step it would be noise. */
  #announce() {
    const when = this.#isAtEnd ? gettext("The end") : `${clockTime(this.minute)} UTC`;
    element("announcement").textContent = this.#leader ? `${when}: ${this.#leader}` : "";
  }
}

const section = element("replay");
if (section) new Replay(section);
