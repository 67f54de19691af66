// SPDX-License-Identifier: MIT
/* payload.c - programs out of satbed itself, libraries from where this satbed has them loaded from
 */
#include "payload.h"

#include <link.h>
#include <stdlib.h>
#include <string.h>

#include "elf_needs.h"
#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"

extern const char sb_static_agent_image[], sb_static_agent_image_end[];
extern const char sb_emulator_image[], sb_emulator_image_end[];

#define LIBRARY_MAX   (64u << 20)
#define LIBRARY_COUNT 64

static void add(struct sb_payload *p, char *path, unsigned int mode, const void *data, size_t len)
{
	p->entries = sb_grow(p->entries, p->count, &p->room, sizeof(p->entries[0]));
	p->entries[p->count++] =
	    (struct sb_tar_entry){.path = path, .mode = mode, .data = data, .len = len};
}

static int add_file(struct sb_payload *p, char *path, const char *from, struct sb_err *err)
{
	char *data;
	size_t len;

	if (sb_read_file(from, LIBRARY_MAX, &data, &len, err)) {
		free(path);
		return -1;
	}
	add(p, path, 0555, data, len);
	return 0;
}

struct search {
	const char *soname;
	char *path;
};

static int is_it(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct search *s = arg;
	const char *slash = strrchr(info->dlpi_name, '/');

	(void)size;
	if (!slash || strcmp(slash + 1, s->soname))
		return 0;
	s->path = sb_strdup(info->dlpi_name);
	return 1;
}

static bool is_there(const struct sb_payload *p, const char *path)
{
	for (size_t i = 0; i < p->count; i++)
		if (!strcmp(p->entries[i].path, path))
			return true;
	return false;
}

/* The emulator is a part of satbed, so what it needs this process has; and so on down. */
static int add_library(const char *soname, void *arg, struct sb_err *err)
{
	struct search s = {.soname = soname};
	struct sb_payload *p = arg;
	char *path = sb_asprintf("lib/%s", soname);
	size_t at = p->count;
	int rc;

	if (strchr(soname, '/') || p->count > LIBRARY_COUNT || is_there(p, path)) {
		free(path);
		return 0;
	}
	dl_iterate_phdr(is_it, &s);
	if (!s.path) {
		free(path);
		return sb_fail(err, SB_EENV, 0,
			       "the library %s, which the emulator needs, is not among those "
			       "of this process",
			       soname);
	}
	rc = add_file(p, path, s.path, err);
	if (!rc && sb_elf_needs(p->entries[at].data, p->entries[at].len, add_library, p, err))
		rc = sb_wrap(err, "%s", s.path);
	free(s.path);
	return rc;
}

void sb_payload_agent(struct sb_payload *p)
{
	*p = (struct sb_payload){0};
	add(p, sb_strdup("satbed-agent"), 0555, sb_static_agent_image,
	    (size_t)(sb_static_agent_image_end - sb_static_agent_image));
}

int sb_payload_emulator(struct sb_payload *p, struct sb_err *err)
{
	/* Where daemons mount what every container has, and satbed its volume. */
	static const char *const places[] = {"dev", "etc", "proc", "run",
					     "sys", "tmp", "lib",  &SB_PAYLOAD_DIR[1]};
	size_t emulator_len = (size_t)(sb_emulator_image_end - sb_emulator_image);
	const char *linker = sb_elf_interpreter(sb_emulator_image, emulator_len);

	*p = (struct sb_payload){0};
	for (size_t i = 0; i < SB_ARRAY_LEN(places); i++)
		add(p, sb_strdup(places[i]), 0755, NULL, 0);
	add(p, sb_strdup("satbed-emulator"), 0555, sb_emulator_image, emulator_len);
	if (!linker)
		return sb_fail(err, SB_EINTERNAL, 0, "the emulator names no dynamic linker");
	if (add_file(p, sb_strdup("ld.so"), linker, err) ||
	    sb_elf_needs(sb_emulator_image, emulator_len, add_library, p, err))
		return sb_wrap(err, "what the emulator needs");
	return 0;
}

void sb_payload_fini(struct sb_payload *p)
{
	for (size_t i = 0; i < p->count; i++) {
		const char *data = p->entries[i].data;

		/* The programs are parts of this one; files were read. */
		if (data != sb_static_agent_image && data != sb_emulator_image)
			free((void *)(uintptr_t)data);
		free((void *)(uintptr_t)p->entries[i].path);
	}
	free(p->entries);
	*p = (struct sb_payload){0};
}
