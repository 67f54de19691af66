// SPDX-License-Identifier: MIT
/*
 * broken_image.c - Podman was killed while it made an image, and lists none of them since
 *
 * containers/storage writes an image down before its manifest; without one, looking for the parent of
 * any other image with the same layers fails.  The record has no name yet, so whose it is cannot be told.
 */
#include "broken_image.h"

#include <string.h>
#include <unistd.h>

#include "leftovers.h"
#include "satbed/base/mem.h"

#define ID_LEN 64

/* In containers/storage's words; the image whose parent it looked for is called otherwise. */
static bool find_id(const char *said, char id[ID_LEN + 1])
{
	static const char before[] = "image with ID \"";
	const char *at = strstr(said, before);

	if (!at)
		return false;
	at += sizeof(before) - 1;
	if (strspn(at, "0123456789abcdef") != ID_LEN)
		return false;
	memcpy(id, at, ID_LEN);
	id[ID_LEN] = '\0';
	return true;
}

void sb_tell_broken_image(const struct sb_cleanup_request *rq, const struct sb_daemon_info *about,
			  const char *said)
{
	char id[ID_LEN + 1];
	sb_auto_free char *why = NULL;
	struct sb_cleanup_item item = {.fate = SB_CLEANUP_NAMED,
				       .kind = "image",
				       .name = id,
				       .run = "",
				       .daemon = about->url,
				       .uid = getuid()};

	if (!about->podman || !find_id(said, id))
		return;
	why = sb_asprintf("Podman was killed while it made this image, and lists no images since. "
			  "If nobody else needs it, run: %spodman --url %s rmi --force %s",
			  sb_cleanup_sudo(about->rootless), about->url, id);
	item.why = why;
	rq->told(&item, rq->ctx);
}
