// <div class="chart" data-chart="id of a JSON script">: a bar or line chart in the portal's colours.
// The JSON: {kind: "bar" | "line", labels: [...], series: [{name, values: [...]}], unit}. The table below it says the same.
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([BarChart, LineChart, AriaComponent, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

function options({ kind, labels, series, unit }) {
  const axis = { axisLine: { lineStyle: { color: token("line") } }, axisLabel: { color: token("muted") }, axisTick: { show: false } };
  return {
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    animationDuration: 150,
    aria: { enabled: true },
    color: [token("brand"), token("link"), token("wait")],
    textStyle: { fontFamily: token("fonts"), color: token("ink") },
    grid: { left: 8, right: 8, top: series.length > 1 ? 56 : 36, bottom: 8, containLabel: true },
    legend: { show: series.length > 1, top: 0, left: 0, textStyle: { color: token("muted") } },
    tooltip: { trigger: "axis", renderMode: "richText", valueFormatter: (value) => `${value.toLocaleString()} ${unit}` },
    xAxis: { type: "category", data: labels, ...axis },
    yAxis: { type: "value", name: unit, ...axis, splitLine: { lineStyle: { color: token("line") } }, nameTextStyle: { color: token("muted") } },
    series: series.map(({ name, values }) => ({ type: kind, name, data: values, barMaxWidth: 32, showSymbol: false })),
  };
}

for (const element of document.querySelectorAll("[data-chart]")) {
  const data = JSON.parse(document.getElementById(element.dataset.chart).textContent);
  const chart = init(element, null, { renderer: "svg" });
  const draw = () => chart.setOption(options(data), true);
  draw();
  new ResizeObserver(() => chart.resize()).observe(element);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}
