// SPDX-License-Identifier: MIT
/* kernel.c - is there a kernel for the virtual clock? */
#include <string.h>
#include <sys/utsname.h>

#include "doctor/check_context.h"
#include "doctor/findings.h"
#include "satbed/base/json.h"
#include "satbed/kernel.h"

cJSON *sb_probe_kernels(const void *ctx)
{
	cJSON *facts = cJSON_CreateObject();
	struct sb_err err = {0};
	struct sb_kernel *list;
	struct utsname u;
	size_t count;

	(void)ctx;
	if (!uname(&u))
		sb_json_add_str(facts, "machine", u.machine);
	if (sb_kernel_list(&list, &count, &err)) {
		sb_json_add_str(facts, "error", err.msg);
		return facts;
	}
	sb_json_add_i64(facts, "count", (int64_t)count);
	if (count)
		sb_json_add_str(facts, "preferred", list[0].name);
	sb_kernel_list_free(list, count);
	return facts;
}

void sb_check_kernels(const struct sb_check_context *x)
{
	const cJSON *facts = sb_fact(x->facts, "kernels");
	const char *error = sb_fact_str(facts, "error"), *machine = sb_fact_str(facts, "machine");
	int count = (int)sb_fact_num(facts, "count");

	if (!facts)
		return;
	if (error) {
		sb_find(x->out, "virtual.kernel", SB_LEVEL_WARN, NULL, NULL, "%s", error);
	} else if (count) {
		sb_find(x->out, "virtual.kernel", SB_LEVEL_OK, NULL, NULL,
			"kernel %s is built for the virtual clock (%d in all)",
			sb_fact_str(facts, "preferred"), count);
	} else if (machine && strcmp(machine, "x86_64") != 0) {
		sb_find(x->out, "virtual.kernel", SB_LEVEL_INFO, NULL, NULL,
			"no virtual clock on %s: it needs User-Mode Linux, which runs on x86-64",
			machine);
	} else {
		sb_find(x->out, "virtual.kernel", SB_LEVEL_INFO, NULL, "satbed kernel build",
			"no kernel for the virtual clock is built");
		sb_check_can_fix(x);
	}
}
