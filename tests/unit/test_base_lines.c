// SPDX-License-Identifier: MIT
/* test_base_lines.c - the line channel between processes */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "satbed/base/json.h"
#include "satbed/base/lines.h"

struct pair {
	int fds[2];
	struct sb_lines near, far;
};

static void open_pair(struct pair *p)
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, p->fds), 0);
	sb_lines_init(&p->near, p->fds[0]);
	sb_lines_init(&p->far, p->fds[1]);
}

static void close_pair(struct pair *p)
{
	sb_lines_fini(&p->near);
	sb_lines_fini(&p->far);
	close(p->fds[0]);
	if (p->fds[1] >= 0)
		close(p->fds[1]);
}

static void say(struct pair *p, const char *text)
{
	assert_int_equal(write(p->fds[1], text, strlen(text)), strlen(text));
}

static void objects_arrive_whole_however_they_are_cut(void **state)
{
	struct pair p;
	struct sb_err err = {0};
	cJSON *obj;
	int64_t v;

	(void)state;
	open_pair(&p);
	say(&p, "{\"a\":");
	assert_int_equal(sb_lines_recv(&p.near, 0, &obj, &err), 0);
	assert_null(obj);
	say(&p, "1}\n{\"a\":2}\n{\"a");
	for (int want = 1; want <= 2; want++) {
		assert_int_equal(sb_lines_recv(&p.near, 0, &obj, &err), 1);
		assert_int_equal(sb_json_get_i64(obj, "$", "a", &v, &err), 0);
		assert_int_equal(v, want);
		cJSON_Delete(obj);
	}
	assert_int_equal(sb_lines_recv(&p.near, 0, &obj, &err), 0);
	close_pair(&p);
}

static void what_is_sent_comes_back_the_same(void **state)
{
	struct pair p;
	struct sb_err err = {0};
	cJSON *obj = cJSON_CreateObject(), *back;

	(void)state;
	open_pair(&p);
	sb_json_add_str(obj, "text", "line\nbreak \"quoted\"");
	assert_int_equal(sb_lines_send(&p.far, obj, &err), 0);
	assert_int_equal(sb_lines_recv(&p.near, 1000, &back, &err), 1);
	assert_true(cJSON_Compare(obj, back, 1));
	cJSON_Delete(obj);
	cJSON_Delete(back);
	close_pair(&p);
}

static void a_peer_that_leaves_or_babbles_is_an_error(void **state)
{
	static const char *const babble[] = {"hello\n",	    "\n",   "[1]\n",
					     "{\"a\":}\n",  "42\n", "{\"a\":1} {\"b\":2}\n",
					     "{\"a\":1}x\n"};
	struct pair p;
	struct sb_err err = {0};
	cJSON *obj;

	(void)state;
	for (size_t i = 0; i < sizeof(babble) / sizeof(babble[0]); i++) {
		open_pair(&p);
		say(&p, babble[i]);
		assert_int_equal(sb_lines_recv(&p.near, 0, &obj, &err), -1);
		assert_null(obj);
		assert_int_equal(err.code, SB_EENGINE);
		close_pair(&p);
	}
	open_pair(&p);
	say(&p, "{\"half\":");
	close(p.fds[1]);
	p.fds[1] = -1;
	assert_int_equal(sb_lines_recv(&p.near, 1000, &obj, &err), -1);
	assert_non_null(strstr(err.msg, "closed the connection"));
	close_pair(&p);
}

static void writing_to_nobody_is_an_error_not_a_signal(void **state)
{
	struct pair p;
	struct sb_err err = {0};
	cJSON *obj = cJSON_CreateObject();

	(void)state;
	open_pair(&p);
	close(p.fds[1]);
	p.fds[1] = -1;
	assert_int_equal(sb_lines_send(&p.near, obj, &err), -1);
	cJSON_Delete(obj);
	close_pair(&p);
}

static void failures_travel_with_their_kind(void **state)
{
	struct sb_err told = {0}, heard = {0}, err = {0};
	struct pair p;
	cJSON *obj;

	(void)state;
	open_pair(&p);
	sb_fail(&told, SB_EENV, 0, "no netem");
	assert_int_equal(sb_lines_send_err(&p.far, &told, &err), 0);
	assert_int_equal(sb_lines_recv(&p.near, 1000, &obj, &err), 1);
	assert_int_equal(sb_lines_check(obj, "shaped", &heard), -1);
	assert_int_equal(heard.code, SB_EENV);
	assert_string_equal(heard.msg, "no netem");
	cJSON_Delete(obj);
	obj = cJSON_Parse("{\"ev\":\"ready\"}");
	assert_int_equal(sb_lines_check(obj, "ready", &heard), 0);
	assert_int_equal(sb_lines_check(obj, "shaped", &heard), -1);
	assert_int_equal(heard.code, SB_EENGINE);
	cJSON_Delete(obj);
	close_pair(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(objects_arrive_whole_however_they_are_cut),
	    cmocka_unit_test(what_is_sent_comes_back_the_same),
	    cmocka_unit_test(a_peer_that_leaves_or_babbles_is_an_error),
	    cmocka_unit_test(writing_to_nobody_is_an_error_not_a_signal),
	    cmocka_unit_test(failures_travel_with_their_kind),
	};

	return cmocka_run_group_tests_name("base/lines", tests, NULL, NULL);
}
