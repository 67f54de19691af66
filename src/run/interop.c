// SPDX-License-Identifier: MIT
/*
 * interop.c - interop flows: what the contract of the QUIC Interop Runner gives to the images, and what came of it
 *
 * Files of a known content for the server, a certificate made for this run, the variables ROLE, TESTCASE,
 * REQUESTS, SSLKEYLOGFILE; QLOGDIR is every command's.  Status 127 says that an image does not know the
 * test case.  Whether the client succeeded is decided by the files that it downloaded.
 */
#include "interop.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "satbed/agent_proto.h"
#include "satbed/base/fdio.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"

#define PEM_MAX (1u << 16)
#define MAKE_MS 60000 /* 400 MB, on a busy machine */
#define CERTIFICATE                                                                           \
	"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 " \
	"-subj '/CN=satbed interop' "                                                         \
	"-addext 'subjectAltName=DNS:server,DNS:server4,DNS:server6,DNS:server46' "           \
	"-keyout \"$1/key.pem\" -out \"$1/cert.pem\" 2>\"$1/log\""

/*
 * Routes are the testbed's, and there is no simulator whose port could be waited for: the scripts that the
 * endpoints' base image has for these do nothing here but start what they are to start.
 */
#define PREPARE                                                                                    \
	"umask 022\n"                                                                              \
	"printf '%s\\n' \"$SATBED_CERT\" >/certs/cert.pem && cp /certs/cert.pem /certs/ca.pem && " \
	"printf '%s\\n' \"$SATBED_KEY\" >/certs/priv.key || exit 125\n"                            \
	"unset SATBED_CERT SATBED_KEY\n"                                                           \
	"for f in /setup.sh /wait-for-it.sh; do\n"                                                 \
	"\t[ -e $f ] || continue\n"                                                                \
	"\tprintf '#!/bin/sh\\nwhile [ $# -gt 0 ]; do\\n\\tif [ \"$1\" = -- ]; then "              \
	"shift; "                                                                                  \
	"exec \"$@\"; fi\\n\\tshift\\ndone\\nexit 0\\n' >$f || exit 125\n"                         \
	"done\n"

static const char *file_name(uint32_t number, char buf[24])
{
	snprintf(buf, 24, "file%" PRIu32 ".bin", number + 1);
	return buf;
}

static uint64_t seed_of(const struct sb_flow *flow, uint32_t number)
{
	return (flow->seed + number) & ((UINT64_C(1) << 53) - 1);
}

/* --- before the run --- */

static int run_openssl(const char *directory)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", CERTIFICATE, "sh", directory, (char *)NULL);
		_exit(127);
	}
	if (pid > 0)
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void remove_directory(const char *directory)
{
	static const char *const names[] = {"key.pem", "cert.pem", "log"};

	for (size_t i = 0; i < SB_ARRAY_LEN(names); i++) {
		sb_auto_free char *path = sb_asprintf("%s/%s", directory, names[i]);

		unlink(path);
	}
	rmdir(directory);
}

