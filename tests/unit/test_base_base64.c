// SPDX-License-Identifier: MIT
/* test_base_base64.c - bytes as text, and back */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "satbed/base/base64.h"
#include "satbed/base/rng.h"

static void the_examples_of_the_standard(void **state)
{
	/* RFC 4648, section 10. */
	static const char *const pairs[][2] = {
	    {"", ""},
	    {"f", "Zg=="},
	    {"fo", "Zm8="},
	    {"foo", "Zm9v"},
	    {"foob", "Zm9vYg=="},
	    {"fooba", "Zm9vYmE="},
	    {"foobar", "Zm9vYmFy"},
	};
	char text[16], back[16];

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		size_t len = strlen(pairs[i][0]);

		assert_int_equal(sb_base64_encode(pairs[i][0], len, text), SB_BASE64_LEN(len));
		assert_string_equal(text, pairs[i][1]);
		assert_int_equal(sb_base64_decode(text, strlen(text), back), len);
		assert_memory_equal(back, pairs[i][0], len);
	}
}

static void every_byte_comes_back_also_in_place(void **state)
{
	unsigned char in[300];
	char text[SB_BASE64_LEN(sizeof(in)) + 1];
	struct sb_rng rng;

	(void)state;
	sb_rng_seed(&rng, 1, 0);
	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (unsigned char)(i < 256 ? i : sb_rng_u64(&rng));
	for (size_t len = 0; len <= sizeof(in); len++) {
		size_t n = sb_base64_encode(in, len, text);

		assert_int_equal(sb_base64_decode(text, n, text), len);
		assert_memory_equal(text, in, len);
	}
}

static void what_is_not_base64_is_refused(void **state)
{
	static const char *const bad[] = {
	    "Z",    "Zg",	"Zg=",	"Zg===", "====", "=m8=",     "Zm9v\n",
	    "Zm 9", "Zm8=Zm8=", "Zh==", "Zm9=",	 "Zm-_", "Zm9v=AAA",
	};
	char out[16];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (sb_base64_decode(bad[i], strlen(bad[i]), out) >= 0)
			fail_msg("\"%s\" was taken", bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_examples_of_the_standard),
	    cmocka_unit_test(every_byte_comes_back_also_in_place),
	    cmocka_unit_test(what_is_not_base64_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
