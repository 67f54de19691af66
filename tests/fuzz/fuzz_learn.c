// SPDX-License-Identifier: MIT
/*
 * fuzz_learn.c - captures nobody would make, learned from and rewritten for replay
 *
 * The first byte says what is done with the rest: learned from as one capture, as two halves,
 * rewritten for replay, or taken as packets that were already matched.  What is learned is a
 * scenario that satbed itself accepts; what is rewritten fits the interface, in order of time.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "satbed/base/fdio.h"
#include "satbed/learn.h"
#include "satbed/agent_proto.h"
#include "satbed/replay.h"
#include "satbed/scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define MTU	    1500
#define MAX_PACKETS 4096

static int file_of(const uint8_t *data, size_t len, char path[32])
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || sb_write_all(fd, data, len))
		abort();
	snprintf(path, 32, "/proc/self/fd/%d", fd);
	return fd;
}

static void check_learned(struct sb_learned *l)
{
	struct sb_scenario *sc;
	struct sb_err err = {0};
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);

	if (!to)
		abort();
	sb_learned_write(to, l, "learned", "somewhere");
	fclose(to);
	if (sb_scenario_parse("learned", text, len, NULL, 0, &sc, &err)) {
		fprintf(stderr, "%s\n%s\n", err.msg, text);
		abort();
	}
	sb_scenario_free(sc);
	free(text);
	sb_learned_fini(l);
}

static void learn(const uint8_t *data, size_t len, size_t split)
{
	char a[32], b[32];
	int fd = file_of(data, split, a), other = file_of(data + split, len - split, b);
	struct sb_learned l;
	struct sb_err err = {0};

	if (!sb_learn_read(a, split < len ? b : NULL, &l, &err))
		check_learned(&l);
	close(fd);
	close(other);
}

static void check_frames(const struct sb_replay *r, enum sb_dir dir)
{
	const struct sb_link link = {.client.mac = {2, 1}, .server.mac = {2, 2}};
	struct sb_replay_frames f;
	size_t at = sizeof(struct sb_node_packets_head);
	int64_t last_ns = 0;

	sb_replay_rewrite(r, &link, dir, MTU, &f);
	for (size_t i = 0; i < f.count; i++) {
		struct sb_node_packet p;

		memcpy(&p, f.file + at, sizeof(p));
		if (p.len > MTU + 14 || p.stored > p.len || p.at_ns < last_ns)
			abort();
		last_ns = p.at_ns;
		at += sizeof(p) + (p.stored + 7u) / 8 * 8;
	}
	if (at != f.file_len)
		abort();
	sb_replay_frames_fini(&f);
}

static void replay(const uint8_t *data, size_t len)
{
	const struct sb_replay_options o = {.speed_permille = 1000};
	struct sb_replay *r;
	struct sb_err err = {0};
	char path[32];
	int fd = file_of(data, len, path);

	if (!sb_replay_read(path, &o, &r, &err)) {
		check_frames(r, SB_UP);
		check_frames(r, SB_DOWN);
		sb_replay_free(r);
	}
	close(fd);
}

/* Six bytes a packet: two of time since the last, two of delay, one of length, one of fate. */
static void matched(const uint8_t *data, size_t len)
{
	static struct sb_learn_packet packets[MAX_PACKETS];
	struct sb_learn_trace t = {.packets = packets};
	struct sb_learned l = {.known = {true, false}};
	int64_t now = 0;

	for (; len >= 6 && t.count < MAX_PACKETS; data += 6, len -= 6) {
		int64_t step = data[0] << 8 | data[1], delay = data[2] << 8 | data[3];

		now += step * (data[5] & 2 ? 100000 : 1000);
		packets[t.count++] = (struct sb_learn_packet){
		    .sent_ns = now,
		    .arrived_ns = data[5] & 1 ? SB_LEARN_LOST : now + delay * 10000,
		    .len = 60u + data[4] * 6u};
	}
	if (!t.count)
		return;
	sb_learn_dir(&t, 0, &l.dir[0]);
	l.span_ns = l.dir[0].span_ns;
	sb_learn_grid(&l);
	check_learned(&l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (!len)
		return 0;
	switch (data[0] & 3) {
	case 0:
		learn(data + 1, len - 1, len - 1);
		break;
	case 1:
		learn(data + 1, len - 1, (len - 1) / 2);
		break;
	case 2:
		replay(data + 1, len - 1);
		break;
	default:
		matched(data + 1, len - 1);
		break;
	}
	return 0;
}
