// SPDX-License-Identifier: MIT
/* window.c - a window over a capture file: filled, moved on, and where reading ends */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "reader.h"

static void read_chunk(struct sb_pcap *w)
{
	size_t room = SB_PCAP_WINDOW - w->end;
	ssize_t n;

	do
		n = read(w->fd, w->own + w->end, room < SB_PCAP_CHUNK ? room : SB_PCAP_CHUNK);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		snprintf(w->facts.damage, sizeof(w->facts.damage), "reading failed: %s",
			 strerrordesc_np(errno));
	if (n <= 0)
		w->eof = true;
	else
		w->end += (size_t)n;
}

/* Pass over what a block has beyond its part in the window. */
static void skip_ahead(struct sb_pcap *w)
{
	while (w->skip) {
		size_t here = w->end - w->pos, n = w->skip < here ? (size_t)w->skip : here;

		w->pos += n;
		w->skip -= n;
		if (!w->skip || w->eof)
			return;
		w->base += w->pos;
		w->pos = w->end = 0;
		read_chunk(w);
	}
}

bool sb_pcap_fill(struct sb_pcap *w, size_t need)
{
	skip_ahead(w);
	while (w->end - w->pos < need && !w->eof) {
		if (w->pos) {
			memmove(w->own, w->own + w->pos, w->end - w->pos);
			w->base += w->pos;
			w->end -= w->pos;
			w->pos = 0;
		}
		read_chunk(w);
	}
	return w->end - w->pos >= need;
}

size_t sb_pcap_damage(struct sb_pcap *w, const char *what)
{
	/* Why reading failed is said already. */
	if (!w->facts.damage[0])
		snprintf(w->facts.damage, sizeof(w->facts.damage), "%s after %" PRIu64 " packets",
			 what, w->facts.records);
	return 0;
}
