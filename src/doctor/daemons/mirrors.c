// SPDX-License-Identifier: MIT
/* mirrors.c - does a registry mirror answer? */
#include "mirrors.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/clock.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"

#define MAX_MIRRORS 16
#define MAX_BODY    65536u

struct attempt {
	CURL *easy;
	const char *url;
	char error[CURL_ERROR_SIZE];
	size_t got;
	CURLcode code;
	bool done;
};

/* What a registry answers to /v2/ is "{}"; who sends more than this is none. */
static size_t swallow(char *data, size_t size, size_t count, void *ctx)
{
	struct attempt *a = ctx;

	(void)data;
	a->got += size * count;
	return a->got > MAX_BODY ? 0 : size * count;
}

static void prepare(struct attempt *a, int limit_ms)
{
	sb_auto_free char *full = sb_asprintf("%s/v2/", a->url);
	CURL *e = a->easy;

	curl_easy_setopt(e, CURLOPT_URL, full);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)limit_ms);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, swallow);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, a);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, a->error);
	curl_easy_setopt(e, CURLOPT_PRIVATE, a);
}

static void collect(CURLM *multi)
{
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(multi, &left))) {
		struct attempt *a;

		if (msg->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, (char **)&a);
		a->code = msg->data.result;
		a->done = true;
	}
}

static cJSON *outcome(const struct attempt *a)
{
	cJSON *out = cJSON_CreateObject();
	const char *state = "answers", *why = "";
	long status = 0;

	curl_easy_getinfo(a->easy, CURLINFO_RESPONSE_CODE, &status);
	if (!a->done) {
		state = "dead";
		why = "no answer in time";
	} else if (a->code == CURLE_PEER_FAILED_VERIFICATION ||
		   a->code == CURLE_SSL_CACERT_BADFILE) {
		state = "tls";
		why = a->error;
	} else if (a->code) {
		state = "dead";
		why = a->error[0] ? a->error : curl_easy_strerror(a->code);
	} else if (status != 200 && status != 401) {
		/* 401 asks for a token, as a registry may. */
		state = "odd";
	}
	sb_json_add_str(out, "url", a->url);
	sb_json_add_str(out, "state", state);
	sb_json_add_str(out, "why", why);
	sb_json_add_i64(out, "status", status);
	return out;
}

cJSON *sb_mirrors_try(const cJSON *urls, int limit_ms)
{
	int64_t deadline_ns = sb_mono_ns() + limit_ms * SB_NS_PER_MS;
	struct attempt attempts[MAX_MIRRORS] = {0};
	cJSON *out = cJSON_CreateArray();
	CURLM *multi = sb_must(curl_multi_init());
	const cJSON *item;
	size_t count = 0;
	int running = 1;

	cJSON_ArrayForEach(item, urls)
	{
		struct attempt *a = &attempts[count];

		if (count == MAX_MIRRORS || !cJSON_IsString(item))
			continue;
		a->url = item->valuestring;
		a->easy = sb_must(curl_easy_init());
		prepare(a, limit_ms);
		curl_multi_add_handle(multi, a->easy);
		count++;
	}
	while (running && sb_mono_ns() < deadline_ns && !curl_multi_perform(multi, &running))
		if (running)
			curl_multi_poll(multi, NULL, 0, 100, NULL);
	collect(multi);
	for (size_t i = 0; i < count; i++) {
		cJSON_AddItemToArray(out, outcome(&attempts[i]));
		curl_multi_remove_handle(multi, attempts[i].easy);
		curl_easy_cleanup(attempts[i].easy);
	}
	curl_multi_cleanup(multi);
	return out;
}
