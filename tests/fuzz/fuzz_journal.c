// SPDX-License-Identifier: MIT
/* fuzz_journal.c - what a journal, or a daemon's labels, may say: it is refused, or all names are the run's */
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "must.h"
#include "satbed/base/mem.h"
#include "satbed/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *file(void)
{
	static char path[] = "/tmp/satbed-fuzz-journal-XXXXXX";
	static int fd = -1;

	if (fd < 0) {
		fd = mkstemp(path);
		MUST(fd >= 0);
		close(fd);
	}
	return path;
}

static void write_file(const char *path, const uint8_t *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CREAT | O_CLOEXEC, 0600);

	MUST(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
}

static void check(const struct sb_journal_file *f)
{
	char bridge[SB_BRIDGE_MAX];

	MUST(f->owner.run[0] && f->owner.pid > 0);
	for (size_t i = 0; i < f->count; i++) {
		const struct sb_journal_entry *e = &f->entries[i];

		MUST(sb_journal_is_of_run(e->name, f->owner.run));
		MUST(!strpbrk(e->name, "/ %?&#\n"));
		MUST(!e->id[0] || sb_journal_is_id(e->id));
		MUST(!sb_journal_bridge(bridge, e->name) || strlen(bridge) < SB_BRIDGE_MAX);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sb_err err = {0}, labels_err = {0};
	struct sb_journal_file f;
	struct sb_owner owner;
	cJSON *labels;

	write_file(file(), data, size);
	if (!sb_journal_read(file(), &f, &err)) {
		check(&f);
		sb_journal_file_fini(&f, true);
	} else {
		MUST(err.code == SB_EINPUT && err.msg[0]);
	}
	unlink(file());
	labels = cJSON_ParseWithLength((const char *)data, size);
	if (!sb_owner_from_labels(labels, &owner, &labels_err)) {
		MUST(owner.run[0] && owner.pid > 0 && !strpbrk(owner.run, "/-. "));
		sb_owner_state(&owner);
	}
	cJSON_Delete(labels);
	return 0;
}
