/** The look of the page. Colours are named by what they mean; both schemes have all of them. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --ink: #1b1f24; --soft: #59636e; --faint: #8b949e; --line: #d8dee4; --grid: #eaeef2;
  --running: #9cc4f5; --desired: #0b57b0; --wanted: #b35900; --write: #0b57b0;
  --good: #1a7f37; --good-soft: #d7f0dd; --bad: #c02b34; --bad-soft: #fbdcde; --warn: #9a6700; --warn-soft: #fbefc8;
  --rolling: #7ccf8f; --wait: #b9c0c9; --change: #6639ba; --change-ink: #ffffff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0e1116; --card: #161b22; --ink: #e6edf3; --soft: #a3adb8; --faint: #7d8590; --line: #30363d; --grid: #21262d;
    --running: #1f4b80; --desired: #79b8ff; --wanted: #f0a04b; --write: #79b8ff;
    --good: #56d364; --good-soft: #12321c; --bad: #ff7b72; --bad-soft: #43181b; --warn: #e3b341; --warn-soft: #3a2d0c;
    --rolling: #2f7d3f; --wait: #4a535d; --change: #b392f0; --change-ink: #14121c;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 28px 20px 60px; }
h1 { font-size: 24px; margin: 0 0 4px; }
h2 { font-size: 18px; margin: 0; overflow-wrap: anywhere; }
h3 { font-size: 14px; margin: 18px 0 2px; overflow-wrap: anywhere; }
p { margin: 2px 0; }
.soft { color: var(--soft); }
.tiles { display: flex; flex-wrap: wrap; gap: 12px; margin: 18px 0 8px; padding: 0; list-style: none; }
.tiles li { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 8px 16px; min-width: 108px; }
.tiles b { display: block; font-size: 22px; font-variant-numeric: tabular-nums; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 10px 0 4px; padding: 0; list-style: none; color: var(--soft); font-size: 13px; }
.legend .cut { stroke: var(--faint); }
.legend svg { vertical-align: -3px; margin-right: 6px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 16px 20px 18px; margin: 18px 0; }
.head { display: flex; flex-wrap: wrap; align-items: baseline; gap: 10px; }
.badge { border-radius: 999px; padding: 1px 10px; font-size: 13px; font-weight: 600; white-space: nowrap; }
.badge.good { background: var(--good-soft); color: var(--good); }
.badge.bad { background: var(--bad-soft); color: var(--bad); }
.badge.warn { background: var(--warn-soft); color: var(--warn); }
.chart { display: block; width: 100%; height: auto; margin-top: 2px; overflow: visible; }
.chart text, .legend text { font: 11px system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif; fill: var(--soft); }
.chart .time { fill: var(--faint); text-anchor: middle; }
.chart .quiet { fill: var(--faint); text-anchor: middle; font-style: italic; font-size: 10px; }
.chart .name { font-size: 12px; fill: var(--ink); }
.chart .count { font-variant-numeric: tabular-nums; }
.chart .grid { stroke: var(--grid); stroke-width: 1; }
.chart .base { stroke: var(--line); stroke-width: 1; }
.chart .asked { fill: var(--wanted); font-variant-numeric: tabular-nums; }
.cut { fill: var(--page); stroke: var(--line); stroke-width: 1; stroke-dasharray: 2 2; }
.running { fill: var(--running); }
.desired { fill: none; stroke: var(--desired); stroke-width: 1.6; }
.wanted { fill: none; stroke: var(--wanted); stroke-width: 1.6; stroke-dasharray: 5 3; }
.rollout { fill: var(--rolling); }
.rollout.failed { fill: var(--bad); }
.rollout.replaced { fill: var(--wait); }
.rollout.open { fill: var(--warn); }
.wait { fill: var(--wait); }
.problem { fill: var(--bad-soft); stroke: var(--bad); stroke-width: 1; }
.chart .problem-text { fill: var(--bad); }
.change { fill: var(--change); }
.chart .change-line { stroke: var(--change); stroke-width: 1; stroke-dasharray: 1 3; }
.chart .change-text { fill: var(--change-ink); font-size: 10px; font-weight: 700; text-anchor: middle; }
.write { fill: var(--write); }
.failure { fill: var(--bad); }
table { border-collapse: collapse; width: 100%; margin-top: 8px; font-size: 14px; }
th, td { text-align: left; vertical-align: top; padding: 5px 10px 5px 0; border-top: 1px solid var(--grid); }
th { color: var(--soft); font-weight: 600; font-size: 12px; border-top: 0; }
td.number { font-variant-numeric: tabular-nums; white-space: nowrap; }
td ul { margin: 0; padding: 0; list-style: none; }
td li { display: flex; gap: 6px; overflow-wrap: anywhere; }
td li span:last-child { min-width: 0; }
.steps th:nth-child(1) { width: 46px; } .steps th:nth-child(2) { width: 92px; }
.steps th:nth-child(4) { width: 104px; } .steps th:nth-child(5) { width: 76px; }
.step { display: inline-block; min-width: 20px; border-radius: 10px; padding: 0 6px; text-align: center; background: var(--change); color: var(--change-ink); font-size: 12px; font-weight: 700; }
.kind { flex: 0 0 56px; color: var(--faint); font-size: 12px; }
.kind.bad { color: var(--bad); }
.kind.good { color: var(--good); }
pre { overflow-x: auto; background: var(--page); border: 1px solid var(--line); border-radius: 6px; padding: 10px 12px; font: 12.5px/1.45 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; }
.plus { color: var(--good); } .minus { color: var(--bad); }
details { margin-top: 14px; } summary { cursor: pointer; color: var(--soft); font-size: 14px; }
ul.plain { margin: 8px 0 0; padding-left: 18px; }
nav ol { columns: 2; margin: 10px 0 0; padding-left: 22px; font-size: 14px; } nav a { color: inherit; }
@media (max-width: 720px) { nav ol { columns: 1; } .card { padding: 12px; } }
@media print { .card { break-inside: avoid; } }
`;
