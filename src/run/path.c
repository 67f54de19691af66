// SPDX-License-Identifier: MIT
/* path.c - on a split path: what the emulator says of relays and proxies at the end, for analysis and
 * manifest */
#include <stdlib.h>

#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "state.h"

static void read_relay(const cJSON *tap, const cJSON *relay, struct sb_relay_facts *out)
{
	const char *ended;

	out->counted = cJSON_HasObjectItem(tap, "tap") &&
		       !sb_json_get_u64(tap, "$", "tx_bytes", &out->tx_bytes, NULL) &&
		       !sb_json_get_u64(tap, "$", "rx_bytes", &out->rx_bytes, NULL);
	if (relay && !sb_json_get_str(relay, "$", "ended", &ended, NULL)) {
		free((char *)out->ended);
		out->ended = sb_strdup(ended);
	}
}

/* What every proxy has carried, the least that one has. */
static void read_proxies(const cJSON *relay, struct sb_relay_facts *out)
{
	static const char *const names[] = {"terminal", "gateway"};

	for (size_t i = 0; i < SB_ARRAY_LEN(names); i++) {
		const cJSON *one = cJSON_GetObjectItemCaseSensitive(relay, names[i]);
		uint64_t up, down;

		if (!one || sb_json_get_u64(one, "$", "up_bytes", &up, NULL) ||
		    sb_json_get_u64(one, "$", "down_bytes", &down, NULL))
			continue;
		if (!out->counted || up < out->tx_bytes)
			out->tx_bytes = up;
		if (!out->counted || down < out->rx_bytes)
			out->rx_bytes = down;
		out->counted = true;
	}
}

/* One object for each client: the tap, its bytes both ways, and what relaying them cost. */
static cJSON *proof_of(const cJSON *tap, const cJSON *relay)
{
	cJSON *proof = cJSON_IsObject(tap) ? cJSON_Duplicate(tap, true) : cJSON_CreateObject();
	const cJSON *fact;

	cJSON_ArrayForEach(fact, relay)
	{
		/* An array's elements have no names. */
		if (fact->string)
			cJSON_AddItemToObject(proof, fact->string, cJSON_Duplicate(fact, true));
	}
	return proof;
}

void sb_run_note_path(struct sb_run *run, const cJSON *stopped)
{
	const cJSON *taps = cJSON_GetObjectItemCaseSensitive(stopped, "taps");
	const cJSON *relays = cJSON_GetObjectItemCaseSensitive(stopped, "relays");
	cJSON *proofs;

	if (!sb_plan_is_split(run->plan))
		return;
	proofs = cJSON_AddArrayToObject(run->manifest, "path_proof");
	for (size_t i = 0; i < run->plan->link_count; i++) {
		const cJSON *tap = cJSON_GetArrayItem(taps, (int)i);
		const cJSON *relay = cJSON_GetArrayItem(relays, (int)i);

		read_relay(tap, relay, &run->links.relays[i]);
		if (run->plan->pep)
			read_proxies(relay, &run->links.relays[i]);
		cJSON_AddItemToArray(proofs, proof_of(tap, relay));
	}
}

void sb_run_free_path(struct sb_run *run)
{
	for (size_t i = 0; i < run->plan->link_count; i++)
		free((char *)run->links.relays[i].ended);
	free(run->links.relays);
}
