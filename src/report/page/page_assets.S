/* SPDX-License-Identifier: MIT */
/* page_assets.S - what every page carries: its style, its program, and dygraphs with its synchronizer */
	.section .rodata
	.global sb_page_css, sb_page_css_end, sb_page_js, sb_page_js_end
	.global sb_page_elements_js, sb_page_elements_js_end
	.global sb_page_sweep_js, sb_page_sweep_js_end
	.global sb_page_live_js, sb_page_live_js_end
	.global sb_page_dygraphs_css, sb_page_dygraphs_css_end, sb_page_dygraphs, sb_page_dygraphs_end
sb_page_css:
	.incbin PAGE_CSS
sb_page_css_end:
sb_page_js:
	.incbin PAGE_JS
sb_page_js_end:
sb_page_elements_js:
	.incbin ELEMENTS_JS
sb_page_elements_js_end:
sb_page_sweep_js:
	.incbin SWEEP_JS
sb_page_sweep_js_end:
sb_page_live_js:
	.incbin LIVE_JS
sb_page_live_js_end:
sb_page_dygraphs_css:
	.incbin DYGRAPHS_CSS
sb_page_dygraphs_css_end:
sb_page_dygraphs:
	.incbin DYGRAPHS_JS
sb_page_dygraphs_end:
	.section .note.GNU-stack, "", %progbits
