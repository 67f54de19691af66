/* SPDX-License-Identifier: MIT */
/* reader.c - a capture file opened: which format it is */
#include "reader.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "satbed/base/mem.h"

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
	w->own = sb_alloc(1, SB_PCAP_WINDOW);
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
