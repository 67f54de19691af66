// SPDX-License-Identifier: MIT
/*
 * daemon_client.c - what satbed does with a daemon, on a real one; for test_daemon_client.sh
 *
 *   daemon_client URL check IMAGE	files both ways, an attach stream under pressure, its end
 *   daemon_client URL watch IMAGE	prints "attached", then waits for the end of the stream
 *   daemon_client URL pull IMAGE	what the daemon tells goes to standard output
 *
 * A container is removed again unless the daemon has died.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/container_api.h"

#define CALL_MS	    60000
#define ECHO_BYTES  ((size_t)16 << 20)
#define FILE_BYTES  ((size_t)3 << 20)
#define CAT_COMMAND "cat; echo complaint >&2; echo last words"

static struct sb_err err;
static struct sb_daemon *d;
static char *id;

static void remove_container(void)
{
	sb_auto_free char *path = id ? sb_asprintf("/containers/%s?force=1&v=1", id) : NULL;

	if (path)
		sb_daemon_call(d, "DELETE", path, NULL, CALL_MS, NULL, NULL);
	free(id);
	id = NULL;
}

static void require(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "daemon_client: %s: %s\n", what, err.msg);
	remove_container();
	exit(1);
}

static void create(const char *image)
{
	cJSON *body = cJSON_CreateObject(), *host = cJSON_AddObjectToObject(body, "HostConfig"),
	      *out;
	cJSON *command = cJSON_AddArrayToObject(body, "Cmd");
	int status;

	cJSON_AddStringToObject(body, "Image", image);
	cJSON_AddItemToArray(command, cJSON_CreateString("sh"));
	cJSON_AddItemToArray(command, cJSON_CreateString("-c"));
	cJSON_AddItemToArray(command, cJSON_CreateString(CAT_COMMAND));
	cJSON_AddTrueToObject(body, "AttachStdin");
	cJSON_AddTrueToObject(body, "AttachStdout");
	cJSON_AddTrueToObject(body, "AttachStderr");
	cJSON_AddTrueToObject(body, "OpenStdin");
	cJSON_AddTrueToObject(body, "StdinOnce");
	cJSON_AddStringToObject(host, "NetworkMode", "none");
	status = sb_daemon_call(d, "POST", "/containers/create", body, CALL_MS, &out, &err);
	require(status == 201, "create");
	id = sb_strdup(cJSON_GetStringValue(cJSON_GetObjectItem(out, "Id")));
	cJSON_Delete(out);
	cJSON_Delete(body);
}

static void start(void)
{
	sb_auto_free char *path = sb_asprintf("/containers/%s/start", id);

	require(sb_daemon_call(d, "POST", path, NULL, CALL_MS, NULL, &err) == 204, "start");
}

struct copy {
	int fd;
	unsigned int count;
};

static int take_file(const char *name, void *ctx)
{
	struct copy *c = ctx;

	c->count++;
	return !strcmp(name, "large") ? c->fd : -1;
}

static void check_files(void)
{
	char *data = sb_alloc(1, FILE_BYTES), *back = sb_alloc(1, FILE_BYTES);
	const struct sb_tar_entry entries[] = {{"dir", 0755, NULL, 0},
					       {"dir/large", 0755, data, FILE_BYTES},
					       {"dir/empty", 0644, "", 0}};
	struct copy copy = {.fd = memfd_create("copy", MFD_CLOEXEC)};

	for (size_t i = 0; i < FILE_BYTES; i++)
		data[i] = (char)(i * 2654435761u >> 9);
	require(!sb_daemon_upload(d, id, "/tmp", entries, 3, &err), "upload");
	require(!sb_daemon_download(d, id, "/tmp/dir", take_file, &copy, &err), "download");
	require(copy.count == 2, "two files back");
	require(pread(copy.fd, back, FILE_BYTES, 0) == (ssize_t)FILE_BYTES, "all bytes back");
	require(!memcmp(data, back, FILE_BYTES), "the same bytes back");
	require(lseek(copy.fd, 0, SEEK_END) == (off_t)FILE_BYTES, "no more bytes back");
	require(sb_daemon_download(d, "satbed-test-nobody", "/", take_file, &copy, &err) == -1,
		"no files of nobody");
	close(copy.fd);
	free(data);
	free(back);
}

/* More goes in than fits anywhere before anything is taken out. */
static void check_echo(int fd)
{
	size_t out = 0, in = 0;
	unsigned char buf[30000];
	bool full = false;

	while (in < ECHO_BYTES) {
		ssize_t n = -1;

		if (out < ECHO_BYTES) {
			size_t len =
			    ECHO_BYTES - out < sizeof(buf) ? ECHO_BYTES - out : sizeof(buf);

			for (size_t i = 0; i < len; i++)
				buf[i] = (unsigned char)((out + i) * 2654435761u >> 11);
			n = send(fd, buf, len, MSG_DONTWAIT | MSG_NOSIGNAL);
			if (n > 0)
				out += (size_t)n;
			else if (!full)
				usleep(300000);
			full |= n <= 0;
			if (n > 0)
				continue;
		}
		n = recv(fd, buf, sizeof(buf), 0);
		require(n > 0, "bytes come back");
		for (ssize_t i = 0; i < n; i++)
			require(buf[i] == (unsigned char)((in + (size_t)i) * 2654435761u >> 11),
				"the same bytes come back");
		in += (size_t)n;
	}
	require(full, "the stream was pressed");
}

