// SPDX-License-Identifier: MIT
// sweep.js - a sweep in the browser: a value over a factor, a line for each of the others, a picture for each level of a
// third, two factors as a grid
//
// All text of the data reaches the page through textContent or setAttribute, never as markup.
'use strict';
(function () {
	const sweep = JSON.parse(document.getElementById('data').textContent).sweep || {};
	const page = document.getElementById('page');
	const { make, draw, known, list } = elements;
	const factors = list(sweep.factors), runs = list(sweep.runs), values = list(sweep.values);
	const WIDTH = 900, HEIGHT = 330, LEFT = 70, RIGHT = 16, TOP = 14, BOTTOM = 40, POINTS_MAX = 5000;

	const colour = i => `var(--s${i % 8})`;
	const short = v => known(v) ? String(+v.toPrecision(4)) : '–';

	function quantile(sorted, q) {
		const at = q * (sorted.length - 1), i = Math.floor(at);
		return sorted.length ? sorted[i] + (at - i) * ((sorted[i + 1] ?? sorted[i]) - sorted[i]) : NaN;
	}

	const level = (run, f) => at(factors[f].levels, at(run.levels, f)) ?? '–';
	function at(array, i) {
		return list(array)[i];
	}

	// Does the level of that factor follow from those of the others?  Then it is zipped with one of them.
	function follows(f, others) {
		const seen = new Map();
		return others.length > 0 && runs.every(run => {
			const key = others.map(i => at(run.levels, i)).join(), own = at(run.levels, f);
			if (!seen.has(key))
				seen.set(key, own);
			return seen.get(key) === own;
		});
	}

	// A line for each combination of the factors that are neither on the axis nor make the facets; the same
	// colours in all facets.
	function linesOf(x, facet) {
		const shown = [x, facet].filter(f => f >= 0), rest = factors.map((f, i) => i).filter(i => !shown.includes(i) && !follows(i, shown));
		const nameOf = run => rest.map(i => level(run, i)).join(', ');
		const first = new Map();
		for (const run of runs)
			if (!first.has(nameOf(run)))
				first.set(nameOf(run), rest.map(i => at(run.levels, i)).join());
		const names = [...first].sort((a, b) => a[1].localeCompare(b[1], undefined, { numeric: true })).map(e => e[0]);
		return { names, nameOf };
	}

	const unitOf = v => v.unit === 'bit/s' ? ['Mbit/s', 1e-6] : [v.unit, 1];
	const page_of = run => typeof run.directory === 'string' ? './' + run.directory.split('/').map(encodeURIComponent).join('/') + '/report.html' : null;
	const numbers = (all, value, by) => all.map(r => (r.readings || {})[value.name]).filter(known).map(v => v * by).sort((a, b) => a - b);

	function axis(svg, top, y) {
		const step = Math.pow(10, Math.floor(Math.log10(top || 1))), each = top / step > 5 ? step : top / step > 2 ? step / 2 : step / 5;
		for (let v = 0; v <= top * 1.0001; v += each) {
			svg.append(draw('line', { x1: LEFT, x2: WIDTH - RIGHT, y1: y(v), y2: y(v), stroke: 'var(--grid)' }),
				draw('text', { x: LEFT - 8, y: y(v) + 4, 'text-anchor': 'end', 'font-size': 12, fill: 'var(--soft)' }, short(v)));
		}
	}

	function plot(value, x, lines, all, title, kind) {
		const [unit, by] = unitOf(value), levels = x >= 0 ? list(factors[x].levels) : ['all'];
		const sorted = numbers(runs, value, by), top = (sorted[sorted.length - 1] || 1) * 1.05;
		const y = v => TOP + (HEIGHT - TOP - BOTTOM) * (1 - v / top), slot = (WIDTH - LEFT - RIGHT) / levels.length;
		const svg = draw('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: '100%', role: 'img', 'aria-label': `${title}; the numbers are in the table` });
		const key = make('span', { class: 'key' });
		axis(svg, top, y);
		levels.forEach((name, l) => svg.append(draw('text', { x: LEFT + slot * (l + 0.5), y: HEIGHT - BOTTOM + 22, 'text-anchor': 'middle', 'font-size': 12, fill: 'var(--ink)' }, name)));
		lines.names.forEach((name, k) => {
			const own = all.filter(run => lines.nameOf(run) === name), width = Math.min(26, slot * 0.7 / lines.names.length), medians = [];
			levels.forEach((_, l) => {
				const here = x >= 0 ? own.filter(r => at(r.levels, x) === l) : own, sorted = numbers(here, value, by);
				const middle = LEFT + slot * (l + 0.5) + (k - (lines.names.length - 1) / 2) * width * 1.25;
				if (!sorted.length)
					return;
				const [low, mid, high] = [0.25, 0.5, 0.75].map(q => quantile(sorted, q));
				medians.push(`${middle},${y(mid)}`);
				svg.append(draw('line', { x1: middle, x2: middle, y1: y(sorted[0]), y2: y(sorted[sorted.length - 1]), stroke: colour(k) }),
					draw('rect', { x: middle - width / 2, y: y(high), width, height: Math.max(y(low) - y(high), 1), fill: colour(k), 'fill-opacity': 0.2, stroke: colour(k) }),
					draw('line', { x1: middle - width / 2, x2: middle + width / 2, y1: y(mid), y2: y(mid), stroke: colour(k), 'stroke-width': 2.5 }));
				for (const run of runs.length <= POINTS_MAX ? here : []) {
					const v = (run.readings || {})[value.name];
					if (!known(v))
						continue;
					const point = draw('circle', { cx: middle, cy: y(v * by), r: 2.5, fill: colour(k), class: 'run' },
						draw('title', {}, `${factors.map((f, i) => level(run, i)).join(', ')}, seed ${run.seed}: ${short(v * by)} ${unit}, ${run.verdict}`));
					svg.append(page_of(run) ? draw('a', { href: page_of(run) }, point) : point);
				}
			});
			if (medians.length > 1)
				svg.append(draw('polyline', { points: medians.join(' '), fill: 'none', stroke: colour(k), 'stroke-dasharray': '4 3' }));
			const swatch = make('i', {});
			swatch.style.background = colour(k);
			if (name)
				key.append(make('span', {}, swatch, ' ' + name));
		});
		return make('figure', { class: kind }, make('figcaption', {}, make('b', {}, title),
			make('span', { class: 'soft' }, `${unit}; boxes: quartiles and median, lines: from least to most, each point a run`), key), svg);
	}

	// One picture, or one for each level of a third factor, all on one scale.
	function plots(value, x, facet) {
		const lines = linesOf(x, facet), title = `${value.name}${x >= 0 ? ' over ' + factors[x].key : ''}`;
		if (facet < 0)
			return [plot(value, x, lines, runs, title, 'wide')];
		return list(factors[facet].levels).map((name, i) =>
			plot(value, x, lines, runs.filter(r => at(r.levels, facet) === i), `${title}, ${factors[facet].key} = ${name}`, null));
	}

	// Medians over two factors; the darker the more.
	function grid(value, a, b) {
		const [unit, by] = unitOf(value), cells = [];
		const rows = list(factors[a].levels).map((name, i) => [name, ...list(factors[b].levels).map((_, j) => {
			const mid = quantile(numbers(runs.filter(r => at(r.levels, a) === i && at(r.levels, b) === j), value, by), 0.5), cell = make('td', { class: 'n' }, short(mid));
			cells.push([cell, mid]);
			return cell;
		})]);
		const most = Math.max(...cells.map(c => known(c[1]) ? c[1] : 0), 1e-12);
		for (const [cell, mid] of cells)
			cell.style.background = known(mid) ? `color-mix(in srgb, var(--accent) ${Math.round(45 * mid / most)}%, transparent)` : '';
		return [make('h2', {}, `${value.name}, median, ${unit}`), make('div', { class: 'scroll', tabindex: 0 }, make('table', { class: 'grid' },
			make('thead', {}, make('tr', {}, make('th', {}, `${factors[a].key} / ${factors[b].key}`), ...list(factors[b].levels).map(l => make('th', { class: 'n', scope: 'col' }, l)))),
			make('tbody', {}, ...rows.map(r => make('tr', {}, make('td', { class: 'name' }, r[0]), ...r.slice(1))))))];
	}

	function choice(label, options, chosen, change, kind) {
		const select = make('select', { 'aria-label': label, class: kind }, ...options.map((o, i) => make('option', { value: i, selected: i === chosen ? '' : null }, o)));
		select.addEventListener('change', () => change(+select.value));
		return make('label', {}, label + ' ', select);
	}

	function show() {
		const shown = make('div', { class: 'charts' }), under = make('div', {});
		const state = { value: Math.max(values.findIndex(v => String(v.name).startsWith('goodput')), 0), x: factors.length ? factors.length - 1 : -1, facet: factors.length > 2 ? 0 : -1 };
		const redraw = () => {
			if (state.facet === state.x) {
				state.facet = -1;
				page.querySelector('select.facet').value = 0;
			}
			shown.replaceChildren(...plots(values[state.value], state.x, state.facet));
			under.replaceChildren(...(factors.length > 1 ? grid(values[state.value], state.x === 0 ? 1 : 0, state.x) : []));
		};
		page.append(make('div', { class: 'bar' }, choice('value', values.map(v => v.name), state.value, v => { state.value = v; redraw(); }),
			factors.length ? choice('over', factors.map(f => f.key), state.x, v => { state.x = v; redraw(); }) : null,
			factors.length > 1 ? choice('a picture for each', ['all runs', ...factors.map(f => f.key)], state.facet + 1, v => { state.facet = v - 1; redraw(); }, 'facet') : null), shown, under);
		redraw();
	}

	page.append(make('div', { class: 'head' }, make('h1', {}, `${sweep.name || ''}: sweep`)),
		make('div', { class: 'facts' }, ...[`${runs.filter(r => r.directory).length} of ${runs.length} runs`,
			...factors.map(f => `${f.key}: ${list(f.levels).join(', ')}`)].map(t => make('span', {}, t))));
	if (known(sweep.run_count) && sweep.run_count > runs.length)
		page.append(make('p', {}, `This page shows the first ${runs.length} of ${sweep.run_count} runs; results.sqlite has all of them, and satbed sweep show counts all.`));
	if (values.length)
		show();
	const failed = runs.filter(r => !r.directory);
	if (failed.length)
		page.append(make('h2', {}, 'Came to nothing'), make('ul', { class: 'reasons' }, ...failed.map(r =>
			make('li', {}, `${factors.map((f, i) => level(r, i)).join(', ')}, seed ${r.seed}: ${r.why || ''}`))));
	window.satbed = { ready: true };
})();
