// SPDX-License-Identifier: MIT
/* container_interop.c - nodes of an interop flow: the entry points of their images, and what these expect around them */
#include "container_interop.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/json.h"
#include "satbed/base/mem.h"

#define WORK_BYTES "1g"

/* A word for the shell, and for sb_expand(), which doubles braces. */
static char *quoted(const char *word)
{
	char *out = sb_alloc(4 * strlen(word) + 3, 1), *to = out;

	*to++ = '\'';
	for (; *word; word++) {
		if (*word == '\'')
			to = stpcpy(to, "'\\'");
		else if (*word == '{')
			*to++ = '{';
		*to++ = *word;
	}
	stpcpy(to, "'");
	return out;
}

static void append(char **text, const char *more)
{
	char *longer = sb_asprintf("%s%s", *text, more);

	free(*text);
	*text = longer;
}

/* The words of one list, each quoted, blanks before them; the first of all is copied to @program. */
static void append_words(char **text, const cJSON *list, char **program)
{
	const cJSON *word;

	cJSON_ArrayForEach(word, list)
	{
		sb_auto_free char *text_word =
		    quoted(cJSON_IsString(word) ? word->valuestring : "");

		if (!*program)
			*program = sb_strdup(text_word);
		append(text, " ");
		append(text, text_word);
	}
}

int sb_interop_command(const cJSON *image, const char *name, char out[SB_COMMAND_MAX],
		       struct sb_err *err)
{
	const cJSON *config = cJSON_GetObjectItemCaseSensitive(image, "Config");
	const char *directory =
	    cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(config, "WorkingDir"));
	sb_auto_free char *words = sb_strdup(""), *program = NULL, *where = NULL, *text = NULL;

	append_words(&words, cJSON_GetObjectItemCaseSensitive(config, "Entrypoint"), &program);
	append_words(&words, cJSON_GetObjectItemCaseSensitive(config, "Cmd"), &program);
	if (!program) {
		program = sb_strdup("/run_endpoint.sh");
		append(&words, " /run_endpoint.sh");
	}
	where = quoted(directory && directory[0] ? directory : "/");
	/* The shell's own status of what it cannot find is the contract's "not supported". */
	text = sb_asprintf("cd %s && command -v %s >/dev/null || exit 126; exec%s", where, program,
			   words);
	if (sb_copy_str(out, SB_COMMAND_MAX, text))
		return sb_fail(err, SB_EENV, 0,
			       "image %s: its entry point is longer than %d characters: %s", name,
			       SB_COMMAND_MAX - 1, text);
	return 0;
}

bool sb_interop_has_node(const struct sb_plan *plan, size_t node)
{
	const struct sb_flow *flow = sb_plan_interop(plan);

	return flow && (node == 0 || node == flow->client + 1u);
}

static void add_host(cJSON *hosts, const char *name, const char *address)
{
	sb_auto_free char *line = sb_asprintf("%s:%s", name, address);

	cJSON_AddItemToArray(hosts, cJSON_CreateString(line));
}

void sb_interop_add(cJSON *body, cJSON *host, cJSON *tmpfs, const struct sb_plan *plan, size_t node)
{
	const struct sb_link *link = &plan->links[sb_plan_interop(plan)->client];
	const char *work = node ? "/downloads" : "/www";
	sb_auto_free char *variable = sb_asprintf("SATBED_WORK=%s", work);
	cJSON *hosts = cJSON_AddArrayToObject(host, "ExtraHosts"), *variables;
	char server4[INET6_ADDRSTRLEN], server6[INET6_ADDRSTRLEN], client4[INET6_ADDRSTRLEN];
	static const char *const places[] = {"/www", "/downloads", "/logs", "/certs"};

	inet_ntop(AF_INET, &link->server.addr4, server4, sizeof(server4));
	inet_ntop(AF_INET6, &link->server.addr6, server6, sizeof(server6));
	inet_ntop(AF_INET, &link->client.addr4, client4, sizeof(client4));
	/* Where the simulator of the Interop Runner has 193.167.100.100 and its like. */
	add_host(hosts, "server4", server4);
	add_host(hosts, "server6", server6);
	add_host(hosts, "server46", plan->ip_version == 4 ? server4 : server6);
	add_host(hosts, node ? "server" : "client",
		 node && plan->ip_version == 6 ? server6
		 : node			       ? server4
					       : client4);
	/* Clients wait for the simulator's port; the script that does so is taken out (run/interop.c). */
	add_host(hosts, "sim", "127.0.0.1");
	variables = cJSON_AddArrayToObject(body, "Env");
	cJSON_AddItemToArray(variables, cJSON_CreateString(variable));
	/* Endpoints write beside themselves, and change scripts of their own. */
	cJSON_ReplaceItemInObjectCaseSensitive(host, "ReadonlyRootfs", cJSON_CreateBool(false));
	for (size_t i = 0; i < SB_ARRAY_LEN(places); i++)
		sb_json_add_str(tmpfs, places[i], "rw,exec,nosuid,nodev,mode=777,size=" WORK_BYTES);
}
