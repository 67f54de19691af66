// SPDX-License-Identifier: MIT
/* directory.c - the directory of a sweep, and sweep.json in it */
#include "directory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "satbed/base/fdio.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/batch.h"
#include "satbed/scenario_sweep.h"

#define FORMAT	     2
#define SCENARIO_MAX (8u << 20)
#define STATE_MAX    (64u << 20)

static int hash_file(const char *path, char **out, struct sb_err *err)
{
	sb_auto_free char *text = NULL;
	size_t len;

	if (sb_read_file(path, SCENARIO_MAX, &text, &len, err))
		return -1;
	*out = sb_asprintf("%016llx", (unsigned long long)XXH3_64bits(text, len));
	return 0;
}

static int add_from(const struct sb_sweep_options *o, struct sb_sweep_spec *s, struct sb_err *err)
{
	for (size_t i = 0; i < o->vary_count; i++)
		if (sb_spec_vary(s, o->vary[i], err))
			return sb_wrap(err, "--vary");
	for (size_t i = 0; i < o->case_count; i++)
		if (sb_spec_case(s, o->cases[i], err))
			return sb_wrap(err, "--case");
	for (size_t i = 0; i < o->zip_count; i++)
		if (sb_spec_zip(s, o->zips[i], err))
			return sb_wrap(err, "--zip");
	if (o->seeds && sb_seeds_add(&s->seeds, o->seeds, err))
		return sb_wrap(err, "--seeds");
	return sb_spec_check(s, err);
}

/* "vary.flow.bulk.cc" and "cubic, bbr" as --vary has them. */
static int add_entry(struct sb_sweep_spec *s, const struct sb_sweep_entry *e, struct sb_err *err)
{
	const char *dot = strchr(e->key, '.');
	sb_auto_free char *text = dot ? sb_asprintf("%s=%s", dot + 1, e->value) : NULL;

	if (!strcmp(e->key, "seeds"))
		return sb_seeds_add(&s->seeds, e->value, err);
	if (!strcmp(e->key, "zip"))
		return sb_spec_zip(s, e->value, err);
	if (!strncmp(e->key, "vary.", 5))
		return sb_spec_vary(s, text, err);
	if (!strncmp(e->key, "case.", 5))
		return sb_spec_case(s, text, err);
	sb_spec_set(s, text);
	return 0;
}

/* What stands in [sweep], of the scenario or of a file of its own; the command line adds to it. */
static int add_written(const char *file, struct sb_sweep_spec *s, struct sb_err *err)
{
	struct sb_sweep_section written;
	int rc = 0;

	if (sb_sweep_section_read(file, &written, err))
		return -1;
	for (size_t i = 0; !rc && i < written.count; i++)
		rc = add_entry(s, &written.entries[i], err);
	if (rc)
		sb_wrap(err, "%s: [sweep]", file);
	else {
		s->scenario = realpath(written.scenario ? written.scenario : file, NULL);
		if (!s->scenario)
			rc = sb_fail(err, SB_EINPUT, errno, "cannot read %s", written.scenario);
	}
	sb_sweep_section_fini(&written);
	return rc;
}

int sb_sweep_spec_new(const struct sb_sweep_options *o, struct sb_sweep_spec *s, struct sb_err *err)
{
	/* What is given with --set comes last, and so holds over a file's. */
	if (add_written(o->file, s, err))
		return -1;
	for (size_t i = 0; i < o->set_count; i++)
		sb_spec_set(s, o->sets[i]);
	return hash_file(s->scenario, &s->scenario_hash, err) || add_from(o, s, err) ? -1 : 0;
}

/* Of a sweep that was killed before it had a sweep.json there is no more than this. */
static bool is_left_over(const char *name)
{
	return !strncmp(name, "sweep.json.", 11);
}

int sb_sweep_begin(const struct sb_sweep_options *o, const char *name, struct sb_sweep_directory *d,
		   struct sb_err *err)
{
	sb_auto_free char *stem = sb_asprintf("%s-sweep", name);

