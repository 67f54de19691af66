// SPDX-License-Identifier: MIT
/*
 * browser.c - a headless Chromium of one's own, driven over the WebDriver protocol
 *
 * https://www.w3.org/TR/webdriver2/; a failure of the protocol ends the test program, which has no
 * use for it.
 */
#include "browser.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "satbed/base/base64.h"
#include "satbed/base/clock.h"
#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"

#define LIMIT_S 120 /* a busy machine takes its time to start a browser */

struct browser {
	pid_t driver;
	int said; /* its stdout, open to the end: it may have more to say */
	CURL *curl;
	char *base; /* http://127.0.0.1:PORT/session/ID */
	char profile[32];
};

static pid_t running;

/* However the test ends: nothing of the browser stays behind. */
static void kill_running(void)
{
	if (running > 0)
		kill(-running, SIGKILL);
}

static void die(const char *what, const char *more)
{
	fprintf(stderr, "browser: %s: %s\n", what, more);
	exit(1);
}

static bool is_there(const char *program)
{
	sb_auto_free char *command = sb_asprintf("command -v %s >/dev/null", program);

	return system(command) == 0;
}

/* --- HTTP --- */

static size_t add_text(char *data, size_t size, size_t n, void *arg)
{
	cJSON **list = arg;
	sb_auto_free char *piece = sb_asprintf("%.*s", (int)(size * n), data);

	cJSON_AddItemToArray(*list, cJSON_CreateString(piece));
	return size * n;
}

static char *join(const cJSON *list)
{
	char *out = NULL;
	size_t size;
	FILE *f = open_memstream(&out, &size);
	const cJSON *piece;

	cJSON_ArrayForEach(piece, list) fputs(piece->valuestring, f);
	fclose(f);
	return out;
}

/* "value" of the answer; the caller's to delete. */
static cJSON *call(CURL *curl, const char *method, const char *url, const cJSON *body)
{
	struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
	sb_auto_free char *request = body ? cJSON_PrintUnformatted(body) : NULL, *text = NULL;
	cJSON *pieces = cJSON_CreateArray(), *answer, *value;
	CURLcode rc;

	curl_easy_reset(curl);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)LIMIT_S);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
	if (request)
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, add_text);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &pieces);
	rc = curl_easy_perform(curl);
	curl_slist_free_all(headers);
	text = join(pieces);
	cJSON_Delete(pieces);
	if (rc)
		die(url, curl_easy_strerror(rc));
	answer = cJSON_Parse(text);
	value = cJSON_DetachItemFromObject(answer, "value");
	cJSON_Delete(answer);
	if (!value || cJSON_GetObjectItem(value, "error"))
		die(url, text);
	return value;
}

static cJSON *ask(struct browser *b, const char *path, const char *body)
{
	sb_auto_free char *url = sb_asprintf("%s%s", b->base, path);
	cJSON *json = body ? cJSON_Parse(body) : NULL, *value;

	if (body && !json)
		die("no JSON", body);
	value = call(b->curl, body ? "POST" : "GET", url, json);
	cJSON_Delete(json);
	return value;
}

/* --- the driver and its browser --- */

static pid_t start_driver(int *out)
{
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		die("pipe", strerror(errno));
	pid = fork();
	if (!pid) {
		/* Its browser's processes are in its group, and end with it. */
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		dup2(fds[1], STDOUT_FILENO);
		execlp("chromedriver", "chromedriver", "--port=0", (char *)NULL);
		_exit(127);
	}
	close(fds[1]);
	*out = fds[0];
	return pid;
}

/* It says "ChromeDriver was started successfully on port N." */
static int read_port(int fd)
{
	int64_t deadline_ns = sb_mono_ns() + LIMIT_S * SB_NS_PER_S;
	char said[4096];
	size_t len = 0;

	while (sb_mono_ns() < deadline_ns && len < sizeof(said) - 1) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		ssize_t n;
		char *at;

		if (poll(&p, 1, 1000) <= 0)
			continue;
		n = read(fd, said + len, sizeof(said) - 1 - len);
		if (n <= 0)
			break;
		len += (size_t)n;
		said[len] = '\0';
		at = strstr(said, "successfully on port ");
		if (at && strchr(at, '.'))
			return (int)strtol(at + strlen("successfully on port "), NULL, 10);
	}
	return 0;
}

static char *capabilities(const struct browser *b, int width, int height)
{
	return sb_asprintf(
	    "{\"capabilities\":{\"alwaysMatch\":{\"goog:loggingPrefs\":{\"browser\":\"ALL\","
	    "\"performance\":\"ALL\"},\"goog:chromeOptions\":{\"args\":["
	    "\"--headless\",\"--no-sandbox\",\"--disable-gpu\",\"--disable-quic\",\"--no-first-"
	    "run\","
	    "\"--disable-background-networking\",\"--disable-component-update\",\"--disable-sync\","
	    "\"--disable-dev-shm-usage\",\"--hide-scrollbars\",\"--proxy-server=127.0.0.1:9\","
	    "\"--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1\",\"--user-data-dir=%s\","
	    "\"--window-size=%d,%d\"]}}}}",
	    b->profile, width, height);
}

struct browser *browser_open(int width, int height, const char **why)
{
	struct browser *b;
	cJSON *body, *session;
	int port;
	char *url;

