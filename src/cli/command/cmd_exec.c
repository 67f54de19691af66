// SPDX-License-Identifier: MIT
/* cmd_exec.c - satbed exec and satbed shell: commands in the nodes of a testbed that is up */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/attach.h"
#include "cli/cli.h"
#include "satbed/base/clean.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/supervisor.h"
#include "cli/target_args.h"

#define ANSWER_MS 10000
#define USER_MAX  63 /* as the agent takes it */

static const struct sb_option exec_options[] = {
    {"tty", 't', NULL, "allocate a terminal, as shell does"},
    {"env", 'e', "NAME=VALUE", "a variable of its environment; may be repeated"},
    {"cwd", 'C', "DIR", "where it starts (native: here; else the node's work directory)"},
    {"user", 'u', "USER",
     "run it as USER (NAME, UID or UID:GID of the node) and without capabilities"},
    {0},
};

static const char *const exec_examples[] = {
    "satbed exec client1 -- ping -c 3 198.18.1.1",
    "satbed exec server -- iperf3 -s -1 &  satbed exec client1 -- iperf3 -c 198.18.1.1 -R",
    "tar c . | satbed exec leo-lossy:client1 -- tar x",
    NULL,
};

static const char *const shell_examples[] = {
    "satbed shell client1",
    "satbed shell leo-lossy:server",
    NULL,
};

/* The user's own shell where the node has it, else what it has. */
static const char shell_script[] = "for s in \"$1\" /bin/bash; do\n"
				   "[ -x \"$s\" ] && exec \"$s\"\n"
				   "done\n"
				   "exec /bin/sh";

struct request {
	struct sb_target_args where;
	bool have_place, tty;
	cJSON *argv, *env;
	const char *cwd, *user;
};

static void add_word(cJSON *list, const char *word)
{
	cJSON_AddItemToArray(list, cJSON_CreateString(word));
}

/* What stands behind the node is the command's, options included. */
static int read_words(struct request *r, struct sb_args *args, struct sb_err *err)
{
	if (sb_target_args_node(args->value, &r->where, err))
		return -1;
	r->have_place = true;
	if (args->at < args->argc && !strcmp(args->argv[args->at], "--"))
		args->at++;
	for (; args->at < args->argc; args->at++) {
		if (!sb_is_utf8(args->argv[args->at]))
			return sb_fail(
			    err, SB_EINPUT, 0,
			    "arguments must be UTF-8; pass other bytes through standard input");
		add_word(r->argv, args->argv[args->at]);
	}
	return 0;
}

static int read_request(struct request *r, struct sb_args *args, struct sb_err *err)
{
	int more;

	while ((more = sb_args_next(args, err)) > 0) {
		if (!args->option) {
			if (read_words(r, args, err))
				return -1;
		} else if (!strcmp(args->option->name, "tty")) {
			r->tty = true;
		} else if (!strcmp(args->option->name, "cwd")) {
			r->cwd = args->value;
		} else if (!strcmp(args->option->name, "user")) {
			if (!args->value[0] || strlen(args->value) > USER_MAX ||
			    !sb_is_utf8(args->value))
				return sb_fail(err, SB_EINPUT, 0,
					       "--user \"%s\" is not NAME, UID or UID:GID",
					       args->value);
			r->user = args->value;
		} else if (args->value[0] == '=' || !strchr(args->value, '=') ||
			   !sb_is_utf8(args->value)) {
			return sb_fail(err, SB_EINPUT, 0, "--env %s is not NAME=VALUE",
				       args->value);
		} else {
			add_word(r->env, args->value);
		}
	}
	if (more < 0)
		return -1;
	if (!r->have_place)
		return sb_fail(
		    err, SB_EINPUT, 0, "%s needs a node, for example: satbed %s client1%s",
		    args->command->name, args->command->name,
		    strcmp(args->command->name, "exec") ? "" : " -- ping -c 3 198.18.1.1");
	return 0;
}

static void pass_variable(cJSON *env, const char *name)
{
	const char *value = getenv(name);
	sb_auto_free char *word = value ? sb_asprintf("%s=%s", name, value) : NULL;

	if (word && sb_is_utf8(word))
		add_word(env, word);
}

