// SPDX-License-Identifier: MIT
/*
 * page.c - one page, complete in itself
 *
 * The data is the text of a hidden element, escaped like any other text: nothing in it can be
 * markup.  The page's own program reads it and makes elements with textContent.  Should that ever
 * fail, the content security policy still lets only what carries the page's nonce run, and nothing
 * be fetched from anywhere.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "html.h"
#include "satbed/report_page.h"

#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "satbed/base/textstream.h"

/* page_assets.S */
extern const char sb_page_css[], sb_page_css_end[], sb_page_js[], sb_page_js_end[];
extern const char sb_page_elements_js[], sb_page_elements_js_end[];
extern const char sb_page_sweep_js[], sb_page_sweep_js_end[];
extern const char sb_page_live_js[], sb_page_live_js_end[];
extern const char sb_page_dygraphs_css[], sb_page_dygraphs_css_end[];
extern const char sb_page_dygraphs[], sb_page_dygraphs_end[];

static void put_asset(FILE *to, const char *from, const char *to_end)
{
	fwrite(from, 1, (size_t)(to_end - from), to);
}

static int make_nonce(char nonce[SB_PAGE_NONCE], struct sb_err *err)
{
	unsigned char bytes[SB_PAGE_NONCE / 2];

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return sb_fail(err, SB_EENV, errno, "no random numbers for the page's nonce");
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(nonce + 2 * i, 3, "%02x", bytes[i]);
	return 0;
}

static bool is_live(const struct sb_page *page)
{
	return !strcmp(page->kind, "live");
}

/* Its charts are its own. */
static bool is_sweep(const struct sb_page *page)
{
	return !strcmp(page->kind, "sweep");
}

static void put_head(FILE *to, const struct sb_page *page)
{
	fputs("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n", to);
	fprintf(to,
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		"script-src 'nonce-%s'; style-src 'nonce-%s'; img-src data:; %sbase-uri 'none'; "
		"form-action 'none'\">\n",
		page->nonce, page->nonce, is_live(page) ? "connect-src 'self'; " : "");
	fputs("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n"
	      "<meta name=\"referrer\" content=\"no-referrer\">\n"
	      "<link rel=\"icon\" href=\"data:,\">\n<title>",
	      to);
	sb_html_escape(to, page->title);
	fprintf(to, "</title>\n<style nonce=\"%s\">\n", page->nonce);
	put_asset(to, sb_page_dygraphs_css, sb_page_dygraphs_css_end);
	put_asset(to, sb_page_css, sb_page_css_end);
	fputs("</style>\n</head>\n", to);
}

char *sb_page_html(const struct sb_page *page)
{
	char *out = NULL;
	size_t size = 0;
	FILE *to = sb_textstream_open(&out, &size);

	put_head(to, page);
	fputs("<body data-kind=\"", to);
	sb_html_escape(to, page->kind);
	fputs("\">\n<noscript><p>", to);
	sb_html_escape(to, page->summary);
	fputs(is_live(page) ? " It needs scripts."
			    : " The charts need scripts; the same numbers are in the JSON files "
			      "beside this page.",
	      to);
	fputs("</p></noscript>\n<main id=\"page\"></main>\n<pre id=\"data\" hidden>", to);
	sb_html_escape(to, page->data);
	fprintf(to, "</pre>\n<script nonce=\"%s\">\n", page->nonce);
	if (!is_sweep(page)) {
		put_asset(to, sb_page_dygraphs, sb_page_dygraphs_end);
		fprintf(to, "</script>\n<script nonce=\"%s\">\n", page->nonce);
	}
	put_asset(to, sb_page_elements_js, sb_page_elements_js_end);
	if (is_sweep(page))
		put_asset(to, sb_page_sweep_js, sb_page_sweep_js_end);
	else if (is_live(page))
		put_asset(to, sb_page_live_js, sb_page_live_js_end);
	else
		put_asset(to, sb_page_js, sb_page_js_end);
	fputs("</script>\n</body>\n</html>\n", to);
	sb_textstream_close(to, &out);
	return out;
}

int sb_page_make(struct sb_page *page, char **html, struct sb_err *err)
{
	if (make_nonce(page->nonce, err))
		return -1;
	*html = sb_page_html(page);
	return 0;
}

int sb_page_write(const char *path, struct sb_page *page, struct sb_err *err)
{
	sb_auto_free char *html = NULL;

	if (sb_page_make(page, &html, err))
		return -1;
	return sb_replace_file(path, html, strlen(html), err);
}