	*why = !is_there("chromedriver") ? "no chromedriver here (package chromium-driver)"
	       : !is_there("chromium")	 ? "no chromium here"
					 : NULL;
	if (*why)
		return NULL;
	b = sb_alloc(1, sizeof(*b));
	strcpy(b->profile, "/tmp/satbed-browser-XXXXXX");
	if (!mkdtemp(b->profile))
		die(b->profile, strerror(errno));
	curl_global_init(CURL_GLOBAL_DEFAULT);
	b->curl = curl_easy_init();
	b->driver = running = start_driver(&b->said);
	atexit(kill_running);
	port = read_port(b->said);
	if (!port)
		die("chromedriver", "does not start");
	url = sb_asprintf("http://127.0.0.1:%d/session", port);
	b->base = capabilities(b, width, height);
	body = cJSON_Parse(b->base);
	session = call(b->curl, "POST", url, body);
	free(b->base);
	b->base = sb_asprintf("%s/%s", url,
			      cJSON_GetStringValue(cJSON_GetObjectItem(session, "sessionId")));
	cJSON_Delete(session);
	cJSON_Delete(body);
	free(url);
	return b;
}

void browser_close(struct browser *b)
{
	sb_auto_free char *command = sb_asprintf("rm -rf %s", b->profile);

	cJSON_Delete(call(b->curl, "DELETE", b->base, NULL));
	kill(b->driver, SIGTERM);
	waitpid(b->driver, NULL, 0);
	/* What is left of its group is its browser's. */
	kill(-b->driver, SIGKILL);
	running = 0;
	close(b->said);
	curl_easy_cleanup(b->curl);
	if (system(command))
		fprintf(stderr, "browser: %s is left\n", b->profile);
	free(b->base);
	free(b);
}

/* --- what can be done with it --- */

static char *quote(const char *text)
{
	cJSON *string = cJSON_CreateString(text);
	char *quoted = cJSON_PrintUnformatted(string);

	cJSON_Delete(string);
	return quoted;
}

void browser_go(struct browser *b, const char *url)
{
	sb_auto_free char *quoted = quote(url), *body = sb_asprintf("{\"url\":%s}", quoted);

	cJSON_Delete(ask(b, "/url", body));
}

cJSON *browser_eval(struct browser *b, const char *expression)
{
	sb_auto_free char *script = sb_asprintf("return (%s);", expression);
	sb_auto_free char *quoted = quote(script);
	sb_auto_free char *body = sb_asprintf("{\"script\":%s,\"args\":[]}", quoted);

	return ask(b, "/execute/sync", body);
}

bool browser_true(struct browser *b, const char *expression)
{
	cJSON *value = browser_eval(b, expression);
	bool is_true = cJSON_IsTrue(value);

	cJSON_Delete(value);
	return is_true;
}

double browser_number(struct browser *b, const char *expression)
{
	cJSON *value = browser_eval(b, expression);
	double number = cJSON_IsNumber(value) ? value->valuedouble : -1e300;

	cJSON_Delete(value);
	return number;
}

void browser_drag(struct browser *b, int from_x, int from_y, int to_x, int to_y)
{
	sb_auto_free char *body = sb_asprintf(
	    "{\"actions\":[{\"type\":\"pointer\",\"id\":\"mouse\",\"parameters\":{\"pointerType\":"
	    "\"mouse\"},\"actions\":[{\"type\":\"pointerMove\",\"duration\":0,\"x\":%d,\"y\":%d},"
	    "{\"type\":\"pointerDown\",\"button\":0},"
	    "{\"type\":\"pointerMove\",\"duration\":50,\"x\":%d,\"y\":%d},"
	    "{\"type\":\"pointerUp\",\"button\":0}]}]}",
	    from_x, from_y, to_x, to_y);

	cJSON_Delete(ask(b, "/actions", body));
}

void browser_double_click(struct browser *b, int x, int y)
{
	static const char press[] = "{\"type\":\"pointerDown\",\"button\":0},"
				    "{\"type\":\"pointerUp\",\"button\":0}";
	/* In one go, or a busy machine makes two clicks of it. */
	sb_auto_free char *body = sb_asprintf(
	    "{\"actions\":[{\"type\":\"pointer\",\"id\":\"mouse\",\"parameters\":{\"pointerType\":"
	    "\"mouse\"},\"actions\":[{\"type\":\"pointerMove\",\"duration\":0,\"x\":%d,\"y\":%d},"
	    "%s,%s]}]}",
	    x, y, press, press);

	cJSON_Delete(ask(b, "/actions", body));
}

void browser_key(struct browser *b, const char *key)
{
	sb_auto_free char *quoted = quote(key);
	sb_auto_free char *body = sb_asprintf(
	    "{\"actions\":[{\"type\":\"key\",\"id\":\"keys\",\"actions\":[{\"type\":\"keyDown\","
	    "\"value\":%s},{\"type\":\"keyUp\",\"value\":%s}]}]}",
	    quoted, quoted);

	cJSON_Delete(ask(b, "/actions", body));
}

void browser_emulate(struct browser *b, const char *method, const char *params)
{
	sb_auto_free char *body =
	    sb_asprintf("{\"cmd\":\"Emulation.%s\",\"params\":%s}", method, params);

	cJSON_Delete(ask(b, "/goog/cdp/execute", body));
}

cJSON *browser_log(struct browser *b, const char *type)
{
	sb_auto_free char *body = sb_asprintf("{\"type\":\"%s\"}", type);

	return ask(b, "/se/log", body);
}

void browser_picture(struct browser *b, const char *path)
{
	cJSON *value = ask(b, "/screenshot", NULL);
	const char *text = cJSON_GetStringValue(value);
	char *png = sb_alloc(strlen(text) / 4 * 3 + 3, 1);
	ssize_t len = sb_base64_decode(text, strlen(text), png);

	if (len <= 0 || sb_replace_file(path, png, (size_t)len, NULL))
		die(path, "cannot be written");
	free(png);
	cJSON_Delete(value);
}
