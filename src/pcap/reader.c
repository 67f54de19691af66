/* SPDX-License-Identifier: MIT */
/* reader.c - one window over a capture file; which format it is */
#include "reader.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "satbed/base/mem.h"

/*
 * Read, not mapped: a mapped file that somebody truncates meanwhile kills the reader with SIGBUS,
 * and pipes cannot be mapped.  Frames are decoded where read() put them.  The window has room for
 * what is left of the largest need and a chunk; the chunk is small enough to stay in a processor's
 * second level cache until it is decoded.
 */
#define CHUNK  (256u << 10)
#define WINDOW (SB_PCAP_NEED_MAX + CHUNK)

static void read_chunk(struct sb_pcap *w)
{
	size_t room = WINDOW - w->end;
	ssize_t n;

	do
		n = read(w->fd, w->own + w->end, room < CHUNK ? room : CHUNK);
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

static int begin(struct sb_pcap *w, const char *name, struct sb_err *err)
{
	uint32_t magic;
	int rc = 0;

	w->before_ns = w->facts.last_ns = INT64_MIN;
	if (!sb_pcap_fill(w, sizeof(magic)))
		return sb_fail(err, SB_EINPUT, 0, "%s: %s", name,
			       w->facts.damage[0] ? w->facts.damage
						  : "shorter than a pcap file's header");
	if (sb_classic_begin(w, name, &rc, err) || sb_pcapng_begin(w, name, &rc, err))
		return rc;
	memcpy(&magic, w->window + w->pos, sizeof(magic));
	magic = be32toh(magic);
	if (magic >> 16 == 0x1f8b || magic == 0x28b52ffd || magic == 0xfd377a58)
		return sb_fail(err, SB_EINPUT, 0,
			       "%s: compressed; unpack it first, for example: zcat %s | satbed "
			       "analyze -",
			       name, name);
	return sb_fail(err, SB_EINPUT, 0, "%s: not a pcap file (magic %08" PRIx32 "), nor pcapng",
		       name, magic);
}

static int finish_open(struct sb_pcap *w, const char *name, struct sb_pcap **out,
		       struct sb_err *err)
{
	if (begin(w, name, err)) {
		sb_pcap_close(w);
		return -1;
	}
	*out = w;
	return 0;
}

int sb_pcap_open(const char *path, struct sb_pcap **out, struct sb_err *err)
{
	bool is_stdin = !strcmp(path, "-");
	int fd =
	    is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	struct sb_pcap *w;

	if (fd < 0)
		return sb_fail(err, SB_EINPUT, errno, "capture %s", path);
	w = sb_alloc(1, sizeof(*w));
	w->fd = fd;
	w->own = sb_alloc(1, WINDOW);
	w->window = w->own;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode)) {
		w->facts.size = (uint64_t)st.st_size;
		(void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	}
	return finish_open(w, is_stdin ? "standard input" : path, out, err);
}

int sb_pcap_open_memory(const void *data, size_t len, struct sb_pcap **out, struct sb_err *err)
{
	struct sb_pcap *w = sb_alloc(1, sizeof(*w));

	*w = (struct sb_pcap){.fd = -1, .window = data, .end = len, .eof = true};
	w->facts.size = len;
	return finish_open(w, "capture", out, err);
}

size_t sb_pcap_read(struct sb_pcap *w, struct sb_frame *out, size_t max)
{
	size_t n = w->facts.damage[0] ? 0 : w->read(w, out, max);

	w->facts.position = w->base + w->pos;
	return n;
}

bool sb_pcap_next(struct sb_pcap *w, struct sb_frame *out)
{
	return sb_pcap_read(w, out, 1) == 1;
}

const struct sb_pcap_facts *sb_pcap_facts(const struct sb_pcap *w)
{
	return &w->facts;
}

int sb_pcap_need_times(const struct sb_pcap_facts *facts, const char *name, struct sb_err *err)
{
	if (!facts->untimed)
		return 0;
	return sb_fail(err, SB_EINPUT, 0,
		       "%s: %" PRIu64 " of %" PRIu64
		       " packets carry no time (pcapng Simple Packet Blocks); capture again with "
		       "tcpdump or dumpcap",
		       name, facts->untimed, facts->records);
}

void sb_pcap_close(struct sb_pcap *w)
{
	if (!w)
		return;
	sb_close_p(&w->fd);
	free(w->own);
	free(w->interfaces);
	free(w);
}
