// The style sheet of the HTML report.
#pragma once

namespace pgfold::analyze {

inline constexpr char html_style[] = R"css(
:root { color-scheme: light dark; --fg: #1c2128; --quiet: #667080; --bg: #fff; --card: #f6f7f9;
  --line: #dde1e6; --bad: #c2410c; --good: #15803d; --bar: #2563eb; --parent: #9aa4b2; }
@media (prefers-color-scheme: dark) { :root { --fg: #e6e9ee; --quiet: #98a2b0; --bg: #14171c;
  --card: #1d2128; --line: #343b46; --bad: #fb923c; --good: #4ade80; --bar: #60a5fa;
  --parent: #6b7585; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1080px; padding: 24px; background: var(--bg); color: var(--fg);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 24px; margin: 0 0 4px; } h2 { font-size: 19px; margin: 36px 0 10px; }
h3 { font-size: 16px; margin: 18px 0 6px; } .finding h3 { margin-top: 0; }
.quiet { color: var(--quiet); margin: 2px 0; } .bad { color: var(--bad); }
.good { color: var(--good); }
nav { margin: 14px 0; } nav a { margin-right: 16px; color: var(--bar); }
.totals { display: flex; flex-wrap: wrap; gap: 12px; margin: 18px 0; }
.totals div { background: var(--card); border: 1px solid var(--line); border-radius: 8px;
  padding: 10px 16px; min-width: 130px; }
.totals b { display: block; font-size: 21px; }
.finding { background: var(--card); border: 1px solid var(--line); border-radius: 8px;
  padding: 14px 18px; margin: 14px 0; overflow: hidden; }
.tag { display: inline-block; background: var(--bad); color: var(--bg); border-radius: 4px;
  padding: 0 7px; margin-right: 8px; font-size: 13px; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 2px 0 8px;
  font: 13px/1.45 ui-monospace, monospace; }
dl { margin: 8px 0; display: grid; grid-template-columns: 92px 1fr; gap: 0 12px; }
dt { color: var(--quiet); } dd { margin: 0; min-width: 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th { text-align: right; color: var(--quiet); font-weight: normal; white-space: nowrap; }
td { text-align: right; vertical-align: top; white-space: nowrap; }
th, td { padding: 4px 8px; border-bottom: 1px solid var(--line); }
th:last-child, td:last-child { text-align: left; white-space: normal; width: 60%;
  overflow-wrap: anywhere; }
td:last-child { font: 13px/1.45 ui-monospace, monospace; }
.waterfall { width: 100%; height: auto; margin-top: 6px; }
.waterfall .tick { stroke: var(--line); } .waterfall .label { fill: var(--quiet);
  font: 10px system-ui, sans-serif; }
.waterfall .parent { fill: var(--parent); } .waterfall .lookup { fill: var(--bar); }
.note { border-left: 3px solid var(--bad); padding: 6px 12px; margin: 12px 0;
  background: var(--card); }
)css";

}  // namespace pgfold::analyze
