// SPDX-License-Identifier: MIT
/* files.c - the files that a user's commands need, from beside the scenario into the nodes */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "exec.h"
#include "satbed/base/base64.h"
#include "satbed/base/fdio.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/agent_proto.h"

/* All files of one flow together; they stay in memory on both sides. */
#define MAX_BYTES   (64u << 20)
#define PIECE_BYTES (SB_NODE_FILE_BYTES / 2)

/* In the node: the same path where that is below the scenario, else the last name of it. */
static const char *name_in_node(const char *path)
{
	const char *slash = strrchr(path, '/');
	bool outside = *path == '/' || !strncmp(path, "../", 3) || strstr(path, "/../") ||
		       strstr(path, "//") || !strncmp(path, "./", 2) || strstr(path, "/./");

	return outside && slash ? slash + 1 : path;
}

static int read_one(const struct sb_run *run, size_t flow, const char *path, size_t room,
		    struct exec_file *out, struct sb_err *err)
{
	sb_auto_free char *where = sb_path_beside(run->options->scenario, path);
	struct stat st;

	if (sb_read_file(where, room, &out->data, &out->len, err))
		return sb_wrap(err, "[flow.%s] files", run->plan->flows[flow].name);
	out->name = sb_strdup(name_in_node(path));
	out->mode = stat(where, &st) ? 0644 : st.st_mode & 0777u;
	return 0;
}

int sb_exec_read_files(const struct sb_run *run, size_t flow, struct exec_flow *x,
		       struct sb_err *err)
{
	char list[SB_COMMAND_MAX], *save = NULL;
	size_t total = 0;

	memcpy(list, run->plan->flows[flow].files, sizeof(list));
	for (char *path = strtok_r(list, " \t,", &save); path;
	     path = strtok_r(NULL, " \t,", &save)) {
		struct exec_file file = {0};

		if (read_one(run, flow, path, MAX_BYTES - total, &file, err))
			return -1;
		total += file.len;
		x->files = sb_realloc(x->files, x->file_count + 1, sizeof(*x->files));
		x->files[x->file_count++] = file;
	}
	return 0;
}

static int send_piece(struct sb_run *run, int node, const struct exec_file *file, size_t offset,
		      struct sb_err *err)
{
	size_t len = file->len - offset < PIECE_BYTES ? file->len - offset : PIECE_BYTES;
	sb_auto_free char *text = sb_alloc(SB_BASE64_LEN(len) + 1, 1);
	cJSON *request = cJSON_CreateObject();
	int rc;

	sb_base64_encode(file->data + offset, len, text);
	sb_json_add_str(request, "op", "file");
	sb_json_add_str(request, "path", file->name);
	sb_json_add_i64(request, "offset", (int64_t)offset);
	sb_json_add_i64(request, "mode", file->mode);
	sb_json_add_str(request, "data", text);
	rc = sb_send(&run->up, node, request, err);
	cJSON_Delete(request);
	return rc ? rc : sb_wait_reply(&run->up, node, "file", SB_ANSWER_MS, NULL, err);
}

int sb_exec_send_file(struct sb_run *run, int node, const struct exec_file *file,
		      struct sb_err *err)
{
	size_t offset = 0;

	do {
		if (send_piece(run, node, file, offset, err))
			return -1;
		offset += PIECE_BYTES;
	} while (offset < file->len);
	return 0;
}

int sb_exec_send_files(struct sb_run *run, size_t flow, struct sb_err *err)
{
	const struct exec_flow *x = &run->exec->flows[flow];
	int client = (int)sb_plan_node(run->plan, run->plan->flows[flow].client);

	for (size_t i = 0; i < x->file_count; i++)
		if (sb_exec_send_file(run, 0, &x->files[i], err) ||
		    sb_exec_send_file(run, client, &x->files[i], err))
			return sb_wrap(err, "[flow.%s]", run->plan->flows[flow].name);
	return 0;
}

void sb_exec_free_files(struct exec_flow *x)
{
	for (size_t i = 0; i < x->file_count; i++) {
		free(x->files[i].name);
		free(x->files[i].data);
	}
	free(x->files);
}