	d->retries = o->retries < 0 ? SB_SWEEP_RETRIES : (size_t)o->retries;
	d->captures = o->captures;
	d->path = sb_batch_directory("sweep", stem, o->out_dir, is_left_over, err);
	return d->path ? sb_batch_hold("sweep", d->path, &d->lock_fd, err) : -1;
}

int sb_sweep_save(const struct sb_sweep_directory *d, const struct sb_sweep_spec *s,
		  struct sb_err *err)
{
	cJSON *json = sb_spec_to_json(s);
	sb_auto_free char *path = sb_asprintf("%s/sweep.json", d->path), *text = NULL;
	sb_auto_free char *runs = sb_asprintf("%s/runs", d->path);

	sb_json_add_i64(json, "format", FORMAT);
	sb_json_add_str(json, "kind", "sweep");
	sb_json_add_i64(json, "retries", (int64_t)d->retries);
	sb_json_add_bool(json, "captures", d->captures);
	text = cJSON_Print(json);
	cJSON_Delete(json);
	if (!text)
		return sb_fail(err, SB_EINTERNAL, 0, "cannot write %s as JSON", path);
	if (sb_replace_file(path, text, strlen(text), err))
		return -1;
	/* After the file: a directory with it can be gone on with, whatever else is there. */
	if (mkdir(runs, 0700) && errno != EEXIST)
		return sb_fail(err, SB_EENV, errno, "cannot create the directory %s", runs);
	return 0;
}

static int read_state(const char *path, struct sb_sweep_directory *d, struct sb_sweep_spec *s,
		      struct sb_err *err)
{
	sb_auto_free char *text = NULL;
	const char *kind = "";
	int64_t format = 0, retries = 0;
	cJSON *json;
	int rc;

	if (sb_read_file(path, STATE_MAX, &text, NULL, err))
		return -1;
	json = cJSON_Parse(text);
	sb_json_get_str(json, "$", "kind", &kind, NULL);
	sb_json_get_i64(json, "$", "format", &format, NULL);
	if (strcmp(kind, "sweep") != 0 || format < 1 || format > FORMAT)
		rc = sb_fail(err, SB_EINPUT, 0, "it is not a sweep that this satbed knows");
	else
		rc = sb_json_get_i64(json, "$", "retries", &retries, err) ||
		     sb_json_get_bool(json, "$", "captures", &d->captures, err) ||
		     sb_spec_from_json(json, s, err);
	cJSON_Delete(json);
	if (!rc && (retries < 0 || retries > SB_SWEEP_RETRIES_MAX))
		rc = sb_fail(err, SB_EINPUT, 0, "$.retries is not within 0 to %d",
			     SB_SWEEP_RETRIES_MAX);
	if (rc)
		return -1;
	d->retries = (size_t)retries;
	return 0;
}

int sb_sweep_take_up(const struct sb_sweep_options *o, struct sb_sweep_directory *d,
		     struct sb_sweep_spec *s, struct sb_err *err)
{
	sb_auto_free char *path = sb_asprintf("%s/sweep.json", o->resume), *hash = NULL;

	d->path = sb_strdup(o->resume);
	if (access(path, F_OK))
		return sb_fail(err, SB_EINPUT, errno,
			       "%s is not the directory of a sweep: cannot read %s", o->resume,
			       path);
	if (sb_batch_hold("sweep", d->path, &d->lock_fd, err))
		return -1;
	if (read_state(path, d, s, err))
		return sb_wrap(err, "%s", path);
	if (o->retries >= 0)
		d->retries = (size_t)o->retries;
	d->captures |= o->captures;
	if (hash_file(s->scenario, &hash, err))
		return -1;
	if (strcmp(hash, s->scenario_hash) != 0)
		return sb_fail(err, SB_EINPUT, 0,
			       "%s has changed since this sweep was begun: its runs would not be "
			       "comparable; begin another sweep, or bring the file back",
			       s->scenario);
	return add_from(o, s, err);
}

void sb_sweep_let_go(struct sb_sweep_directory *d)
{
	sb_close_p(&d->lock_fd);
	free(d->path);
	d->path = NULL;
}
