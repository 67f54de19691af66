/* SPDX-License-Identifier: MIT */
/* elf_needs.h - what a dynamically linked program asks for, read from the program itself */
#ifndef SATBED_ENGINE_ELF_NEEDS_H
#define SATBED_ENGINE_ELF_NEEDS_H

#include <stddef.h>

#include "satbed/base/err.h"

/** sb_elf_need_fn - one library's name (DT_NEEDED); 0 to go on, -1 with @err */
typedef int sb_elf_need_fn(const char *soname, void *ctx, struct sb_err *err);

/**
 * sb_elf_needs() - every library that the program or library at @image names
 *
 * Return: 0, or -1 with @err (SB_EENV): no ELF file of this machine, damaged, or @each failed
 */
int sb_elf_needs(const void *image, size_t len, sb_elf_need_fn *each, void *ctx,
		 struct sb_err *err);
/** sb_elf_interpreter() - the dynamic linker it wants (PT_INTERP), borrowed from @image; NULL: none
 */
const char *sb_elf_interpreter(const void *image, size_t len);

#endif
