// SPDX-License-Identifier: MIT
/* api_fake.c - a daemon that plays recorded and damaged dialogues on a UNIX socket */
#include "api_fake.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "satbed/base/mem.h"

/* As Docker 20.10.24 and Podman 4.3.1 answered, shortened to what is read. */
static const char docker_version[] = API_JSON(
    "{\"Platform\":{\"Name\":\"\"},\"Components\":[{\"Name\":\"Engine\",\"Version\":"
    "\"20.10.24+dfsg1\",\"Details\":{\"ApiVersion\":\"1.41\",\"MinAPIVersion\":\"1.12\"}}],"
    "\"Version\":\"20.10.24+dfsg1\",\"ApiVersion\":\"1.41\",\"MinAPIVersion\":\"1.12\","
    "\"Os\":\"linux\",\"Arch\":\"amd64\"}\n");
static const char docker_info[] = API_JSON(
    "{\"Containers\":0,\"Driver\":\"overlay2\",\"KernelVersion\":\"6.1.0\",\"OperatingSystem\":"
    "\"Debian GNU/Linux 12 (bookworm)\",\"Architecture\":\"x86_64\",\"RegistryConfig\":{"
    "\"Mirrors\":[\"https://mirror.example/\"]},\"DockerRootDir\":\"/var/lib/docker\","
    "\"CgroupDriver\":\"systemd\",\"CgroupVersion\":\"2\",\"SecurityOptions\":[\"name=seccomp,"
    "profile=default\",\"name=rootless\",\"name=cgroupns\"],\"ServerVersion\":\"20.10.24\"}\n");
static const char podman_version[] =
    API_JSON("{\"Components\":[{\"Name\":\"Podman Engine\",\"Version\":\"4.3.1\",\"Details\":{"
	     "\"APIVersion\":\"4.3.1\",\"MinAPIVersion\":\"4.0.0\"}}],\"Version\":\"4.3.1\","
	     "\"ApiVersion\":\"1.41\",\"MinAPIVersion\":\"1.24\"}\n");
static const char podman_info[] =
    API_JSON("{\"Driver\":\"overlay\",\"OperatingSystem\":\"debian\",\"CgroupVersion\":\"2\","
	     "\"SecurityOptions\":[\"name=seccomp,profile=default\"],\"RegistryConfig\":{}}\n");
static const char podman_own_info[] =
    API_JSON("{\"host\":{\"security\":{\"rootless\":true}},\"registries\":{\"docker.io\":{"
	     "\"Prefix\":\"docker.io\",\"Mirrors\":[{\"Location\":\"mirror.example\","
	     "\"Insecure\":true}]},\"search\":[\"docker.io\"]}}\n");

static const struct api_answer docker_answers[] = {
    {.request = "GET /version", .bytes = docker_version},
    {.request = "GET /info", .bytes = docker_info},
    {.request = NULL},
};
static const struct api_answer podman_answers[] = {
    {.request = "GET /version", .bytes = podman_version},
    {.request = "GET /info", .bytes = podman_info},
    {.request = "GET /libpod/info", .bytes = podman_own_info},
    {.request = NULL},
};

struct api_fake {
	char dir[64], path[100];
	int fd, quit[2];
	const struct api_answer *answers, *defaults;
	pthread_t thread;
	pthread_mutex_t lock;
	char *seen;
	size_t body_bytes;
	pthread_t *clients;
	size_t client_count, client_room;
};

struct client {
	struct api_fake *f;
	int fd;
	char buf[65536];
	size_t len;
};

/* false: the client has left, or the test is over */
static bool wait_readable(struct client *c)
{
	struct pollfd p[2] = {{.fd = c->fd, .events = POLLIN},
			      {.fd = c->f->quit[0], .events = POLLIN}};

	while (poll(p, 2, -1) < 0 && errno == EINTR)
		;
	return !p[1].revents;
}

static bool more(struct client *c)
{
	ssize_t n;

	if (c->len == sizeof(c->buf) || !wait_readable(c))
		return false;
	n = recv(c->fd, c->buf + c->len, sizeof(c->buf) - c->len, 0);
	if (n <= 0)
		return false;
	c->len += (size_t)n;
	return true;
}

static void drop(struct client *c, size_t n)
{
	memmove(c->buf, c->buf + n, c->len - n);
	c->len -= n;
}

/* Length of the line at the start of the buffer, with its end; 0 when the client has left. */
static size_t line(struct client *c)
{
	char *end;

	while (!(end = memmem(c->buf, c->len, "\r\n", 2)))
		if (!more(c))
			return 0;
	return (size_t)(end - c->buf) + 2;
}

static bool skip(struct client *c, size_t bytes)
{
	while (bytes) {
		size_t n = c->len < bytes ? c->len : bytes;

		drop(c, n);
		bytes -= n;
		if (bytes && !more(c))
			return false;
	}
	return true;
}

static bool skip_chunks(struct client *c, size_t *total)
{
	size_t n, len;

	do {
		len = line(c);
		if (!len)
			return false;
		n = strtoul(c->buf, NULL, 16);
		drop(c, len);
		if (!skip(c, n + 2))
			return false;
		*total += n;
	} while (n);
	return true;
}

