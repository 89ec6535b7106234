// A past day in the admin: its top hashtags in the board's chart.

import { RankingChart } from "../board/ranking_chart.js";

const data = document.getElementById("chart-data");
if (data) new RankingChart(document.getElementById("chart")).show(JSON.parse(data.textContent));
