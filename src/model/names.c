// SPDX-License-Identifier: MIT
/* names.c - the words for what links and flows are */
#include <math.h>
#include <stdio.h>

#include "satbed/model.h"

const char *const sb_dir_names[] = {"up", "down", NULL};
const char *const sb_path_names[] = {"bridge", "slirp", "pasta", NULL};
const char *const sb_placement_names[] = {"inside", "outside", NULL};
const char *const sb_pep_names[] = {"none", "terminal", "gateway", "terminal+gateway", NULL};
const char *const sb_backend_names[] = {"auto", "netem", "user", "none", NULL};
const char *const sb_clock_names[] = {"real", "virtual", NULL};
const char *const sb_flow_kind_names[] = {"bulk", "stream", "file", "rr", "exec", "session", NULL};
const char *const sb_transport_names[] = {"tcp", "udp", "any", NULL};
const char *const sb_loss_kind_names[] = {"none", "random", "gemodel", NULL};
const char *const sb_queue_action_names[] = {"keep", "flush", "drop-front", NULL};
const char *const sb_discipline_names[] = {"drop-tail", "drop-head", "codel", "pie", NULL};
const char *const sb_relation_signs[] = {">=", ">", "<=", "<", "=", NULL};

const char *sb_dir_name(enum sb_dir dir)
{
	return sb_dir_names[dir];
}

const char *sb_path_name(enum sb_path path)
{
	return sb_path_names[path];
}

const char *sb_relay_name(enum sb_path path)
{
	static const char *const names[] = {"none", "slirp4netns", "pasta"};

	return names[path];
}

const char *sb_pep_name(enum sb_pep pep)
{
	return sb_pep_names[pep];
}

const char *sb_placement_name(enum sb_placement placement)
{
	return sb_placement_names[placement];
}

const char *sb_clock_name(enum sb_clock clock)
{
	return sb_clock_names[clock];
}

const char *sb_backend_name(enum sb_backend backend)
{
	return sb_backend_names[backend];
}

const char *sb_transport_name(enum sb_transport transport)
{
	return sb_transport_names[transport];
}

const char *sb_flow_kind_name(enum sb_flow_kind kind)
{
	return sb_flow_kind_names[kind];
}

const char *sb_loss_kind_name(enum sb_loss_kind kind)
{
	return sb_loss_kind_names[kind];
}

const char *sb_relation_sign(enum sb_relation relation)
{
	return sb_relation_signs[relation];
}

bool sb_relation_holds(double value, enum sb_relation relation, double wanted)
{
	switch (relation) {
	case SB_GE:
		return value >= wanted;
	case SB_GT:
		return value > wanted;
	case SB_LE:
		return value <= wanted;
	case SB_LT:
		return value < wanted;
	case SB_EQ:
		return !(value < wanted) && !(value > wanted) && !isnan(value);
	}
	return false;
}

const char *sb_node_name(char buf[SB_NAME_MAX], size_t node)
{
	if (node)
		snprintf(buf, SB_NAME_MAX, "client%zu", node);
	else
		snprintf(buf, SB_NAME_MAX, "server");
	return buf;
}