/* A request's first line into @first, its body thrown away. */
static bool read_request(struct client *c, char *first, size_t size)
{
	size_t len = line(c), body = 0, total = 0;
	bool chunked = false;

	if (!len)
		return false;
	snprintf(first, size, "%.*s", (int)(len - 2), c->buf);
	drop(c, len);
	while ((len = line(c)) > 2) {
		if (!strncasecmp(c->buf, "Content-Length:", 15))
			body = strtoul(c->buf + 15, NULL, 10);
		if (!strncasecmp(c->buf, "Transfer-Encoding: chunked", 26))
			chunked = true;
		drop(c, len);
	}
	if (!len)
		return false;
	drop(c, len);
	pthread_mutex_lock(&c->f->lock);
	char *seen = sb_asprintf("%s%s\n", c->f->seen ? c->f->seen : "", first);
	free(c->f->seen);
	c->f->seen = seen;
	pthread_mutex_unlock(&c->f->lock);
	total = body;
	if (chunked ? !skip_chunks(c, &total) : !skip(c, body))
		return false;
	pthread_mutex_lock(&c->f->lock);
	c->f->body_bytes = total;
	pthread_mutex_unlock(&c->f->lock);
	return true;
}

/* "GET /v1.41/info HTTP/1.1" without its "/v1.41". */
static void strip_version(char *first)
{
	char *slash = strchr(first, '/');
	size_t n = slash && slash[1] == 'v' ? 2 + strspn(slash + 2, "0123456789.") : 0;

	if (n > 2 && slash[n] == '/')
		memmove(slash, slash + n, strlen(slash + n) + 1);
}

static const struct api_answer *find(const struct api_answer *a, const char *first)
{
	for (; a->request; a++)
		if (!strncmp(first, a->request, strlen(a->request)))
			return a;
	return NULL;
}

static bool put(int fd, const char *bytes, size_t len, int pause_ms)
{
	while (len) {
		ssize_t n = send(fd, bytes, pause_ms ? 1 : len, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		bytes += n;
		len -= (size_t)n;
		if (pause_ms)
			usleep((unsigned int)pause_ms * 1000);
	}
	return true;
}

/* Returns whether the connection goes on. */
static bool answer(struct client *c, const struct api_answer *a)
{
	static const char unknown[] =
	    API_STATUS("404 Not Found", "{\"message\":\"page not found\"}\n");
	struct api_answer none = {.bytes = unknown};
	bool there;

	if (!a)
		a = &none;
	if (a->play) {
		a->play(c->fd);
		return false;
	}
	there = put(c->fd, a->bytes, a->len ? a->len : strlen(a->bytes), a->pause_ms);
	for (size_t i = 0; there && i < a->again; i++)
		there = put(c->fd, a->tail, strlen(a->tail), a->pause_ms);
	while (a->hang && more(c))
		c->len = 0;
	return there && a->keep;
}

static void *serve(void *arg)
{
	struct client *c = arg;
	char first[4096];
	const struct api_answer *a;

	do {
		if (!read_request(c, first, sizeof(first)))
			break;
		strip_version(first);
		a = find(c->f->answers, first);
		if (!a)
			a = find(c->f->defaults, first);
	} while (answer(c, a));
	close(c->fd);
	free(c);
	return NULL;
}

static void *listen_for(void *arg)
{
	struct api_fake *f = arg;

	for (;;) {
		struct pollfd p[2] = {{.fd = f->fd, .events = POLLIN},
				      {.fd = f->quit[0], .events = POLLIN}};
		struct client *c;
		int fd;

		while (poll(p, 2, -1) < 0 && errno == EINTR)
			;
		if (p[1].revents)
			return NULL;
		fd = accept4(f->fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			continue;
		c = sb_alloc(1, sizeof(*c));
		c->f = f;
		c->fd = fd;
		f->clients =
		    sb_grow(f->clients, f->client_count, &f->client_room, sizeof(*f->clients));
		if (pthread_create(&f->clients[f->client_count], NULL, serve, c))
			abort();
		f->client_count++;
	}
}

struct api_fake *api_fake_start(const struct api_answer *answers, bool podman)
{
	struct api_fake *f = sb_alloc(1, sizeof(*f));
	struct sockaddr_un sun = {.sun_family = AF_UNIX};

	f->answers = answers;
	f->defaults = podman ? podman_answers : docker_answers;
	pthread_mutex_init(&f->lock, NULL);
	strcpy(f->dir, "/tmp/satbed-fake-XXXXXX");
	if (!mkdtemp(f->dir) || pipe(f->quit))
		abort();
	snprintf(f->path, sizeof(f->path), "%s/docker.sock", f->dir);
	strcpy(sun.sun_path, f->path);
	f->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (f->fd < 0 || bind(f->fd, (struct sockaddr *)&sun, sizeof(sun)) || listen(f->fd, 16) ||
	    pthread_create(&f->thread, NULL, listen_for, f))
		abort();
	return f;
}

void api_fake_stop(struct api_fake *f)
{
	close(f->quit[1]);
	pthread_join(f->thread, NULL);
	while (f->client_count)
		pthread_join(f->clients[--f->client_count], NULL);
	close(f->quit[0]);
	close(f->fd);
	unlink(f->path);
	rmdir(f->dir);
	pthread_mutex_destroy(&f->lock);
	free(f->clients);
	free(f->seen);
	free(f);
}

struct sb_daemon_address api_fake_address(const struct api_fake *f)
{
	struct sb_daemon_address a = {0};

	snprintf(a.url, sizeof(a.url), "unix://%s", f->path);
	strcpy(a.origin, "a test");
	return a;
}

char *api_fake_seen(struct api_fake *f)
{
	char *seen;

	pthread_mutex_lock(&f->lock);
	seen = sb_strdup(f->seen ? f->seen : "");
	pthread_mutex_unlock(&f->lock);
	return seen;
}

size_t api_fake_body_bytes(struct api_fake *f)
{
	size_t n;

	pthread_mutex_lock(&f->lock);
	n = f->body_bytes;
	pthread_mutex_unlock(&f->lock);
	return n;
}
