// SPDX-License-Identifier: MIT
/* link.c - choosing the backend: the kernel's netem where it works, else our own */
#include "satbed/link.h"

#include "satbed/base/mem.h"

const struct sb_link_ops *sb_link_choose(enum sb_backend backend, const char *ifname,
					 const struct sb_link_dir *dir, uint32_t mtu,
					 struct sb_shaper **first, char **why, struct sb_err *err)
{
	struct sb_err no_netem = {0};

	*first = NULL;
	if (backend == SB_BACKEND_NONE) {
		*why = sb_strdup("no link was requested");
		return &sb_link_none;
	}
	if (backend == SB_BACKEND_USER) {
		*why = sb_strdup("the scenario asks for it");
		return &sb_link_user;
	}
	if (!sb_link_netem.attach(ifname, dir, mtu, first, &no_netem)) {
		*why =
		    sb_strdup(backend == SB_BACKEND_NETEM ? "the scenario asks for it"
							  : "the kernel's own, and it works here");
		return &sb_link_netem;
	}
	if (backend == SB_BACKEND_NETEM) {
		if (err)
			*err = no_netem;
		return NULL;
	}
	*why = sb_strdup(no_netem.msg);
	return &sb_link_user;
}
