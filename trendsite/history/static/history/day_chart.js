// A past day in the admin: its top hashtags in the board's chart.

import { RankingChart } from "../board/ranking_chart.js";

const drawn = document.getElementById("drawn");
if (drawn) new RankingChart(document.getElementById("chart")).show(JSON.parse(drawn.textContent));
