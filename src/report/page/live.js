// SPDX-License-Identifier: MIT
// live.js - what goes on now in the browser: charts that grow, the links' state, buttons where a testbed stays
//
// The dashboard sends events (src/live/board.c, src/supervisor/testbed_page.c); all text in them reaches the page
// through textContent or setAttribute, never as markup.
'use strict';
(function () {
	const page = document.getElementById('page');
	const ROWS_MAX = 4000, DRAW_MS = 250, WINDOW_S = 300, RESULTS_MAX = 500;
	const live = { charts: [], rows: 0, states: 0, ready: false, connected: false, over: false };
	window.satbed = live;

	let head = {}, run = null, store = null, client = null, drawn = null, source = null;

	// --- elements and words ---

	const { make, known, list, isOf, style, colour } = elements;
	const DIRECTIONS = ['up', 'down'];

	function scaled(v, steps) {
		let i = 0;
		for (; i + 1 < steps.length && Math.abs(v) >= 1000; i++)
			v /= 1000;
		return +v.toPrecision(4) + ' ' + steps[i];
	}

	const rate = v => v === null || v === undefined ? 'unlimited' : v === 0 ? 'stopped' : scaled(v, ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s']);
	const share = v => known(v) ? +(100 * v).toPrecision(3) + ' %' : '–';
	const time = s => !known(s) ? '' : s < 90 ? Math.round(s) + ' s' : s < 5400 ? Math.round(s / 60) + ' min' : (s / 3600).toFixed(1) + ' h';

	function table(columns, rows) {
		const cell = (tag, c, i) => make(tag, { class: columns[i].startsWith('>') ? 'n' : i === 0 && tag === 'td' ? 'name' : null, scope: tag === 'th' ? 'col' : null }, c);
		return make('div', { class: 'scroll', tabindex: 0 }, make('table', {},
			make('thead', {}, make('tr', {}, ...columns.map((h, i) => cell('th', h.replace(/^>/, ''), i)))),
			make('tbody', {}, ...rows.map(r => make('tr', {}, ...r.map((c, i) => cell('td', c, i)))))));
	}

	// --- what was measured until now ---

	// Totals by time: t, an array of values per flow, and the state of each direction of each link.
	function newStore() {
		return { t: [], flows: list(run.flows).map(() => []), links: list(run.links).flatMap(() => [[], []]) };
	}

	function addRow(row) {
		const [t, flows, links] = list(row), last = store.t.length - 1;
		if (!known(t) || t <= store.t[last])
			return;
		store.t.push(t);
		store.flows.forEach((f, i) => f.push(list(list(flows)[i])));
		// What is not said is as it was.
		store.links.forEach(l => l.push(last >= 0 ? l[last] : []));
		for (const [i, ...values] of list(links))
			if (store.links[i])
				store.links[i][last + 1] = values;
		if (store.t.length > ROWS_MAX) {
			const odd = (_, i) => i % 2;
			store.t = store.t.filter(odd);
			store.flows = store.flows.map(f => f.filter(odd));
			store.links = store.links.map(l => l.filter(odd));
		}
		live.rows = store.t.length;
	}

	// The difference to the row before, by second; what went backwards was begun anew.
	function perSecond(values, i, k) {
		if (!i || !known(list(values[i])[k]) || !known(list(values[i - 1])[k]))
			return null;
		return Math.max(values[i][k] - values[i - 1][k], 0) / (store.t[i] - store.t[i - 1]);
	}

	const linkAt = name => list(run.links).indexOf(name);
	const plain = v => known(v) ? v : null;

	// A series' value is asked for row by row: the store may have become another one meanwhile.
	function flowCharts() {
		const mine = list(run.flows).map((f, i) => ({ f, i })).filter(({ f }) => isOf(client, f.client));
		const own = mine.filter(({ f }) => !f.by_link);
		const each = (flows, value) => flows.map(({ f, i }, k) => ({ name: `${f.name} ${f.direction}`, colour: k, value: row => value(store.flows[i], row) }));
		const per = (k, by) => (values, row) => { const v = perSecond(values, row, k); return v === null ? null : v * by; };
		return [
			{ title: 'Goodput', wide: true, unit: own.length < mine.length ? 'Mbit/s of payload; of programs: of their link' : 'Mbit/s of payload', series: each(mine, per(0, 8e-6)) },
			{ title: 'Round-trip time', unit: 'ms, by TCP_INFO', series: each(own.filter(({ f }) => f.transport !== 'udp'), (values, row) => plain(values[row][1])) },
			{ title: 'Retransmitted and lost', unit: 'segments and datagrams per second', series: each(own, (values, row) => {
				const [a, b] = [2, 3].map(k => perSecond(values, row, k));
				return a === null ? b : a + (b || 0);
			}) },
		];
	}

	function linkCharts() {
		const at = linkAt(client), of = (k, by) => DIRECTIONS.map((dir, d) => ({ name: dir, colour: 1 - d, value: row => {
			const v = list(store.links[2 * at + d][row])[k];
			return known(v) ? v * by : null;
		} }));
		const counted = (dir, d) => ({ title: 'Packets, ' + dir, unit: 'per second', series: list(run.counters).map((name, k) => ({ name: name.replace('_', ' '), colour: ['--asked', 1 - d, '--invalid', 3, 6][k] ?? k, value: row => perSecond(store.links[2 * at + d], row, 5 + k) })) });
		return at < 0 ? [] : [
			...(run.counters ? [counted('down', 1), counted('up', 0)] : []),
			{ title: 'Delay of the link', unit: 'ms one way, configured', series: of(0, 1) },
			{ title: 'Rate of the link', unit: 'Mbit/s, configured', series: of(1, 1e-6) },
		];
	}

	// --- charts ---

	// Its own legend is never shown, and would ask for inline styles, which the page does not allow.
	Dygraph.PLUGINS = Dygraph.PLUGINS.filter(p => p !== Dygraph.Plugins.Legend);

	function rowsOf(chart) {
		return store.t.map((t, i) => [t, ...chart.series.map(s => s.value(i))]);
	}

	function range() {
		const last = store.t[store.t.length - 1] || 0;
		return run.duration_s > 0 ? [0, Math.max(run.duration_s, last)] : [Math.max(last - WINDOW_S, 0), Math.max(last, 30)];
	}

	function shade(ctx, area, g) {
		const at = linkAt(client);
		if (at < 0)
			return;
		ctx.fillStyle = style('--shade');
		for (let i = 0; i + 1 < store.t.length; i++)
			if (DIRECTIONS.some((_, d) => list(store.links[2 * at + d][i])[3])) {
				const left = g.toDomXCoord(store.t[i]);
				ctx.fillRect(left, area.y, Math.max(g.toDomXCoord(store.t[i + 1]) - left, 1.5), area.h);
			}
	}

	function addChart(box, chart) {
		if (!chart.series.length)
			return;
		const plot = make('div', { class: 'plot' }), key = make('span', { class: 'key' }, ...chart.series.map(s => {
			const swatch = make('i');
			swatch.style.background = colour(s.colour);
			return make('span', {}, swatch, ' ' + s.name);
		}));
		box.append(make('figure', { class: chart.wide ? 'wide' : null, role: 'group', 'aria-label': chart.title + ' over time' },
			make('figcaption', {}, make('b', {}, chart.title), make('span', { class: 'soft' }, chart.unit), key), plot));
		chart.plot = plot;
		live.charts.push(chart);
	}

	function draw() {
		drawn = null;
		// Without a row there is nothing to draw, and out of sight nobody looks.
		if (document.hidden || !store || !store.t.length)
			return;
		for (const chart of live.charts) {
			if (chart.graph) {
				chart.graph.updateOptions({ file: rowsOf(chart), dateWindow: range() });
				continue;
			}
			chart.graph = new Dygraph(chart.plot, rowsOf(chart), {
				labels: ['t', ...chart.series.map((_, i) => 's' + i)], colors: chart.series.map(s => colour(s.colour)),
				legend: 'never', includeZero: true, connectSeparatedPoints: false, strokeWidth: 1.6, dateWindow: range(),
				gridLineColor: style('--grid'), axisLineColor: style('--line'), xAxisHeight: 24, labelsKMB: false, highlightCircleSize: 3,
				interactionModel: {}, underlayCallback: shade,
				axes: {
					x: { axisLabelFormatter: v => +v.toFixed(3) + ' s', pixelsPerLabel: 70, axisLabelFontSize: 12 },
					y: { axisLabelWidth: 52, pixelsPerLabel: 32, axisLabelFontSize: 12, axisLabelFormatter: v => String(+v.toFixed(4)) },
				},
			});
		}
		live.ready = true;
		drawState();
	}

	function drawSoon() {
		drawn = drawn || setTimeout(draw, DRAW_MS);
	}

	// --- the page around them ---

	function drawState() {
		const last = store.t.length - 1;
		head.state.replaceChildren(...(last < 0 ? [] : [table(['link', '>delay', '>loss', '>rate', ''], list(run.links).flatMap((name, i) => DIRECTIONS.map((dir, d) => {
			const [delay, bps, loss, outage, by_hand] = list(store.links[2 * i + d][last]);
			return [`${name} ${dir}`, known(delay) ? +delay.toFixed(3) + ' ms' : '–', share(loss), rate(bps),
				make('span', {}, outage ? make('b', { class: 'INVALID' }, 'OUTAGE ') : '', by_hand ? 'set by hand' : '')];
		})))]));
	}

	function drawProgress() {
		const t = store && store.t.length ? store.t[store.t.length - 1] : 0;
		const facts = [
			...list(run.facts), run.timeline && run.timeline !== 'none' && `timeline ${run.timeline}`,
			run.kind === 'many' && `${run.done} of ${run.total} runs done`, run.failed > 0 && `${run.failed} came to nothing`,
			run.number && run.total > 1 && `run ${run.number} of ${run.total}`, run.label,
			run.running && run.duration_s > 0 && `${t.toFixed(1)} of ${+run.duration_s.toFixed(1)} s`,
			known(run.left_s) && run.left_s > 0 && `about ${time(run.left_s)} left`, known(run.speed) && `${run.speed.toFixed(1)} times real time`,
		];
		head.facts.replaceChildren(...facts.filter(Boolean).map(f => make('span', {}, f)));
		head.word.textContent = live.over ? 'over' : !live.connected ? 'connection lost' : run.kind === 'up' ? 'up' : run.running ? 'running' : run.phase || 'waiting';
		head.word.className = 'chip ' + (live.over ? '' : !live.connected ? 'INVALID' : run.running ? 'PASS' : 'WARN');
		const part = run.duration_s > 0 ? Math.min(t / run.duration_s, 1) : 0;
		head.bar.value = run.total > 0 ? ((run.kind === 'many' ? run.done : run.number - 1) + part) / run.total : 0;
		head.bar.hidden = !run.total;
	}

	function drawResults() {
		const results = list(run.results);
		head.results.replaceChildren(...(results.length ? [make('h2', {}, 'Runs done'), table(['run', '>round', '>goodput', 'verdict', ''], [...results].reverse().map(r => [
			r.label, String(r.round ?? ''), known(r.goodput_bps) ? rate(r.goodput_bps) : '–',
			make('span', { class: ['PASS', 'WARN'].includes(r.verdict) ? r.verdict : 'INVALID' }, String(r.verdict ?? '')), r.why || '']))] : []));
	}

	function drawCharts() {
		for (const chart of live.charts)
			if (chart.graph)
				chart.graph.destroy();
		live.charts = [];
		live.ready = false;
		head.charts.replaceChildren();
		for (const chart of [...flowCharts(), ...linkCharts()])
			addChart(head.charts, chart);
		drawSoon();
	}

	function chooser() {
		const clients = list(run.links);
		if (clients.length < 2)
			return null;
		const select = make('select', { 'aria-label': 'client' }, ...clients.map(c => make('option', { selected: c === client ? '' : null }, c)));
		select.addEventListener('change', () => {
			client = select.value;
			drawCharts();
		});
		return make('label', {}, 'client ', select);
	}

	// --- buttons, where the testbed stays: what satbed link does ---

	async function ask(what) {
		head.said.textContent = '';
		try {
			const answer = await fetch('./act' + window.location.search, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(what) });
			head.said.textContent = answer.ok ? '' : (await answer.text()).trim();
			live.asked = (live.asked || 0) + 1;
		} catch {
			head.said.textContent = 'satbed does not answer';
		}
	}

	// "client1 down" as the dashboard has it: neither = all, both.
	function place(text) {
		const [name, dir] = text.split(' '), at = linkAt(name);
		return { ...(at >= 0 ? { client: at + 1 } : {}), ...(DIRECTIONS.includes(dir) ? { dir } : {}) };
	}

	function changer() {
		if (run.kind !== 'up')
			return null;
		const clients = list(run.links), names = [...clients.flatMap(c => [c, ...DIRECTIONS.map(d => c + ' ' + d)]), ...(clients.length > 1 ? ['all', 'all up', 'all down'] : [])];
		const target = make('select', { 'aria-label': 'link', id: 'target' }, ...names.map(n => make('option', {}, n)));
		const inputs = [['delay', '40ms'], ['rate', '10mbit'], ['loss', '5%']].map(([key, example]) => ({ key, field: make('input', { id: key, size: 9, placeholder: example, 'aria-label': key, autocomplete: 'off' }) }));
		const button = (text, id, what) => {
			const b = make('button', { type: 'button', id }, text);
			b.addEventListener('click', () => ask({ ...place(target.value), ...what() }));
			return b;
		};
		const set = button('Set', 'set', () => ({ set: inputs.filter(i => i.field.value.trim()).map(i => `${i.key}=${i.field.value.trim()}`) }));
		for (const { field } of inputs)
			field.addEventListener('keydown', event => event.key === 'Enter' && set.click());
		return make('div', { class: 'bar', role: 'group', 'aria-label': 'change a link' }, target, ...inputs.map(i => make('label', {}, i.key + ' ', i.field)), set,
			button('Outage', 'outage', () => ({ set: ['outage=on'] })), button('No outage', 'no-outage', () => ({ set: ['outage=off'] })),
			button('Reset', 'reset', () => ({ reset: true })), head.said);
	}

	function drawPage() {
		const clients = list(run.links);
		if (!clients.includes(client))
			client = clients[0];
		head = { word: make('span', { class: 'chip', role: 'status' }), facts: make('div', { class: 'facts' }), bar: make('progress', { max: 1, 'aria-label': 'time of the run' }),
			charts: make('div', { class: 'charts' }), state: make('div', {}), results: make('div', {}), said: make('output', { class: 'missed' }) };
		const choose = chooser(), change = changer();
		page.replaceChildren(make('div', { class: 'head' }, make('h1', {}, run.title || 'satbed'), head.word), ...[
			run.about && make('p', {}, run.about), head.facts, head.bar, change, choose && make('div', { class: 'bar' }, choose),
			run.kind === 'up' ? head.state : null, head.charts, run.kind !== 'up' && clients.length ? make('h2', {}, 'Links now') : null, run.kind !== 'up' ? head.state : null,
			head.results].filter(Boolean));
		document.title = (run.title || '') + ': live';
		drawCharts();
		drawResults();
		drawProgress();
		drawState();
		live.ready = run.kind === 'many';
	}

	// --- events ---

	const parse = event => { try { return JSON.parse(event.data); } catch { return {}; } };

	const on = {
		state(data) {
			run = data;
			store = newStore();
			live.states++;
			list(run.rows).forEach(addRow);
			live.rows = store.t.length;
			drawPage();
		},
		phase(data) {
			Object.assign(run, data);
			drawProgress();
		},
		row(data) {
			const { row, ...progress } = data;
			Object.assign(run, progress);
			addRow(row);
			drawSoon();
			drawProgress();
		},
		result(data) {
			const { result, ...progress } = data;
			Object.assign(run, progress);
			run.results = [...list(run.results), ...(result ? [result] : [])].slice(-RESULTS_MAX);
			drawResults();
			drawProgress();
		},
		failed(data) {
			head.said.textContent = String(data.msg || '');
		},
		over(data) {
			live.over = true;
			source.close();
			if (data.report)
				window.location.replace('./report' + window.location.search);
			else
				drawProgress();
		},
	};

	function connect() {
		source = new EventSource('./events' + window.location.search);
		for (const [name, act] of Object.entries(on))
			source.addEventListener(name, event => {
				live.connected = true;
				// The state comes first.
				if (run || name === 'state' || name === 'over')
					act(parse(event));
			});
		// It tries again by itself, unless it was refused.
		source.addEventListener('error', () => {
			live.connected = false;
			if (run && !live.over)
				drawProgress();
			else if (!run)
				page.replaceChildren(make('p', { class: 'INVALID' }, 'satbed does not answer: it has ended, or enough pages look at it already'));
		});
	}

	document.addEventListener('visibilitychange', drawSoon);
	connect();
})();