/* Nodes of the engine native have this machine's files: commands find there what they find here. */
static void pass_surroundings(struct request *r, cJSON *run, bool native)
{
	static const char *const of_files[] = {"PATH", "HOME", "USER", "LOGNAME", "SHELL"};
	cJSON *env = cJSON_AddArrayToObject(run, "env"), *word;
	sb_auto_free char *here = native && !r->cwd ? getcwd(NULL, 0) : NULL;

	pass_variable(env, "TERM");
	/* Another user has a home of its own. */
	for (size_t i = 0; native && i < (r->user ? 1 : SB_ARRAY_LEN(of_files)); i++)
		pass_variable(env, of_files[i]);
	if (native) {
		pass_variable(env, "LANG");
		pass_variable(env, "LC_ALL");
	}
	cJSON_ArrayForEach(word, r->env)
	{
		add_word(env, word->valuestring);
	}
	if (r->cwd || here)
		sb_json_add_str(run, "cwd", r->cwd ? r->cwd : here);
	if (r->user)
		sb_json_add_str(run, "user", r->user);
}

static int ask_native(int fd, bool *native, struct sb_err *err)
{
	cJSON *ask = cJSON_CreateObject(), *ps = NULL;
	const char *engine = "";
	int rc;

	sb_json_add_str(ask, "op", "ps");
	rc = sb_supervisor_ask(fd, ask, "ps", ANSWER_MS, &ps, err);
	if (!rc)
		sb_json_get_str(ps, "$", "engine", &engine, NULL);
	*native = !strcmp(engine, "native");
	cJSON_Delete(ask);
	cJSON_Delete(ps);
	return rc;
}

static size_t length_of(const cJSON *words)
{
	const cJSON *word;
	size_t bytes = 0;

	cJSON_ArrayForEach(word, words)
	{
		bytes += strlen(word->valuestring) + 1;
	}
	return bytes;
}

static int run_there(struct request *r, struct sb_err *err)
{
	sb_auto_close int fd = sb_supervisor_connect(sb_target_args_testbed(&r->where), NULL, err);
	cJSON *run;
	bool native;
	int status;

	if (fd < 0 || ask_native(fd, &native, err))
		return -1;
	/* Each may take six characters in JSON. */
	if (length_of(r->argv) + length_of(r->env) > SB_SUPERVISOR_LINE_MAX / 8)
		return sb_fail(err, SB_EINPUT, 0,
			       "the arguments are longer than %u bytes in all; pass them in a file "
			       "or through standard input",
			       SB_SUPERVISOR_LINE_MAX / 8);
	run = cJSON_CreateObject();
	sb_json_add_str(run, "op", "run");
	sb_json_add_str(run, "node", r->where.node);
	cJSON_AddItemReferenceToObject(run, "argv", r->argv);
	pass_surroundings(r, run, native);
	status = sb_attach(fd, run, r->tty, err);
	cJSON_Delete(run);
	return status;
}

static int carry_out(const struct sb_command *self, int argc, char **argv, bool shell)
{
	struct sb_args args = {.command = self, .argc = argc, .argv = argv};
	struct request r = {.argv = cJSON_CreateArray(), .env = cJSON_CreateArray()};
	struct sb_err err = {0};
	int status = read_request(&r, &args, &err);

	if (!status && !shell && !cJSON_GetArraySize(r.argv))
		status = sb_fail(&err, SB_EINPUT, 0,
				 "exec needs a command, for example: satbed exec %s -- ip addr; or "
				 "use: satbed shell %s",
				 r.where.node, r.where.node);
	if (!status && shell && cJSON_GetArraySize(r.argv))
		status =
		    sb_fail(&err, SB_EINPUT, 0,
			    "shell takes no command; use: satbed exec %s -- COMMAND", r.where.node);
	if (!status && shell) {
		const char *own = getenv("SHELL");
		const char *const words[] = {"/bin/sh", "-c", shell_script, "sh", own ? own : ""};

		for (size_t i = 0; i < SB_ARRAY_LEN(words); i++)
			add_word(r.argv, words[i]);
		r.tty = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	} else if (!status && r.tty && !isatty(STDIN_FILENO)) {
		status = sb_fail(&err, SB_EINPUT, 0, "--tty needs a terminal as standard input");
	}
	if (!status)
		status = run_there(&r, &err);
	if (status < 0)
		status = sb_die(&err);
	cJSON_Delete(r.argv);
	cJSON_Delete(r.env);
	return status;
}

static int run_exec(const struct sb_command *self, int argc, char **argv)
{
	return carry_out(self, argc, argv, false);
}

static int run_shell(const struct sb_command *self, int argc, char **argv)
{
	return carry_out(self, argc, argv, true);
}

const struct sb_command sb_cmd_exec = {
    .name = "exec",
    .args = "[NAME:]NODE -- COMMAND ...",
    .summary = "run a command in a node of a running testbed",
    .options = exec_options,
    .examples = exec_examples,
    .run = run_exec,
};

const struct sb_command sb_cmd_shell = {
    .name = "shell",
    .args = "[NAME:]NODE",
    .summary = "open a shell in a node of a running testbed",
    .options = exec_options + 1,
    .examples = shell_examples,
    .run = run_shell,
};
