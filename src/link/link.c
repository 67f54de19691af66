// SPDX-License-Identifier: MIT
/* link.c - choosing the backend: the kernel's netem where it works, else our own */
#include "satbed/link.h"

#include "satbed/base/mem.h"

static const struct sb_link_ops *take(const struct sb_link_ops *ops, char **why, char *reason)
{
	*why = reason;
	return ops;
}

const struct sb_link_ops *sb_link_choose(enum sb_backend backend, char **why, struct sb_err *err)
{
	struct sb_err no_netem = {0};

	switch (backend) {
	case SB_BACKEND_NETEM:
		if (sb_link_netem.probe(err))
			return NULL;
		return take(&sb_link_netem, why, sb_strdup("the scenario asks for it"));
	case SB_BACKEND_USER:
		if (sb_link_user.probe(err))
			return NULL;
		return take(&sb_link_user, why, sb_strdup("the scenario asks for it"));
	case SB_BACKEND_AUTO:
		break;
	}
	if (!sb_link_netem.probe(&no_netem))
		return take(&sb_link_netem, why, sb_strdup("the kernel's own, and it works here"));
	if (sb_link_user.probe(err)) {
		sb_wrap(err, "neither backend works here: %s; and", no_netem.msg);
		return NULL;
	}
	return take(&sb_link_user, why, sb_strdup(no_netem.msg));
}
