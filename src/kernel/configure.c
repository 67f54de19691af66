// SPDX-License-Identifier: MIT
/* configure.c - a source's configuration, and its compilation */
#include "configure.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "recipe.h"
#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "tool.h"

#define CONFIG_MAX (4u << 20)
#define ERRORS_MAX 8

/* What a run on the virtual clock cannot do without.  The rest of guest.config depends on the version. */
static const char needed[] = "CONFIG_UML_TIME_TRAVEL_SUPPORT=y\n"
			     "CONFIG_HZ=1000\n"
			     "CONFIG_HIGH_RES_TIMERS=y\n"
			     "CONFIG_64BIT=y\n"
			     "CONFIG_HOSTFS=y\n"
			     "CONFIG_SSL=y\n"
			     "CONFIG_TMPFS=y\n"
			     "CONFIG_DEVTMPFS=y\n"
			     "CONFIG_UNIX98_PTYS=y\n"
			     "CONFIG_USER_NS=y\n"
			     "CONFIG_PID_NS=y\n"
			     "CONFIG_NET_NS=y\n"
			     "CONFIG_SECCOMP_FILTER=y\n"
			     "CONFIG_PACKET=y\n"
			     "CONFIG_IPV6=y\n"
			     "CONFIG_VETH=y\n"
			     "CONFIG_BRIDGE=y\n"
			     "CONFIG_TUN=y\n"
			     "CONFIG_IFB=y\n"
			     "CONFIG_INET_DIAG=y\n"
			     "CONFIG_NET_SCH_NETEM=y\n"
			     "CONFIG_NET_SCH_TBF=y\n"
			     "CONFIG_NET_SCH_HTB=y\n"
			     "CONFIG_NET_SCH_INGRESS=y\n"
			     "CONFIG_NET_CLS_U32=y\n"
			     "CONFIG_NET_CLS_BPF=y\n"
			     "CONFIG_NET_ACT_MIRRED=y\n"
			     "CONFIG_TCP_CONG_CUBIC=y\n"
			     "CONFIG_TCP_CONG_BBR=y\n";

/* --- make --- */

struct making {
	const struct sb_make *m;
	uint64_t steps;
	size_t errors;
	char *text;
};

static void free_making(struct making *x)
{
	free(x->text);
}

static void count_line(void *ctx, const char *line)
{
	struct making *x = ctx;

	/* "  CC      net/core/dev.o" */
	if (!strncmp(line, "  ", 2) && line[2] >= 'A' && line[2] <= 'Z') {
		x->steps++;
		if (x->m->progress)
			x->m->progress(x->m->ctx, x->steps, x->m->expected);
	} else if ((strstr(line, "error") || strstr(line, "undefined reference") ||
		    !strncmp(line, "make", 4)) &&
		   x->errors++ < ERRORS_MAX) {
		char *more = sb_asprintf("%s\n  %s", x->text ? x->text : "", line);

		free(x->text);
		x->text = more;
	}
}

/* A kernel with one patch more has most objects in common with the one before. */
static const char *default_compiler(void)
{
	return sb_tool_find("ccache") ? "ccache gcc" : NULL;
}

static int run_make(const struct sb_make *m, struct making *x, const char *target,
		    const char *setting, struct sb_err *err)
{
	const char *given = getenv("CC"), *compiler = given && *given ? given : default_compiler();
	sb_auto_free char *jobs = sb_asprintf("-j%u", m->jobs);
	sb_auto_free char *cc = compiler ? sb_asprintf("CC=%s", compiler) : NULL;
	const char *argv[8] = {"make", jobs, "ARCH=um", target};
	struct sb_tool t = {
	    .directory = m->tree, .argv = argv, .log_fd = m->log_fd, .line = count_line, .ctx = x};
	size_t n = 4;

	if (cc)
		argv[n++] = cc;
	if (setting)
		argv[n++] = setting;
	*x = (struct making){.m = m};
	return sb_tool_run(&t, err);
}

int sb_make_clean(const struct sb_make *m, struct sb_err *err)
{
	struct making x;
	int rc = run_make(m, &x, "mrproper", NULL, err);

	if (rc > 0)
		rc = sb_fail(err, SB_EINPUT, 0, "make mrproper failed:%s", x.text ? x.text : "");
	free_making(&x);
	return rc;
}

/* --- the configuration --- */

static bool has_line(const char *text, const char *line, size_t len)
{
	for (const char *at = text; (at = strstr(at, line)); at++)
		if ((at == text || at[-1] == '\n') && (at[len] == '\n' || !at[len]))
			return true;
	return false;
}

char *sb_config_misses(const char *config, const char *wanted)
{
	for (const char *at = wanted; *at;) {
		size_t len = strcspn(at, "\n");
		sb_auto_free char *line = sb_asprintf("%.*s", (int)len, at);

		if (!strncmp(line, "CONFIG_", 7) && !has_line(config, line, len))
			return sb_steal(&line);
		at += len + (at[len] == '\n');
	}
	return NULL;
}

static int check_config(const struct sb_make *m, const char *options, struct sb_err *err)
{
	sb_auto_free char *path = sb_asprintf("%s/.config", m->tree), *config = NULL;
	sb_auto_free char *missing = NULL;

	if (sb_read_file(path, CONFIG_MAX, &config, NULL, err))
		return -1;
	missing = sb_config_misses(config, needed);
	if (missing)
		return sb_fail(err, SB_EINPUT, 0,
			       "this version cannot be configured with %s, which the virtual clock "
			       "needs; try another version",
			       missing);
	if (options && (missing = sb_config_misses(config, options)))
		return sb_fail(err, SB_EINPUT, 0,
			       "%s of a module's Kconfig cannot be switched on; look at what it "
			       "depends on",
			       missing);
	return 0;
}

int sb_make_configure(const struct sb_make *m, const char *options, struct sb_err *err)
{
	sb_auto_free char *path = sb_asprintf("%s/.satbed-config", m->tree), *text = NULL;
	sb_auto_free char *setting = sb_asprintf("KCONFIG_ALLCONFIG=%s", path);
	struct making x;
	size_t len;
	const char *carried = sb_kernel_config_text(&len);
	int rc;

	text = sb_asprintf("%.*s%s", (int)len, carried, options ? options : "");
	if (sb_replace_file(path, text, strlen(text), err))
		return -1;
	rc = run_make(m, &x, "allnoconfig", setting, err);
	if (rc > 0)
		rc = sb_fail(err, SB_EINPUT, 0, "make allnoconfig failed:%s", x.text ? x.text : "");
	free_making(&x);
	return rc ? rc : check_config(m, options, err);
}

int sb_make_program(const struct sb_make *m, uint64_t *steps, struct sb_err *err)
{
	struct making x;
	int rc = run_make(m, &x, "linux", NULL, err);

	*steps = x.steps;
	if (rc > 0)
		rc = sb_fail(err, SB_EINPUT, 0, "the kernel does not compile:%s",
			     x.text ? x.text : " make failed without an error");
	free_making(&x);
	return rc;
}