/* The key never is in the run's directory: that may be given away. */
static int make_certificate(struct exec_flow *x, struct sb_err *err)
{
	const char *tmp = getenv("TMPDIR");
	sb_auto_free char *directory = sb_asprintf("%s/satbed-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	sb_auto_free char *cert = NULL, *key = NULL, *log_path = NULL, *log = NULL;
	int status, rc;

	if (!mkdtemp(directory))
		return sb_fail(err, SB_EENV, errno,
			       "cannot create a directory for a certificate (%s)", directory);
	cert = sb_asprintf("%s/cert.pem", directory);
	key = sb_asprintf("%s/key.pem", directory);
	log_path = sb_asprintf("%s/log", directory);
	status = run_openssl(directory);
	if (status == 127) {
		rc = sb_fail(
		    err, SB_EENV, 0,
		    "an interop flow needs a certificate: openssl is not installed; type: sudo "
		    "apt-get install openssl");
	} else if (status) {
		sb_read_file(log_path, PEM_MAX, &log, NULL, NULL);
		rc = sb_fail(err, SB_EENV, 0, "openssl cannot make a certificate (status %d): %s",
			     status, log ? log : "");
	} else {
		rc = sb_read_file(cert, PEM_MAX, &x->certificate, NULL, err) ||
		     sb_read_file(key, PEM_MAX, &x->key, NULL, err);
	}
	remove_directory(directory);
	return rc ? -1 : 0;
}

/* @size, @good: as the node answers (agent_proto.h) */
static int pattern(struct sb_run *run, int node, const struct sb_flow *flow, uint32_t number,
		   bool check, int64_t *size, int64_t *good, struct sb_err *err)
{
	cJSON *request = cJSON_CreateObject(), *answer = NULL;
	char name[24];
	int rc;

	sb_json_add_str(request, "op", "pattern");
	sb_json_add_str(request, "path", file_name(number, name));
	sb_json_add_i64(request, "bytes", (int64_t)flow->file_bytes[number]);
	sb_json_add_i64(request, "seed", (int64_t)seed_of(flow, number));
	sb_json_add_bool(request, "check", check);
	rc = sb_send(&run->up, node, request, err) ||
	     sb_wait_reply(&run->up, node, "pattern", MAKE_MS, &answer, err) ||
	     sb_json_get_i64(answer, "$", "size", size, err) ||
	     sb_json_get_i64(answer, "$", "good", good, err);
	cJSON_Delete(request);
	cJSON_Delete(answer);
	return rc ? -1 : 0;
}

int sb_interop_prepare(struct sb_run *run, size_t i, struct sb_err *err)
{
	const struct sb_flow *flow = &run->plan->flows[i];
	int64_t size, good;

	if (make_certificate(&run->exec->flows[i], err))
		return -1;
	for (uint32_t k = 0; k < flow->file_count; k++)
		if (pattern(run, 0, flow, k, false, &size, &good, err))
			return sb_wrap(err, "[flow.%s] files of the server", flow->name);
	return 0;
}

/* --- its commands --- */

static char *requests_of(const struct sb_run *run, const struct sb_flow *flow)
{
	char *out = sb_strdup(""), name[24];

	for (uint32_t k = 0; k < flow->file_count; k++) {
		char *longer = sb_asprintf("%s%shttps://server%d:%d/%s", out, k ? " " : "",
					   run->plan->ip_version, flow->port, file_name(k, name));

		free(out);
		out = longer;
	}
	return out;
}

static void add_variable(cJSON *list, const char *name, const char *value)
{
	sb_auto_free char *text = sb_asprintf("%s=%s", name, value);

	cJSON_AddItemToArray(list, cJSON_CreateString(text));
}

char *sb_interop_dress(const struct sb_run *run, size_t i, bool client, const char *command,
		       cJSON *request)
{
	const struct sb_flow *flow = &run->plan->flows[i];
	const struct exec_flow *x = &run->exec->flows[i];
	sb_auto_free char *requests = requests_of(run, flow);
	cJSON *list = cJSON_AddArrayToObject(request, "env");

	add_variable(list, "ROLE", client ? "client" : "server");
	add_variable(list, "TESTCASE", flow->testcase);
	/* Beside the qlog files, and kept with them: captures can be decrypted with it. */
	add_variable(list, "SSLKEYLOGFILE",
		     client ? "/downloads/qlog/keys.log" : "/www/qlog/keys.log");
	add_variable(list, client ? "CLIENT_PARAMS" : "SERVER_PARAMS", "");
	if (client)
		add_variable(list, "REQUESTS", requests);
	add_variable(list, "SATBED_CERT", x->certificate);
	add_variable(list, "SATBED_KEY", x->key);
	return sb_asprintf("%s%s", PREPARE, command);
}

/* --- afterwards --- */

int sb_interop_judge(struct sb_run *run, struct sb_err *err)
{
	for (size_t i = 0; run->exec && i < run->plan->flow_count; i++) {
		const struct sb_flow *flow = &run->plan->flows[i];
		struct exec_flow *x = &run->exec->flows[i];
		struct sb_flow_end *end = &run->flows[i].client;
		int64_t size;

		if (!sb_flow_is_interop(flow))
			continue;
		for (uint32_t k = 0; k < flow->file_count; k++) {
			int64_t whole = (int64_t)flow->file_bytes[k];
			char name[24];

			if (pattern(run, (int)sb_plan_node(run->plan, flow->client), flow, k, true,
				    &size, &x->intact[k], err))
				return -1;
			/* A longer file is no copy, either. */
			if (size > whole)
				x->intact[k] = 0;
			if (x->intact[k] == whole || end->error || !x->client.ended ||
			    x->client.status != 0)
				continue;
			end->error =
			    size < 0
				? sb_asprintf("client: exit status 0, but %s was not downloaded",
					      file_name(k, name))
				: sb_asprintf(
				      "client: exit status 0, but %s is not the server's: %" PRIi64
				      " of %" PRIi64 " bytes are right, and it has %" PRIi64,
				      file_name(k, name), x->intact[k], whole, size);
		}
	}
	return 0;
}

bool sb_interop_is_unsupported(const struct exec_end *e)
{
	return e->ended && e->status == SB_INTEROP_UNSUPPORTED;
}

void sb_interop_outcome(const struct sb_run *run, size_t flow, struct sb_flow_outcome *out)
{
	const struct exec_flow *x = &run->exec->flows[flow];
	const struct sb_flow *f = &run->plan->flows[flow];
	bool whole = true;

	for (uint32_t k = 0; k < f->file_count; k++) {
		out->interop_intact[k] = x->intact[k];
		whole &= x->intact[k] == (int64_t)f->file_bytes[k];
	}
	out->complete = whole && x->client.ended && x->client.status == 0;
	if (sb_interop_is_unsupported(&x->client) || sb_interop_is_unsupported(&x->server))
		out->interop = SB_INTEROP_IS_UNSUPPORTED;
	else
		out->interop = out->complete ? SB_INTEROP_SUCCEEDED : SB_INTEROP_FAILED;
	out->failed |= !out->complete;
	if (out->complete)
		out->completion_s = (double)(x->client.end_ns - x->client.start_ns) / 1e9;
}