static void check_end(int fd)
{
	char words[64] = "";
	size_t len = 0;
	ssize_t n;

	shutdown(fd, SHUT_WR);
	while (len < sizeof(words) - 1 &&
	       (n = recv(fd, words + len, sizeof(words) - 1 - len, 0)) > 0)
		len += (size_t)n;
	require(!strcmp(words, "last words\n"), "standard input ends, output does not");
	require(n == 0, "an end of file");
}

static void check(const char *image)
{
	struct sb_attachments *a;
	int fd, none;
	char *complaint;

	create(image);
	check_files();
	require(!sb_attachments_open(d, &a, &err), "attachments");
	require(sb_attachments_add(a, "satbed-test-nobody", &none, &err) == -1, "nobody attached");
	require(strstr(err.msg, "404") && strstr(err.msg, "satbed-test-nobody"),
		"who was not there");
	require(!sb_attachments_add(a, id, &fd, &err), "attach");
	start();
	check_echo(fd);
	check_end(fd);
	complaint = sb_attachments_stderr(a, id);
	require(!strcmp(complaint, "complaint\n"), "standard error apart");
	free(complaint);
	close(fd);
	sb_attachments_close(a);
}

static void watch(const char *image)
{
	struct sb_attachments *a;
	char word[8];
	int fd;

	create(image);
	require(!sb_attachments_open(d, &a, &err), "attachments");
	require(!sb_attachments_add(a, id, &fd, &err), "attach");
	start();
	require(send(fd, "ping\n", 5, MSG_NOSIGNAL) == 5 && recv(fd, word, 5, MSG_WAITALL) == 5,
		"an answer");
	printf("attached\n");
	fflush(stdout);
	require(recv(fd, word, sizeof(word), 0) <= 0, "an end");
	printf("ended\n");
	close(fd);
	sb_attachments_close(a);
}

static void show(const char *what, uint64_t done, uint64_t total, void *ctx)
{
	(void)ctx;
	printf("%s %" PRIu64 " %" PRIu64 "\n", what, done, total);
}

int main(int argc, char **argv)
{
	struct sb_daemon_list list;

	if (argc != 4)
		return 2;
	require(!sb_daemon_addresses(argv[1], &list, &err), "addresses");
	require(!sb_daemon_open(&list.items[0], &d, &err), "open");
	free(list.items);
	if (!strcmp(argv[2], "pull"))
		require(!sb_daemon_pull(d, argv[3], show, NULL, &err), "pull");
	else if (!strcmp(argv[2], "watch"))
		watch(argv[3]);
	else
		check(argv[3]);
	remove_container();
	sb_daemon_close(d);
	return 0;
}
