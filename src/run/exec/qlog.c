// SPDX-License-Identifier: MIT
/* qlog.c - the qlog files that programs wrote, from the nodes into the run's directory */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "exec.h"
#include "satbed/agent_proto.h"
#include "satbed/base/base64.h"
#include "satbed/base/clock.h"
#include "satbed/base/json.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"

/* Of one run.  Through a daemon a piece takes a while: what has not come by then stays there. */
#define MAX_BYTES (64u << 20)
#define MAX_NS	  (10 * SB_NS_PER_S)

#define DIRECTORY "qlog"

/** struct collecting - @deadline_ns: CLOCK_MONOTONIC; @incomplete: files that were not taken whole */
struct collecting {
	struct sb_run *run;
	int64_t deadline_ns;
	size_t bytes, incomplete;
};

/* @data: the caller's to free, with a NUL; NULL: the node has no answer to that. */
static int ask(struct sb_run *run, int node, const char *name, size_t offset, char **data,
	       size_t *len, int64_t *left_out, struct sb_err *err)
{
	cJSON *request = cJSON_CreateObject(), *answer = NULL;
	const char *text;
	ssize_t n = -1;
	int rc;

	*data = NULL;
	*left_out = 0;
	sb_json_add_str(request, "op", "qlog");
	sb_json_add_str(request, "name", name);
	sb_json_add_i64(request, "offset", (int64_t)offset);
	rc = sb_send(&run->up, node, request, err) ||
	     sb_wait_reply(&run->up, node, "qlog", SB_ANSWER_MS, &answer, err);
	cJSON_Delete(request);
	if (rc)
		return -1;
	sb_json_get_i64(answer, "$", "left_out", left_out, NULL);
	if (!sb_json_get_str(answer, "$", "data", &text, NULL)) {
		*data = sb_alloc(strlen(text) / 4 * 3 + 1, 1);
		n = sb_base64_decode(text, strlen(text), *data);
	}
	cJSON_Delete(answer);
	if (n < 0) {
		free(*data);
		*data = NULL;
		return sb_fail(err, SB_EENGINE, 0, "a node's qlog is not base64");
	}
	(*data)[n] = '\0';
	*len = (size_t)n;
	return 0;
}

static FILE *open_file(struct collecting *c, int node, const char *name, struct sb_err *err)
{
	char who[SB_NAME_MAX];
	sb_auto_free char *directory = sb_rundir_path(&c->run->dir, DIRECTORY);
	sb_auto_free char *path = sb_asprintf("%s/%s-%s", directory, sb_peer_name(who, node), name);
	FILE *to = mkdir(directory, 0700) && errno != EEXIST ? NULL : fopen(path, "wxe");

	if (!to)
		sb_fail(err, SB_EENV, errno, "cannot write %s", path);
	return to;
}

/* A file is made with its first piece: of what cannot be read there is none. */
static int take_file(struct collecting *c, int node, const char *name, struct sb_err *err)
{
	struct sb_err why = {0};
	size_t offset = 0, len = 1;
	FILE *to = NULL;
	int64_t ignored;

	while (len) {
		sb_auto_free char *piece = NULL;

		if (c->bytes >= MAX_BYTES || sb_mono_ns() >= c->deadline_ns ||
		    ask(c->run, node, name, offset, &piece, &len, &ignored, &why)) {
			c->incomplete++;
			break;
		}
		if (!to)
			to = open_file(c, node, name, err);
		if (!to)
			return -1;
		fwrite(piece, 1, len, to);
		offset += len;
		c->bytes += len;
	}
	if (to && (ferror(to) | fclose(to)))
		return sb_fail(err, SB_EENV, errno, "cannot write %s/" DIRECTORY, c->run->dir.path);
	return 0;
}

static int take_node(struct collecting *c, int node, struct sb_err *err)
{
	sb_auto_free char *names = NULL;
	struct sb_err why = {0};
	int64_t left_out = 0;
	char *save = NULL;
	size_t len;

	if (ask(c->run, node, "", 0, &names, &len, &left_out, &why))
		return 0;
	c->incomplete += left_out > 0 ? (size_t)left_out : 0;
	for (char *name = strtok_r(names, "\n", &save); name; name = strtok_r(NULL, "\n", &save)) {
		/* What a node says is not trusted. */
		if (!sb_node_qlog_name_is_plain(name))
			c->incomplete++;
		else if (take_file(c, node, name, err))
			return -1;
	}
	return 0;
}

int sb_exec_collect_qlog(struct sb_run *run, struct sb_err *err)
{
	struct collecting c = {.run = run, .deadline_ns = sb_mono_ns() + MAX_NS};

	if (!run->exec)
		return 0;
	for (size_t i = 0; i < run->up.tb->node_count; i++)
		if (take_node(&c, (int)i, err))
			return -1;
	if (c.incomplete)
		sb_warn(
		    "qlog: %zu files of programs were not taken whole or not at all (64 MB, 10 s, "
		    "names of letters, digits and ._- only)",
		    c.incomplete);
	return 0;
}
