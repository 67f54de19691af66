// SPDX-License-Identifier: MIT
/*
 * fuzz_lines.c - any bytes as what comes over the channel between orchestrator, emulator and agents
 *
 * The first byte is the size of the pieces they come in.  Invariant beyond not crashing: which objects come
 * out does not depend on that, a state of a link that is taken is the same after a way out and in, and
 * a failure can be told.
 */
#include <cjson/cJSON.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "satbed/base/json.h"
#include "satbed/base/lines.h"
#include "satbed/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a socket holds at once; longer inputs are cut. */
#define MAX_BYTES 65536

static void require(int holds)
{
	if (!holds)
		abort();
}

static void check_state(const cJSON *obj)
{
	struct sb_link_state state = {0}, again = {0};
	struct sb_err err = {0};
	cJSON *out, *back;

	if (sb_link_state_from_json(cJSON_GetObjectItemCaseSensitive(obj, "state"), &state, &err)) {
		require(err.msg[0]);
		return;
	}
	out = sb_link_state_to_json(&state);
	require(!sb_link_state_from_json(out, &again, &err));
	back = sb_link_state_to_json(&again);
	require(cJSON_Compare(out, back, true));
	cJSON_Delete(out);
	cJSON_Delete(back);
}

static void check_object(const cJSON *obj)
{
	struct sb_err err = {0};
	cJSON *told;

	require(cJSON_IsObject(obj));
	if (sb_lines_check(obj, "look", &err)) {
		/* It goes to a terminal. */
		require(err.msg[0]);
		for (const char *c = err.msg; *c; c++)
			require((unsigned char)*c >= 0x20 || *c == '\n');
		told = sb_lines_err_json(&err);
		require(cJSON_IsString(cJSON_GetObjectItemCaseSensitive(told, "msg")));
		cJSON_Delete(told);
	}
	if (cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(obj, "state")))
		check_state(obj);
}

/* All objects in a list; how it ended is its last item. */
static cJSON *receive(const uint8_t *data, size_t size, size_t step)
{
	cJSON *all = cJSON_CreateArray(), *obj;
	struct sb_err err = {0};
	struct sb_lines lines;
	int pair[2], rc = 0;

	require(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	sb_lines_init(&lines, pair[0]);
	lines.max = 4096;
	for (size_t at = 0; at <= size && rc >= 0; at += step) {
		size_t len = size - at < step ? size - at : step;

		require(send(pair[1], data + at, len, MSG_NOSIGNAL) == (ssize_t)len);
		if (at + len == size)
			shutdown(pair[1], SHUT_WR);
		while ((rc = sb_lines_recv(&lines, 0, &obj, &err)) > 0) {
			check_object(obj);
			cJSON_AddItemToArray(all, obj);
		}
	}
	require(rc == 0 || err.msg[0]);
	cJSON_AddItemToArray(all, cJSON_CreateString(err.msg));
	sb_lines_fini(&lines);
	close(pair[0]);
	close(pair[1]);
	return all;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cJSON *whole, *pieces;
	char *one, *other;
	size_t step;

	if (!size)
		return 0;
	step = (size_t)data[0] + 1;
	data++;
	size = size - 1 < MAX_BYTES ? size - 1 : MAX_BYTES;
	whole = receive(data, size, size + 1);
	pieces = receive(data, size, step);
	/* As text: cJSON_Compare() takes no object with one name twice for equal to anything. */
	one = cJSON_PrintUnformatted(whole);
	other = cJSON_PrintUnformatted(pieces);
	require(one && other && !strcmp(one, other));
	free(one);
	free(other);
	cJSON_Delete(whole);
	cJSON_Delete(pieces);
	return 0;
}
