// SPDX-License-Identifier: MIT
// page.js - a run or a comparison in the browser: verdict, tables, charts that zoom together
//
// All text of the data reaches the page through textContent or setAttribute, never as markup.
'use strict';
(function () {
	const data = JSON.parse(document.getElementById('data').textContent);
	const page = document.getElementById('page');
	const SLICE_MS = 30;
	const state = { charts: [], sync: null, end_s: 0, ready: false, waiting: [] };
	window.satbed = state;

	// --- elements and words ---

	const { make, known, list, isOf, style, colour: colours } = elements;

	const at = (object, ...path) => path.reduce((o, key) => (o && typeof o === 'object' ? o[key] : undefined), object);

	function digits(v, unit) {
		if (!known(v))
			return '–';
		const size = Math.abs(v);
		return v.toFixed(size >= 100 || v === 0 ? 0 : size >= 10 ? 1 : size >= 0.1 ? 2 : 3) + (unit ? ' ' + unit : '');
	}

	function scaled(v, steps) {
		if (!known(v))
			return '–';
		let i = 0;
		for (; i + 1 < steps.length && Math.abs(v) >= 1000; i++)
			v /= 1000;
		return digits(v, steps[i]);
	}

	const rate = v => scaled(v, ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s']);
	const bytes = v => scaled(v, ['B', 'kB', 'MB', 'GB', 'TB']);
	const share = v => known(v) ? (100 * v).toFixed(2) + ' %' : '–';
	const count = v => known(v) ? String(v) : '–';

	function verdict(v) {
		const word = ['PASS', 'WARN', 'INVALID'].includes(v) ? v : 'INVALID';
		return make('span', { class: 'chip ' + word }, String(v));
	}

	function table(head, rows) {
		const cell = (tag, c, i) => {
			const column = head[i] || '', right = column.startsWith('>');
			return make(tag, { class: right ? 'n' : i === 0 && tag === 'td' ? 'name' : null, scope: tag === 'th' ? 'col' : null }, c);
		};
		return make('div', { class: 'scroll', tabindex: 0 }, make('table', {},
			make('thead', {}, make('tr', {}, ...head.map((h, i) => cell('th', h.replace(/^>/, ''), i)))),
			make('tbody', {}, ...rows.map(r => make('tr', {}, ...r.map((c, i) => cell('td', c, i)))))));
	}

	function reasons(texts) {
		return list(texts).length ? make('ul', { class: 'reasons' }, ...list(texts).map(t => make('li', {}, String(t)))) : null;
	}

	// Any JSON as names and values: what the page has no table for is still there to read.
	function tree(value) {
		if (value === null || typeof value !== 'object')
			return document.createTextNode(value === null ? '–' : String(value));
		if (Array.isArray(value) && value.every(v => v === null || typeof v !== 'object'))
			return document.createTextNode(value.join(', '));
		const dl = make('dl');
		for (const [key, v] of Object.entries(value))
			dl.append(make('dt', {}, key), make('dd', {}, tree(v)));
		return dl;
	}

	// What is long and folded away is made when it is unfolded.
	function details(title, content) {
		const box = make('details', {}, make('summary', {}, title));
		box.addEventListener('toggle', () => box.append(content()), { once: true });
		return box;
	}

	// --- charts ---

	const seconds = v => known(v) ? (v >= 100 ? v.toFixed(1) : v.toFixed(2)) + ' s' : '';

	function shadeOutages(ctx, area, g, outages) {
		ctx.fillStyle = style('--shade');
		for (const [from, to] of outages) {
			const left = g.toDomXCoord(from), width = Math.max(g.toDomXCoord(to) - left, 1.5);
			ctx.fillRect(left, area.y, width, area.h);
		}
	}

	function markEvents(ctx, area, g, events) {
		ctx.strokeStyle = style('--mark');
		ctx.lineWidth = 1;
		ctx.setLineDash([3, 4]);
		for (const t of events) {
			const x = Math.round(g.toDomXCoord(t)) + 0.5;
			ctx.beginPath();
			ctx.moveTo(x, area.y);
			ctx.lineTo(x, area.y + area.h);
			ctx.stroke();
		}
		ctx.setLineDash([]);
	}

	function drawUnder(chart, ctx, area, g) {
		ctx.save();
		ctx.beginPath();
		ctx.rect(area.x, area.y, area.w, area.h);
		ctx.clip();
		shadeOutages(ctx, area, g, chart.outages || []);
		markEvents(ctx, area, g, chart.events || []);
		for (const dots of chart.dots || []) {
			ctx.fillStyle = colours(dots.colour);
			for (const [t, y] of dots.points) {
				const x = g.toDomXCoord(t), h = dots.ticks ? 7 : 3;
				ctx.fillRect(x - 1, dots.ticks ? area.y + area.h - h : g.toDomYCoord(y) - 1.5, dots.ticks ? 2 : 3, h);
			}
		}
		ctx.restore();
	}

	// Its own legend is never shown, and would ask for inline styles, which the page does not allow.
	Dygraph.PLUGINS = Dygraph.PLUGINS.filter(p => p !== Dygraph.Plugins.Legend);

	// Rows for dygraphs: x first, then a value of each series, or [low, middle, high] where there are bands.
	function rows(x, series, bands) {
		const out = new Array(x.length);
		for (let i = 0; i < x.length; i++) {
			const row = [x[i]];
			for (const s of series) {
				const v = known(s.values[i]) ? s.values[i] : null;
				row.push(!bands ? v : v === null ? [null, null, null]
					: [s.low && known(s.low[i]) ? s.low[i] : v, v, s.high && known(s.high[i]) ? s.high[i] : v]);
			}
			out[i] = row;
		}
		return out;
	}

	function keyOf(chart) {
		const key = make('span', { class: 'key' });
		chart.readouts = chart.series.map((s, i) => {
			const swatch = make('i'), value = make('span', { class: 'v' });
			const button = make('button', { type: 'button', 'aria-pressed': 'true', title: 'show or hide' }, swatch, s.name, value);
			swatch.style.background = colours(s.colour);
			button.addEventListener('click', () => {
				if (!chart.graph)
					return;
				const on = button.getAttribute('aria-pressed') !== 'true';
				button.setAttribute('aria-pressed', String(on));
				chart.graph.setVisibility(i, on);
			});
			key.append(button);
			return { value, swatch };
		});
		for (const dots of chart.dots || []) {
			const swatch = make('i', { class: 'dot' });
			swatch.style.background = colours(dots.colour);
			dots.swatch = swatch;
			key.append(make('span', { class: 'soft' }, swatch, ' ' + dots.name));
		}
		return key;
	}

	function readout(chart, points) {
		for (const { value } of chart.readouts)
			value.textContent = '';
		for (const p of points || []) {
			const i = chart.series.findIndex(s => s.label === p.name);
			if (i >= 0)
				chart.readouts[i].value.textContent = (chart.format || digits)(p.yval);
		}
	}

	function addChart(box, chart) {
		chart.series = chart.series.filter(s => list(s.values).some(known));
		if (!chart.series.length)
			return;
		// dygraphs tells series apart by their labels, people by their names.
		chart.series.forEach((s, i) => { s.label = 's' + i; });
		const plot = make('div', { class: 'plot' });
		const bands = chart.series.some(s => s.low);
		const figure = make('figure', {
			class: chart.wide ? 'wide' : null, tabindex: 0, role: 'group',
			'aria-label': chart.title + ' over time; arrow keys move, plus and minus zoom, 0 shows all',
		}, make('figcaption', {}, make('b', {}, chart.title), make('span', { class: 'soft' }, chart.unit), keyOf(chart)), plot);
		box.append(figure);
		const perSeries = {};
		for (const s of chart.series)
			perSeries[s.label] = { strokeWidth: s.thin ? 1 : 1.6, stepPlot: !!s.step, strokePattern: s.dashed ? [5, 4] : null, fillGraph: !!chart.stacked };
		figure.addEventListener('keydown', keys);
		chart.figure = figure;
		state.waiting.push({ chart, plot, bands, perSeries });
	}

	// The figure's frame has its place already; this fills it, showing the time that the others show.
	function drawChart({ chart, plot, bands, perSeries }) {
		chart.graph = new Dygraph(plot, rows(chart.x, chart.series, bands), {
			labels: ['t', ...chart.series.map(s => s.label)],
			colors: chart.series.map(s => colours(s.colour)),
			series: perSeries, customBars: bands, fillAlpha: chart.stacked ? 0.45 : 0.18,
			stackedGraph: !!chart.stacked, stepPlot: !!chart.stacked,
			legend: 'never', includeZero: chart.zero !== false, connectSeparatedPoints: false,
			gridLineColor: style('--grid'), axisLineColor: style('--line'), gridLineWidth: 1, xAxisHeight: 24,
			dateWindow: state.charts.length ? zoom.window() : [0, state.end_s], labelsKMB: false, animatedZooms: false, highlightCircleSize: 3,
			axes: {
				x: { axisLabelFormatter: v => +v.toFixed(3) + ' s', valueFormatter: seconds, pixelsPerLabel: 70, axisLabelFontSize: 12 },
				y: { axisLabelWidth: 52, pixelsPerLabel: 32, axisLabelFontSize: 12, axisLabelFormatter: v => chart.axis ? chart.axis(v) : String(+v.toFixed(4)) },
			},
			underlayCallback: (ctx, area, g) => drawUnder(chart, ctx, area, g),
			highlightCallback: (event, x, points) => {
				state.readout.textContent = 't = ' + seconds(x);
				readout(chart, points);
			},
			unhighlightCallback: () => {
				state.readout.textContent = '';
				readout(chart, null);
			},
		});
		state.charts.push(chart);
	}

	// What is seen first is drawn first; the rest in slices, between which the page is shown and can be used.
	function drawCharts() {
		const mine = state.waiting;
		const slice = until => {
			while (mine.length && until())
				drawChart(mine.shift());
		};
		const rest = () => {
			if (mine !== state.waiting)
				return;
			const end = performance.now() + SLICE_MS;
			slice(() => performance.now() < end);
			if (mine.length)
				return setTimeout(rest);
			const [first] = state.charts;
			const moved = state.charts.find(c => String(c.graph.xAxisRange()) !== String(first.graph.xAxisRange()));
			if (moved)
				show(...moved.graph.xAxisRange());
			synchronise();
			state.ready = true;
			state.ready_ms = performance.now();
		};
		slice(() => mine[0].chart.figure.getBoundingClientRect().top < window.innerHeight);
		setTimeout(rest);
	}

	function recolour() {
		for (const chart of state.charts) {
			chart.series.forEach((s, i) => { chart.readouts[i].swatch.style.background = colours(s.colour); });
			(chart.dots || []).forEach(d => { d.swatch.style.background = colours(d.colour); });
			chart.graph.updateOptions({
				colors: chart.series.map(s => colours(s.colour)), gridLineColor: style('--grid'), axisLineColor: style('--line'),
			});
		}
	}

	// --- zoom: one window of time for all charts ---

	function show(from, to) {
		const all = state.end_s, span = Math.min(Math.max(to - from, all / 2000), all);
		from = Math.min(Math.max(from, 0), all - span);
		// Until all are drawn nothing carries a change of one to the others.
		for (const chart of state.sync ? state.charts.slice(0, 1) : state.charts)
			chart.graph.updateOptions({ dateWindow: [from, from + span] });
	}

	const zoom = {
		window: () => state.charts[0].graph.xAxisRange(),
		by(factor) {
			const [from, to] = zoom.window(), middle = (from + to) / 2, half = (to - from) * factor / 2;
			show(middle - half, middle + half);
		},
		move(part) {
			const [from, to] = zoom.window(), by = (to - from) * part;
			show(from + by, to + by);
		},
		all() {
			for (const chart of state.charts)
				chart.graph.updateOptions({ valueRange: null }, true);
			show(0, state.end_s);
		},
	};
	state.zoom = zoom;

	function keys(event) {
		const acts = {
			ArrowLeft: () => zoom.move(-0.2), ArrowRight: () => zoom.move(0.2), '+': () => zoom.by(0.5), '=': () => zoom.by(0.5),
			'-': () => zoom.by(2), 0: zoom.all, Home: zoom.all, Escape: zoom.all,
		};
		if (event.ctrlKey || event.altKey || event.metaKey || event.target !== event.currentTarget || !acts[event.key])
			return;
		acts[event.key]();
		event.preventDefault();
	}

	function toolbar(...more) {
		const button = (text, label, act) => {
			const b = make('button', { type: 'button', 'aria-label': label, title: label }, text);
			b.addEventListener('click', act);
			return b;
		};
		state.readout = make('output', { 'aria-live': 'off' });
		return make('div', { class: 'bar', role: 'toolbar', 'aria-label': 'time shown' }, ...more,
			button('+', 'zoom in', () => zoom.by(0.5)), button('−', 'zoom out', () => zoom.by(2)),
			button('←', 'earlier', () => zoom.move(-0.5)), button('→', 'later', () => zoom.move(0.5)),
			button('All', 'show the whole run', zoom.all),
			make('span', { class: 'soft' }, 'drag to zoom, double-click for all'), state.readout);
	}

	function synchronise() {
		if (state.charts.length > 1)
			state.sync = Dygraph.synchronize(state.charts.map(c => c.graph), { zoom: true, selection: true, range: false });
	}

	function clearCharts(box) {
		if (state.sync)
			state.sync.detach();
		state.sync = null;
		for (const chart of state.charts)
			chart.graph.destroy();
		state.charts = [];
		state.waiting = [];
		state.ready = false;
		box.replaceChildren();
	}

	const scale = (values, by) => list(values).map(v => known(v) ? v * by : null);

	// --- one run ---

	const flowName = f => f.name + ' ' + f.direction;

	function linkCharts(box, x, link, dir, events) {
		const d = link && link[dir];
		if (!d)
			return [];
		const colour = dir === 'down' ? 0 : 1, outages = list(d.outages_s);
		const lost = ['link', 'queue', 'outage'].map(cause => ({ cause, values: list(at(d, 'lost', cause)) }));
		const ticks = x.filter((t, i) => lost.some(l => l.values[i] > 0)).map(t => [t, 0]);
		const common = { x, outages, events };
		return [
			{ ...common, title: 'Delay, ' + dir, unit: 'ms one way, without the queue', zero: false, dots: ticks.length ? [{ name: 'packets lost', colour: '--invalid', points: ticks, ticks: true }] : [], series: [
				{ name: 'configured', colour: '--asked', values: d.configured_delay_ms, step: false, dashed: true },
				{ name: 'measured', colour, values: at(d, 'delay_ms', 'mean'), low: list(at(d, 'delay_ms', 'min')), high: list(at(d, 'delay_ms', 'max')) }] },
			{ ...common, title: 'Rate, ' + dir, unit: 'Mbit/s of whole frames', series: [
				{ name: 'configured', colour: '--asked', values: scale(d.configured_rate_bps, 1e-6), dashed: true },
				{ name: 'sent', colour: 4, values: scale(d.sent_bps, 1e-6), thin: true },
				{ name: 'arrived', colour, values: scale(d.arrived_bps, 1e-6) }] },
			{ ...common, title: 'Queue, ' + dir, unit: 'ms of waiting', series: [
				{ name: 'mean, and from least to most', colour, values: at(d, 'wait_ms', 'mean'), low: list(at(d, 'wait_ms', 'min')), high: list(at(d, 'wait_ms', 'max')) }] },
			{ ...common, title: 'Packets lost, ' + dir, unit: 'per bin, by cause', stacked: true, series: lost
				.filter(l => l.values.some(v => v > 0)).map(l => ({ name: l.cause === 'link' ? 'the link' : 'the ' + l.cause, colour: { link: 1, queue: 0, outage: 5 }[l.cause], values: l.values })) },
		];
	}

	function flowCharts(x, flows, common) {
		const per = make => flows.map((f, i) => make(f, i)).filter(Boolean);
		const causes = ['link', 'queue', 'outage', 'spurious', 'unknown'];
		const again = flows.some(f => f.retransmits_by_cause)
			? causes.map((c, k) => ({ name: c, colour: [1, 0, 5, 3, '--asked'][k], values: x.map((_, i) => flows.reduce((sum, f) => sum + (at(f, 'retransmits_by_cause', c, i) || 0), 0)) }))
				.filter(s => s.values.some(v => v > 0))
			: per((f, i) => f.retransmits && f.retransmits.some(v => v > 0) && { name: flowName(f), colour: i, values: f.retransmits });
		return [
			{ ...common, x, wide: true, title: 'Goodput', unit: 'Mbit/s of payload', series: per((f, i) => ({ name: flowName(f), colour: i, values: scale(f.goodput_bps, 1e-6) })) },
			{ ...common, x, title: 'Round-trip time', unit: 'ms, from the captures', series: per((f, i) => f.rtt_ms && { name: flowName(f), colour: i, values: f.rtt_ms.mean, low: list(f.rtt_ms.min), high: list(f.rtt_ms.max) }) },
			{ ...common, x, title: 'Congestion window', unit: 'segments, by TCP_INFO', series: per((f, i) => f.cwnd && { name: flowName(f), colour: i, values: f.cwnd }) },
			{ ...common, x, title: 'Retransmitted segments', unit: 'per bin', stacked: true, series: again },
			...per((f, i) => f.sequence && { ...common, x, title: 'Sequence, ' + flowName(f), unit: 'MB sent, of the connection that carried most', format: v => digits(v, 'MB'),
				dots: list(f.sequence.again).length ? [{ name: 'sent again', colour: '--invalid', points: f.sequence.again.map(([t, b]) => [t, b / 1e6]) }] : [], series: [
					{ name: 'sent', colour: i, values: scale(f.sequence.sent, 1e-6) },
					{ name: 'acknowledged', colour: '--asked', values: scale(f.sequence.acked, 1e-6), thin: true }] }),
		];
	}

	const part = v => known(v) ? Math.round(100 * v) + ' %' : '–';

	// What a beam carried, in layers: one for each client that has a part in it.
	function beamChart(x, links, dir, client, common) {
		const sharers = list(at(data.run, 'links')).filter(l => at(l, dir, 'shared'));
		if (!sharers.some(l => l.client === client))
			return null;
		return { ...common, x, title: 'Beam, ' + dir, unit: 'Mbit/s of whole frames, and the share of each', stacked: true, series: sharers.map((l, i) => ({
			name: `${l.client} ${part(l[dir].shared.share)}`, colour: i,
			values: scale(at(links.find(s => s.client === l.client), dir, 'arrived_bps'), 1e-6) })) };
	}

	function drawRun(box, series, client) {
		const x = [], bins = Math.min(series.bins || 0, 100000);
		for (let i = 0; i < bins; i++)
			x.push((i + 0.5) * series.bin_s);
		state.end_s = bins * series.bin_s;
		const flows = list(series.flows).filter(f => isOf(client, f.client));
		const link = list(series.links).find(l => l.client === client);
		const of = dir => list(series.events).filter(e => e.client === client && (!dir || e.direction === dir)).map(e => e.t_s);
		const both = { events: of(null), outages: [...list(at(link, 'down', 'outages_s')), ...list(at(link, 'up', 'outages_s'))] };
		clearCharts(box);
		for (const chart of flowCharts(x, flows, both))
			addChart(box, chart);
		for (const dir of ['down', 'up']) {
			const chart = beamChart(x, list(series.links), dir, client, both);
			if (chart)
				addChart(box, chart);
		}
		const up = linkCharts(box, x, link, 'up', of('up'));
		linkCharts(box, x, link, 'down', of('down')).forEach((chart, i) => {
			addChart(box, chart);
			if (up[i])
				addChart(box, up[i]);
		});
		drawCharts();
	}

	function headOf(name, word, about, facts) {
		return [
			make('div', { class: 'head' }, make('h1', {}, name), word ? verdict(word) : null),
			about ? make('p', {}, about) : null,
			make('div', { class: 'facts' }, ...facts.filter(Boolean).map(f => make('span', {}, f))),
		].filter(Boolean);
	}

	const shown = v => known(v) ? +v.toPrecision(6) : v;

	function expectations(run) {
		return list(run.expects).length ? make('ul', { class: 'reasons' }, ...run.expects.map(e => make('li', { class: e.met ? 'met' : 'missed' },
			`expected ${e.what} ${e.text}: ${e.met ? 'met' : 'FAILED'}${e.value === null ? '' : ' (' + shown(e.value) + ')'}`))) : null;
	}

	function quicText(q) {
		return `QUIC ${q.version || q.client_version}` + (known(q.handshake_ms) ? `, handshake ${digits(q.handshake_ms, 'ms')}` : '') +
			(known(q.round_trip_ms) ? `, its round trip ${digits(q.round_trip_ms, 'ms')}` : '') + (q.retry ? ', Retry' : '') + (q.spins ? '' : ', no spin bit');
	}

	function mptcpText(m) {
		return 'MPTCP: ' + list(m.paths).filter(p => p.subflows).map(p => `${bytes(p.bytes)} over ${p.client}`).join(', ');
	}

	function flowTable(run) {
		return table(['flow', '>payload', '>goodput', '>RTT p50', '>p95', '>p99', '>retransmits pcap / TCP_INFO', '>datagrams lost', 'control', 'says'], list(run.flows).map(f => [
			[f.name, f.client, f.direction].filter(Boolean).join(' '), bytes(f.bytes), rate(f.goodput_bps), digits(at(f, 'rtt_ms', 'p50'), 'ms'), digits(at(f, 'rtt_ms', 'p95'), 'ms'), digits(at(f, 'rtt_ms', 'p99'), 'ms'),
			known(at(f, 'retransmits', 'pcap')) || known(at(f, 'retransmits', 'tcp_info')) ? count(at(f, 'retransmits', 'pcap')) + ' / ' + count(at(f, 'retransmits', 'tcp_info')) : '–',
			known(f.lost) && f.packets ? `${f.lost} of ${f.packets}` : '–', f.cc || '–', [f.quic && quicText(f.quic), f.mptcp && mptcpText(f.mptcp), f.error].filter(Boolean).join('; ')]));
	}

	function linkTable(run) {
		const lines = [];
		for (const link of list(run.links))
			for (const dir of ['up', 'down']) {
				const d = link[dir] || {}, side = (name, o, m) => [name, digits(at(o, 'delay_ms', 'p50'), 'ms'), digits(at(o, 'delay_ms', 'p99'), 'ms'), share(at(o, 'loss')),
					(known(at(o, 'rate_bps')) ? rate(o.rate_bps) : m ? 'not filled' : 'unlimited') + (!d.shared ? '' : m ? `, its share ${part(d.shared.share)}` : ` shared by ${count(d.shared.clients)}`)];
				lines.push([`${link.client} ${dir}`, ...side('configured', d.configured, false), '', '']);
				lines.push(['', ...side('measured', d.measured, true), count(at(d, 'measured', 'packets')), d.verdict ? verdict(d.verdict) : '']);
			}
		return table(['link', '', '>delay p50', '>p99', '>loss', '>rate', '>packets', ''], lines);
	}

	function runPage() {
		const run = data.run || {}, series = data.series || {}, box = make('div', { class: 'charts' });
		const clients = list(series.links).map(l => l.client);
		page.append(...headOf(run.scenario || 'run', run.verdict, run.about, [
			known(at(run, 'timings', 'measured_s')) && `ran ${digits(run.timings.measured_s, 's')}`, at(run, 'engine', 'kind') && `engine ${run.engine.kind}`, run.path && `path ${run.path}`,
			run.link_backend && `links by ${run.link_backend}`, run.seed !== undefined && `seed ${run.seed}`, at(run, 'manifest', 'kernel') && `Linux ${run.manifest.kernel}`, run.interrupted && 'interrupted', run.cut_off && 'cut off']));
		page.append(...[reasons(run.reasons), expectations(run)].filter(Boolean));
		page.append(make('h2', {}, 'Flows'), flowTable(run), make('h2', {}, 'Links, as configured and as measured'), linkTable(run));
		const select = make('select', { 'aria-label': 'client' }, ...clients.map(c => make('option', {}, c)));
		select.addEventListener('change', () => drawRun(box, series, select.value));
		page.append(toolbar(clients.length > 1 ? select : null), box);
		drawRun(box, series, clients[0]);
		page.append(make('h2', {}, 'More'));
		if (list(series.events).length)
			page.append(details(`Events as played (${series.events.length})`, () => table(['event', '>at', 'link', '>delay', '>rate', 'outage', '>late'], series.events.map(e =>
				[e.name, seconds(e.t_s), `${e.client} ${e.direction}`, digits(e.delay_ms, 'ms'), known(e.rate_bps) ? rate(e.rate_bps) : 'unlimited', e.outage ? 'yes' : '', digits(e.late_ms, 'ms')]))));
		page.append(make('details', {}, make('summary', {}, 'Manifest'), tree(run.manifest)), details('All of run.json', () => tree(run)));
		// From a dashboard, which ends with satbed, nothing but the page comes.
		const served = new URLSearchParams(window.location.search).has('token');
		page.append(make('h2', {}, served ? `Files in ${run.directory || 'the directory of the run'}` : 'Files beside this page'), make('div', { class: 'links' },
			...[...list(run.captures).map(c => c.file), 'run.json', 'plan.json', 'series.json', 'samples.csv', 'events.jsonl'].filter(f => typeof f === 'string')
				.map(f => served ? make('span', {}, f) : make('a', { href: './' + encodeURIComponent(f) }, f))));
	}

	// --- a comparison ---

	// Where the difference to the baseline is with 95 % confidence, and whether that is on both sides of nothing.
	function interval(ci, middle, reach) {
		const box = make('div', { class: 'interval', role: 'img', 'aria-label': ci ? `from ${digits(ci[0])} to ${digits(ci[1])}` : 'no interval' });
		if (!ci || !known(ci[0]) || !known(ci[1]) || !(reach > 0))
			return box;
		const place = v => 50 + 48 * Math.max(-1, Math.min(1, v / reach)) + '%';
		const zero = make('em'), line = make('span'), dot = make('b');
		zero.style.left = '50%';
		line.style.left = place(ci[0]);
		line.style.right = `calc(100% - ${place(ci[1])})`;
		dot.style.left = place(middle);
		box.append(zero, line, dot);
		return box;
	}

	const amount = (v, unit) => !known(v) ? '–' : unit === 'bit/s' || unit === 'bps' ? rate(v) : unit === 'fraction' ? share(v) : +v.toPrecision(4) + (unit ? ' ' + unit : '');

	function valueTables(compare) {
		const out = [];
		for (const pass of new Set(list(compare.values).map(v => v.pass))) {
			const lines = [];
			for (const v of list(compare.values).filter(v => v.pass === pass))
				list(v.arms).forEach((a, i) => {
					const d = a.against_baseline || {}, reach = Math.max(...list(v.arms).flatMap(b => list(at(b, 'against_baseline', 'difference_ci95')).map(Math.abs)), 0);
					lines.push([i ? '' : v.name, a.arm, amount(a.median, v.unit), `${amount(a.p25, v.unit)} … ${amount(a.p75, v.unit)}`, count(a.count),
						i ? amount(d.difference, v.unit) : 'baseline', interval(d.difference_ci95, d.difference, reach), known(d.ratio) ? d.ratio.toFixed(3) : '–',
						i && d.found ? (d.found === 'none' ? 'no difference found' : d.found) : '']);
				});
			out.push(make('h2', {}, pass === 'shaped' ? 'Over the link' : pass === 'unshaped' ? 'Without any link' : String(pass)),
				table(['value', 'arm', '>median', '>quartiles', '>runs', '>difference', '95 % interval', '>ratio', ''], lines));
		}
		return out;
	}

	function groups(items, keyOf) {
		const found = new Map();
		for (const item of items)
			found.set(keyOf(item), [...(found.get(keyOf(item)) || []), item]);
		return [...found.values()];
	}

	// What is said of several arms in the same words is said once.
	function armVerdicts(compare) {
		const same = groups(list(compare.verdicts), v => v.pass + ' ' + v.text);
		return same.length ? make('ul', { class: 'reasons' }, ...same.map(all => make('li', {}, make('b', {}, all.map(v => v.arm).join(', ')),
			` against ${compare.baseline}${all[0].pass === 'unshaped' ? ', without any link' : ''}: ${all[0].text}`))) : null;
	}

	function armExpectations(compare) {
		const same = groups(list(compare.expects), e => e.what + ' ' + e.text);
		return same.length ? make('ul', { class: 'reasons' }, ...same.map(all => {
			const missed = all.filter(e => !e.met), said = e => e.arm + (e.value === null ? '' : ` (${shown(e.value)})`);
			return make('li', { class: missed.length ? 'missed' : 'met' }, `expected ${all[0].what} ${all[0].text}: ` +
				(missed.length ? `met in ${all.length - missed.length} of ${all.length} arms, not in ${missed.map(said).join(', ')}` : `met in ${all.map(said).join(', ')}`));
		})) : null;
	}

	function comparePage() {
		const compare = data.compare || {}, bands = data.bands || {}, box = make('div', { class: 'charts' });
		const names = { goodput_bps: ['Goodput', 'Mbit/s of payload', 1e-6], rtt_ms: ['Round-trip time', 'ms', 1], cwnd: ['Congestion window', 'segments', 1] };
		// Of few runs an interval reaches below nothing, where none of these values can be.
		const notBelow = v => v === null ? null : Math.max(v, 0);
		const arms = list(compare.arms), x = [];
		page.append(...headOf((compare.scenario || '') + ': comparison', null, compare.about, [
			`${arms.length} arms, ${compare.rounds} rounds`, known(compare.duration_s) && `${compare.duration_s} s each`, `baseline ${compare.baseline}`, `seed ${compare.seed}`,
			!compare.complete && 'not complete', compare.interrupted && 'interrupted', compare.invalid_runs > 0 && `${compare.invalid_runs} runs INVALID`]));
		page.append(...[armVerdicts(compare), armExpectations(compare)].filter(Boolean));
		page.append(toolbar(), box);
		for (let i = 0; i < (bands.bins || 0) && i < 100000; i++)
			x.push((i + 0.5) * bands.bin_s);
		state.end_s = x.length * (bands.bin_s || 0);
		for (const flow of list(bands.flows))
			for (const value of list(flow.values)) {
				const [title, unit, by] = names[value.key] || [value.key, '', 1];
				addChart(box, { x, wide: value.key === 'goodput_bps', title: `${title}, ${flow.name} ${flow.client} ${flow.direction}`, unit: unit + '; mean of the runs, band: 95 % confidence of it in each bin',
					series: list(value.arms).map(a => ({ name: `${a.arm} (${a.runs})`, colour: Math.max(arms.findIndex(b => b.name === a.arm), 0),
						values: scale(a.mean, by), low: scale(a.low, by).map(notBelow), high: scale(a.high, by) })) });
			}
		drawCharts();
		page.append(...valueTables(compare));
		page.append(make('h2', {}, 'Runs'), table(['arm', '>round', 'pass', 'verdict', 'page', ''], arms.flatMap(a => list(a.runs).map(r => [
			a.name, count(r.round), String(r.pass || ''), verdict(r.verdict), typeof r.directory === 'string' ? make('a', { href: './' + r.directory.split('/').map(encodeURIComponent).join('/') + '/report.html' }, r.directory) : '',
			r.used ? '' : r.why || 'not used']))));
		if (list(compare.left_out).length)
			page.append(make('h2', {}, 'Left out'), reasons(compare.left_out.map(l => `${l.arm}: ${l.why}`)));
		page.append(details('All of compare.json', () => tree(compare)));
	}

	const pages = { run: runPage, compare: comparePage };
	(pages[document.body.dataset.kind] || runPage)();
	window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', recolour);
})();
