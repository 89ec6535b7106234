// A day's page: the ranking as bars, and the scrubber and player that replay how it came about.

import { withAmounts } from "../board/amount.js";
import { RankingChart } from "../board/ranking_chart.js";
import { keepMoment } from "./moment_links.js";
import { showPlaces } from "./places.js";
import { Player } from "./player.js";
import { clockTime, fetchRace } from "./race.js";
import "./own_colours.js";

const number = new Intl.NumberFormat("en");
const element = (id) => document.getElementById(id);
const { at, hashtagQuery, top: places } = element("rankings").dataset;
const top = Number(places);
const first = JSON.parse(element("first-ranking").textContent);
const chart = new RankingChart(element("chart"));
chart.show(withAmounts(first), top);

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
      rewind: () => this.#isAtEnd && this.#move(0),
      stopped: () => this.#tell(),
    });
    this.#scrubber.addEventListener("input", () => this.#show());
    this.#scrubber.addEventListener("pointerdown", () => this.#player.pause());
    this.#scrubber.addEventListener("keydown", () => this.#player.pause());
    this.#scrubber.hidden = element("controls").hidden = false;
    this.#showClock();
  }

  get minute() {
    return Number(this.#scrubber.value);
  }

  get #isAtEnd() {
    return this.minute >= Number(this.#scrubber.max);
  }

  #move(minute) {
    this.#scrubber.value = minute;
    this.#show();
    return !this.#isAtEnd;
  }

  async #show() {
    this.#showClock();
    keepMoment(this.#isAtEnd ? "" : clockTime(this.minute));
    try {
      this.#race ??= fetchRace(this.#section.dataset.race);
      this.#showRanking(await this.#race);
    } catch {
      this.#race = null; // asked for again at the next move
      element("note").textContent = "The race of this day could not be loaded. Is the site away?";
    }
  }

  #showClock() {
    const time = this.#isAtEnd ? this.#section.dataset.endClock : clockTime(this.minute);
    element("clock").textContent = time;
    element("moment").textContent = this.#isAtEnd ? this.#section.dataset.endSaid : `at ${time}`;
    this.#scrubber.setAttribute("aria-valuetext", `${time} UTC`);
  }

  #showRanking(race) {
    // How today stands is newer than the last frame of its race.
    const ranking = this.#isAtEnd && at === "" ? first : race.at(this.minute, top);
    const gap = race.gapAround(this.minute);
    chart.show(withAmounts(ranking), top);
    showPlaces(element("rows"), ranking.top, hashtagQuery);
    element("posts").textContent = number.format(ranking.posts);
    element("none").hidden = ranking.top.length > 0;
    this.#leader = ranking.top[0] ? `first is #${ranking.top[0].hashtag}` : "no hashtag yet";
    this.#scrubber.setAttribute("aria-valuetext", `${clockTime(this.minute)} UTC, ${this.#leader}`);
    element("note").textContent = gap ? `No posts came from ${gap[0]} to ${gap[1]}: this is how it stood before.` : "";
  }

  /** Says the moment and who leads, once it plays no more: at each step it would be noise. */
  #tell() {
    const when = this.#isAtEnd ? "The end" : `${clockTime(this.minute)} UTC`;
    element("told").textContent = this.#leader ? `${when}: ${this.#leader}` : "";
  }
}

const section = element("replay");
if (section) new Replay(section);
