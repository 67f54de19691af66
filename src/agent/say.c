// SPDX-License-Identifier: MIT
/* say.c - events from the node to who asked */
#include "agent.h"

bool sb_node_say(struct sb_node *node, struct sb_text *t, bool keep)
{
	sb_text_close(t);
	return sb_channel_put(&node->channel, t->buf, t->len, keep);
}

void sb_node_say_error(struct sb_node *node, const struct sb_err *err)
{
	const char *kind = err->code == SB_EINPUT ? "input"
			   : err->code == SB_EENV ? "env"
						  : "internal";
	struct sb_text t;

	sb_text_open(&t, "error");
	sb_text_str(&t, "kind", kind);
	sb_text_str(&t, "msg", err->msg);
	sb_node_say(node, &t, true);
}
