// The board: wires the connection to chart, table, facts, signal, picker and addresses.

import { keepInAddresses, queryOf } from "./addresses.js";
import { Connection } from "./connection.js";
import { showRankingFacts, showStatus } from "./facts.js";
import { Freshness } from "./freshness.js";
import { LanguagePicker } from "./language_picker.js";
import { RankingChart } from "./ranking_chart.js";
import { showInTable } from "./ranking_table.js";
import { Signal } from "./signal.js";

const firstPaint = JSON.parse(document.getElementById("first-paint").textContent);
const rows = document.getElementById("rows");
const board = document.getElementById("board");
const signal = new Signal(board, document.getElementById("connection-text"));
const freshness = new Freshness(document.getElementById("age"));
const picker = new LanguagePicker(document.getElementById("picker"), () => {
  keepInAddresses(choice());
  connection.send(choice());
});
let chart = null;
let redis = true;

function show(ranking) {
  showRankingFacts(ranking);
  chart ??= new RankingChart(document.getElementById("chart"));
  chart.show(ranking);
  showInTable(rows, ranking);
  freshness.touch();
}

function take(message) {
  if (!message.status) {
    show(message);
    return;
  }
  redis = message.status.redis;
  signal.show(redis ? "live" : "cut-off");
  showStatus(message.status);
}

function choice() {
  return { languages: picker.codes, window: board.dataset.window };
}

function address() {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  return `${scheme}://${location.host}/ws/board/${queryOf(choice())}`;
}

const connection = new Connection(address, take, (state) => signal.show(state === "live" && !redis ? "cut-off" : state));

if (firstPaint.ranking) show(firstPaint.ranking);
connection.open();
