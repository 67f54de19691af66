// SPDX-License-Identifier: MIT
/* sites.c - what a run under fault.c has left in its file: "HASH FUNCTION@PROGRAM" of each place, or with "hit" whether
 * the one that was to fail has been reached */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "fault.h"

int main(int argc, char **argv)
{
	int fd = argc > 1 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
	const struct fault_file *f =
	    fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(*f), PROT_READ, MAP_SHARED, fd, 0);

	if (f == MAP_FAILED) {
		perror("sites FILE [hit]");
		return 2;
	}
	if (argc > 2 && !strcmp(argv[2], "hit"))
		return f->hit ? 0 : 1;
	for (size_t i = 0; i < FAULT_SITES; i++)
		if (f->sites[i].hash)
			printf("%016" PRIx64 " %s\n", (uint64_t)f->sites[i].hash, f->sites[i].name);
	return 0;
}
