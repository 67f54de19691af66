// SPDX-License-Identifier: MIT
// elements.js - what the programs of all pages make the page of: elements, and what to make of values that may be missing
//
// All text of the data reaches the page through textContent or setAttribute, never as markup.
'use strict';
const elements = (function () {
	function put(e, attributes, children) {
		for (const [key, value] of Object.entries(attributes || {}))
			if (value !== undefined && value !== null)
				e.setAttribute(key, value);
		e.append(...children.filter(c => c !== null && c !== undefined && c !== ''));
		return e;
	}

	const style = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

	return {
		make: (tag, attributes, ...children) => put(document.createElement(tag), attributes, children),
		draw: (tag, attributes, ...children) => put(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children),
		known: v => typeof v === 'number' && isFinite(v),
		list: v => Array.isArray(v) ? v : [],
		// A link is called after its client, or after one of its terminals.
		isOf: (link, client) => link === client || link.startsWith(client + '.'),
		style,
		// A number is a series', a name one of the style sheet's.
		colour: c => typeof c === 'number' ? style('--s' + c % 8) : style(c),
	};
})();
