// SPDX-License-Identifier: MIT
/* put_json.c - a JSON tree of the values that are put */
#include "report/json/put.h"

#include <assert.h>
#include <math.h>

static struct sb_put_json *json_of(struct sb_put *to)
{
	return (struct sb_put_json *)to; /* its first member */
}

static void add(struct sb_put *to, const char *key, cJSON *item)
{
	struct sb_put_json *j = json_of(to);
	cJSON *into = j->open[j->depth - 1];

	if (key)
		cJSON_AddItemToObject(into, key, item);
	else
		cJSON_AddItemToArray(into, item);
}

static void begin(struct sb_put *to, const char *key, char bracket, const char *name)
{
	struct sb_put_json *j = json_of(to);
	cJSON *item = bracket == '{' ? cJSON_CreateObject() : cJSON_CreateArray();

	(void)name;
	add(to, key, item);
	assert(j->depth < SB_PUT_DEPTH);
	j->open[j->depth++] = item;
}

static void end(struct sb_put *to)
{
	json_of(to)->depth--;
}

static void put_number(struct sb_put *to, const char *key, double value)
{
	add(to, key, isnan(value) ? cJSON_CreateNull() : cJSON_CreateNumber(value));
}

static void put_truth(struct sb_put *to, const char *key, bool value)
{
	add(to, key, cJSON_CreateBool(value));
}

static void put_text(struct sb_put *to, const char *key, const char *text)
{
	add(to, key, text ? cJSON_CreateString(text) : cJSON_CreateNull());
}

static void put_tree(struct sb_put *to, const char *key, const cJSON *tree)
{
	add(to, key, tree ? cJSON_Duplicate(tree, true) : cJSON_CreateNull());
}

void sb_put_json_init(struct sb_put_json *j)
{
	*j = (struct sb_put_json){.put = {.begin = begin,
					  .end = end,
					  .number = put_number,
					  .truth = put_truth,
					  .text = put_text,
					  .tree = put_tree},
				  .top = cJSON_CreateObject(),
				  .depth = 1};
	j->open[0] = j->top;
}
