// SPDX-License-Identifier: MIT
/*
 * fuzz_page_request.c - any bytes as what a testbed's page asks for
 *
 * What is understood is a request that a supervisor takes: "link", with a state or "reset", never both.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/plan.h"
#include "supervisor/page_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sb_link_state s = {0};
	struct sb_err err = {0};
	cJSON *request = NULL;
	const cJSON *state;

	if (sb_page_request_read((const char *)data, size, &request, &err)) {
		require(!request && err.code == SB_EINPUT && err.msg[0]);
		return 0;
	}
	state = cJSON_GetObjectItemCaseSensitive(request, "state");
	require(
	    !strcmp(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(request, "op")), "link"));
	require((state == NULL) == cJSON_HasObjectItem(request, "reset"));
	require(!state || !sb_link_state_from_json(state, &s, &err));
	cJSON_Delete(request);
	return 0;
}
