// SPDX-License-Identifier: MIT
/* container_talk.c - requests to what runs in containers, and answers */
#include "container_talk.h"

#include "satbed/base/clean.h"
#include "satbed/base/clock.h"
#include "satbed/base/interrupt.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/base/writeback.h"

#define ANSWER_MS 30000 /* the first words of a container that has just been started */

/* What a container complained of is more to the point than that it has gone. */
int sb_container_complain(struct sb_containers *c, const char *container, struct sb_err *err)
{
	sb_auto_free char *raw = sb_attachments_stderr(c->attachments, container);
	sb_auto_free char *text = raw ? sb_clean(raw) : NULL;

	if (text && text[0])
		return sb_wrap(err, "%s (it said: %s)", container, text);
	return sb_wrap(err, "%s", container);
}

int sb_container_await(struct sb_containers *c, struct sb_lines *lines, const char *container,
		       const char *event, cJSON **out, struct sb_err *err)
{
	int64_t begun_ns = sb_mono_ns(), deadline_ns = begun_ns + ANSWER_MS * SB_NS_PER_MS;
	cJSON *obj = NULL;
	int rc;

	for (;;) {
		rc = sb_lines_recv(lines, 200, &obj, err);
		if (rc)
			break;
		if (sb_interrupted())
			return sb_fail(err, SB_EINTERRUPTED, 0, "interrupted");
		if (sb_mono_ns() >= deadline_ns && !sb_writeback_grant_ns(begun_ns)) {
			rc = sb_fail(err, SB_EENGINE, 0, "no answer within %d s (\"%s\")",
				     ANSWER_MS / 1000, event);
			break;
		}
	}
	if (rc > 0 && !sb_lines_check(obj, event, err)) {
		*out = obj;
		return 0;
	}
	cJSON_Delete(obj);
	return sb_container_complain(c, container, err);
}

int sb_container_tell(struct sb_lines *lines, cJSON *request, struct sb_err *err)
{
	int rc = sb_lines_send(lines, request, err);

	cJSON_Delete(request);
	return rc;
}

cJSON *sb_container_request(const char *op)
{
	cJSON *obj = cJSON_CreateObject();

	sb_json_add_str(obj, "op", op);
	return obj;
}
