// SPDX-License-Identifier: MIT
/* pull_stream.c - what a daemon tells while it pulls or imports */
#include "pull_stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/clean.h"
#include "satbed/base/mem.h"

#define FAILURE_BYTES_MAX 1500

static const char *string_at(const cJSON *obj, const char *key)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(obj, key));
}

static uint64_t bytes_at(const cJSON *obj, const char *key)
{
	double v = cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(obj, key));

	return v >= 0 && v <= 0x1p53 ? (uint64_t)v : 0; /* NaN is neither */
}

static struct sb_pull_layer *find_layer(struct sb_pull_stream *s, const char *id)
{
	struct sb_pull_layer *layer;

	for (size_t i = 0; i < s->layer_count; i++)
		if (!strcmp(s->layers[i].id, id))
			return &s->layers[i];
	if (s->layer_count == SB_PULL_LAYERS_MAX || strlen(id) >= sizeof(layer->id))
		return NULL;
	layer = &s->layers[s->layer_count++];
	strcpy(layer->id, id);
	return layer;
}

static void report(const struct sb_pull_stream *s, const char *status)
{
	uint64_t loaded = 0, load_total = 0, unpacked = 0, unpack_total = 0;
	sb_auto_free char *what = NULL;

	if (!s->progress)
		return;
	for (size_t i = 0; i < s->layer_count; i++) {
		loaded += s->layers[i].loaded;
		load_total += s->layers[i].load_total;
		unpacked += s->layers[i].unpacked;
		unpack_total += s->layers[i].unpack_total;
	}
	if (loaded < load_total) {
		s->progress("Downloading", loaded, load_total, s->ctx);
	} else if (unpacked < unpack_total) {
		s->progress("Extracting", unpacked, unpack_total, s->ctx);
	} else if (!load_total) {
		what = sb_clean(status);
		s->progress(what, 0, 0, s->ctx);
	}
}

static void note_layer(struct sb_pull_stream *s, const char *id, const char *status,
		       const cJSON *detail)
{
	uint64_t done = bytes_at(detail, "current"), total = bytes_at(detail, "total");
	struct sb_pull_layer *layer = find_layer(s, id);

	if (!layer)
		return;
	if (done > total)
		done = total;
	if (!strcmp(status, "Downloading") && total) {
		layer->loaded = done;
		layer->load_total = total;
	} else if (!strcmp(status, "Extracting") && total) {
		layer->unpacked = done;
		layer->unpack_total = total;
	} else if (!strcmp(status, "Download complete")) {
		layer->loaded = layer->load_total;
	} else if (!strcmp(status, "Pull complete")) {
		layer->loaded = layer->load_total;
		layer->unpacked = layer->unpack_total;
	}
}

static void note_id(struct sb_pull_stream *s, const char *text)
{
	const char *hex = text && !strncmp(text, "sha256:", 7) ? text + 7 : text;

	if (hex && strlen(hex) == 64 && strspn(hex, "0123456789abcdef") == 64)
		snprintf(s->id, sizeof(s->id), "sha256:%s", hex);
}

static void note_failure(struct sb_pull_stream *s, const char *text)
{
	sb_auto_free char *part = sb_asprintf("%.*s", FAILURE_BYTES_MAX, text);

	free(s->failure);
	s->failure = sb_clean(part);
}

static int take_line(struct sb_pull_stream *s, const char *line, size_t len, struct sb_err *err)
{
	const char *status, *id, *failure;
	cJSON *obj;

	while (len && (line[len - 1] == '\r' || line[len - 1] == ' '))
		len--;
	if (len == 0)
		return 0;
	obj = cJSON_ParseWithLength(line, len);
	if (!cJSON_IsObject(obj)) {
		sb_auto_free char *part = sb_asprintf("%.*s", (int)(len < 120 ? len : 120), line);
		sb_auto_free char *clean = sb_clean(part);

		cJSON_Delete(obj);
		return sb_fail(err, SB_EENGINE, 0, "the daemon sent unknown progress data: \"%s\"",
			       clean);
	}
	status = string_at(obj, "status");
	id = string_at(obj, "id");
	failure = string_at(cJSON_GetObjectItemCaseSensitive(obj, "errorDetail"), "message");
	if (!failure || !*failure)
		failure = string_at(obj, "error");
	note_id(s, status);
	note_id(s, id);
	if (failure && *failure)
		note_failure(s, failure);
	if (status && id)
		note_layer(s, id, status, cJSON_GetObjectItemCaseSensitive(obj, "progressDetail"));
	if (status)
		report(s, status);
	cJSON_Delete(obj);
	return 0;
}

static int append(struct sb_pull_stream *s, const char *data, size_t len, struct sb_err *err)
{
	if (s->len + len > SB_PULL_LINE_MAX)
		return sb_fail(err, SB_EENGINE, 0,
			       "the daemon sent a line of more than %zu bytes about its progress",
			       SB_PULL_LINE_MAX);
	while (s->room - s->len < len) {
		s->room = s->room ? 2 * s->room : 4096;
		s->line = sb_realloc(s->line, s->room, 1);
	}
	memcpy(s->line + s->len, data, len);
	s->len += len;
	return 0;
}

int sb_pull_stream_feed(struct sb_pull_stream *s, const char *data, size_t len, struct sb_err *err)
{
	while (len) {
		const char *end = memchr(data, '\n', len);
		size_t n = end ? (size_t)(end - data) : len;

		if (n && append(s, data, n, err))
			return -1;
		if (!end)
			return 0;
		if (sb_pull_stream_finish(s, err))
			return -1;
		data += n + 1;
		len -= n + 1;
	}
	return 0;
}

int sb_pull_stream_finish(struct sb_pull_stream *s, struct sb_err *err)
{
	size_t len = s->len;

	s->len = 0;
	return len ? take_line(s, s->line, len, err) : 0;
}

void sb_pull_stream_fini(struct sb_pull_stream *s)
{
	free(s->line);
	free(s->failure);
	s->line = s->failure = NULL;
}
