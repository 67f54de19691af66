// SPDX-License-Identifier: MIT
/* file.c - a session's file, mapped and checked to the last field */
#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "satbed/base/clock.h"
#include "session.h"

#define FLOWS_MAX 32768u
#define TURNS_MAX (UINT64_C(1) << 24)
#define TIME_MAX  (INT64_C(366) * 24 * 3600 * SB_NS_PER_S)
#define BYTES_MAX (UINT64_C(1) << 48)

static bool is_turn(const struct sb_node_session_flow *f, const struct sb_node_session_turn *t,
		    int64_t last_ns)
{
	if (t->wait_ns < 0 || t->wait_ns > TIME_MAX || t->from_server > 1)
		return false;
	if (f->is_udp)
		return t->bytes <= SB_NODE_MAX_DATAGRAM && !t->needs && t->wait_ns >= last_ns;
	return t->bytes > 0 && t->bytes <= BYTES_MAX;
}

/* No turn may need what the other end will never have sent. */
static bool is_flow(const struct sb_session_script *s, const struct sb_node_session_flow *f,
		    uint64_t first)
{
	uint64_t bytes[2] = {0, 0};
	int64_t last_ns = 0;

	if (f->start_ns < 0 || f->start_ns > TIME_MAX || f->is_udp > 1 || f->first != first ||
	    !f->count || f->count > s->turn_count - first)
		return false;
	for (uint64_t i = first; i < first + f->count; i++) {
		const struct sb_node_session_turn *t = &s->turns[i];

		if (!is_turn(f, t, last_ns) || t->needs > bytes[!t->from_server])
			return false;
		last_ns = f->is_udp ? t->wait_ns : 0;
		bytes[t->from_server] += t->bytes;
		if (bytes[t->from_server] > BYTES_MAX)
			return false;
	}
	return true;
}

static int check(struct sb_session_script *s, struct sb_err *err)
{
	const struct sb_node_session_head *head = (const void *)s->map;
	uint64_t first = 0, i;

	if (head->magic != SB_NODE_SESSION_MAGIC || !head->flows || head->flows > FLOWS_MAX ||
	    head->turns > TURNS_MAX ||
	    s->len !=
		sizeof(*head) + head->flows * sizeof(*s->specs) + head->turns * sizeof(*s->turns))
		return sb_fail(err, SB_EINPUT, 0, "session: not a file of a session");
	s->count = head->flows;
	s->turn_count = head->turns;
	s->specs = (const void *)(s->map + sizeof(*head));
	s->turns = (const void *)(s->specs + s->count);
	for (i = 0; i < s->count && is_flow(s, &s->specs[i], first); i++)
		first += s->specs[i].count;
	if (i < s->count || first != s->turn_count)
		return sb_fail(err, SB_EINPUT, 0, "session: damaged in flow %llu of %llu",
			       (unsigned long long)i, (unsigned long long)s->count);
	return 0;
}

int sb_session_map(struct sb_session_script *s, const char *path, struct sb_err *err)
{
	int fd = sb_workdir_open(path, err);
	struct stat st;
	void *map;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) || (size_t)st.st_size < sizeof(struct sb_node_session_head)) {
		close(fd);
		return sb_fail(err, SB_EINPUT, 0, "session: not a file of a session");
	}
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		return sb_fail(err, SB_EENV, errno, "session: mapping the file");
	s->map = map;
	s->len = (size_t)st.st_size;
	return check(s, err);
}

void sb_session_unmap(struct sb_session_script *s)
{
	if (s->map)
		munmap((void *)(uintptr_t)s->map, s->len);
	s->map = NULL;
}
