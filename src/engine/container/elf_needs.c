// SPDX-License-Identifier: MIT
/* elf_needs.c - PT_INTERP and DT_NEEDED (elf(5)); every offset is checked against the file's length
 */
#include "elf_needs.h"

#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <string.h>

typedef ElfW(Ehdr) header_t;
typedef ElfW(Phdr) segment_t;
typedef ElfW(Dyn) dynamic_t;
typedef ElfW(Addr) address_t;

struct image {
	const char *at;
	size_t len;
	const segment_t *segments;
	size_t segment_count;
};

static int damaged(struct sb_err *err)
{
	return sb_fail(err, SB_EENV, 0, "not an ELF file, or damaged");
}

static const void *part(const struct image *im, size_t offset, size_t size)
{
	return offset <= im->len && size <= im->len - offset ? im->at + offset : NULL;
}

/* The same of structures, all of which a linker aligns alike and a damaged file need not. */
static const void *aligned_part(const struct image *im, size_t offset, size_t size)
{
	const char *at = part(im, offset, size);

	return at && (uintptr_t)at % _Alignof(segment_t) == 0 ? at : NULL;
}

static int open_image(struct image *im, const void *at, size_t len)
{
	const header_t *head;

	*im = (struct image){.at = at, .len = len};
	head = aligned_part(im, 0, sizeof(*head));
	if (!head || memcmp(head->e_ident, ELFMAG, SELFMAG) ||
	    head->e_phentsize != sizeof(segment_t))
		return -1;
	im->segment_count = head->e_phnum;
	im->segments = aligned_part(im, head->e_phoff, im->segment_count * sizeof(segment_t));
	return im->segments ? 0 : -1;
}

static const segment_t *find_segment(const struct image *im, uint32_t type)
{
	for (size_t i = 0; i < im->segment_count; i++)
		if (im->segments[i].p_type == type)
			return &im->segments[i];
	return NULL;
}

/* Where in the file an address of the loaded program is; NULL when it is in none of its parts. */
static const char *at_address(const struct image *im, address_t address, size_t *room)
{
	for (size_t i = 0; i < im->segment_count; i++) {
		const segment_t *s = &im->segments[i];

		if (s->p_type != PT_LOAD || address < s->p_vaddr ||
		    address - s->p_vaddr >= s->p_filesz || !part(im, s->p_offset, s->p_filesz))
			continue;
		*room = s->p_filesz - (address - s->p_vaddr);
		return im->at + s->p_offset + (address - s->p_vaddr);
	}
	return NULL;
}

const char *sb_elf_interpreter(const void *image, size_t len)
{
	struct image im;
	const segment_t *s;
	const char *path;

	if (open_image(&im, image, len))
		return NULL;
	s = find_segment(&im, PT_INTERP);
	path = s ? part(&im, s->p_offset, s->p_filesz) : NULL;
	return path && memchr(path, '\0', s->p_filesz) ? path : NULL;
}

int sb_elf_needs(const void *image, size_t len, sb_elf_need_fn *each, void *ctx, struct sb_err *err)
{
	const char *strings = NULL;
	const segment_t *s;
	const dynamic_t *dyn;
	size_t room = 0, count;
	struct image im;

	if (open_image(&im, image, len))
		return damaged(err);
	s = find_segment(&im, PT_DYNAMIC);
	if (!s)
		return 0; /* static */
	dyn = aligned_part(&im, s->p_offset, s->p_filesz);
	if (!dyn)
		return damaged(err);
	count = s->p_filesz / sizeof(*dyn);
	for (size_t i = 0; i < count && dyn[i].d_tag != DT_NULL; i++)
		if (dyn[i].d_tag == DT_STRTAB)
			strings = at_address(&im, dyn[i].d_un.d_ptr, &room);
	for (size_t i = 0; i < count && dyn[i].d_tag != DT_NULL; i++) {
		size_t offset = dyn[i].d_un.d_val;

		if (dyn[i].d_tag != DT_NEEDED)
			continue;
		if (!strings || offset >= room || !memchr(strings + offset, '\0', room - offset))
			return damaged(err);
		if (each(strings + offset, ctx, err))
			return -1;
	}
	return 0;
}
