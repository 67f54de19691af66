// SPDX-License-Identifier: MIT
/* page_rig.c - what tests ask of any of satbed's pages in a browser */
#include "page_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <unistd.h>

void page_await(struct browser *b, const char *condition)
{
	for (int tries = 0; tries < 600 && !browser_true(b, condition); tries++)
		usleep(50000);
	assert_true(browser_true(b, condition));
}

void page_wait(struct browser *b)
{
	page_await(b, "window.satbed.ready");
}

void page_expect_quiet(struct browser *b, const char *urls)
{
	cJSON *console, *events;
	const cJSON *entry;
	int requests = 0;

	console = browser_log(b, "browser");
	cJSON_ArrayForEach(entry, console)
	{
		const char *said = cJSON_GetStringValue(cJSON_GetObjectItem(entry, "message"));

		fail_msg("console: %s", said);
	}
	cJSON_Delete(console);
	events = browser_log(b, "performance");
	cJSON_ArrayForEach(entry, events)
	{
		const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(entry, "message"));
		cJSON *event = cJSON_Parse(text);
		const cJSON *message = cJSON_GetObjectItem(event, "message");
		const cJSON *params = cJSON_GetObjectItem(message, "params");
		const cJSON *request = cJSON_GetObjectItem(params, "request");
		const char *url = cJSON_GetStringValue(cJSON_GetObjectItem(request, "url"));

		if (!strcmp(cJSON_GetStringValue(cJSON_GetObjectItem(message, "method")),
			    "Network.requestWillBeSent")) {
			/* The browser's own first page. */
			if (!strncmp(url, "chrome:", 7)) {
				cJSON_Delete(event);
				continue;
			}
			requests++;
			/* What is in a data URL is in the page already. */
			if (strncmp(url, "data:", 5))
				assert_memory_equal(url, urls, strlen(urls));
		}
		cJSON_Delete(event);
	}
	cJSON_Delete(events);
	/* The pages themselves were asked for, or this test sees nothing. */
	assert_in_range(requests, 1, 1000);
}
