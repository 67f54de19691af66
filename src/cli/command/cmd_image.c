// SPDX-License-Identifier: MIT
/* cmd_image.c - satbed image import: an image without a registry */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "satbed/base/clock.h"
#include "satbed/base/interrupt.h"
#include "satbed/base/mem.h"
#include "satbed/container_api.h"

struct image_args {
	const char *action, *file, *name, *engine;
};

static int read_args(struct sb_args *a, struct image_args *out, struct sb_err *err)
{
	int more;

	while ((more = sb_args_next(a, err)) > 0) {
		if (a->option && !strcmp(a->option->name, "name"))
			out->name = a->value;
		else if (a->option)
			out->engine = a->value;
		else if (!out->action)
			out->action = a->value;
		else if (!out->file)
			out->file = a->value;
		else
			return sb_fail(err, SB_EINPUT, 0, "expected one file, not also \"%s\"",
				       a->value);
	}
	if (more < 0)
		return -1;
	if (!out->action || strcmp(out->action, "import") != 0)
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "image needs the word import, for example: satbed image import ROOTFS.tar");
	if (!out->file)
		return sb_fail(err, SB_EINPUT, 0,
			       "no file; for example: satbed image import ROOTFS.tar --name "
			       "ubuntu:22.04");
	return 0;
}

struct bar {
	int64_t drawn_ns;
	bool shown;
};

static void draw(const char *what, uint64_t done, uint64_t total, void *ctx)
{
	struct bar *bar = ctx;
	int64_t now = sb_mono_ns();

	if (!isatty(STDERR_FILENO) || now - bar->drawn_ns < 100 * SB_NS_PER_MS)
		return;
	bar->drawn_ns = now;
	bar->shown = true;
	fprintf(stderr, "\r\033[K%s %" PRIu64, what, done >> 20);
	if (total)
		fprintf(stderr, " of %" PRIu64 " MiB, %" PRIu64 " %%", total >> 20,
			done * 100 / total);
	else
		fputs(" MiB", stderr);
	fflush(stderr);
}

static int import(const struct image_args *args, struct sb_err *err)
{
	bool standard = !strcmp(args->file, "-");
	sb_auto_close int fd =
	    standard ? dup(STDIN_FILENO) : open(args->file, O_RDONLY | O_CLOEXEC);
	sb_auto_free char *id = NULL;
	struct sb_daemon *d = NULL;
	struct bar bar = {0};
	int rc;

	if (fd < 0)
		return sb_fail(err, SB_EINPUT, errno, "%s", args->file);
	if (sb_daemon_find(args->engine, &d, err))
		return -1;
	rc = sb_daemon_import(d, fd, args->name, draw, &bar, &id, err);
	if (bar.shown)
		fputs("\r\033[K", stderr);
	if (rc)
		sb_wrap(err, "%s", args->file);
	else
		printf("%s is %s in %s (%s)\n", args->name, id, sb_daemon_title(sb_daemon_info(d)),
		       sb_daemon_info(d)->url);
	sb_daemon_close(d);
	return rc;
}

static int run_image(const struct sb_command *self, int argc, char **argv)
{
	struct sb_args a = {.command = self, .argc = argc, .argv = argv};
	struct image_args args = {.name = "ubuntu:22.04", .engine = "auto"};
	struct sb_err err = {0};

	sb_interrupts_catch();
	if (read_args(&a, &args, &err) || import(&args, &err))
		return sb_die(&err);
	return 0;
}

static const struct sb_option options[] = {
    {"name", 'n', "NAME:TAG", "name of the image; default: ubuntu:22.04"},
    {"engine", 'e', "ENGINE", "daemon to import into; default: the first that answers"},
    {NULL, 0, NULL, NULL},
};

static const char *const examples[] = {
    "satbed image import rootfs.tar --engine docker-rootless",
    "satbed image import rootfs.tar.zst --name mine:1 --engine unix:///run/docker.sock",
    "sudo debootstrap jammy root && sudo tar -C root -c . | satbed image import -",
    NULL,
};

const struct sb_command sb_cmd_image = {
    "image", "import FILE", "import an image from a root file system's tar, without a registry",
    options, examples,	    run_image,
};
